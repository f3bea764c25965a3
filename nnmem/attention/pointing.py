"""Pointer networks (指针网络), equations (8.10) to (8.13): attention used as a pointer to one of its inputs.

Attention has two halves, a distribution and a weighted sum; a pointer is the first without the second.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.attention.query_kernels import for_every_query
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import whole_numbers
from nnmem.nn.softmax import log_softmax, log_softmax_gradient

__all__ = [
    "pointer_distribution_backward",
    "pointer_distribution_forward",
    "pointer_log_likelihood_backward",
    "pointer_log_likelihood_forward",
]

POINTER = "X (..., n, d), E (..., m, d_e), W (h, d), U (h, d_e), v (h,)"
LOG_P = "log_p (..., m, n)"


def pointer_distribution_forward(
    X: np.ndarray, E: np.ndarray, W: np.ndarray, U: np.ndarray, v: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, tuple]:
    """Where each decoding step points (指针网络): the logarithm of a distribution over the inputs.

    Equations (8.12) and (8.13), section 8.1.2; Vinyals et al. 2015, section 2.3, without a number there::

        p(cᵢ = j | c₁:ᵢ₋₁, x₁:ₙ) = softmaxⱼ(s_ij)
        s_ij = vᵀ tanh(W xⱼ + U eᵢ)

    Parameters
    ----------
    X : (..., n, d) array
        What may be pointed to, one a row: the inputs, or their encodings.
    E : (..., m, d_e) array
        Decoder states, one a row for each step.
    W : (h, d) array
    U : (h, d_e) array
    v : (h,) array
    mask : (..., m, n) or (..., n) bool array, optional
        True = may be pointed to; (..., n) holds for every step.

    Returns
    -------
    log_p : (..., m, n) array
        Row i is log p(cᵢ = · | …); −inf where masked, and in all of a row with nothing left to point to.
    cache : tuple

    Departs from the text: log p, which the likelihood (8.10) adds up and which stays exact where p rounds to 0 or 1;
    all steps at once; the mask; the index j of the softmax, which (8.12) leaves out.
    """
    function = "pointer_distribution_forward"
    X, E, W, U, v = arrays(function, POINTER, X, E, W, U, v)
    mask = for_every_query(function, mask, E.shape[:-1] + X.shape[-2:-1])
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    log_p = log_softmax(A @ v, mask)
    return log_p, (X, E, W, U, v, A, log_p)


def pointer_distribution_backward(dlog_p: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, E, W, U and v.

    Equations (8.12) and (8.13), backwards. With l = s − log Σ exp(s) and p = exp(l), then as for the additive score,
    where W xⱼ is used by every step and U eᵢ by every input::

        ds_ij = dl_ij − p_ij Σₖ dl_ik       (entries of −inf are constant and take no part)
        dv    = Σᵢⱼ ds_ij a_ij,   dz_ij = (1 − a_ij²) ∘ v ds_ij
        dxⱼ   = Wᵀ Σᵢ dz_ij,      dW = Σⱼ (Σᵢ dz_ij) xⱼᵀ
        deᵢ   = Uᵀ Σⱼ dz_ij,      dU = Σᵢ (Σⱼ dz_ij) eᵢᵀ
    """
    X, E, W, U, v, A, log_p = cache
    dlog_p = upstream("pointer_distribution_backward", "dlog_p", dlog_p, log_p.shape, log_p.dtype)
    dscores = log_softmax_gradient(dlog_p, log_p)
    dv = weight_gradient(dscores[..., None], A)[0]
    dZ = (1 - A * A) * v * dscores[..., None]
    dZ_inputs, dZ_steps = dZ.sum(axis=-3), dZ.sum(axis=-2)
    dX, dW = dZ_inputs @ W, weight_gradient(dZ_inputs, X)
    dE, dU = dZ_steps @ U, weight_gradient(dZ_steps, E)
    return dX, dE, dW, dU, dv


def pointer_log_likelihood_forward(log_p: np.ndarray, targets: Any, lengths: Any = None) -> tuple[np.ndarray, tuple]:
    """Log-likelihood of a sequence of indices (对数似然) under the steps' distributions.

    Equations (8.10) and (8.11), section 8.1.2; Vinyals et al. 2015, equation (1)::

        log p(c₁:ₘ | x₁:ₙ) = Σᵢ log p(cᵢ | c₁:ᵢ₋₁, x₁:ₙ) ≈ Σᵢ log p(cᵢ | x_c₁, …, x_cᵢ₋₁, x₁:ₙ)

    The product is exact whatever the distributions; (8.11) lets the decoder see the inputs that were chosen in place of
    their indices, so two equal inputs cannot be told apart.

    Parameters
    ----------
    log_p : (..., m, n) array
        Row i is log p(cᵢ = · | …), as ``pointer_distribution_forward`` returns it.
    targets : (..., m) array of int
        The indices c₁, …, cₘ, counted from 0.
    lengths : (...) array of int, optional
        How many of the m steps are real, 1 to m; all if not given. Targets behind them are not looked at.

    Returns
    -------
    log_likelihood : (...) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A target is outside 0 to n − 1, a length outside 1 to m.

    Departs from the text: indices count from 0, as in NumPy.
    """
    function = "pointer_log_likelihood_forward"
    (log_p,) = arrays(function, LOG_P, log_p)
    *lead, m, n = log_p.shape
    targets = np.asarray(targets)
    if targets.shape != (*lead, m):
        raise ValueError(f"{function}: targets has shape {targets.shape}, should be {(*lead, m)}")
    real = np.ones((*lead, m), bool)
    if lengths is not None:
        lengths = whole_numbers(function, "lengths", lengths, 1, m + 1)
        if lengths.shape != tuple(lead):
            raise ValueError(f"{function}: lengths has shape {lengths.shape}, should be {tuple(lead)}")
        real = np.arange(m) < lengths[..., None]
        targets = np.where(real, targets, 0)
    targets = whole_numbers(function, "targets", targets, 0, n)
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return np.where(real, chosen, 0).sum(axis=-1), (targets, real, log_p)


def pointer_log_likelihood_backward(dlog_likelihood: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of log_p.

    Equation (8.10), backwards. The sum picks one entry of each real step, and only there something returns::

        dl_ij = dL 1[j = cᵢ]     for i ≤ length
    """
    targets, real, log_p = cache
    function = "pointer_log_likelihood_backward"
    dlog_likelihood = upstream(function, "dlog_likelihood", dlog_likelihood, log_p.shape[:-2], log_p.dtype)
    dlog_p = np.zeros_like(log_p)
    np.put_along_axis(dlog_p, targets[..., None], (dlog_likelihood[..., None] * real)[..., None], axis=-1)
    return dlog_p
