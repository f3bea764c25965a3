"""Addressing by content (基于内容的寻址): which rows of a memory resemble what is looked for? Equation (8.22).

A function without checks, such as ``cosine_weights``, serves several keys over one memory at once, K (..., H, d): the
pair above it calls it with one, the neural Turing machine with one for each head.
"""

from __future__ import annotations

import numpy as np

from nnmem.attention.score_table import SCORES, find_score
from nnmem.external.memory import outers
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.softmax import softmax_gradient_in_place, softmax_in_place

__all__ = [
    "content_addressing_backward",
    "content_addressing_forward",
    "cosine_content_addressing_backward",
    "cosine_content_addressing_forward",
]

CONTENT = {name: score.layout.replace("X ", "M ") for name, score in SCORES.items()}
COSINE = "M (..., N, d), k (..., d), beta (...)"


def content_addressing_forward(
    M: np.ndarray, q: np.ndarray, *params: np.ndarray, score: str = "dot"
) -> tuple[np.ndarray, tuple]:
    """Content addressing (基于内容的寻址): attention over the rows of a memory.

    Equation (8.22), section 8.3.2::

        αᵢ = softmax(s(mᵢ, q))

    Parameters
    ----------
    M : (..., N, d) array
        Memory, one segment (记忆片段) a row.
    q : (..., d_q) array
        Query of the controller; d_q = d for the two dot products.
    *params : arrays
        Those of the score: W, U, v for "additive", W for "bilinear", none otherwise.
    score : {"dot", "scaled_dot", "additive", "bilinear"}

    Returns
    -------
    alpha : (..., N) array
        Each row sums to one.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit, or the score has another name or other parameters.

    Departs from the text: the memory is its transpose, (N, d) with rows, where the chapter has d × n.
    """
    function = "content_addressing_forward"
    s = find_score(function, score)
    M, q, *weights = arrays(function, CONTENT[score], M, q, *params)
    alpha, score_cache = s.forward(M, q, *weights)
    softmax_in_place(alpha)
    return alpha, (score, score_cache, alpha)


def content_addressing_backward(dalpha: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of M, q and the parameters of the score.

    Equation (8.22), backwards: softmax, then score::

        ds = α ∘ (dα − αᵀdα)  →  dM, dq, dparams
    """
    score, score_cache, alpha = cache
    dscores = upstream("content_addressing_backward", "dalpha", dalpha, alpha.shape, alpha.dtype).copy()
    softmax_gradient_in_place(dscores, alpha)
    return find_score("content_addressing_backward", score).backward(dscores, score_cache)


def cosine_content_addressing_forward(M: np.ndarray, k: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Content addressing by cosine similarity (余弦相似度) with a key strength (键强度).

    A score for equation (8.22), section 8.3.2; Graves et al. 2014, equations (5) and (6)::

        w_cᵢ = softmax(β K[k, mᵢ]),   K[u, v] = uᵀv / (|u| |v|)

    Parameters
    ----------
    M : (..., N, d) array
        Memory, one segment a row.
    k : (..., d) array
        Key.
    beta : (...) array
        Key strength: 0 looks everywhere alike, large β at the most similar row alone.

    Returns
    -------
    w_c : (..., N) array
        Each row sums to one.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit, or the square of a length overflows, or underflows to 0.

    Departs from the text: the paper's 0 / 0, a key or a row of zeros, counts as similarity 0 and has no gradient;
    no ε is added anywhere, so the result does not depend on the scale of key and memory, as long as the squares of
    their lengths can be told from 0 and ∞: lengths of 1e−19 to 1e19 in float32, of 1e−154 to 1e154 in float64.
    """
    M, k, beta = arrays("cosine_content_addressing_forward", COSINE, M, k, beta)
    W, cache = cosine_weights(M, k[..., None, :], beta[..., None])
    for name, rows, inverse in (("M", M, cache[3][..., 0, :]), ("k", k, cache[4][..., 0, 0])):
        if not inverse.all() and rows[inverse == 0].any():
            raise ValueError(
                f"cosine_content_addressing_forward: {name} has a row whose squared length is beyond {M.dtype}, "
                "should be scaled"
            )
    return W[..., 0, :], cache


def cosine_content_addressing_backward(dw_c: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of M, k and beta.

    Equation (8.22) with the cosine, backwards. With unit vectors k̂ = k / |k|, m̂ᵢ = mᵢ / |mᵢ| and sᵢ = β k̂ᵀm̂ᵢ; the
    length of a vector does not count, so only what is perpendicular to it comes back::

        ds  = w ∘ (dw − wᵀdw)
        dmᵢ = dsᵢ (β k̂ − sᵢ m̂ᵢ) / |mᵢ|
        dp  = Σᵢ dsᵢ m̂ᵢ,   p = β k̂:     dβ = k̂ᵀdp,   dk = β (dp − dβ k̂) / |k|
    """
    M, W = cache[0], cache[-1]
    shape = (*W.shape[:-2], W.shape[-1])
    dw_c = upstream("cosine_content_addressing_backward", "dw_c", dw_c, shape, W.dtype)
    dM = np.zeros_like(M)
    dK, dbeta = cosine_weights_gradient(dw_c[..., None, :], cache, dM)
    return dM, dK[..., 0, :], dbeta[..., 0]


def cosine_weights(M: np.ndarray, K: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Weights W (..., H, N) of keys K (..., H, d) with strengths beta (..., H); P holds β k̂."""
    per_row = _inverse(np.einsum("...nd,...nd->...n", M, M))[..., None, :]
    per_key = _inverse(np.einsum("...hd,...hd->...h", K, K))[..., None]
    P = K * (per_key * beta[..., None])
    S = P @ M.mT
    S *= per_row
    W = S.copy()
    softmax_in_place(W)
    return W, (M, K, beta, per_row, per_key, P, S, W)


def cosine_weights_gradient(dW: np.ndarray, cache: tuple, dM: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the gradient of M to dM; return those of K and beta."""
    M, K, beta, per_row, per_key, P, S, W = cache
    dS = dW.copy()
    softmax_gradient_in_place(dS, W)
    along = np.einsum("...hn,...hn->...n", dS, S)
    along *= per_row[..., 0, :]
    along *= per_row[..., 0, :]
    part = np.multiply(M, along[..., None], out=np.empty_like(M))
    dM -= part
    dS *= per_row
    dM += outers(dS, P, part)
    dP = dS @ M
    unit = K * per_key
    dbeta = np.vecdot(unit, dP)
    dP -= unit * dbeta[..., None]
    dP *= per_key * beta[..., None]
    return dP, dbeta


def _inverse(square: np.ndarray) -> np.ndarray:
    """1 / √square; 0 where the square is 0."""
    np.sqrt(square, out=square)
    return np.divide(1, square, out=square, where=square != 0)


def dot_weights(M: np.ndarray, Q: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Weights W (..., H, N) of queries Q (..., H, d) by the dot product."""
    W = Q @ M.mT
    softmax_in_place(W)
    return W, (M, Q, W)


def dot_weights_gradient(dW: np.ndarray, cache: tuple, dM: np.ndarray) -> np.ndarray:
    """Add the gradient of M to dM; return that of Q."""
    M, Q, W = cache
    dS = dW.copy()
    softmax_gradient_in_place(dS, W)
    dM += outers(dS, Q, np.empty_like(M))
    return dS @ M
