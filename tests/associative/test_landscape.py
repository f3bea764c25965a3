"""The graph of a small network."""

import numpy as np
import pytest

import nnmem
from nnmem.associative.landscape import landscape


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
