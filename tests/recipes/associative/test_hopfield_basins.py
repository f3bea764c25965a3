"""Basins and spurious states on a small scale."""

import numpy as np
import pytest

from nnmem.recipes.associative import (
    hopfield_basins,
)
from nnmem.recipes.run import Run


def test_basins_shrink_and_ends_are_told_apart(rng):
    rows = hopfield_basins.run(Run(), size=100, trials=2, probes=10).metrics
    assert hopfield_basins.basin(rows[1]) > hopfield_basins.basin(rows[-1])
    assert all(sum(row[end] for end in hopfield_basins.ENDS) == pytest.approx(1, abs=1e-4) for row in rows)
    X = rng.choice([-1.0, 1.0], size=(4, 200))
    states = np.array([X[2], -X[1], np.sign(X[0] - X[1] + X[3]), rng.choice([-1.0, 1.0], 200)])
    assert hopfield_basins.ends(states, X) == ["stored", "inverse", "mixture", "other"]


@pytest.mark.parametrize(("wrong", "found"), [(1, ["stored", "inverse", "mixture"]), (2, 3 * ["other"])])
def test_one_wrong_neuron_of_forty_is_alike_and_two_are_not(wrong, found, rng):
    X = rng.choice([-1.0, 1.0], size=(3, 40))
    states = np.array([X[0], -X[1], np.sign(X[0] + X[1] - X[2])])
    states[:, :wrong] *= -1
    assert hopfield_basins.ends(states, X) == found


@pytest.mark.parametrize(("wrong", "share"), [(2, 1.0), (3, 0.0)])
def test_two_wrong_neurons_of_eighty_are_recalled(wrong, share, rng, monkeypatch):
    def retrieve(probes, W, b, **_):
        final = probes.copy()
        final[:, :wrong] *= -1
        return [final], None, None

    monkeypatch.setattr(hopfield_basins, "hopfield_retrieve", retrieve)
    row = hopfield_basins._row(rng, 80, 0.05, 2, 3)
    assert row["flip 0.0"] == share and row["flip 0.5"] == 0 and row["flip 0.05"] <= share
