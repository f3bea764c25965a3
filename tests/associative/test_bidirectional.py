"""Bidirectional memories: recall both ways."""

import numpy as np
import pytest
from networks import noisy, signs

import nnmem


def test_pairs_are_recalled_both_ways_and_the_energy_falls(rng):
    X, Y = signs(rng, 4, 100), signs(rng, 4, 60)
    W = nnmem.bidirectional_weights(X, Y)
    np.testing.assert_allclose(W, sum(np.outer(x, y) for x, y in zip(X, Y, strict=True)) / 4)
    x, y, energies, converged = nnmem.bidirectional_retrieve(noisy(rng, X, 0.15), W)
    assert converged.all() and (np.diff(energies, axis=0) <= 0).all()
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    back, _, _, _ = nnmem.bidirectional_retrieve(noisy(rng, Y, 0.15), W.T)
    np.testing.assert_array_equal(back, Y)
    assert not nnmem.bidirectional_retrieve(-np.ones(100), W, max_steps=1)[3]


def test_a_zero_field_switches_on_in_both_layers():
    x, y, _, converged = nnmem.bidirectional_retrieve(-np.ones(3), np.zeros((3, 2)))
    assert (x == 1).all() and (y == 1).all() and converged


ONES, EYE = np.ones(3), np.eye(3)


BAD = {
    "bidirectional": (lambda: nnmem.bidirectional_weights(EYE, np.ones((3, 2))), r"2 \* X - 1"),
    "pairs": (lambda: nnmem.bidirectional_weights(np.ones((3, 2)), np.ones((4, 2))), r"Y has shape \(4, 2\)"),
    "rounds": (lambda: nnmem.bidirectional_retrieve(ONES, EYE, max_steps=0), "max_steps is 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
