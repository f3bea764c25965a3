"""Boundaries in the published papers, and a phase diagram that agrees with the equations at temperature zero."""

import numpy as np
import pytest

from nnmem.recipes.associative import hopfield_capacity, hopfield_theory
from nnmem.tasks.patterns import random_patterns


def test_the_first_step_errs_as_often_as_the_formula_says(rng):
    m, load = 1000, 0.2
    wrong = [
        (X * (X @ (X.T @ X / m - load * np.eye(m))) < 0).mean() for X in (random_patterns(200, m, rng) for _ in "ab")
    ]
    assert np.mean(wrong) == pytest.approx(hopfield_theory.error_probability(load), rel=0.05)
    assert hopfield_theory.exact_load(1000) == pytest.approx(0.0724, abs=1e-4)


def test_patterns_are_the_deepest_states_up_to_a_load_of_a_twentieth():
    assert hopfield_theory.deepest_load() == pytest.approx(0.0515, abs=5e-4)


def test_phases_agree_with_temperature_zero_and_with_the_curie_point():
    loads = np.array([0.02, 0.04, 0.06, 0.12, 0.15])
    overlap, depth = hopfield_theory.phases(loads, np.array([0.05]))
    load, expected = hopfield_capacity.theory_curve()
    np.testing.assert_allclose(overlap[:4, 0], np.interp(loads[:4], load, expected), atol=5e-3)
    assert overlap[4, 0] < 0.5 and (depth[:2] > 0).all() and (depth[2:4] < 0).all()
    few, _ = hopfield_theory.phases(np.array([1e-6]), np.array([0.5, 0.95, 1.05]))
    assert few[0, 0] == pytest.approx(0.9575, abs=1e-3)  # m = tanh(m / T)
    assert few[0, 1] > 0.3 and few[0, 2] < 1e-3
