"""Boltzmann machines against enumeration."""

import itertools

import numpy as np
import pytest
from networks import signs

import nnmem


def test_probabilities_sum_to_one(rng):
    W, b = rng.normal(size=(6, 6)), rng.normal(size=6)
    every = np.array(list(itertools.product([-1.0, 1.0], repeat=6)))
    log_p, _ = nnmem.boltzmann_log_likelihood_forward(every, W, b)
    assert np.exp(log_p).sum() == pytest.approx(1)
    E, _ = nnmem.hopfield_energy_forward(every, W, b)
    np.testing.assert_allclose(log_p + E, (log_p + E)[0])


def test_gibbs_sampling_reaches_the_distribution(rng):
    W = rng.normal(size=(4, 4))
    W, b = (W + W.T) / 2, 0.5 * rng.normal(size=4)
    np.fill_diagonal(W, 0)
    every = np.array(list(itertools.product([-1.0, 1.0], repeat=4)))
    log_p, _ = nnmem.boltzmann_log_likelihood_forward(every, W, b)
    s = nnmem.boltzmann_sample(signs(rng, 40_000, 4), W, b, rng, np.ones(30))
    shares = (s[:, None] == every).all(axis=-1).mean(axis=0)
    np.testing.assert_allclose(shares, np.exp(log_p), atol=0.012)
    cold = nnmem.boltzmann_sample(signs(rng, 500, 4), W, b, rng, np.geomspace(3, 0.05, 60))
    assert (cold == every[log_p.argmax()]).all(axis=1).mean() > np.exp(log_p.max()) + 0.2


def test_the_boltzmann_rule_makes_patterns_likely_and_stable(rng):
    X = signs(rng, 5, 12)
    W, b = nnmem.boltzmann_train(X, rng, steps=1500, lr=0.1)
    nnmem.check_hopfield_weights(W)
    log_p, _ = nnmem.boltzmann_log_likelihood_forward(X, W, b)
    assert np.exp(log_p).sum() > 0.8
    np.testing.assert_array_equal(nnmem.hopfield_update_forward(X, W, b)[0], X)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_sweep_asks_every_neuron_once_in_a_drawn_order(dtype, rng):
    """Each is up if its field exceeds a logistic number of scale T / 2; the same numbers, neuron by neuron."""
    W, b = rng.normal(size=(5, 5)).astype(dtype), rng.normal(size=5).astype(dtype)
    s = signs(rng, 6, 5).reshape(2, 3, 5).astype(dtype)
    before, same = s.copy(), np.random.default_rng(4)
    found = nnmem.boltzmann_sample(s, W, b, np.random.default_rng(4), (2.0, 0.5, 1.0))
    chains = before.reshape(6, 5).copy()
    for T in (2.0, 0.5, 1.0):
        threshold = same.logistic(scale=T / 2, size=(5, 6))
        for i in same.permutation(5):
            for chain in range(6):
                field = sum(W[i, j] * chains[chain, j] for j in range(5)) + b[i]
                chains[chain, i] = 1 if field >= threshold[i, chain] else -1
    np.testing.assert_array_equal(found, chains.reshape(2, 3, 5))
    np.testing.assert_array_equal(s, before)
    assert found.dtype == dtype
    once = nnmem.boltzmann_sample(s, W, b, np.random.default_rng(4))
    np.testing.assert_array_equal(once, nnmem.boltzmann_sample(s, W, b, np.random.default_rng(4), (1.0,)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_boltzmann_rule_step_by_step(dtype, rng):
    X, steps, lr, chains = signs(rng, 3, 4).astype(dtype), 4, 0.3, 7
    W, b = nnmem.boltzmann_train(X, np.random.default_rng(2), steps, lr, chains)
    same = np.random.default_rng(2)
    dream = same.choice(np.array([-1, 1], dtype), size=(chains, 4))
    V, c = np.zeros((4, 4), dtype), np.zeros(4, dtype)
    for n in range(steps):
        dream, eta = nnmem.boltzmann_sample(dream, V, c, same), lr * (steps - n) / steps
        for i in range(4):
            c[i] += eta * (np.mean(X[:, i]) - np.mean(dream[:, i]))
            for j in range(4):
                V[i, j] += eta * (np.mean(X[:, i] * X[:, j]) - np.mean(dream[:, i] * dream[:, j])) * (i != j)
    np.testing.assert_allclose(W, V, atol=1e-6)
    np.testing.assert_allclose(b, c, atol=1e-6)
    assert W.dtype == b.dtype == dtype and np.abs(W).max() > 0.1


ONES, EYE = np.ones(3), np.eye(3)


BAD = {
    "chains": (lambda: nnmem.boltzmann_train(ONES[None], np.random.default_rng(0), chains=0), "chains is 0"),
    "too many": (
        lambda: nnmem.boltzmann_log_likelihood_forward(np.ones(21), np.eye(21), np.ones(21)),
        r"should have at most 20 neurons",
    ),
    "temperature": (
        lambda: nnmem.boltzmann_sample(ONES, EYE, ONES, None, (1.0, 0.0)),
        r"temperatures has the entry 0\.0",
    ),
    "boltzmann empty": (lambda: nnmem.boltzmann_train(np.ones((0, 3)), None), "no patterns"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
