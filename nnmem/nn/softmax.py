"""Softmax, and its logarithm, which losses want: accurate where the softmax itself would round to 0 or 1."""

from __future__ import annotations

import numpy as np


def softmax(scores: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """αᵢ = exp(sᵢ) / Σⱼ exp(sⱼ) over the last axis; 0 where masked or −∞, and in all of a row with nothing else."""
    with np.errstate(over="ignore"):  # a difference beyond the dtype is −∞, and its exponential 0, as it should be
        return shares(np.exp(below_largest(scores, mask)))


def shares(F: np.ndarray) -> np.ndarray:
    """Fᵢ / Σⱼ Fⱼ over the last axis; zeros where all are 0."""
    total = F.sum(axis=-1, keepdims=True)
    return F / np.where(total == 0, 1, total)


def softmax_gradient(dalpha: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Gradient of the scores, dsᵢ = αᵢ (dαᵢ − Σⱼ αⱼ dαⱼ)."""
    return alpha * (dalpha - (alpha * dalpha).sum(axis=-1, keepdims=True))


def log_softmax(scores: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """lᵢ = sᵢ − log Σⱼ exp(sⱼ) over the last axis; −∞ where masked or −∞, and in all of a row with nothing else."""
    scores = below_largest(scores, mask)
    total = np.exp(scores).sum(axis=-1, keepdims=True)
    return scores - np.log(np.where(total == 0, 1, total))


def log_softmax_gradient(dlog_p: np.ndarray, log_p: np.ndarray) -> np.ndarray:
    """Gradient of the scores, dsᵢ = dlᵢ − pᵢ Σⱼ dlⱼ with p = exp(l); an entry of −∞ is constant, its gradient 0."""
    dlog_p = np.where(log_p.real > -np.inf, dlog_p, 0)
    return dlog_p - np.exp(log_p) * dlog_p.sum(axis=-1, keepdims=True)


def log_sum_exp(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log Σⱼ exp(sⱼ) over the last axis, and its gradient, the softmax."""
    with np.errstate(over="ignore"):
        F = np.exp(below_largest(scores))
    total = F.sum(axis=-1, keepdims=True)
    return (np.log(total) + largest_of(scores))[..., 0], F / total


def below_largest(scores: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The scores less the largest of their row, which changes no softmax and bounds the exponentials by 1."""
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    return scores - largest_of(scores)


def largest_of(scores: np.ndarray) -> np.ndarray:
    """The largest score of each row, (..., 1); of a row of nothing but −∞ the lowest number, so that −∞ stays −∞."""
    return scores.real.max(axis=-1, keepdims=True, initial=np.finfo(scores.dtype).min)
