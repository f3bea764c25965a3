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
