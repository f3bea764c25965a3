"""Multi-head attention (多头注意力), section 8.1.2: several queries at once, without and with learned projections."""

from __future__ import annotations

import math

import numpy as np

from nnmem.attention.query_kernels import (
    additive_score_matrix_backward,
    additive_score_matrix_forward,
    attend,
    attend_backward,
    for_every_query,
)
from nnmem.attention.score_table import find_score
from nnmem.attention.soft import KEY_VALUE
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import transposed, weight_gradient
from nnmem.nn.options import count
from nnmem.nn.softmax import softmax, softmax_gradient

__all__ = [
    "multi_head_attention_backward",
    "multi_head_attention_forward",
    "multi_query_attention_backward",
    "multi_query_attention_forward",
]

MANY_QUERIES = {name: layout.replace("q (...,", "Q (..., M,") for name, layout in KEY_VALUE.items()}
MULTI_HEAD = "Q (..., M, d), K (..., N, d), V (..., N, d), W_Q (p, d), W_K (p, d), W_V (p, d), W_O (d_out, p)"


def multi_query_attention_forward(
    K: np.ndarray,
    V: np.ndarray,
    Q: np.ndarray,
    *params: np.ndarray,
    score: str = "dot",
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Multi-head attention as the text has it (多头注意力): M queries, each attending on its own.

    Section 8.1.2: key-value attention (8.8) for every query q₁, …, q_M::

        rⱼ = Σᵢ αⱼᵢ vᵢ,   αⱼᵢ = softmaxᵢ(s(kᵢ, qⱼ))

    Parameters
    ----------
    K : (..., N, d) array
        Keys, one a row.
    V : (..., N, d_v) array
        Values, one a row.
    Q : (..., M, d_q) array
        Queries, one a row; d_q = d for the two dot products.
    *params : arrays
        Those of the score: W, U, v for "additive", W for "bilinear", none otherwise.
    score : {"dot", "scaled_dot", "additive", "bilinear"}
    mask : (..., M, N) or (..., N) bool array, optional
        True = may be attended to; (..., N) holds for every query.

    Returns
    -------
    r : (..., M, d_v) array
    alpha : (..., M, N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        The score has another name or other parameters.

    Departs from the text: the chapter says in one sentence that several queries select in parallel, without a formula;
    this is (8.8) for each of them. Items must be finite even where they are masked.
    """
    function = "multi_query_attention_forward"
    s = find_score(function, score)
    K, V, Q, *weights = arrays(function, MANY_QUERIES[score], K, V, Q, *params)
    mask = for_every_query(function, mask, Q.shape[:-1] + K.shape[-2:-1])
    if s.query is None:
        scores, score_cache = additive_score_matrix_forward(K, Q, *weights)
        alpha = softmax(scores, mask)
        return alpha @ V, alpha, (score, score_cache, alpha, V)
    P = s.query(Q, *weights)
    r, alpha = attend(P, K, V, mask)
    return r, alpha, (score, (P, K, Q, *weights), alpha, V)


def multi_query_attention_backward(
    dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Gradients of K, V, Q and the parameters of the score.

    Equation (8.8) backwards for every query; keys and values are used by all queries, and their gradients sum over
    them, which the products of matrices do::

        dα = dr Vᵀ (+ dalpha),   dS = α ∘ (dα − rowsum(α ∘ dα))
        dV = αᵀ dr,   dK = dSᵀ P,   dP = dS K,   with P = Q, Q / √d or Q Wᵀ
    """
    score, score_cache, alpha, V = cache
    function = "multi_query_attention_backward"
    dr = upstream(function, "dr", dr, alpha.shape[:-1] + V.shape[-1:], V.dtype)
    if dalpha is not None:
        dalpha = upstream(function, "dalpha", dalpha, alpha.shape, alpha.dtype)
    s = find_score(function, score)
    if s.query_backward is None:
        dalpha_of_r = dr @ transposed(V)
        dscores = softmax_gradient(dalpha_of_r if dalpha is None else dalpha_of_r + dalpha, alpha)
        dK, dQ, *dparams = additive_score_matrix_backward(dscores, score_cache)
        return dK, transposed(alpha) @ dr, dQ, *dparams
    P, K, *Q_and_params = score_cache
    dP, dK, dV = attend_backward(dr, dalpha, P, K, V, alpha)
    return dK, dV, *s.query_backward(dP, *Q_and_params)


def multi_head_attention_forward(
    Q: np.ndarray,
    K: np.ndarray,
    V: np.ndarray,
    W_Q: np.ndarray,
    W_K: np.ndarray,
    W_V: np.ndarray,
    W_O: np.ndarray,
    num_heads: int,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Multi-head attention with learned projections (多头注意力).

    Section 8.1.2; Vaswani et al. 2017, section 3.2.2. For the heads a = 0, …, num_heads − 1, each of size d_h::

        headₐ = softmax((Q Wᵀ_Qₐ) (K Wᵀ_Kₐ)ᵀ / √d_h) (V Wᵀ_Vₐ)
        out   = [head₀, …] Wᵀ_O

    Parameters
    ----------
    Q : (..., M, d) array
        Queries, one a row.
    K, V : (..., N, d) array
        Keys and values, one a row.
    W_Q, W_K, W_V : (p, d) array
        The heads' projections, stacked, p = num_heads * d_h: rows a d_h to (a + 1) d_h belong to head a.
    W_O : (d_out, p) array
    num_heads : int
    mask : (..., M, N) or (..., N) bool array, optional
        True = may be attended to; (..., N) holds for every query. A query with nothing to attend to has out = 0.

    Returns
    -------
    out : (..., M, d_out) array
    alpha : (..., num_heads, M, N) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        num_heads does not divide the rows of W_Q, or the scores are beyond the dtype:
        4e38 in float32, which inputs and weights all of 1e9 reach.

    Departs from the text: the chapter has several queries and no projections, which is
    ``multi_query_attention_forward``.
    """
    function = "multi_head_attention_forward"
    Q, K, V, W_Q, W_K, W_V, W_O = arrays(function, MULTI_HEAD, Q, K, V, W_Q, W_K, W_V, W_O)
    p = len(W_Q)
    if p % count(function, "num_heads", num_heads):
        raise ValueError(f"{function}: num_heads is {num_heads}, should divide {p}, the rows of W_Q {W_Q.shape}")
    mask = for_every_query(function, mask, Q.shape[:-1] + K.shape[-2:-1])
    if mask is not None:
        mask = np.broadcast_to(mask[..., None, :, :], (*Q.shape[:-2], num_heads, *mask.shape[-2:]))
    V_heads = _apart(V @ W_V.T, num_heads)
    with np.errstate(over="ignore", invalid="ignore"):
        P, K_heads = _apart(Q @ W_Q.T, num_heads) / math.sqrt(p // num_heads), _apart(K @ W_K.T, num_heads)
        heads, alpha = attend(P, K_heads, V_heads, mask)
    if np.isnan(alpha).any() and all(np.isfinite(array).all() for array in (Q, K, W_Q, W_K)):
        raise ValueError(f"{function}: Q, K, W_Q and W_K give scores beyond {Q.dtype}, should be scaled")
    R = _together(heads)
    out = R @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, P, K_heads, V_heads, alpha, R)


def multi_head_attention_backward(
    dout: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Gradients of Q, K, V, W_Q, W_K, W_V and W_O.

    The forward upside down, with P = Q Wᵀ_Q / √d_h, and K′ = K Wᵀ_K, V′ = V Wᵀ_V; all heads at once::

        dW_O = doutᵀ R,   dR = dout W_O
        dα = dR V′ᵀ (+ dalpha),   dS = α ∘ (dα − rowsum(α ∘ dα))
        dV′ = αᵀ dR,   dK′ = dSᵀ P,   dP = dS K′
        dQ = dP W_Q / √d_h,   dW_Q = dPᵀ Q / √d_h,   and so for keys and values
    """
    Q, K, V, W_Q, W_K, W_V, W_O, P, K_heads, V_heads, alpha, R = cache
    function = "multi_head_attention_backward"
    num_heads, p = alpha.shape[-3], len(W_Q)
    dout = upstream(function, "dout", dout, R.shape[:-1] + W_O.shape[:1], R.dtype)
    if dalpha is not None:
        dalpha = upstream(function, "dalpha", dalpha, alpha.shape, alpha.dtype)
    dR, dW_O = dout @ W_O, weight_gradient(dout, R)
    dP, dK_heads, dV_heads = attend_backward(_apart(dR, num_heads), dalpha, P, K_heads, V_heads, alpha)
    dqueries = _together(dP) / math.sqrt(p // num_heads)
    dkeys, dvalues = _together(dK_heads), _together(dV_heads)
    dQ, dW_Q = dqueries @ W_Q, weight_gradient(dqueries, Q)
    dK, dW_K = dkeys @ W_K, weight_gradient(dkeys, K)
    dV, dW_V = dvalues @ W_V, weight_gradient(dvalues, V)
    return dQ, dK, dV, dW_Q, dW_K, dW_V, dW_O


def _apart(Y: np.ndarray, num_heads: int) -> np.ndarray:
    """View (..., M, num_heads * d_h) as (..., num_heads, M, d_h)."""
    return Y.reshape(*Y.shape[:-1], num_heads, Y.shape[-1] // num_heads).swapaxes(-2, -3)


def _together(Y: np.ndarray) -> np.ndarray:
    """Put the heads (..., num_heads, M, d_h) side by side: (..., M, num_heads * d_h)."""
    return Y.swapaxes(-2, -3).reshape(*Y.shape[:-3], Y.shape[-2], Y.shape[-3] * Y.shape[-1])
