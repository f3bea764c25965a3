"""Shortest tours against every permutation."""

import itertools

import numpy as np
import pytest

from nnmem.tasks.tsp import shortest_tours, signed_area, tour_lengths, tsp_batch


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7])
def test_tours_are_shortest(n):
    rng = np.random.default_rng(n)
    cities = rng.random((10, n, 2))
    tours, lengths = shortest_tours(cities)
    assert (np.sort(tours, axis=1) == np.arange(n)).all() and (tours[:, 0] == 0).all()
    assert (signed_area(cities, tours) >= 0).all()
    np.testing.assert_allclose(lengths, tour_lengths(cities, tours))
    for c, length in zip(cities, lengths, strict=True):
        orders = [[0, *p] for p in itertools.permutations(range(1, n))]
        best = min(tour_lengths(np.broadcast_to(c, (len(orders), n, 2)), np.array(orders)))
        np.testing.assert_allclose(length, best, rtol=1e-12)


def test_tour_of_more_sets_than_one_chunk():
    cities = np.random.default_rng(0).random((600, 5, 2))
    tours, _ = shortest_tours(cities)
    np.testing.assert_array_equal(tours[599:], shortest_tours(cities[599:])[0])
    assert shortest_tours(cities[:0])[0].shape == (0, 5)


def test_tsp_batch():
    X, targets = tsp_batch(np.random.default_rng(0), 4, 6)
    assert X.dtype == np.float32
    np.testing.assert_array_equal(targets, shortest_tours(X)[0])


@pytest.mark.parametrize("shape", [(2, 1, 2), (2, 13, 2), (5, 2), (2, 5, 3)])
def test_wrong_cities(shape):
    with pytest.raises(ValueError, match="shortest_tours: cities has shape"):
        shortest_tours(np.zeros(shape))
    with pytest.raises(ValueError, match="not finite"):
        shortest_tours(np.full((1, 5, 2), np.nan))
