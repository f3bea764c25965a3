"""Pairs bound in one vector, on a small scale."""

import pytest

from nnmem.recipes.associative import (
    holographic_capacity,
)


@pytest.mark.parametrize("kind", holographic_capacity.KINDS)
def test_it_grows_with_dimension(kind, rng):
    low, high = (holographic_capacity._row(rng, kind, d, 8, 2)["right"] for d in (64, 1024))
    assert low < high == 1
