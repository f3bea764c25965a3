"""Soft attention (软性注意力), equations (8.1) to (8.6), and its key-value form (键值对注意力), (8.8) and (8.9)."""

from __future__ import annotations

import numpy as np

from nnmem.attention.distribution import (
    attention_distribution_backward,
    attention_distribution_forward,
    weighted_sum_backward,
    weighted_sum_forward,
)
from nnmem.attention.scores import find_score
from nnmem.nn.arguments import arrays, attendable, upstream


def soft_attention_forward(
    X: np.ndarray, q: np.ndarray, *params: np.ndarray, score: str = "dot", mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Soft attention (软性注意力): score every item, softmax, weighted sum.

    Equations (8.1) to (8.6), section 8.1.1::

        αᵢ = softmax(s(xᵢ, q))
        r  = Σᵢ αᵢ xᵢ

    It is key-value attention whose keys and values are both X, as the chapter remarks under (8.9).

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row.
    q : (..., d_q) array
        Query; d_q = d for the two dot products.
    *params : arrays
        Those of the score: W, U, v for "additive", W for "bilinear", none otherwise.
    score : {"dot", "scaled_dot", "additive", "bilinear"}
    mask : (..., N) bool array, optional
        True = may be attended to.

    Returns
    -------
    r : (..., d) array
    alpha : (..., N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit, or the score has another name or other parameters.
    """
    layout = find_score("soft_attention_forward", score).layout
    X, q, *weights = arrays("soft_attention_forward", layout, X, q, *params)
    mask = attendable("soft_attention_forward", mask, X.shape[:-1])
    return key_value_attention_forward(X, X, q, *weights, score=score, mask=mask)


def soft_attention_backward(dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """Gradients of X, q and the parameters of the score.

    Equation (8.5), backwards. X is used twice, as keys and as values, and receives both gradients::

        dX = dK + dV
    """
    dX, dV, *dq_and_params = key_value_attention_backward(dr, cache, dalpha)
    dX += dV
    return dX, *dq_and_params


def key_value_attention_forward(
    K: np.ndarray,
    V: np.ndarray,
    q: np.ndarray,
    *params: np.ndarray,
    score: str = "dot",
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Key-value attention (键值对注意力): keys decide where to look, values what is seen.

    Equations (8.8) and (8.9), section 8.1.2; again (8.20) and (8.21), section 8.3.1::

        r = Σᵢ αᵢ vᵢ,   αᵢ = exp(s(kᵢ, q)) / Σⱼ exp(s(kⱼ, q))

    Parameters
    ----------
    K : (..., N, d) array
        Keys, one a row.
    V : (..., N, d_v) array
        Values, one a row.
    q : (..., d_q) array
        Query; d_q = d for the two dot products.
    *params : arrays
        Those of the score: W, U, v for "additive", W for "bilinear", none otherwise.
    score : {"dot", "scaled_dot", "additive", "bilinear"}
    mask : (..., N) bool array, optional
        True = may be attended to.

    Returns
    -------
    r : (..., d_v) array
    alpha : (..., N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit, or the score has another name or other parameters.
    """
    function = "key_value_attention_forward"
    s = find_score(function, score)
    layout = "V (..., N, d_v), " + s.layout.replace("X", "K")
    V, K, q, *weights = arrays(function, layout, V, K, q, *params)
    mask = attendable(function, mask, K.shape[:-1])
    scores, score_cache = s.forward(K, q, *weights)
    alpha, alpha_cache = attention_distribution_forward(scores, mask)
    r, r_cache = weighted_sum_forward(alpha, V)
    return r, alpha, (score, score_cache, alpha_cache, r_cache)


def key_value_attention_backward(
    dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Gradients of K, V, q and the parameters of the score.

    Equation (8.8), backwards: the forward's three steps in reverse. α goes out twice, into r and to the caller, and
    receives both gradients::

        dα = V dr (+ dalpha)  →  ds = α ∘ (dα − αᵀdα)  →  dK, dq, dparams
    """
    score, score_cache, alpha_cache, r_cache = cache
    function = "key_value_attention_backward"
    alpha, V = r_cache
    dr = upstream(function, "dr", dr, V.shape[:-2] + V.shape[-1:], V.dtype)
    dalpha_of_r, dV = weighted_sum_backward(dr, r_cache)
    if dalpha is not None:
        dalpha_of_r += upstream(function, "dalpha", dalpha, alpha.shape, alpha.dtype)
    dscores = attention_distribution_backward(dalpha_of_r, alpha_cache)
    dK, *dq_and_params = find_score(function, score).backward(dscores, score_cache)
    return dK, dV, *dq_and_params
