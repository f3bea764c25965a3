"""Boundaries in the published papers, and a phase diagram that agrees with the equations at temperature zero."""

import math

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


def test_free_energies_are_those_of_the_formula_however_its_equations_are_solved():
    """The variance u = αr of the noise by bisection of √u (1 − β + βq) = √(αq), the averages by Hermite's points."""
    z, weight = np.polynomial.hermite_e.hermegauss(100)
    weight = weight / weight.sum()
    for load, T in ((0.02, 0.4), (0.05, 0.3), (0.03, 0.6)):
        b, free, overlaps = 1 / T, [], []
        for m in (1.0, 0.0):
            for _ in range(80):
                low, high = 0.0, 10.0
                for _ in range(60):
                    u = (low + high) / 2
                    q = np.tanh(b * (m + np.sqrt(u) * z)) ** 2 @ weight
                    low, high = (low, u) if np.sqrt(u) * (1 - b + b * q) > np.sqrt(load * q) else (u, high)
                m = np.tanh(b * (m + np.sqrt(u) * z)) @ weight if m else 0.0
            rest, entropy = 1 - b + b * q, T * (np.log(2 * np.cosh(b * (m + np.sqrt(u) * z))) @ weight)
            free.append(m**2 / 2 + load / 2 * (T * np.log(rest) - q / rest) + b * u * (1 - q) / 2 - entropy)
            overlaps.append(m)
        found, depth = hopfield_theory.phases(np.array([load]), np.array([T]))
        assert found[0, 0] == pytest.approx(overlaps[0], abs=1e-5)
        assert depth[0, 0] == pytest.approx(free[1] - free[0], abs=1e-5)


@pytest.mark.parametrize("y", [0.8, 1.2, 2.0])
def test_energies_at_temperature_zero_are_those_of_the_formula_by_quadrature(y):
    """½ m² − ½ α/(1 − C) + ½ α C/(1 − C)² − ⟨|m + σ z|⟩; m = ⟨sign⟩, C its derivative by a field, σ² = α/(1 − C)²."""
    z = np.linspace(-9, 9, 400_001)
    weight = np.exp(-z * z / 2) / np.exp(-z * z / 2).sum()

    def energy(load, m, sigma):
        h = 0.05
        C = (np.sign(m + sigma * z + h) - np.sign(m + sigma * z - h)) @ weight / (2 * h)
        assert sigma**2 == pytest.approx(load / (1 - C) ** 2, rel=1e-2)
        return (
            m**2 / 2
            - load / 2 / (1 - C)
            + load * C / 2 / (1 - C) ** 2
            - m * m
            - (np.abs(m + sigma * z) @ weight - m * m)
        )

    load, found = hopfield_theory.retrieval_energy(y)
    m = math.erf(y)
    assert np.sign(m + m / y / np.sqrt(2) * z) @ weight == pytest.approx(m, abs=1e-4)
    assert found == pytest.approx(energy(load, m, m / y / np.sqrt(2)), rel=5e-3)
    C = np.sqrt(2 / np.pi / load) / (1 + np.sqrt(2 / np.pi / load))  # without a pattern C = √(2/π)/σ
    assert hopfield_theory.glass_energy(load) == pytest.approx(energy(load, 0.0, np.sqrt(load) / (1 - C)), rel=5e-3)
