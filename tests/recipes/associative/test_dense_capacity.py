"""Capacity with higher-order connections, counted."""

import numpy as np
import pytest

from nnmem.recipes.associative import (
    dense_capacity,
)


def test_dense_capacity_is_counted_right(rng):
    assert dense_capacity.theory(3, 100) == pytest.approx(1e4 / (6 * np.log(100)))
    assert dense_capacity.theory(4, 100) == pytest.approx(1e6 / (30 * np.log(100)))
    rows = [
        {"interaction": 3, "m": m, "N": k * m * m, "recalled": share, "error": 0.02, "trials": 3, "probes": 20}
        for m in (10, 20, 40)
        for k, share in ((1, 1.0), (2, 0.5), (4, 0.0))
    ]
    sizes, counts, errors = dense_capacity.half_counts(rows, 3)
    np.testing.assert_allclose(counts, [200, 800, 3200])
    assert (errors > 0.01).all() and (errors < 0.3).all()
    exponent, error = dense_capacity.slope(sizes, counts, errors)
    assert exponent == pytest.approx(2) and 0 < error < 0.3
    assert dense_capacity.growth(sizes, np.exp(0.3 * sizes), errors)[0] == pytest.approx(0.3)
    few, many = (dense_capacity._row(rng, 3, 32, 0.0, N, 1, 20)["recalled"] for N in (20, 1000))
    assert few > 0.9 and many < 0.1
