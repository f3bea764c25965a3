"""The modern Hopfield network (现代 Hopfield 网络): real states, and one update is attention, equation (8.9)."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, rectangular, upstream
from nnmem.nn.linear import transposed
from nnmem.nn.options import count, positive
from nnmem.nn.softmax import log_sum_exp
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place

__all__ = [
    "modern_hopfield_backward",
    "modern_hopfield_energy_backward",
    "modern_hopfield_energy_forward",
    "modern_hopfield_forward",
    "modern_hopfield_retrieve",
]

LAYOUT = "X (..., N, d), s (..., d)"
MANY = "X (..., N, d), s (..., P, d)"


def modern_hopfield_forward(X: np.ndarray, s: np.ndarray, beta: float = 1.0) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Update of a modern Hopfield network (现代 Hopfield 网络的更新): the stored patterns' average, weighted by fit.

    Section 8.2.3 beside (8.16), and equation (8.9); Ramsauer et al. 2020, equation (3)::

        s_next = Σᵢ αᵢ xᵢ,   α = softmax(β X s)

    It goes to the minimum of the energy (``modern_hopfield_energy_forward``) with the concave part −(1/β) log Σ exp
    replaced by its tangent at s, and it is key-value attention (8.9) with keys and values X and the query β s.

    Parameters
    ----------
    X : (..., N, d) array
        Stored patterns, one a row.
    s : (..., d) array, or (..., P, d)
        State, or P states of each memory, whose gradients of X are added; ds has the shape of s.
    beta : float
        Inverse temperature, above zero: the larger, the more a single pattern wins.

    Returns
    -------
    s_next : array of the shape of s
    alpha : (..., N) array, or (..., P, N)
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There are no patterns, or beta ≤ 0.

    Departs from the text: the chapter has no modern network and no number for it; the formula is the paper's, its query
    here a row.
    """
    X, s, beta = _memory("modern_hopfield_forward", X, s, beta)
    S = _as_many(s, X)
    alpha = beta * S @ transposed(X)
    softmax_in_place(alpha)
    s_next = (alpha @ X).reshape(s.shape)
    return s_next, alpha.reshape(*s.shape[:-1], X.shape[-2]), (X, s, beta, alpha)


def modern_hopfield_backward(
    ds_next: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of X and s.

    X is used twice, for z = X s in α = softmax(β z) and for the average; it receives both gradients, from every state::

        dα = X ds_next (+ dalpha)       dz = β α ∘ (dα − αᵀdα)
        ds = Xᵀ dz                      dxᵢ = Σ (dzᵢ s + αᵢ ds_next)
    """
    X, s, beta, alpha = cache
    function = "modern_hopfield_backward"
    dS_next = _as_many(upstream(function, "ds_next", ds_next, s.shape, s.dtype), X)
    S = _as_many(s, X)
    dZ = dS_next @ transposed(X)
    if dalpha is not None:
        shape = (*s.shape[:-1], X.shape[-2])
        dZ += upstream(function, "dalpha", dalpha, shape, alpha.dtype).reshape(alpha.shape)
    softmax_gradient_in_place(dZ, alpha)
    dZ *= beta
    factors, rows = np.concatenate([dZ, alpha], axis=-2), np.concatenate([S, dS_next], axis=-2)
    dX = transposed(factors) @ rows  # both uses as one product
    return dX, (dZ @ X).reshape(s.shape)


def modern_hopfield_energy_forward(X: np.ndarray, s: np.ndarray, beta: float = 1.0) -> tuple[np.ndarray, tuple]:
    """Energy of a modern Hopfield network (现代 Hopfield 网络的能量函数).

    Section 8.2.3 beside (8.18); Ramsauer et al. 2020, equation (2), without its constants::

        E = −(1/β) log Σᵢ exp(β xᵢᵀ s) + ½ sᵀ s

    Its gradient is s − s_next, so the network rests where attention gives back its query; no update raises it.

    Parameters
    ----------
    X : (..., N, d) array
        Stored patterns, one a row.
    s : (..., d) array, or (..., P, d)
        State, or P states of each memory.
    beta : float
        Above zero.

    Returns
    -------
    E : (...,) array, or (..., P)
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There are no patterns, or beta ≤ 0.

    Departs from the text: the chapter has no modern network; the formula is the paper's, without its constants and with
    β in front of ½ sᵀ s left out of the logarithm.
    """
    X, s, beta = _memory("modern_hopfield_energy_forward", X, s, beta)
    S = _as_many(s, X)
    fit, alpha = log_sum_exp(beta * S @ transposed(X))
    E = (0.5 * s * s).sum(axis=-1) - (fit / beta).reshape(s.shape[:-1])
    return E, (X, s, alpha)


def modern_hopfield_energy_backward(dE: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of X and s. The derivative of log Σ exp is the softmax; X receives from every state::

    ds = dE (s − Xᵀ α)      dxᵢ = −Σ dE αᵢ s
    """
    X, s, alpha = cache
    dE = upstream("modern_hopfield_energy_backward", "dE", dE, s.shape[:-1], s.dtype)[..., None]
    dS = _as_many(dE * s, X)
    dX = -transposed(alpha) @ dS
    ds = dE * (s - (alpha @ X).reshape(s.shape))
    return dX, ds


def modern_hopfield_retrieve(
    x: np.ndarray, X: np.ndarray, beta: float = 1.0, max_steps: int = 100, tolerance: float = 1e-9
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Repeat the update from a probe until the state moves by less than the tolerance.

    Section 8.2.3; Ramsauer et al. 2020, equation (3): where the patterns are well apart, one update is enough.

    Parameters
    ----------
    x : (..., d) array, or (..., P, d)
        Probe, or P probes of each memory.
    X : (..., N, d) array
        Stored patterns, one a row.
    beta : float
        Above zero.
    max_steps : int
        Give up after so many, with converged = False.
    tolerance : float
        Largest change of an entry that counts as rest.

    Returns
    -------
    trajectory : (T + 1, ..., d) array, or (T + 1, ..., P, d)
    energies : (T + 1, ...) array, or (T + 1, ..., P)
    converged : (...,) bool array, or (..., P)

    Raises
    ------
    ValueError, TypeError
        There are no patterns, or beta ≤ 0.
    """
    X, s, beta = _memory("modern_hopfield_retrieve", X, x, beta)
    count("modern_hopfield_retrieve", "max_steps", max_steps)
    states, energies = [s], [modern_hopfield_energy_forward(X, s, beta)[0]]
    converged = np.zeros(s.shape[:-1], bool)
    while not converged.all() and len(states) <= max_steps:
        states.append(modern_hopfield_forward(X, states[-1], beta)[0])
        energies.append(modern_hopfield_energy_forward(X, states[-1], beta)[0])
        converged = np.abs(states[-1] - states[-2]).max(axis=-1, initial=0) <= tolerance
    return np.array(states), np.array(energies), converged


def _memory(function: str, X: np.ndarray, s: np.ndarray, beta: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Check patterns, state or states, and temperature."""
    X, s = rectangular(function, "X", X), rectangular(function, "s", s)
    X, s = arrays(function, MANY if s.ndim == X.ndim else LAYOUT, X, s)
    if not X.shape[-2]:
        raise ValueError(f"{function}: X has shape {X.shape}, no patterns; should be (..., N, d), N at least 1")
    return X, s, positive(function, "beta", beta)


def _as_many(s: np.ndarray, X: np.ndarray) -> np.ndarray:
    """States (..., P, d): one state is one row."""
    return s if s.ndim == X.ndim else s[..., None, :]
