"""Softmax, and its logarithm, which losses want: accurate where the softmax itself would round to 0 or 1."""

from __future__ import annotations

import numpy as np


def softmax_in_place(scores: np.ndarray, mask: np.ndarray | None = None) -> None:
    """Overwrite each row of scores with its softmax; −inf gives 0, a row of nothing but −inf gives zeros."""
    if mask is not None:
        np.copyto(scores, -np.inf, where=~mask)
    lowest = np.finfo(scores.dtype).min  # in place of −inf, so that −inf less the largest is −inf and not NaN
    scores -= np.maximum.reduce(scores.real, axis=-1, keepdims=True, initial=lowest)
    np.exp(scores, out=scores)
    total = np.add.reduce(scores, axis=-1, keepdims=True)
    total += total == 0
    scores /= total


def softmax_gradient_in_place(dalpha: np.ndarray, alpha: np.ndarray) -> None:
    """Overwrite the gradient of α with that of the scores, α ∘ (dα − αᵀdα)."""
    dalpha -= np.vecdot(alpha, dalpha)[..., None]
    dalpha *= alpha


def log_softmax_in_place(scores: np.ndarray, mask: np.ndarray | None = None) -> None:
    """Overwrite each row of scores with sᵢ − log Σⱼ exp(sⱼ); where masked, and in an empty row, with −inf."""
    if mask is not None:
        np.copyto(scores, -np.inf, where=~mask)
    largest = scores.real.max(axis=-1, keepdims=True, initial=-np.inf)
    largest[largest == -np.inf] = 0
    scores -= largest
    total = np.exp(scores).sum(axis=-1, keepdims=True)
    total[total == 0] = 1
    scores -= np.log(total)


def log_softmax_gradient(dlog_p: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Gradient of the scores, dsᵢ = dlᵢ − pᵢ Σⱼ dlⱼ with p = exp(l); an entry of −inf is constant, its gradient 0."""
    possible = log_p.real > -np.inf
    dscores = np.where(possible, dlog_p, 0)
    dscores -= np.exp(log_p) * dscores.sum(axis=-1, keepdims=True)
    return dscores
