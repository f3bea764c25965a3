"""The travelling-salesman network on a small scale."""

import numpy as np

from nnmem.recipes.associative import (
    hopfield_tsp,
)


def test_tours_are_no_shorter_than_the_shortest(rng):
    row = hopfield_tsp._row(rng, 6, 200.0, 1.2, 2, 10, **{"drawn from": 0})
    assert 0.4 < row["valid"] <= 1 and 1 <= row["best of starts"] <= row["ratio"] < row["random"] + 0.3
    other = hopfield_tsp._row(rng, 6, 500.0, 1.5, 2, 10, **{"drawn from": 0})
    assert all(row[name] == other[name] >= 1 for name in ("random", "nearest neighbour")), "the maps are the same"


def test_the_nearest_neighbour_walks_along_a_line():
    cities = np.array([[0.0, 0], [3, 0], [1, 0], [2, 0]])
    tour = hopfield_tsp.nearest_neighbour(cities)
    assert hopfield_tsp.lengths(cities, tour[None])[0] == 6
