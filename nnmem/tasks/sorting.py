"""Sorting (排序): numbers in, the order of their indices out; the chapter's own example of a pointer network."""

from __future__ import annotations

import numpy as np


def sorting_batch(rng: np.random.Generator, batch: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sequences of n numbers, uniform in 0 to 1.

    Returns
    -------
    X : (batch, n, 1) float32 array
    targets : (batch, n) array of int
        Index of the smallest, the second smallest, …, counted from 0.

    Departs from the text: for 3, 1, 2 the chapter gives 1, 3, 2, the places of the numbers from the largest to the
    smallest, counted from 1. Here the smallest comes first and places count from 0, which gives 1, 2, 0.
    """
    X = rng.random((batch, n, 1), dtype=np.float32)
    return X, np.argsort(X[..., 0], axis=1, kind="stable")
