"""The travelling-salesman network on a small scale."""

import numpy as np
import pytest

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


def test_a_map_without_a_tour_counts_as_unsolved_and_has_no_length(rng, monkeypatch):
    monkeypatch.setattr(hopfield_tsp, "settle", lambda points, D, stops, starts, rng: [np.zeros((starts, 36))])
    row = hopfield_tsp._row(rng, 6, 500.0, 1.5, 2, 3, **{"drawn from": 0})
    assert row["maps solved"] == row["valid"] == 0 and np.isnan(row["ratio"]) and np.isnan(row["best of starts"])
    assert row["nearest neighbour"] >= 1 and row["random"] > 1
    order = np.array([[2, 0, 1, 5, 4, 3], [0, 1, 2, 3, 4, 5]])
    states = np.stack([*(np.eye(6)[stops].T.ravel() for stops in order), np.zeros(36)])
    monkeypatch.setattr(hopfield_tsp, "settle", lambda *_: [states])
    row = hopfield_tsp._row(rng, 6, 500.0, 1.5, 1, 3, **{"drawn from": 0})
    points = np.random.default_rng([0, 6, 0]).random((6, 2))
    tours, valid = hopfield_tsp.read_tour(states)
    lengths = [sum(np.linalg.norm(points[tour[i]] - points[tour[i - 1]]) for i in range(6)) for tour in tours[valid]]
    assert valid.tolist() == [True, True, False] and row["maps solved"] == 1 and row["valid"] == pytest.approx(2 / 3)
    assert row["best of starts"] / row["ratio"] == pytest.approx(min(lengths) / np.mean(lengths))
