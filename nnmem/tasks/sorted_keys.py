"""Sorted keys, one of which is asked for: the look-up that a search tree is made for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count


class SortedKeys(NamedTuple):
    """A batch of memories and of questions."""

    keys: np.ndarray  # (B, N, 1) float32, ascending, in −1 … 1
    queries: np.ndarray  # (B, 1) float32, one of the keys
    targets: np.ndarray  # (B,) int, its place


def sorted_keys(rng: np.random.Generator, batch: int, size: int) -> SortedKeys:
    """Draw keys uniformly and sort them."""
    for name, value in (("batch", batch), ("size", size)):
        count("sorted_keys", name, value)
    keys = np.sort(rng.uniform(-1, 1, (batch, size)).astype(np.float32), axis=1)
    targets = rng.integers(size, size=batch)
    return SortedKeys(keys[..., None], keys[np.arange(batch), targets, None], targets)
