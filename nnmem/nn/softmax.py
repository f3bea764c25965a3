"""The logarithm of a softmax, which losses want: accurate where the softmax itself would round to 0 or 1."""

from __future__ import annotations

import numpy as np


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
