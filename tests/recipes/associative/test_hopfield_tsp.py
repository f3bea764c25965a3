"""The travelling-salesman network on a small scale."""

from nnmem.recipes.associative import (
    hopfield_tsp,
)


def test_tours_are_no_shorter_than_the_shortest(rng):
    row = hopfield_tsp._row(rng, 6, 200.0, 1.2, 2, 10)
    assert 0.4 < row["valid"] <= 1 and 1 <= row["best of starts"] <= row["ratio"] < row["random"] + 0.3
