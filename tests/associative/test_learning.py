"""Hebbian, Storkey and pseudo-inverse learning against their rules, entry by entry."""

import numpy as np
import pytest
from networks import signs

import nnmem


def test_hebbian_weights_are_8_19(rng):
    X = signs(rng, 5, 8)
    W, _ = nnmem.hebbian_weights_forward(X)
    for i in range(8):
        for j in range(8):
            expected = 0 if i == j else sum(X[n, i] * X[n, j] for n in range(5)) / 5
            assert W[i, j] == pytest.approx(expected, abs=1e-15)
    nnmem.check_hopfield_weights(W)
    assert W.flags.f_contiguous


def test_one_over_m_instead_of_one_over_N_retrieves_the_same(rng):
    X = signs(rng, 8, 64)
    W, _ = nnmem.hebbian_weights_forward(X)
    probe, b = signs(rng, 3, 64), np.zeros(64)
    ours, _, _ = nnmem.hopfield_retrieve(probe, W, b)
    theirs, _, _ = nnmem.hopfield_retrieve(probe, W * 8 / 64, b)
    np.testing.assert_array_equal(ours, theirs)


def test_storkey_is_its_rule_entry_by_entry(rng):
    X, m = signs(rng, 4, 7), 7
    W = np.zeros((m, m))
    for x in X:
        old = W.copy()
        for i in range(m):
            for j in range(m):
                if i == j:
                    continue
                h_ij = sum(old[i, k] * x[k] for k in range(m) if k not in (i, j))
                h_ji = sum(old[j, k] * x[k] for k in range(m) if k not in (i, j))
                W[i, j] += (x[i] * x[j] - x[i] * h_ji - h_ij * x[j]) / m
    np.testing.assert_allclose(nnmem.storkey_weights(X), W, atol=1e-14)


def test_pseudo_inverse_projects_onto_the_patterns(rng):
    X = signs(rng, 5, 12)
    X = np.vstack([X, X[:1]])
    W = nnmem.pseudo_inverse_weights(X)
    projection = np.linalg.pinv(X) @ X
    np.testing.assert_allclose(W, projection - np.diag(projection.diagonal()), atol=1e-13)
    nnmem.check_hopfield_weights(W)


def test_pseudo_inverse_holds_correlated_patterns_where_hebb_does_not(rng):
    common = signs(rng, 100)
    X = np.where(rng.random((30, 100)) < 0.15, -common, common)
    b = np.zeros(100)
    held = {
        rule.__name__: (nnmem.hopfield_update_forward(X, rule(X), b)[0] == X).all(axis=1).mean()
        for rule in (nnmem.pseudo_inverse_weights, lambda X: nnmem.hebbian_weights_forward(X)[0])
    }
    assert held["pseudo_inverse_weights"] == 1
    assert held["<lambda>"] < 0.1


RULES = (lambda X: nnmem.hebbian_weights_forward(X)[0], nnmem.storkey_weights, nnmem.pseudo_inverse_weights)


@pytest.mark.parametrize("rule", RULES, ids=["Hebb", "Storkey", "pseudo-inverse"])
def test_patterns_of_nothing_but_ones_are_patterns(rule):
    """They might be written in 0 and 1, or in ±1: nothing says otherwise."""
    for X in (np.ones((2, 4)), -np.ones((1, 4))):
        W = rule(X)
        held, _ = nnmem.hopfield_update_forward(X, W, np.zeros(4))
        np.testing.assert_array_equal(held, X)
        assert rule(X.astype(np.float32)).dtype == np.float32


BAD = {
    "patterns 0/1": (lambda: nnmem.hebbian_weights_forward(np.eye(3)), r"2 \* patterns - 1"),
    "pseudo-inverse 0/1": (lambda: nnmem.pseudo_inverse_weights(np.eye(3)), r"2 \* patterns - 1"),
    "storkey real": (lambda: nnmem.storkey_weights(np.full((2, 3), 0.5)), r"patterns\[0, 0\] is 0\.5"),
    "one zero": (lambda: nnmem.hebbian_weights_forward(np.array([[1.0, 1, 0]])), r"2 \* patterns - 1"),
    "no patterns": (lambda: nnmem.hebbian_weights_forward(np.ones((0, 3))), r"no patterns"),
    "no neurons": (lambda: nnmem.pseudo_inverse_weights(np.ones((2, 0))), r"patterns has shape \(2, 0\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
