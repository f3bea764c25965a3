"""The continuous Hopfield network (连续 Hopfield 网络): neurons whose outputs rise smoothly and move in time.

A neuron has an inner state u, its membrane potential, and an output v = tanh(β u) between −1 and 1.
"""

from __future__ import annotations

import numpy as np

from nnmem.associative.hopfield import LAYOUT
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import count, positive

__all__ = [
    "continuous_hopfield_energy_backward",
    "continuous_hopfield_energy_forward",
    "continuous_hopfield_retrieve",
]

STATE = LAYOUT.replace("s (", "u (")


def continuous_hopfield_energy_forward(
    u: np.ndarray, W: np.ndarray, b: np.ndarray, beta: float = 1.0
) -> tuple[np.ndarray, tuple]:
    """Energy of a continuous Hopfield network (连续 Hopfield 网络的能量函数).

    Section 8.2.3 beside (8.18); Hopfield 1984, with the leak as an integral::

        E = −½ vᵀ W v − bᵀ v + Σᵢ ∫₀^{vᵢ} g⁻¹(x) dx,   v = g(u) = tanh(β u)

    The integral is vᵢ uᵢ − log cosh(β uᵢ) / β. With symmetric W, −∂E/∂v is the velocity of u, so E can only fall.

    Parameters
    ----------
    u : (..., m) array
        Inner state.
    W : (m, m) array
        Weights; a diagonal is allowed.
    b : (m,) array
    beta : float
        Steepness, above zero.

    Returns
    -------
    E : (...,) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        beta ≤ 0.

    Departs from the text: the chapter names the continuous network and gives no formula.
    """
    u, W, b, beta = _network("continuous_hopfield_energy_forward", u, W, b, beta)
    v = np.tanh(beta * u)
    z = beta * np.where(u.real < 0, -u, u)
    log_cosh = z + np.log1p(np.exp(-2 * z)) - np.log(2).astype(u.dtype)
    leak = v * u - log_cosh / beta
    E = (leak - v * (0.5 * (v @ W.T) + b)).sum(axis=-1)
    return E, (u, W, b, beta, v)


def continuous_hopfield_energy_backward(dE: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of u, W and b. The integral's derivative in v is g⁻¹(v) = u, and v′ = β (1 − v²)::

        dv = dE (u − ½ (W + Wᵀ) v − b)      du = β (1 − v²) ∘ dv
        dW = −½ dE v vᵀ                     db = −dE v

    dW is the plain partial derivative with respect to every entry.
    """
    u, W, b, beta, v = cache
    dE = upstream("continuous_hopfield_energy_backward", "dE", dE, u.shape[:-1], u.dtype)[..., None]
    dv = dE * (u - 0.5 * (v @ W + v @ W.T) - b)
    dW = -0.5 * weight_gradient(dE * v, v)
    return beta * (1 - v * v) * dv, dW, -(dE * v).reshape(-1, v.shape[-1]).sum(axis=0)


def continuous_hopfield_retrieve(
    u: np.ndarray,
    W: np.ndarray,
    b: np.ndarray,
    beta: float = 1.0,
    step: float = 0.1,
    max_steps: int = 1000,
    tolerance: float = 1e-6,
    every: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let a continuous Hopfield network move from an inner state until it rests, by Euler's method.

    Section 8.2.3; Hopfield 1984, equation (5), in units of the membrane's time constant::

        du/dt = −u + W v + b,   v = tanh(β u)

    Parameters
    ----------
    u : (..., m) array
        Inner states to start from, each on its own.
    W : (m, m) array
    b : (m,) array
    beta : float
        Above zero.
    step : float
        Time step; the energy falls if it is small beside 1 / (β ‖W‖).
    max_steps : int
        Give up after so many, with converged = False.
    tolerance : float
        Largest velocity that counts as rest.
    every : int
        Steps from one row of the trajectory to the next.

    Returns
    -------
    trajectory : (T + 1, ..., m) array
        Outputs v, from the first to the last.
    energies : (T + 1, ...) array
    converged : (...,) bool array

    Raises
    ------
    ValueError, TypeError
        beta or step is not above 0, or max_steps or every is not at least 1.
    """
    function = "continuous_hopfield_retrieve"
    u, W, b, beta = _network(function, u, W, b, beta)
    step = positive(function, "step", step)
    count(function, "max_steps", max_steps)
    count(function, "every", every)
    rows, converged = [u], np.zeros(u.shape[:-1], bool)
    for n in range(max_steps):
        velocity = np.tanh(beta * u) @ W.T + b - u
        converged = (np.abs(velocity) <= tolerance).all(axis=-1)
        if converged.all():
            break
        u = u + step * velocity
        if (n + 1) % every == 0 or n + 1 == max_steps:
            rows.append(u)
    states = np.array(rows)
    return np.tanh(beta * states), continuous_hopfield_energy_forward(states, W, b, beta)[0], converged


def _network(
    function: str, u: np.ndarray, W: np.ndarray, b: np.ndarray, beta: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Check state, weights, bias and steepness."""
    u, W, b = arrays(function, STATE, u, W, b)
    if not len(b):
        raise ValueError(f"{function}: u has shape {u.shape}, no neurons; should be (..., m), m at least 1")
    return u, W, b, positive(function, "beta", beta)
