"""The one definition of a capacity, on shares that are made up."""

import numpy as np
import pytest

from nnmem.recipes.associative.half_load import exact_and_close, extrapolations, half_load


def test_exact_and_close_are_told_apart():
    patterns = np.ones((4, 40))
    final = patterns.copy()
    final[1, 0] = final[2, :2] = -1  # overlaps 0.95 and 0.9
    final[3] = -1
    assert exact_and_close(final, patterns) == (0.25, 0.5)


def test_half_load_and_its_error():
    load, share = np.array([0.1, 0.2, 0.3]), np.array([1.0, 0.6, 0.2])
    at, error = half_load(load, share, np.array([0.0, 0.04, 0.04]))
    assert at == pytest.approx(0.225)
    assert error == pytest.approx(0.04 * np.hypot(0.25, 0.75) * 0.25, rel=0.2)  # of both ends of the line
    assert half_load(load, share, np.zeros(3), 10)[1] > half_load(load, share, np.zeros(3), 1000)[1] > 0
    sharp = half_load(load, np.array([1.0, 1.0, 0.0]), np.zeros(3))
    assert sharp == pytest.approx((0.25, 0.1 / 12**0.5))
    assert np.isnan(half_load(load, np.array([1.0, 0.9, 0.8]), np.zeros(3))[0])


def test_a_form_that_made_the_numbers_fits_best():
    m = np.array([100, 200, 400, 800, 1600])
    noise = np.random.default_rng(0).normal(size=5)
    found = extrapolations(m, 0.14 + 0.9 * m**-0.5 + 1e-4 * noise, np.full(5, 1e-4))
    limit, chi2 = found["a + b m^(-1/2)"]
    assert limit == pytest.approx(0.14, abs=1e-3) and chi2 < 3
    assert all(other > 10 for form, (_, other) in found.items() if form != "a + b m^(-1/2)")
    power = extrapolations(m, 0.9 * m**-0.3, np.full(5, 1e-3))["b m^(-c)"]
    assert power[0] == 0 and power[1] < 1e-6
