"""Soft attention (软性注意力), equations (8.1) to (8.6), and its key-value form (键值对注意力), (8.8) and (8.9)."""

from __future__ import annotations

import numpy as np

from nnmem.attention.score_table import SCORES, find_score
from nnmem.nn.arguments import arrays, attendable, upstream
from nnmem.nn.linear import outer
from nnmem.nn.softmax import softmax, softmax_gradient

__all__ = [
    "key_value_attention_backward",
    "key_value_attention_forward",
    "soft_attention_backward",
    "soft_attention_forward",
]

KEY_VALUE = {
    name: score.layout.replace("X ", "K ").replace("), ", "), V (..., N, d_v), ", 1) for name, score in SCORES.items()
}


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
        True = may be attended to. Items must be finite even where they are masked.

    Returns
    -------
    r : (..., d) array
    alpha : (..., N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        The score has another name or other parameters.
    """
    layout = find_score("soft_attention_forward", score).layout
    X, q, *weights = arrays("soft_attention_forward", layout, X, q, *params)
    mask = attendable("soft_attention_forward", mask, X.shape[:-1])
    return key_value_attention_forward(X, X, q, *weights, score=score, mask=mask)


def soft_attention_backward(dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """Gradients of X, q and the parameters of the score.

    Equation (8.5), backwards. X is used twice, as keys and as values, and receives both gradients; dsᵢ p is the first
    of them where the score is a dot product xᵢᵀ p::

        dα  = X dr (+ dalpha)  →  ds = α ∘ (dα − αᵀdα)
        dxᵢ = dsᵢ ∂s(xᵢ, q)/∂xᵢ + αᵢ dr = dsᵢ p + αᵢ dr
    """
    score, score_cache, alpha, X = cache
    dscores, dr = _scores_gradient("soft_attention_backward", dr, dalpha, alpha, X)
    s = find_score("soft_attention_backward", score)
    if s.query is None or s.query_backward is None:
        dX, *dq_and_params = s.backward(dscores, score_cache)
        return dX + outer(alpha, dr), *dq_and_params
    q_and_params = score_cache[1:]
    # dsᵢ p + αᵢ dr as one product of (N, 2) and (2, d): half the time of two outer products and their sum
    dX = np.stack([dscores, alpha], axis=-1) @ np.stack([s.query(*q_and_params), dr], axis=-2)
    dp = (dscores[..., None, :] @ X)[..., 0, :]
    return dX, *s.query_backward(dp, *q_and_params)


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
        True = may be attended to. Items must be finite even where they are masked.

    Returns
    -------
    r : (..., d_v) array
    alpha : (..., N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        The score has another name or other parameters.
    """
    function = "key_value_attention_forward"
    s = find_score(function, score)
    K, V, q, *weights = arrays(function, KEY_VALUE[score], K, V, q, *params)
    mask = attendable(function, mask, K.shape[:-1])
    scores, score_cache = s.forward(K, q, *weights)
    alpha = softmax(scores, mask)
    r = (alpha[..., None, :] @ V)[..., 0, :]
    return r, alpha, (score, score_cache, alpha, V)


def key_value_attention_backward(
    dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Gradients of K, V, q and the parameters of the score.

    Equation (8.8), backwards: the forward's three steps in reverse. α goes out twice, into r and to the caller, and
    receives both gradients::

        dα = V dr (+ dalpha)  →  ds = α ∘ (dα − αᵀdα)  →  dK, dq, dparams
    """
    score, score_cache, alpha, V = cache
    function = "key_value_attention_backward"
    dscores, dr = _scores_gradient(function, dr, dalpha, alpha, V)
    dK, *dq_and_params = find_score(function, score).backward(dscores, score_cache)
    return dK, outer(alpha, dr), *dq_and_params


def _scores_gradient(
    function: str, dr: np.ndarray, dalpha: np.ndarray | None, alpha: np.ndarray, V: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the scores from those of r and, if given, of α; and dr as an array."""
    dr = upstream(function, "dr", dr, V.shape[:-2] + V.shape[-1:], V.dtype)
    dalpha_of_r = (V @ dr[..., None])[..., 0]
    if dalpha is not None:
        dalpha_of_r = dalpha_of_r + upstream(function, "dalpha", dalpha, alpha.shape, alpha.dtype)
    return softmax_gradient(dalpha_of_r, alpha), dr
