"""Attention distribution (注意力分布) and what is expected under it (期望): equations (8.1), (8.5) and (8.6).

Attention is these two halves: where to look, and what is seen there.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, attendable, upstream
from nnmem.nn.linear import outer
from nnmem.nn.softmax import softmax, softmax_gradient

__all__ = [
    "attention_distribution_backward",
    "attention_distribution_forward",
    "weighted_sum_backward",
    "weighted_sum_forward",
]

DISTRIBUTION = "scores (..., N)"
WEIGHTED_SUM = "alpha (..., N), X (..., N, d)"


def attention_distribution_forward(scores: np.ndarray, mask: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Attention distribution (注意力分布), the softmax of the scores.

    Equation (8.1), section 8.1.1::

        αᵢ = p(z = i | x₁:ₙ, q) = exp(sᵢ) / Σⱼ exp(sⱼ)

    The largest score is subtracted first, which changes nothing but the range of the exponentials.

    Parameters
    ----------
    scores : (..., N) array
    mask : (..., N) bool array, optional
        True = may be attended to. A row with nothing to attend to has α = 0 everywhere.

    Returns
    -------
    alpha : (..., N) array
        Each row sums to one, or is zero if nothing may be attended to.
    cache : array
        α itself.

    Departs from the text: the mask.
    """
    (scores,) = arrays("attention_distribution_forward", DISTRIBUTION, scores)
    mask = attendable("attention_distribution_forward", mask, scores.shape)
    alpha = softmax(scores, mask)
    return alpha, alpha


def attention_distribution_backward(dalpha: np.ndarray, cache: np.ndarray) -> np.ndarray:
    """Gradient of the scores.

    Equation (8.1), backwards. ∂αⱼ/∂sᵢ = αⱼ (1[i = j] − αᵢ), so::

        dsᵢ = Σⱼ dαⱼ ∂αⱼ/∂sᵢ = αᵢ (dαᵢ − Σⱼ αⱼ dαⱼ)

    It sums to zero: adding a constant to all scores changes nothing. Where α = 0 the gradient is 0.
    """
    alpha = cache
    dalpha = upstream("attention_distribution_backward", "dalpha", dalpha, alpha.shape, alpha.dtype)
    return softmax_gradient(dalpha, alpha)


def weighted_sum_forward(alpha: np.ndarray, X: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Weighted sum (加权平均), the expectation of an item under the attention distribution.

    Equations (8.5) and (8.6), section 8.1.1; read operation (8.23)::

        r = Σᵢ αᵢ xᵢ = E_{z∼α}[x_z]

    Parameters
    ----------
    alpha : (..., N) array
        Weights. They need not sum to one.
    X : (..., N, d) array
        Items, one a row.

    Returns
    -------
    r : (..., d) array
    cache : tuple

    Departs from the text: (8.6) leaves out the index of x; it is x_z.
    """
    alpha, X = arrays("weighted_sum_forward", WEIGHTED_SUM, alpha, X)
    r = (alpha[..., None, :] @ X)[..., 0, :]
    return r, (alpha, X)


def weighted_sum_backward(dr: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of alpha and X.

    Equation (8.5), backwards; r is linear in both::

        dαᵢ = xᵢᵀ dr
        dxᵢ = αᵢ dr
    """
    alpha, X = cache
    dr = upstream("weighted_sum_backward", "dr", dr, X.shape[:-2] + X.shape[-1:], X.dtype)
    dalpha = (X @ dr[..., None])[..., 0]
    dX = outer(alpha, dr)
    return dalpha, dX
