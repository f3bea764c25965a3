"""The Hopfield network (Hopfield 网络): update rule (8.14), (8.16), weight conditions (8.15), energy (8.17), (8.18).

m neurons, all connected to all, each +1 or −1. The local field of a neuron is what the others tell it, h = W s + b;
an update sets it to the sign of that.
"""

from __future__ import annotations

import numpy as np

from nnmem.associative.ties import Ties, signs
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import positive

__all__ = [
    "check_hopfield_weights",
    "hopfield_energy_backward",
    "hopfield_energy_forward",
    "hopfield_update_backward",
    "hopfield_update_forward",
]

LAYOUT = "s (..., m), W (m, m), b (m,)"
TILE = 256


def hopfield_update_forward(
    s: np.ndarray, W: np.ndarray, b: np.ndarray, beta: float | None = None
) -> tuple[np.ndarray, tuple]:
    """Update of all neurons of a Hopfield network at once (同步更新).

    Equations (8.14) and (8.16), section 8.2.3; Hopfield 1982, equation (1), without a bias::

        sᵢ ← +1 if Σⱼ wᵢⱼ sⱼ + bᵢ ≥ 0, −1 otherwise     beta = None, the step function
        s  ← tanh(β (W s + b))                            beta = a number; the step is its limit for β → ∞

    Parameters
    ----------
    s : (..., m) array
        State; of −1 and +1 for the step function, any real numbers for tanh.
    W : (m, m) array
        Connection weights; ``check_hopfield_weights`` tells whether they are a Hopfield network's.
    b : (m,) array
        Bias.
    beta : float, optional
        Steepness, above zero and finite.

    Returns
    -------
    s_next : (..., m) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A state of the step function is not −1 or +1, its local field is not finite, or
        beta is not above 0.

    Departs from the text: tanh; the step function alone is the chapter's. Hopfield 1984 has a differential equation
    with smooth neurons (``continuous_hopfield_retrieve``); its states at rest are those of this update. A local field
    that rounding cannot tell from zero counts as zero, so its neuron becomes +1 as (8.14) says: with weights in steps
    of 1/N a field that is zero is seldom computed as 0 (``ties.py``).
    """
    function = "hopfield_update_forward"
    s, W, b = arrays(function, LAYOUT, s, W, b)
    check_neurons(function, s)
    if beta is None:
        check_states(function, "s", s)
        h = local_field(s, W, b)
        check_field(function, h)
        return signs(h, Ties(W, b), s.dtype), (None, s, W, None)
    beta = positive(function, "beta", beta, " (or None for the step function)")
    s_next = np.tanh(beta * (s @ W.T + b))
    return s_next, (beta, s, W, s_next)


