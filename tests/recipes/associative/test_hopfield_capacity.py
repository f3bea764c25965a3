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
