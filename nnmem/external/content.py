"""Addressing by content (基于内容的寻址): which rows of a memory resemble what is looked for? Equation (8.22)."""

from __future__ import annotations

import numpy as np

from nnmem.attention.score_table import SCORES, find_score
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import outer
from nnmem.nn.softmax import softmax, softmax_gradient

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
        The score has another name or other parameters.

    Departs from the text: the memory is its transpose, (N, d) with rows, where the chapter has d × n.
    """
    function = "content_addressing_forward"
    s = find_score(function, score)
    M, q, *weights = arrays(function, CONTENT[score], M, q, *params)
    scores, score_cache = s.forward(M, q, *weights)
    alpha = softmax(scores)
    return alpha, (score, score_cache, alpha)


def content_addressing_backward(dalpha: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of M, q and the parameters of the score.

    Equation (8.22), backwards: softmax, then score::

        ds = α ∘ (dα − αᵀdα)  →  dM, dq, dparams
    """
    score, score_cache, alpha = cache
    dalpha = upstream("content_addressing_backward", "dalpha", dalpha, alpha.shape, alpha.dtype)
    dscores = softmax_gradient(dalpha, alpha)
    return find_score("content_addressing_backward", score).backward(dscores, score_cache)


def cosine_content_addressing_forward(M: np.ndarray, k: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Content addressing by cosine similarity (余弦相似度) with a key strength (键强度，即逆温度).

    A score for equation (8.22), section 8.3.2; cosine and strength are not the chapter's but those of Graves et al.
    2014, equations (5) and (6)::

        w_cᵢ = softmax(β sᵢ),   sᵢ = K[k, mᵢ] = kᵀmᵢ / (|k| |mᵢ|)

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

    Departs from the text: cosine and β are the paper's; the chapter leaves the score open. The
    paper's 0 / 0, a key or a row of zeros, counts as similarity 0 and has no gradient, and
    so does a row whose entries are all below the smallest normal number (1e−38 in float32, 2e−308 in float64). No ε is
    added anywhere, and lengths are taken of scaled vectors, so the result does not depend on the scale of key and
    memory. The gradient of a row does: it grows as 1 / |mᵢ|.
    """
    M, k, beta = arrays("cosine_content_addressing_forward", COSINE, M, k, beta)
    M_unit, per_row = unit(M)
    k_unit, per_key = unit(k)
    s = (M_unit @ k_unit[..., None])[..., 0]
    w_c = softmax(beta[..., None] * s)
    return w_c, (M_unit, per_row, k_unit, per_key, beta, s, w_c)


def cosine_content_addressing_backward(dw_c: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of M, k and beta.

    Equation (8.22) with the cosine, backwards. With unit vectors k̂ = k / |k| and m̂ᵢ = mᵢ / |mᵢ|, sᵢ = k̂ᵀm̂ᵢ; the
    length of a vector does not count, so only what is perpendicular to it comes back::

        dz  = w ∘ (dw − wᵀdw)          dβ = Σᵢ dzᵢ sᵢ          dsᵢ = β dzᵢ
        dmᵢ = dsᵢ (k̂ − sᵢ m̂ᵢ) / |mᵢ|
        dk  = Σᵢ dsᵢ (m̂ᵢ − sᵢ k̂) / |k|
    """
    M_unit, per_row, k_unit, per_key, beta, s, w_c = cache
    dw_c = upstream("cosine_content_addressing_backward", "dw_c", dw_c, w_c.shape, w_c.dtype)
    dz = softmax_gradient(dw_c, w_c)
    dbeta = (dz * s).sum(axis=-1)
    ds = beta[..., None] * dz
    dM = (outer(ds, k_unit) - (ds * s)[..., None] * M_unit) * per_row
    dk = ((ds[..., None, :] @ M_unit)[..., 0, :] - (ds * s).sum(axis=-1, keepdims=True) * k_unit) * per_key
    return dM, dk, dbeta


def unit(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """v̂ = v / |v| of every row v (..., d), and 1 / |v| (..., 1); both are 0 for a row of zeros.

    The largest entry is divided out first, so that no square leaves the dtype's range.
    """
    largest = np.abs(v.real).max(axis=-1, keepdims=True, initial=0)
    zero = largest < np.finfo(v.dtype).tiny
    largest = np.where(zero, 1, largest)
    scaled = np.where(zero, 0, v / largest)
    length = np.where(zero, 1, np.sqrt((scaled * scaled).sum(axis=-1, keepdims=True)))
    return scaled / length, np.where(zero, 0, 1 / length / largest)
