"""The patterns to store."""

import numpy as np
import pytest

from nnmem.tasks.patterns import NAMES, binary_digits, flip, glyphs, random_patterns


def test_glyphs_are_five_pictures():
    assert glyphs().shape == (len(NAMES), 100) and np.isin(glyphs(), (-1, 1)).all()


def test_digits_are_binary():
    patterns, labels = binary_digits()
    assert patterns.shape == (1797, 64) and np.isin(patterns, (-1, 1)).all() and set(labels) == set(range(10))
    assert 0.2 < (patterns > 0).mean() < 0.5


def test_flips_are_as_many_as_asked_for(rng):
    X = random_patterns(30, 50, rng)
    assert ((flip(X, 0.1, rng) != X).sum(axis=1) == 5).all()
    assert len(np.unique(np.argwhere(flip(X, 0.1, rng) != X)[:, 1])) > 20


def test_correlated_patterns_are_correlated(rng):
    overlap = [
        np.triu(X @ X.T / 2000, 1)[np.triu_indices(20, 1)]
        for X in (random_patterns(20, 2000, rng), random_patterns(20, 2000, rng, 0.3))
    ]
    assert abs(overlap[0].mean()) < 0.02
    assert overlap[1].mean() == pytest.approx((1 - 2 * 0.3) ** 2, abs=0.03)
