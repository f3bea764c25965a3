"""Dense associative memory: energies as sums, updates that take the lower one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import noisy, signs

import nnmem
from nnmem.associative.dense import _rise


def test_the_square_is_the_hopfield_network(rng):
    X = signs(rng, 8, 40)
    W, _ = nnmem.hebbian_weights_forward(X)
    probes = signs(rng, 6, 40)
    dense = nnmem.dense_retrieve(probes, X, 2)
    hopfield = nnmem.hopfield_retrieve(probes, W, np.zeros(40))
    np.testing.assert_array_equal(dense[0], hopfield[0])
    assert dense[2].all() and hopfield[2].all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 4, 5, "exp"]))
def test_dense_updates_take_the_lower_energy(seed, interaction):
    rng = np.random.default_rng(seed)
    X, s = signs(rng, 5, 9), signs(rng, 9)
    F = np.exp if interaction == "exp" else lambda o: o**interaction
    trajectory, energies, converged = nnmem.dense_retrieve(s, X, interaction)
    for sweep in range(len(trajectory) - 1):
        for i in range(9):
            up, down = s.copy(), s.copy()
            up[i], down[i] = 1, -1
            gain = sum(F(x @ up) - F(x @ down) for x in X)
            if abs(gain) < 1e-9 * F(9.0):
                return  # a tie, which rounding decides
            s = up if gain > 0 else down
        np.testing.assert_array_equal(trajectory[sweep + 1], s)
    assert converged
    assert (np.diff(energies) <= 1e-9).all()


def test_the_rise_is_a_difference_of_energies(rng):
    rest = rng.normal(size=50) * 3
    for K in (2, 3, 4, 5):
        np.testing.assert_allclose(2 * _rise(rest, K), (rest + 1) ** K - (rest - 1) ** K, atol=1e-9)
    ratio = _rise(rest, "exp") / (np.exp(rest + 1) - np.exp(rest - 1))
    np.testing.assert_allclose(ratio, ratio[0])


def test_dense_energy_is_its_sum(rng):
    X, s = signs(rng, 4, 6), rng.normal(size=6)
    for K in (2, 3, 4):
        E, _ = nnmem.dense_energy_forward(s, X, K)
        np.testing.assert_allclose(E, -sum((x @ s) ** K for x in X))
    E, _ = nnmem.dense_energy_forward(s, X, "exp")
    assert np.exp(-E) == pytest.approx(sum(np.exp(x @ s) for x in X))
    E, _ = nnmem.dense_energy_forward(1e4 * s, X, "exp")
    assert np.isfinite(E)


def test_higher_orders_hold_more(rng):
    X = signs(rng, 200, 60)
    recalled = [
        (nnmem.dense_retrieve(noisy(rng, X[:20], 0.1), X, K, rng)[0][-1] == X[:20]).all(axis=1).mean()
        for K in (2, 3, "exp")
    ]
    assert recalled[0] < 0.1 and recalled[1] > 0.5 and recalled[2] == 1


ONES, EYE = np.ones(3), np.eye(3)


def test_no_neurons():
    trajectory, _, converged = nnmem.dense_retrieve(np.ones((2, 0)), np.ones((3, 0)))
    assert trajectory.shape[1:] == (2, 0) and converged.all()


BAD = {
    "order 1": (lambda: nnmem.dense_retrieve(ONES, np.ones((2, 3)), 1), "interaction is 1"),
    "no patterns": (lambda: nnmem.dense_energy_forward(ONES, np.ones((0, 3))), "no patterns"),
    "dense state": (lambda: nnmem.dense_retrieve(0.5 * ONES, np.ones((2, 3))), r"x\[0\] is 0\.5"),
    "dense patterns": (lambda: nnmem.dense_retrieve(ONES, EYE), r"2 \* patterns - 1"),
    "dense m": (lambda: nnmem.dense_retrieve(ONES, np.ones((2, 4))), r"patterns has shape \(2, 4\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
