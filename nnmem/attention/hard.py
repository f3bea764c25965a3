"""Hard attention (硬性注意力), equation (8.7): one item, the most probable one or one drawn at random."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import generator
from nnmem.nn.score_function import advantage

__all__ = [
    "hard_attention_backward",
    "hard_attention_forward",
    "sampled_attention_backward",
    "sampled_attention_forward",
]

ITEMS, WEIGHTS = "X (..., N, d)", "alpha (..., N)"
HARD = f"{ITEMS}, {WEIGHTS}"


def hard_attention_forward(X: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Hard attention by argmax (硬性注意力，取概率最大者): the item of largest weight, the first among equals.

    Equation (8.7), section 8.1.2::

        x_j,   j = argmaxᵢ αᵢ

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    alpha : (..., N) array
        Attention distribution.

    Returns
    -------
    x_j : (..., d) array
        Zero where all weights are zero (nothing to attend to), NaN where a weight is NaN.
    cache : tuple
    """
    X, alpha = arrays("hard_attention_forward", HARD, X, alpha)
    if alpha.shape[-1] == 0:
        j = np.full(alpha.shape[:-1], -1)
    else:
        j = np.where(alpha.real.any(axis=-1), alpha.real.argmax(axis=-1), -1)
    return _item(X, alpha, j), (X.shape, X.dtype, j)


def hard_attention_backward(dx_j: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of X alone.

    Equation (8.7), backwards. The output is a copy of one row; j is a step function of α, whose derivative is zero
    wherever it exists, so nothing reaches α (the chapter: 不可导)::

        dxᵢ = 1[i = j] dx_j
    """
    shape, dtype, j = cache
    dx_j = upstream("hard_attention_backward", "dx_j", dx_j, shape[:-2] + shape[-1:], dtype)
    return _row_gradient(dx_j, shape, j)


def sampled_attention_forward(
    X: np.ndarray, alpha: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Hard attention by sampling (硬性注意力，随机采样): one item drawn from the attention distribution.

    Beside equation (8.7), section 8.1.2; "stochastic hard attention" of Xu et al. 2015, section 4.1::

        x_z,   z ∼ α

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    alpha : (..., N) array
        Attention distribution.
    rng : numpy.random.Generator
        One uniform number is drawn for each row of alpha, ``rng.random(alpha.shape[:-1])``, and the first item taken
        whose cumulative weight exceeds it, as by ``rng.choice(N, p=alpha)`` row by row.

    Returns
    -------
    x_z : (..., d) array
        Zero where all weights are zero, NaN where a weight is NaN.
    z : (...,) int array
        The index drawn, from 0; −1 where all weights are zero.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        alpha is no distribution to draw from, or rng is not a Generator.
    """
    X, alpha = arrays("sampled_attention_forward", HARD, X, alpha)
    generator("sampled_attention_forward", rng)
    cumulative = alpha.real.cumsum(axis=-1, dtype=np.float64)
    total = cumulative[..., -1] if alpha.shape[-1] else np.zeros(alpha.shape[:-1])
    threshold = rng.random(total.shape) * total
    z = np.where(total == 0, -1, (cumulative <= threshold[..., None]).sum(axis=-1))
    if (alpha.real < 0).any() or (total == np.inf).any():
        raise ValueError(
            "sampled_attention_forward: alpha has entries that are negative or infinite, should be weights"
        )
    return _item(X, alpha, z), z, (X.shape, alpha, z)


def sampled_attention_backward(
    reward: np.ndarray,
    cache: tuple,
    baseline: np.ndarray | float = 0.0,
    dx_z: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate the gradients of X and alpha of the expected reward J = Σᵢ αᵢ R(xᵢ) from the one item drawn.

    The score-function estimator (REINFORCE, Williams 1992, section 4). From ∇J = Σᵢ αᵢ R(xᵢ) ∇log αᵢ + Σᵢ αᵢ ∇R(xᵢ),
    an expectation over z, with R(x_z) less a baseline b that lowers the variance::

        dαᵢ = 1[i = z] (R(x_z) − b) / α_z
        dxᵢ = 1[i = z] ∂R/∂x_z

    The means over z are exactly ∂J/∂αᵢ − b and ∂J/∂xᵢ. The constant −b is gone behind any α that sums to one: the
    softmax's gradient of a constant is zero, so the gradient of the scores is unbiased for every b that does not
    depend on z.

    Parameters
    ----------
    reward : (...,) array
        R(x_z). To minimise a loss, pass the loss and descend.
    cache : tuple
        Of the forward.
    baseline : float or (...,) array, optional
        b, such as a running mean of the rewards.
    dx_z : (..., d) array, optional
        ∂R/∂x_z, where the reward is differentiable in the item drawn. Without it dX is zero.

    Returns
    -------
    dX : (..., N, d) array
    dalpha : (..., N) array
    """
    shape, alpha, z = cache
    function = "sampled_attention_backward"
    taken = advantage(function, reward, baseline, z.shape, alpha.dtype)
    dx_shape = shape[:-2] + shape[-1:]
    dx_z = np.zeros(dx_shape) if dx_z is None else dx_z
    dX = _row_gradient(upstream(function, "dx_z", dx_z, dx_shape, alpha.dtype), shape, z)
    dalpha = _row_gradient(taken[..., None], (*alpha.shape, 1), z)[..., 0]
    return dX, np.divide(dalpha, alpha, out=dalpha, where=dalpha != 0)


def _item(X: np.ndarray, alpha: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Row j of X; zero where j is −1, NaN where the weights hold a NaN."""
    if X.shape[-2] == 0:
        return np.zeros(X.shape[:-2] + X.shape[-1:], X.dtype)
    place = (*np.indices(j.shape, sparse=True), j)
    x_j = np.array(X[place])
    x_j[j < 0] = 0
    x_j[np.isnan(alpha.sum(axis=-1))] = np.nan
    return x_j


def _row_gradient(dx_j: np.ndarray, shape: tuple[int, ...], j: np.ndarray) -> np.ndarray:
    """Gradient of X where row j was taken: dx_j in row j, zero elsewhere and where j is −1."""
    dX = np.zeros(shape, dx_j.dtype)
    if shape[-2]:
        place = (*np.indices(j.shape, sparse=True), j)
        dX[place] = dx_j
        dX[j < 0] = 0
    return dX
