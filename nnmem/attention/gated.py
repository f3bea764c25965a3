"""Attention over a picture as a caption is written (图像描述生成): Xu et al. 2015, sections 3.1.2, 4.2 and 4.2.1.

How much of what is seen a word needs is a gate of its own, and a penalty asks that over all words every region be
looked at about once.
"""

from __future__ import annotations

import numpy as np

from nnmem.attention.distribution import (
    attention_distribution_backward,
    attention_distribution_forward,
    weighted_sum_backward,
    weighted_sum_forward,
)
from nnmem.attention.scores import additive_score_backward, additive_score_forward
from nnmem.nn.arguments import arrays, attendable, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.losses import sigmoid

__all__ = [
    "doubly_stochastic_backward",
    "doubly_stochastic_forward",
    "gated_attention_backward",
    "gated_attention_forward",
]

GATED = "X (..., N, d), q (..., d_q), W (h, d), U (h, d_q), v (h,), w (d_q,), b (1,)"
LOOKS = "alpha (..., m, N)"


def gated_attention_forward(
    X: np.ndarray,
    q: np.ndarray,
    W: np.ndarray,
    U: np.ndarray,
    v: np.ndarray,
    w: np.ndarray,
    b: np.ndarray,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Additive attention whose result passes a gate (带门控的注意力), for image captioning (图像描述生成).

    Section 8.1.3; Xu et al. 2015, equations (4), (5), (13) and the gate of section 4.2.1::

        αᵢ = softmaxᵢ(vᵀ tanh(W xᵢ + U q))
        β  = σ(wᵀ q + b)
        r  = β Σᵢ αᵢ xᵢ

    Parameters
    ----------
    X : (..., N, d) array
        Feature vectors of the regions of a picture, one a row.
    q : (..., d_q) array
        The query: the decoder's state before the word.
    W : (h, d) array
    U : (h, d_q) array
    v : (h,) array
    w : (d_q,) array
    b : (1,) array
    mask : (..., N) bool array, optional
        True = may be attended to. Vectors must be finite even where they are masked.

    Returns
    -------
    r : (..., d) array
    alpha : (..., N) array
        Each row sums to one, or is zero if nothing may be attended to.
    cache : tuple

    Departs from the text: the chapter names the idea alone; the formula is the paper's.
    """
    X, q, W, U, v, w, b = arrays("gated_attention_forward", GATED, X, q, W, U, v, w, b)
    mask = attendable("gated_attention_forward", mask, X.shape[:-1])
    scores, scored = additive_score_forward(X, q, W, U, v)
    alpha, distribution = attention_distribution_forward(scores, mask)
    context, weighted = weighted_sum_forward(alpha, X)
    beta = sigmoid(q @ w[:, None] + b)  # (..., 1)
    return beta * context, alpha, (q, w, beta, context, scored, distribution, weighted)


def gated_attention_backward(dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
    """Gradients of X, q, W, U, v, w and b.

    The forward's lines in reverse, c = Σᵢ αᵢ xᵢ. q asks and opens the gate, xᵢ is scored and averaged: each receives
    twice::

        dβ = cᵀ dr  →  dz = β (1 − β) dβ,     dw = Σ dz q,     db = Σ dz
        dc = β dr   →  dαᵢ = xᵢᵀ dc (+ dalpha),  dxᵢ = αᵢ dc
        dα  →  ds = α ∘ (dα − αᵀdα)  →  dX, dq, dW, dU, dv of the additive score (8.2)
        dq += dz w
    """
    q, w, beta, context, scored, distribution, weighted = cache
    dr = upstream("gated_attention_backward", "dr", dr, context.shape, context.dtype)
    dbeta = (context * dr).sum(axis=-1, keepdims=True)
    dz = beta * (1 - beta) * dbeta
    dalpha_of_r, dX = weighted_sum_backward(beta * dr, weighted)
    if dalpha is not None:
        dalpha = upstream("gated_attention_backward", "dalpha", dalpha, dalpha_of_r.shape, dr.dtype)
        dalpha_of_r = dalpha_of_r + dalpha
    dscores = attention_distribution_backward(dalpha_of_r, distribution)
    dX_scored, dq, dW, dU, dv = additive_score_backward(dscores, scored)
    dw = weight_gradient(dz, q)[0]
    return dX + dX_scored, dq + dz * w, dW, dU, dv, dw, dz.sum().reshape(1)


def doubly_stochastic_forward(alpha: np.ndarray) -> tuple[np.ndarray, tuple]:
    """How far regions are from being looked at once each, over all words (双重随机注意力).

    Section 8.1.3; Xu et al. 2015, equation (14), without its factor λ. Each word's weights sum to one over the
    regions; here each region's over the words is asked to::

        P = Σᵢ (1 − Σₜ αₜᵢ)²

    Parameters
    ----------
    alpha : (..., m, N) array
        Weights of N regions, for m words.

    Returns
    -------
    P : (...) array
    cache : tuple

    Departs from the text: the chapter has no such term. With other numbers of words than regions P cannot be zero: at
    best every region is looked at m / N times.
    """
    (alpha,) = arrays("doubly_stochastic_forward", LOOKS, alpha)
    missing = 1 - alpha.sum(axis=-2)
    return (missing * missing).sum(axis=-1), (alpha.shape, missing)


def doubly_stochastic_backward(dP: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of alpha, the same for every word::

    dαₜᵢ = −2 (1 − Σₜ αₜᵢ) dP
    """
    shape, missing = cache
    dP = upstream("doubly_stochastic_backward", "dP", dP, shape[:-2], missing.dtype)
    return np.repeat((-2 * missing * dP[..., None])[..., None, :], shape[-2], axis=-2)
