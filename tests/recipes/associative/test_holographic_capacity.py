"""Pairs bound in one vector, on a small scale."""

import numpy as np
import pytest

from nnmem.recipes.associative import (
    holographic_capacity,
)


@pytest.mark.parametrize("kind", holographic_capacity.KINDS)
def test_it_grows_with_dimension(kind, rng):
    low, high = (holographic_capacity._row(rng, kind, d, 8, 2)["right"] for d in (64, 1024))
    assert low < high == 1


def test_the_capacity_is_where_the_line_between_two_counts_of_pairs_crosses_95_per_cent():
    rows = [
        {"kind": "signs", "d": d, "pairs": pairs, "right": right}
        for d in holographic_capacity.DIMENSIONS
        for pairs, right in ((d // 32, 0.9 if d == 64 else 1.0), (d // 16, 0.97), (d // 8, 0.93), (d // 4, 0.96))
    ]
    rows.append({"kind": "normal", "d": 128, "pairs": 99, "right": 1.0})
    d, pairs = holographic_capacity.capacity(rows, "signs")
    assert type(d) is type(pairs) is np.ndarray and d.tolist() == [64, 128, 256, 512, 1024, 2048]
    for row, right in zip(rows[-5:-1], (0.95, 0.9, 0.8, 0.7), strict=True):
        row["right"] = right
    assert holographic_capacity.capacity(rows, "signs")[1][-1] == 64, "at most 5 % of errors are just met"
    np.testing.assert_allclose(pairs, [np.nan, 12, 24, 48, 96, 192])  # halfway between d/16 and d/8
