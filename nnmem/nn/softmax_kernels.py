"""The softmax for the loops of models and blocks of many queries: in place, which saves the passes for new arrays.

The text is ``softmax`` and ``softmax_gradient`` in ``softmax.py``; a test holds both equal.
"""

from __future__ import annotations

import numpy as np

MANY = 2**14  # scores from which on it pays to look whether all are NEAR 0; then no row needs its largest taken away:
NEAR = 60.0  # neither the exponential of one nor the sum of many reaches an end of float32


def softmax_in_place(scores: np.ndarray, mask: np.ndarray | None = None) -> None:
    """Overwrite each row of scores with its softmax; −∞ gives 0, a row of nothing but −∞ gives zeros."""
    if mask is not None:
        np.copyto(scores, -np.inf, where=~mask)
    lowest = np.finfo(scores.dtype).min  # in place of −∞, so that −∞ less the largest is −∞ and not NaN
    if scores.size <= MANY or not (scores.real.min() > -NEAR and scores.real.max() < NEAR):
        scores -= np.maximum.reduce(scores.real, axis=-1, keepdims=True, initial=lowest)
    np.exp(scores, out=scores)
    total = scores @ np.ones((scores.shape[-1], 1), scores.dtype)  # quicker than a sum along rows
    total += total == 0
    scores *= 1 / total


def softmax_gradient_in_place(dalpha: np.ndarray, alpha: np.ndarray) -> None:
    """Overwrite the gradient of α with that of the scores, α ∘ (dα − αᵀdα)."""
    dalpha -= (alpha[..., None, :] @ dalpha[..., None])[..., 0]
    dalpha *= alpha
