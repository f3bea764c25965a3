"""Long short-term memory (长短期记忆网络, LSTM): a step and a sequence, made of the cell in ``lstm_cell.py``."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.embedding import whole_numbers
from nnmem.nn.linear import glorot_uniform, weight_gradient
from nnmem.nn.lstm_cell import (
    cell_gradient_in_place,
    cell_in_place,
    lstm_cell_backward,
    lstm_cell_forward,
    slopes_of,
    where_unclipped,
)


class LSTMParams(NamedTuple):
    """Parameters; each has the rows of the output gate, the input gate, the forget gate and the candidate."""

    W_x: np.ndarray  # (4h, d)
    W_h: np.ndarray  # (4h, h)
    b: np.ndarray  # (4h,)


class LSTMState(NamedTuple):
    """What a step hands to the next."""

    h: np.ndarray  # (..., h)
    c: np.ndarray  # (..., h)


def lstm_init(
    rng: np.random.Generator, input_size: int, hidden_size: int, forget_bias: float = 1.0, dtype: type = np.float32
) -> LSTMParams:
    """First parameters: Glorot uniform weights, biases 0 but for the forget gate, which starts open."""
    W_x = glorot_uniform(rng, (4 * hidden_size, input_size), dtype)
    W_h = glorot_uniform(rng, (4 * hidden_size, hidden_size), dtype)
    b: np.ndarray = np.zeros(4 * hidden_size, dtype)
    b[2 * hidden_size : 3 * hidden_size] = forget_bias
    return LSTMParams(W_x, W_h, b)


def lstm_step_forward(
    x: np.ndarray, state: LSTMState, params: LSTMParams, cell_clip: float | None = None
) -> tuple[LSTMState, tuple]:
    """One step: x (..., d) and a state give the next state, whose h is the output.

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit.
    """
    x, W_x, W_h, b, h, c = _arguments("lstm_step_forward", "x (..., d)", x, state, params)
    z = x @ W_x.T
    z += h @ W_h.T
    z += b
    h_next, c_next, cell = lstm_cell_forward(z, c, cell_clip)
    return LSTMState(h_next, c_next), (x, h, W_x, W_h, cell)


def lstm_step_backward(dstate: LSTMState, cache: tuple) -> tuple[np.ndarray, LSTMState, LSTMParams]:
    """Gradients of x, the state and the parameters: the cell backwards, then dx = W_xᵀ dz, dh = W_hᵀ dz."""
    x, h, W_x, W_h, cell = cache
    dz, dc = lstm_cell_backward(dstate.h, dstate.c, cell)
    db = dz.sum(axis=tuple(range(dz.ndim - 1)))
    return dz @ W_x, LSTMState(dz @ W_h, dc), LSTMParams(weight_gradient(dz, x), weight_gradient(dz, h), db)


def lstm_forward(
    X: np.ndarray,
    state: LSTMState,
    params: LSTMParams,
    lengths: Any = None,
    cell_clip: float | None = None,
) -> tuple[np.ndarray, LSTMState, tuple]:
    """Run over a sequence.

    Parameters
    ----------
    X : (T, ..., d) array
        Inputs, time first.
    state : LSTMState of (..., h) arrays
        Where to start.
    params : LSTMParams
    lengths : (...) array of int, optional
        Real steps of each sequence, 1 to T; T everywhere if not given. What stands behind them is computed, changes no
        last state and is for the caller to ignore.
    cell_clip : float, optional
        Keeps the cell in ±cell_clip.

    Returns
    -------
    H : (T, ..., h) array
        The output of every step.
    last : LSTMState
        The state after the last real step.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit, or a length is outside 1 to T.
    """
    function = "lstm_forward"
    X, W_x, W_h, b, h, c = _arguments(function, "X (T, ..., d)", X, state, params)
    T, n = len(X), h.shape[-1]
    if lengths is not None:
        lengths = whole_numbers(function, "lengths", lengths, 1, T + 1)
        if lengths.shape != h.shape[:-1]:
            raise ValueError(f"{function}: lengths has shape {lengths.shape}, should be {h.shape[:-1]}")
    gates = X @ W_x.T
    gates += b
    H, C, tanh_C = (np.empty((steps, *h.shape), gates.dtype) for steps in (T + 1, T + 1, T))
    H[0], C[0] = h, c
    W = W_h.T
    recurrent = np.empty((*h.shape[:-1], 4 * n), gates.dtype)
    for t in range(T):
        np.matmul(H[t], W, out=recurrent)
        gates[t] += recurrent
        cell_in_place(gates[t], C[t], cell_clip, H[t + 1], C[t + 1], tanh_C[t])
    last = LSTMState(H[-1].copy(), C[-1].copy())
    if lengths is not None:
        last = LSTMState(*(np.take_along_axis(Y, lengths[None, ..., None], axis=0)[0] for Y in (H, C)))
    return H[1:], last, (X, W_x, W_h, lengths, cell_clip, gates, H, C, tanh_C)


def lstm_backward(dH: np.ndarray, dlast: LSTMState, cache: tuple) -> tuple[np.ndarray, LSTMState, LSTMParams]:
    """Gradients of X, the initial state and the parameters.

    Backpropagation through time (随时间反向传播): the cell backwards at every step, where h receives from its own
    output and from the next step, dh = dHₜ + W_hᵀ dzₜ₊₁. All dzₜ are kept, and what sums over time is one product::

        dW_x = Σₜ dzₜ xₜᵀ     dW_h = Σₜ dzₜ hₜ₋₁ᵀ     db = Σₜ dzₜ     dxₜ = W_xᵀ dzₜ
    """
    X, W_x, W_h, lengths, cell_clip, gates, H, C, tanh_C = cache
    shape, dtype = tanh_C.shape, tanh_C.dtype
    dH = upstream("lstm_backward", "dH", dH, shape, dtype)
    dh = upstream("lstm_backward", "dlast.h", dlast.h, shape[1:], dtype).copy()
    dc = upstream("lstm_backward", "dlast.c", dlast.c, shape[1:], dtype).copy()
    slopes, through = slopes_of(gates, C[:-1], tanh_C)
    unclipped = where_unclipped(C[1:], cell_clip)
    dZ = np.empty_like(gates)
    if lengths is not None:
        ending_h, ending_c = dh, dc
        dh, dc = np.zeros_like(dh), np.zeros_like(dc)
    for t in reversed(range(len(dH))):
        if lengths is not None:
            ends = lengths == t + 1
            dh[ends] += ending_h[ends]
            dc[ends] += ending_c[ends]
        dh += dH[t]
        cell_gradient_in_place(
            dh, dc, gates[t], slopes[t], through[t], None if unclipped is None else unclipped[t], dZ[t]
        )
        np.matmul(dZ[t], W_h, out=dh)
    db = dZ.sum(axis=tuple(range(dZ.ndim - 1)))
    return dZ @ W_x, LSTMState(dh, dc), LSTMParams(weight_gradient(dZ, X), weight_gradient(dZ, H[:-1]), db)


def _arguments(function: str, layout: str, x: Any, state: LSTMState, params: LSTMParams) -> list[np.ndarray]:
    """Check a step's or a sequence's arrays: x, W_x, W_h, b, h, c."""
    layout += ", W_x (4h, d), W_h (4h, h), b (4h,), h (..., h), c (..., h)"
    checked = arrays(function, layout, x, *params, *state)
    W_h = checked[2]
    if len(W_h) != 4 * W_h.shape[1]:
        raise ValueError(f"{function}: W_h has shape {W_h.shape}, should be {(4 * W_h.shape[1], W_h.shape[1])}")
    return checked