def hopfield_update_backward(ds_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of s, W and b, for tanh alone: the step function is flat, it has nothing to give.

    Equation (8.16), backwards. With z = W s + b and tanh′ = 1 − tanh²::

        dz = β ds_next ∘ (1 − s_next²)
        ds = Wᵀ dz      dW = dz sᵀ      db = dz

    dW is the plain partial derivative with respect to every entry, as if no condition (8.15) tied them together.

    Raises
    ------
    ValueError
        The forward was the step function's.
    """
    beta, s, W, s_next = cache
    function = "hopfield_update_backward"
    if beta is None:
        raise ValueError(f"{function}: the step function has no gradient; give the forward a beta for tanh(beta ·)")
    ds_next = upstream(function, "ds_next", ds_next, s_next.shape, s_next.dtype)
    dz = beta * ds_next * (1 - s_next * s_next)
    return dz @ W, weight_gradient(dz, s), dz.reshape(-1, dz.shape[-1]).sum(axis=0)


def hopfield_energy_forward(s: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Energy (能量函数) of a state.

    Equation (8.18), section 8.2.3; as a double sum it is (8.17); Hopfield 1982, equation (7), which has no bias::

        E = −½ sᵀ W s − bᵀ s = −½ Σᵢⱼ wᵢⱼ sᵢ sⱼ − Σᵢ bᵢ sᵢ

    Parameters
    ----------
    s : (..., m) array
        State; the energy is defined for any real numbers.
    W : (m, m) array
    b : (m,) array

    Returns
    -------
    E : (...,) array
    cache : tuple
    """
    s, W, b = arrays("hopfield_energy_forward", LAYOUT, s, W, b)
    check_neurons("hopfield_energy_forward", s)
    return energy_from_field(s, s @ W.T + b, b), (s, W, b)


def hopfield_energy_backward(dE: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of s, W and b.

    Equation (8.18), backwards; s stands on both sides of W::

        ds = −dE (½ (W + Wᵀ) s + b)      dW = −½ dE s sᵀ      db = −dE s

    With symmetric weights ds = −dE (W s + b): the local field is downhill. dW is the plain partial derivative with
    respect to every entry, as if no condition (8.15) tied them together.
    """
    s, W, b = cache
    dE = upstream("hopfield_energy_backward", "dE", dE, s.shape[:-1], s.dtype)[..., None]
    ds = -dE * (0.5 * (s @ W + s @ W.T) + b)
    dW = -0.5 * weight_gradient(dE * s, s)
    return ds, dW, -(dE * s).reshape(-1, s.shape[-1]).sum(axis=0)


def check_hopfield_weights(W: np.ndarray) -> None:
    """Raise unless the weights are a Hopfield network's: symmetric, no neuron connected to itself.

    Equation (8.15), section 8.2.3::

        wᵢᵢ = 0,   wᵢⱼ = wⱼᵢ

    A difference of rounding (1000 ε of the largest weight) is allowed. The matrix is compared a tile at a time, so the
    check needs no memory to speak of.

    Parameters
    ----------
    W : (m, m) array

    Raises
    ------
    ValueError
        W is not square, not finite, not symmetric or has a diagonal; the message names the worst entry.
    TypeError
        W is not a float or integer array.
    """
    function = "check_hopfield_weights"
    (W,) = arrays(function, "W (m, m)", W)
    m = len(W)
    largest = max((float(np.abs(W[i : i + TILE]).max()) for i in range(0, m, TILE)), default=0.0)
    if not np.isfinite(largest):
        i, j = np.argwhere(~np.isfinite(W))[0]
        raise ValueError(f"{function}: W[{i}, {j}] is {W[i, j]}, should be finite")
    allowed = 1000 * float(np.finfo(W.dtype).eps) * largest
    if m and np.abs(W.diagonal()).max() > allowed:
        i = int(np.abs(W.diagonal()).argmax())
        raise ValueError(
            f"{function}: W has a diagonal, its largest entry is W[{i}, {i}] = {W[i, i]:.6g}; should be 0 "
            "(np.fill_diagonal(W, 0))"
        )
    found, place = allowed, None
    for i in range(0, m, TILE):
        for j in range(i, m, TILE):
            difference = np.abs(W[i : i + TILE, j : j + TILE] - W[j : j + TILE, i : i + TILE].T)
            if difference.max() > found:
                k, n = np.unravel_index(difference.argmax(), difference.shape)
                found, place = float(difference[k, n]), (i + int(k), j + int(n))
    if place is not None:
        i, j = place
        raise ValueError(
            f"{function}: W is not symmetric, W[{i}, {j}] = {W[i, j]:.6g} and W[{j}, {i}] = {W[j, i]:.6g} differ most; "
            "should be equal (W = (W + W.T) / 2)"
        )


def check_states(function: str, name: str, s: np.ndarray) -> None:
    """Raise a ValueError unless every entry is −1 or +1, and a TypeError for complex numbers, which have no sides."""
    if s.dtype.kind == "c":
        raise TypeError(f"{function}: {name} or what stands beside it is complex, should be float32 or float64")
    wrong = (s != 1) & (s != -1)
    if wrong.any():
        if ((s == 0) | (s == 1)).all():
            raise ValueError(f"{function}: {name} has values 0 and 1, should be -1 and +1: convert with 2 * {name} - 1")
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise ValueError(f"{function}: {name}[{', '.join(map(str, place))}] is {s[place]}, should be -1 or +1")


def check_field(function: str, h: np.ndarray) -> None:
    """Raise a ValueError unless every local field is finite: NaN has no sign, and in W or b it reaches some field."""
    wrong = ~np.isfinite(h)
    if wrong.any():
        i = int(np.argwhere(wrong)[0, -1])
        raise ValueError(
            f"{function}: the local field of neuron {i} is {h[wrong][0]}; W[{i}] and b[{i}] should be finite"
        )


def energy_from_field(s: np.ndarray, h: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Energy where the local field h = W s + b is at hand: −½ sᵀ (h + b)."""
    return ((-0.5 * s)[..., None, :] @ (h + b)[..., None])[..., 0, 0]


def local_field(s: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What every neuron is told, h = W s + b, in float64 whatever the dtype."""
    return s.astype(np.float64, copy=False) @ W.T.astype(np.float64, copy=False) + b


def check_neurons(function: str, s: np.ndarray) -> None:
    """Raise a ValueError unless there is a neuron."""
    if not s.shape[-1]:
        raise ValueError(f"{function}: s has shape {s.shape}, no neurons; should be (..., m), m at least 1")
