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


def test_the_dimension_of_one_half_is_on_the_line_between_two():
    rows = [
        {"d": d, "N": N, "within": share, "probes": 100}
        for N, d_half in ((10, 8), (100, 16))
        for d, share in ((4, 0.0), (d_half, 0.25), (2 * d_half, 0.75), (64, 1.0))
    ]
    counts, at, error = modern_capacity.half_dimensions(rows)
    assert type(counts) is np.ndarray and counts.tolist() == [10, 100]
    np.testing.assert_allclose(at, [12, 24])
    # a share of 0.25 or 0.75 of 100 probes errs by 0.043; half of it from both ends of a line of slope 1/16 or 1/32
    np.testing.assert_allclose(error, [0.0433 * 0.5**0.5 * 16, 0.0433 * 0.5**0.5 * 32], rtol=0.2)
