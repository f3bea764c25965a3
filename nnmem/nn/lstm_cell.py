"""The cell of long short-term memory (长短期记忆网络, LSTM): what happens in a step once W x + W h + b is known.

Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; the ordinary cell of today::

    [z_o; z_i; z_f; z_g] = W_x x + W_h h + b
    o, i, f = σ(z_o), σ(z_i), σ(z_f)        output, input and forget gate (输出门, 输入门, 遗忘门)
    g  = tanh(z_g)                          candidate (候选状态)
    c′ = f ∘ c + i ∘ g                      the internal memory
    h′ = o ∘ tanh(c′)

The gates stand in this order because the first three share σ and the last three share the gradient of c′. Inside, the
gate is the first axis, so that each gate, and each group of gates, is one piece of memory.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream


def lstm_cell_forward(
    z: np.ndarray, c: np.ndarray, cell_clip: float | None = None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """The part of a step that has no parameters.

    Parameters
    ----------
    z : (..., 4h) array
        W_x x + W_h h + b.
    c : (..., h) array
    cell_clip : float, optional
        Keeps c′ in ±cell_clip.

    Returns
    -------
    h_next, c_next : (..., h) array
    cache : tuple
    """
    c, z = arrays("lstm_cell_forward", "c (..., h), z (..., 4h)", c, z)
    gates = np.stack(np.split(z, 4, axis=-1))
    h_next, c_next, tanh_c = np.empty_like(c), np.empty_like(c), np.empty_like(c)
    cell_in_place(gates, c, cell_clip, h_next, c_next, tanh_c)
    return h_next, c_next, (gates, c, cell_clip, c_next, tanh_c)


def lstm_cell_backward(dh_next: np.ndarray, dc_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of z and c.

    c′ reaches the loss along two ways, on to the next step and through h′; then each gate by its own derivative::

        dc′ = dc_next + dh′ ∘ o ∘ (1 − tanh²c′)         (0 where c′ was clipped)
        dz_o = dh′ ∘ tanh c′ ∘ o (1 − o)     dz_i = dc′ ∘ g ∘ i (1 − i)
        dz_f = dc′ ∘ c ∘ f (1 − f)           dz_g = dc′ ∘ i ∘ (1 − g²)     dc = dc′ ∘ f
    """
    gates, c, cell_clip, c_next, tanh_c = cache
    dh = upstream("lstm_cell_backward", "dh_next", dh_next, c.shape, c.dtype)
    dc = upstream("lstm_cell_backward", "dc_next", dc_next, c.shape, c.dtype).copy()
    slopes, through = slopes_of(gates, c, tanh_c)
    dz = np.empty_like(gates)
    dc += dh * through
    if cell_clip is not None:
        dc *= where_unclipped(c_next, cell_clip)
    cell_gradient_in_place(dh, dc, gates[2], slopes, dz)
    return np.concatenate(dz, axis=-1), dc


def cell_in_place(
    gates: np.ndarray,
    c: np.ndarray,
    cell_clip: float | None,
    h_next: np.ndarray,
    c_next: np.ndarray,
    tanh_c: np.ndarray,
) -> None:
    """Overwrite z (4, ..., h) with the gates, by σ(z) = (1 + tanh(z / 2)) / 2 and one tanh; write the last three."""
    o, i, f, g = gates
    sigmoids = gates[:3]
    sigmoids *= 0.5
    np.tanh(gates, out=gates)
    sigmoids *= 0.5
    sigmoids += 0.5
    np.multiply(i, g, out=tanh_c)
    np.multiply(f, c, out=c_next)
    c_next += tanh_c
    if cell_clip is not None:
        np.clip(c_next, -cell_clip, cell_clip, out=c_next)
    np.tanh(c_next, out=tanh_c)
    np.multiply(o, tanh_c, out=h_next)


def slopes_of(gates: np.ndarray, C: np.ndarray, tanh_C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the gradients are multiplied by, for any number of steps at once.

    dz_o is dh′ times the first slope, dz_i, dz_f and dz_g are dc′ times the others, and dh′ times ``through`` adds to
    dc′.
    """
    o, i, _, g = gates
    slopes = gates * gates
    np.subtract(gates[:3], slopes[:3], out=slopes[:3])
    np.subtract(1, slopes[3], out=slopes[3])
    for slope, factor in zip(slopes, (tanh_C, g, C, i), strict=True):
        slope *= factor
    through = tanh_C * tanh_C
    np.subtract(1, through, out=through)
    through *= o
    return slopes, through


def where_unclipped(c_next: np.ndarray, cell_clip: float) -> np.ndarray:
    """True where the gradient of c′ passes."""
    return np.abs(c_next.real) < cell_clip


def cell_gradient_in_place(
    dh: np.ndarray,
    dc: np.ndarray,
    f: np.ndarray,
    slopes: np.ndarray,
    dz: np.ndarray,
) -> None:
    """Write dz (4, ..., h); overwrite dc, the gradient of c′, with that of c."""
    np.multiply(slopes[0], dh, out=dz[0])
    np.multiply(slopes[1:], dc, out=dz[1:])
    dc *= f
