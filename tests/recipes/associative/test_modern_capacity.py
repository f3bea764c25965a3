"""The modern Hopfield network's measurement on a small scale."""

import json
from pathlib import Path

import numpy as np
import pytest

from nnmem.recipes.associative import (
    modern_capacity,
)

RESULTS = Path(__file__).parents[3] / "notebooks" / "results"


def test_a_row_of_the_committed_results_comes_out_again():
    stored = json.loads((RESULTS / "modern-capacity.json").read_text())["metrics"][3]
    again = modern_capacity._row(np.random.default_rng([0, 3]), stored["d"], stored["N"], stored["probes"])
    assert again["error"] == pytest.approx(stored["error"], abs=2e-5)


def test_it_grows_with_dimension(rng):
    low, high = (modern_capacity._row(rng, d, 100, 20)["within"] for d in (4, 64))
    assert low < 0.5 and high == 1
