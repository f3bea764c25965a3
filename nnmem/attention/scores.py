"""Attention scores (注意力打分函数): how well does each item of a memory fit a query? Equations (8.2) to (8.4).

Each score has the same place in the chapter: an array ``X (..., N, d)`` with one item a row and a query go in, one
number for each item comes out. A softmax over them is the attention distribution (8.1).
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import outer, weight_gradient

__all__ = [
    "additive_score_backward",
    "additive_score_forward",
    "bilinear_score_backward",
    "bilinear_score_forward",
    "dot_score_backward",
    "dot_score_forward",
    "scaled_dot_score_backward",
    "scaled_dot_score_forward",
]

ADDITIVE = "X (..., N, d), q (..., d_q), W (h, d), U (h, d_q), v (h,)"
DOT = "X (..., N, d), q (..., d)"
BILINEAR = "X (..., N, d), q (..., d_q), W (d, d_q)"


def additive_score_forward(
    X: np.ndarray, q: np.ndarray, W: np.ndarray, U: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """Additive attention score (加性模型), a network with one hidden layer.

    Equation (8.2), section 8.1.1; Bahdanau et al. 2014, appendix A.1.2::

        s(xᵢ, q) = vᵀ tanh(W xᵢ + U q)

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    q : (..., d_q) array
        Query.
    W : (h, d) array
    U : (h, d_q) array
    v : (h,) array

    Returns
    -------
    scores : (..., N) array
    cache : tuple
        For the backward.

    Departs from the text: items and queries are rows, so W xᵢ is a row of ``X @ W.T``.
    """
    X, q, W, U, v = arrays("additive_score_forward", ADDITIVE, X, q, W, U, v)
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    scores = A @ v
    return scores, (X, q, W, U, v, A)


def additive_score_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, q, W, U and v.

    Equation (8.2), backwards. With aᵢ = tanh(zᵢ), zᵢ = W xᵢ + U q and tanh′ = 1 − tanh²::

        dv  = Σᵢ dsᵢ aᵢ
        dzᵢ = (1 − aᵢ²) ∘ v dsᵢ
        dxᵢ = Wᵀ dzᵢ        dW = Σᵢ dzᵢ xᵢᵀ
        dq  = Uᵀ Σᵢ dzᵢ     dU = (Σᵢ dzᵢ) qᵀ       (q is used by every item)
    """
    X, q, W, U, v, A = cache
    dscores = upstream("additive_score_backward", "dscores", dscores, A.shape[:-1], A.dtype)
    dv = weight_gradient(dscores[..., None], A)[0]
    dZ = (1 - A * A) * v * dscores[..., None]
    dZ_sum = dZ.sum(axis=-2)
    dX = dZ @ W
    dW = weight_gradient(dZ, X)
    dq = dZ_sum @ U
    dU = weight_gradient(dZ_sum, q)
    return dX, dq, dW, dU, dv


def dot_score_forward(X: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Dot-product attention score (点积模型).

    Equation (8.3), section 8.1.1; Luong et al. 2015, section 3.1, "dot"::

        s(xᵢ, q) = xᵢᵀ q

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    q : (..., d) array
        Query, as long as an item.

    Returns
    -------
    scores : (..., N) array
    cache : tuple
    """
    X, q = arrays("dot_score_forward", DOT, X, q)
    scores = (X @ q[..., None])[..., 0]
    return scores, (X, q)


def dot_score_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of X and q.

    Equation (8.3), backwards; a product, so each factor receives the other one::

        dxᵢ = dsᵢ q
        dq  = Σᵢ dsᵢ xᵢ
    """
    X, q = cache
    dscores = upstream("dot_score_backward", "dscores", dscores, X.shape[:-1], X.dtype)
    dX = outer(dscores, q)
    dq = (dscores[..., None, :] @ X)[..., 0, :]
    return dX, dq


def scaled_dot_score_forward(X: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Scaled dot-product attention score (缩放点积模型).

    Section 8.1.1, beside (8.3); Vaswani et al. 2017, equation (1)::

        s(xᵢ, q) = xᵢᵀ q / √d

    Independent entries of variance 1 give a dot product of variance d; the division brings it back to 1, so that the
    softmax does not saturate as d grows.

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    q : (..., d) array
        Query, as long as an item.

    Returns
    -------
    scores : (..., N) array
    cache : tuple

    Departs from the text: the chapter has the plain dot product alone, so the scaled one has no number there.
    """
    X, q = arrays("scaled_dot_score_forward", DOT, X, q)
    p = q / math.sqrt(q.shape[-1])
    scores = (X @ p[..., None])[..., 0]
    return scores, (X, q)


def scaled_dot_score_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of X and q.

    As for the dot product of X and p = q / √d, whose gradient passes on divided by √d::

        dxᵢ = dsᵢ q / √d
        dq  = Σᵢ dsᵢ / √d xᵢ
    """
    X, q = cache
    dscores = upstream("scaled_dot_score_backward", "dscores", dscores, X.shape[:-1], X.dtype)
    dX = outer(dscores, q / math.sqrt(q.shape[-1]))
    dq = (dscores[..., None, :] / math.sqrt(q.shape[-1]) @ X)[..., 0, :]
    return dX, dq


def bilinear_score_forward(X: np.ndarray, q: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Bilinear attention score (双线性模型): a dot product after W has turned and stretched the query.

    Equation (8.4), section 8.1.1; Luong et al. 2015, section 3.1, "general"::

        s(xᵢ, q) = xᵢᵀ W q

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    q : (..., d_q) array
        Query.
    W : (d, d_q) array

    Returns
    -------
    scores : (..., N) array
    cache : tuple
    """
    X, q, W = arrays("bilinear_score_forward", BILINEAR, X, q, W)
    p = q @ W.T
    scores = (X @ p[..., None])[..., 0]
    return scores, (X, q, W)


def bilinear_score_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of X, q and W.

    Equation (8.4), backwards: a dot product of X and p = W q, then a linear map::

        dxᵢ = dsᵢ W q
        dp  = Σᵢ dsᵢ xᵢ
        dq  = Wᵀ dp         dW = dp qᵀ
    """
    X, q, W = cache
    dscores = upstream("bilinear_score_backward", "dscores", dscores, X.shape[:-1], X.dtype)
    dX = outer(dscores, q @ W.T)
    dp = (dscores[..., None, :] @ X)[..., 0, :]
    dq = dp @ W
    dW = weight_gradient(dp, q)
    return dX, dq, dW
