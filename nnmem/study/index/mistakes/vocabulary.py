"""Short words that the steps of formulas are written with."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Extra


def T(A: np.ndarray) -> np.ndarray:
    """The transpose of each matrix."""
    return np.swapaxes(A, -1, -2)


def total(A: np.ndarray) -> np.ndarray:
    """Sums over the last axis, which stays."""
    return A.sum(axis=-1, keepdims=True)


def mean_total(A: np.ndarray) -> np.ndarray:
    """Means over the last axis, which stays."""
    return A.mean(axis=-1, keepdims=True)


def column_total(A: np.ndarray) -> np.ndarray:
    """Sums over the items, the last axis but one."""
    return A.sum(axis=-2)


def mean_column_total(A: np.ndarray) -> np.ndarray:
    """Means over the items."""
    return A.mean(axis=-2)


def top(s: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The largest of each row that may be attended to."""
    return (s if mask is None else np.where(mask_like(s, mask), s, -np.inf)).max(axis=-1, keepdims=True)


def nonzero(A: np.ndarray) -> np.ndarray:
    """A denominator: one where there is nothing."""
    return np.where(A == 0, 1, A)


def mask_like(e: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A mask that holds for every query, with the axis of queries put in."""
    return np.expand_dims(mask, -2) if mask.ndim < e.ndim else mask


def for_heads(mask: np.ndarray | None, Q: np.ndarray) -> np.ndarray | None:
    """A mask (..., M, N) or (..., N) for every head."""
    if mask is None:
        return None
    return np.expand_dims(mask if mask.ndim == Q.ndim else np.expand_dims(mask, -2), -3)


def allowed(e: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """What may be attended to; zero elsewhere."""
    return e if mask is None else np.where(mask_like(e, mask), e, 0)


def softmax(s: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The softmax over the last axis; zero in a row with nothing allowed."""
    e = allowed(np.exp(s - top(s, mask)), mask)
    return e / nonzero(total(e))


def average(alpha: np.ndarray, X: np.ndarray) -> np.ndarray:
    """The weighted sum of items."""
    return (alpha[..., None] * X).sum(axis=-2)


def dots(X: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The dot product of each item with a vector."""
    return (X * q[..., None, :]).sum(axis=-1)


def outer(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Outer products."""
    return a[..., :, None] * b[..., None, :]


def over(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sum over all leading axes of outer products."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def of_sums(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The outer product of sums, which is something else."""
    return np.outer(a.reshape(-1, a.shape[-1]).sum(0), b.reshape(-1, b.shape[-1]).sum(0))


def batch_total(a: np.ndarray) -> np.ndarray:
    """The sum of vectors over all leading axes."""
    return a.reshape(-1, a.shape[-1]).sum(0)


def turned(s: np.ndarray, by: int) -> np.ndarray:
    """A circular shift to the right."""
    return np.roll(s, by, axis=-1)


def rolls(w: np.ndarray, R: int) -> np.ndarray:
    """``rolls(w, R)[..., j, :]`` is w shifted by j − R."""
    return np.stack([np.roll(w, j - R, axis=-1) for j in range(2 * R + 1)], axis=-2)


def convolution(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Circular convolution."""
    return np.stack([(a * np.roll(b[..., ::-1], k + 1, axis=-1)).sum(-1) for k in range(a.shape[-1])], axis=-1)


def correlation(a: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Circular correlation."""
    return np.stack([(a * np.roll(c, -k, axis=-1)).sum(-1) for k in range(a.shape[-1])], axis=-1)


def extra(en: str, zh: str, calls: Any, **more: Any) -> Extra:
    """A promise and the calls that show it; calls without options may be given as arguments alone."""

    def both(rng: np.random.Generator) -> list[tuple[Any, dict[str, Any]]]:
        return [(call[:-1], call[-1]) if isinstance(call[-1], dict) else (call, {}) for call in calls(rng)]

    return Extra(en, zh, both, **more)
