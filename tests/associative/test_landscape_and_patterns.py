"""The graph of a small network, the patterns to store, the autoencoder, and what retrieval needs of memory."""

import tracemalloc

import numpy as np
import pytest

import nnmem
from nnmem.associative.landscape import landscape
from nnmem.models.associative.autoencoder import Autoencoder, AutoencoderParams
from nnmem.tasks.patterns import NAMES, binary_digits, flip, glyphs, random_patterns


@pytest.mark.parametrize("m", [2, 3, 4, 5])
def test_neighbours_on_the_grid_differ_in_one_neuron(rng, m):
    W = np.triu(rng.normal(size=(m, m)), 1)
    W, b = W + W.T, rng.normal(size=m)
    states, energies, unstable = landscape(W, b)
    assert len(np.unique(states.reshape(-1, m), axis=0)) == 2**m
    for axis in (0, 1):
        assert ((states != np.roll(states, 1, axis=axis)).sum(axis=-1) == 1).all()
    flips = {
        tuple(states[y, x] * np.where(np.arange(m) == i, -1, 1)): energies[y, x] for y, x, i in np.argwhere(unstable)
    }
    for state, before in flips.items():
        assert nnmem.hopfield_energy_forward(np.array(state), W, b)[0] < before
    rest = states[~unstable.any(axis=-1)]
    assert len(rest) and nnmem.hopfield_retrieve(rest, W, b)[2].all()
    np.testing.assert_array_equal(nnmem.hopfield_retrieve(rest, W, b)[0][-1], rest)


def test_a_landscape_is_of_few_neurons():
    with pytest.raises(ValueError, match=r"b has shape \(7,\), should have 2 to 6 neurons"):
        landscape(np.zeros((7, 7)), np.zeros(7))


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


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_autoencoder_gradients(rng, lead):
    model = Autoencoder(6, 4)
    params = AutoencoderParams(*(p + 0.1 * rng.normal(size=p.shape) for p in model.init(rng)))
    assert nnmem.check_gradients(model.forward, model.backward, params, rng.normal(size=(*lead, 6)))


def test_storing_and_retrieving_needs_hardly_more_than_the_weights(rng):
    m = 1500
    X = random_patterns(m // 10, m, rng)
    probe, b = flip(X[0], 0.2, rng), np.zeros(m)
    tracemalloc.start()
    try:
        W, _ = nnmem.hebbian_weights_forward(X)
        nnmem.check_hopfield_weights(W)
        nnmem.hopfield_retrieve(probe, W, b, rng=rng)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.2 * W.nbytes
