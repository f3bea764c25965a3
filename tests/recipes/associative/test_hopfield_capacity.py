"""The Hopfield network's capacity on a small scale, beside theory."""

import numpy as np
import pytest

from nnmem.recipes.associative import (
    hopfield_capacity,
)
from nnmem.recipes.run import Run


def test_capacity_falls_where_theory_says():
    rows = hopfield_capacity.run(Run(), sizes=[300], trials=2).metrics
    overlap = [row["overlap"] for row in rows]
    assert overlap[0] > 0.95 and overlap[-1] < 0.75
    load, theory = hopfield_capacity.theory_curve()
    assert load[-1] == pytest.approx(0.138, abs=5e-4) and theory[-1] == pytest.approx(0.967, abs=1e-3)
    assert type(load) is type(theory) is np.ndarray
    assert (np.diff(load) > 0).all() and (np.diff(theory) <= 0).all()


def test_the_cliff_is_where_the_overlap_is_halfway_down():
    rows = [
        {"m": m, "load": load, "overlap": overlap, "error": 0.02}
        for m, at in ((1000, 0.14), (5000, 0.18))
        for load, overlap in ((at - 0.02, 0.97), (at, 0.7), (at + 0.02, 0.6), (at + 0.04, 0.3))
    ]
    found = hopfield_capacity.cliffs(rows)
    assert {m: at for m, (at, _) in found.items()} == pytest.approx({1000: 0.15, 5000: 0.19})  # halfway to 0.65
    for _, error in found.values():  # half of it from both ends of a line of slope 0.1 / 0.02
        assert error == pytest.approx(0.02 * 0.5**0.5 * 0.02 / 0.1, rel=0.2)
    assert hopfield_capacity.half_loads(rows) == {m: at for m, (at, _) in found.items()}
