"""The sum of a stretch of numbers whose edges are marked: what attention over segments is for.

Each item has a value and a mark, a noisy vector. The first and the last item inside the stretch say that they are in,
their neighbours outside say that they are out, and all others say nothing: in the middle, an item inside looks like one
outside. What is wanted is the sum of the values inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

LENGTH, MARKS, NOISE = 16, 6, 0.3


class Segments(NamedTuple):
    """A batch."""

    features: np.ndarray  # (B, n, MARKS)
    values: np.ndarray  # (B, n, 1)
    inside: np.ndarray  # (B, n) True for the items to be summed
    sums: np.ndarray  # (B, 1)


def segment_batch(rng: np.random.Generator, batch: int, n: int = LENGTH) -> Segments:
    """Draw items; a segment has 1 to n − 2 of them, and neither the first nor the last item belongs to it."""
    ends = np.sort(np.argsort(rng.random((batch, n - 1)), axis=1)[:, :2] + 1, axis=1)
    place = np.arange(n)
    start, stop = ends[:, :1], ends[:, 1:]
    inside = (start <= place) & (place < stop)
    edge = (place == start) | (place == stop - 1) | (place == start - 1) | (place == stop)
    kind = np.where(edge, 1 + inside, 0)  # it says nothing, that it is out, or that it is in
    directions = np.random.default_rng(2017).normal(size=(3, MARKS))
    features = directions[kind] + NOISE * rng.normal(size=(batch, n, MARKS))
    values = rng.uniform(0, 2, size=(batch, n, 1))
    sums = (values * inside[..., None]).sum(axis=1)
    return Segments(features.astype(np.float32), values.astype(np.float32), inside, sums.astype(np.float32))


def end_to_end(parts: Sequence[Segments]) -> Segments:
    """Rows with several stretches: those of all parts laid end to end, the sums added up."""
    features, values, inside = (np.concatenate(arrays, axis=1) for arrays in list(zip(*parts, strict=True))[:3])
    return Segments(features, values, inside, np.sum([part.sums for part in parts], axis=0))
