"""Attention with a learned query (层次化注意力): one level of hierarchical attention, Yang et al. 2016, section 8.1.2.

A document has sentences and a sentence has words. The same attention is used twice: over the words of each sentence,
then over the sentences that it makes of them. Nobody asks a question, so the query is a parameter.
"""

from __future__ import annotations

import numpy as np

from nnmem.attention.distribution import (
    attention_distribution_backward,
    attention_distribution_forward,
    weighted_sum_backward,
    weighted_sum_forward,
)
from nnmem.nn.arguments import arrays, attendable, upstream
from nnmem.nn.linear import project, weight_gradient

__all__ = ["context_attention_backward", "context_attention_forward"]

CONTEXT = "X (..., N, d), W (h, d), b (h,), u (h,)"


def context_attention_forward(
    X: np.ndarray, W: np.ndarray, b: np.ndarray, u: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Attention with a learned query u (层次化注意力的一层).

    Section 8.1.2; Yang et al. 2016, equations (5) to (7) for words, (8) to (10) for sentences::

        aᵢ = tanh(W xᵢ + b)
        αᵢ = exp(aᵢᵀ u) / Σⱼ exp(aⱼᵀ u)
        r  = Σᵢ αᵢ xᵢ

    Parameters
    ----------
    X : (..., N, d) array
        Words of a sentence, or sentences of a document, one a row.
    W : (h, d) array
    b : (h,) array
    u : (h,) array
        The context vector: what an informative item looks like.
    mask : (..., N) bool array, optional
        True = may be attended to. Items must be finite even where they are masked.

    Returns
    -------
    r : (..., d) array
    alpha : (..., N) array
        Each row sums to one, or is zero if nothing may be attended to.
    cache : tuple

    Departs from the text: the chapter names the idea alone; the formula is the paper's.
    """
    function = "context_attention_forward"
    X, W, b, u = arrays(function, CONTEXT, X, W, b, u)
    mask = attendable(function, mask, X.shape[:-1])
    A = np.tanh(project(X, W) + b)
    alpha, distribution = attention_distribution_forward(A @ u, mask)
    r, weighted = weighted_sum_forward(alpha, X)
    return r, alpha, (X, W, u, A, distribution, weighted)


def context_attention_backward(
    dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Gradients of X, W, b and u.

    The forward's lines in reverse. α goes into r and to the caller; xᵢ is scored and averaged. Each receives twice::

        dα = X dr (+ dalpha)  →  ds = α ∘ (dα − αᵀdα)
        du  = Σᵢ dsᵢ aᵢ             dzᵢ = (1 − aᵢ²) ∘ u dsᵢ
        dW  = Σᵢ dzᵢ xᵢᵀ            db  = Σᵢ dzᵢ
        dxᵢ = αᵢ dr + Wᵀ dzᵢ
    """
    X, W, u, A, distribution, weighted = cache
    dr = upstream("context_attention_backward", "dr", dr, X.shape[:-2] + X.shape[-1:], X.dtype)
    dalpha_of_r, dX = weighted_sum_backward(dr, weighted)
    if dalpha is not None:
        dalpha = upstream("context_attention_backward", "dalpha", dalpha, X.shape[:-1], X.dtype)
        dalpha_of_r = dalpha_of_r + dalpha
    dscores = attention_distribution_backward(dalpha_of_r, distribution)
    dZ = (1 - A * A) * u * dscores[..., None]
    db = dZ.sum(axis=tuple(range(dZ.ndim - 1)))
    du = weight_gradient(dscores[..., None], A)[0]
    dX += project(dZ, W.T)
    return dX, weight_gradient(dZ, X), db, du
