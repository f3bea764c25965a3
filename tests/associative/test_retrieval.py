"""Retrieval against the loop that takes a row product for every visit, and what the text claims of it."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import network, signs

import nnmem
from nnmem.associative.retrieval import _columns
from nnmem.tasks.patterns import flip, random_patterns


def row_product_a_visit(x, W, b, rng, max_sweeps):
    """(8.14) as it stands: every visit sums over all neurons."""
    s, states, m = x.copy(), [x.copy()], len(x)
    for _ in range(max_sweeps):
        if all((W[i] @ s + b[i] >= 0) == (s[i] > 0) for i in range(m)):
            return states, True
        for i in range(m) if rng is None else rng.permutation(m):
            s[i] = 1 if W[i] @ s + b[i] >= 0 else -1
        states.append(s.copy())
    return states, all((W[i] @ s + b[i] >= 0) == (s[i] > 0) for i in range(m))


@given(st.integers(0, 2**32 - 1), st.integers(1, 15), st.booleans(), st.booleans(), st.sampled_from("CF"))
def test_asynchronous_is_the_loop_over_8_14(seed, m, symmetric, random_order, memory_order):
    rng = np.random.default_rng(seed)
    W, b = network(rng, m, symmetric)
    x = signs(rng, m)
    order = np.random.default_rng(seed) if random_order else None
    states, rests = row_product_a_visit(x, W, b, order, 8)
    order = np.random.default_rng(seed) if random_order else None
    trajectory, energies, converged = nnmem.hopfield_retrieve(
        x, np.array(W, order=memory_order), b, rng=order, max_sweeps=8
    )
    np.testing.assert_array_equal(trajectory, states)
    np.testing.assert_allclose(energies, nnmem.hopfield_energy_forward(trajectory, W, b)[0], atol=1e-9)
    assert converged == rests


@given(st.integers(0, 2**32 - 1), st.integers(1, 15))
def test_energy_never_rises_asynchronously(seed, m):
    rng = np.random.default_rng(seed)
    W, b = network(rng, m)
    trajectory, energies, converged = nnmem.hopfield_retrieve(
        signs(rng, 4, m), W, b, rng=rng, max_sweeps=1000, record="flip"
    )
    assert converged.all()
    assert (np.diff(energies, axis=0) <= 0).all()
    assert (np.count_nonzero(np.diff(trajectory, axis=0), axis=-1) <= 1).all()
    np.testing.assert_array_equal(energies, nnmem.hopfield_energy_forward(trajectory, W, b)[0])
    fixed, _ = nnmem.hopfield_update_forward(trajectory[-1], W, b)
    np.testing.assert_array_equal(fixed, trajectory[-1])


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_synchronous_ends_in_a_fixed_point_or_a_cycle_of_two(seed, m):
    rng = np.random.default_rng(seed)
    W, b = network(rng, m)
    b += 0.5  # no field is zero
    trajectory, energies, converged = nnmem.hopfield_retrieve(signs(rng, 5, m), W, b, mode="sync", max_sweeps=1000)
    for before, after in pairwise(trajectory):
        np.testing.assert_array_equal(after, nnmem.hopfield_update_forward(before, W, b)[0])
    np.testing.assert_allclose(energies, nnmem.hopfield_energy_forward(trajectory, W, b)[0])
    period = nnmem.hopfield_period(trajectory)
    assert np.isin(period, (1, 2)).all()
    np.testing.assert_array_equal(period == 1, converged)


def test_two_neurons_that_excite_each_other_cycle_synchronously_and_rest_asynchronously():
    W, b, x = np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2), np.array([1.0, -1.0])
    trajectory, _, converged = nnmem.hopfield_retrieve(x, W, b, mode="sync")
    assert trajectory.tolist() == [[1, -1], [-1, 1], [1, -1]]
    assert not converged and nnmem.hopfield_period(trajectory) == 2
    trajectory, energies, converged = nnmem.hopfield_retrieve(x, W, b)
    assert trajectory[-1].tolist() == [-1, -1] and energies.tolist() == [1, -1] and converged


def test_asymmetric_weights_cycle():
    W, b = np.array([[0.0, 1.0], [-1.0, 0.0]]), np.zeros(2)
    trajectory, _, converged = nnmem.hopfield_retrieve(np.ones(2), W, b, max_sweeps=7)
    assert not converged
    assert trajectory.tolist() == [[1, 1], [1, -1], [-1, 1], [1, -1], [-1, 1], [1, -1], [-1, 1], [1, -1]]
    flips = nnmem.hopfield_retrieve(np.ones(2), W, b, max_sweeps=7, record="flip")[0]
    assert {tuple(s) for s in flips[1:5]} == {(1, 1), (1, -1), (-1, 1), (-1, -1)}


def test_giving_up_is_reported(rng):
    X = signs(rng, 30, 100)
    W, _ = nnmem.hebbian_weights_forward(X)
    probes = signs(rng, 20, 100)
    trajectory, _, converged = nnmem.hopfield_retrieve(probes, W, np.zeros(100), max_sweeps=1)
    assert trajectory.shape == (2, 20, 100)
    moving = (nnmem.hopfield_update_forward(trajectory[-1], W, np.zeros(100))[0] != trajectory[-1]).any(axis=-1)
    assert moving.any()
    np.testing.assert_array_equal(converged, ~moving)


def test_many_probes_evolve_as_each_alone(rng):
    W, b = network(rng, 20)
    probes = signs(rng, 2, 3, 20)
    for mode in ("async", "sync"):
        trajectory, energies, converged = nnmem.hopfield_retrieve(probes, W, b, mode=mode)
        assert trajectory.shape == (*energies.shape, 20) and converged.shape == (2, 3)
        for n in np.ndindex(2, 3):
            alone, alone_energies, rests = nnmem.hopfield_retrieve(probes[n], W, b, mode=mode)
            T = len(alone)
            np.testing.assert_array_equal(trajectory[(slice(T), *n)], alone)
            np.testing.assert_array_equal(energies[(slice(T), *n)], alone_energies)
            if mode == "async":
                assert (trajectory[(slice(T, None), *n)] == alone[-1]).all()
            assert converged[n] == rests


def test_columns_are_read_where_they_are_contiguous(rng):
    W, b = network(rng, 600)
    assert _columns(W) is W
    assert _columns(np.asfortranarray(W)).flags.c_contiguous
    almost = W.copy()
    almost[1, 599] += 1
    for order in "CF":
        np.testing.assert_array_equal(_columns(np.array(almost, order=order)), almost.T)
    x = signs(rng, 600)
    runs = [nnmem.hopfield_retrieve(x, np.array(W, order=order), b, record="flip") for order in "CF"]
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_neurons():
    for mode in ("async", "sync"):
        trajectory, _, converged = nnmem.hopfield_retrieve(np.ones((2, 0)), np.ones((0, 0)), np.ones(0), mode=mode)
        assert trajectory.shape[1:] == (2, 0) and converged.all()


def test_no_probes(rng):
    W, b = network(rng, 4)
    for mode in ("async", "sync"):
        trajectory, energies, converged = nnmem.hopfield_retrieve(np.ones((0, 4)), W, b, mode=mode)
        assert trajectory.shape[1:] == (0, 4) and energies.shape[1:] == converged.shape == (0,)


def test_stored_patterns_are_attractors_and_so_are_their_inverses(rng):
    X = signs(rng, 8, 200)
    W, _ = nnmem.hebbian_weights_forward(X)
    b = np.zeros(200)
    noisy = np.where(rng.random((8, 200)) < 0.15, -X, X)
    for sign in (1, -1):
        trajectory, _, converged = nnmem.hopfield_retrieve(sign * noisy, W, b, rng=rng)
        assert converged.all()
        np.testing.assert_array_equal(trajectory[-1], sign * X)


def test_a_mixture_of_three_patterns_is_a_spurious_state(rng):
    X = signs(rng, 3, 1000)
    W, _ = nnmem.hebbian_weights_forward(X)
    mixture = np.sign(X.sum(axis=0))
    trajectory, _, converged = nnmem.hopfield_retrieve(mixture, W, np.zeros(1000), rng=rng)
    assert converged
    np.testing.assert_allclose(trajectory[-1] @ X.T / 1000, [0.5] * 3, atol=0.06)


@pytest.mark.parametrize("record", ["sweep", "flip"])
def test_nothing_given_is_modified(rng, record):
    W, b = network(rng, 30)
    x = signs(rng, 2, 30)
    for array in (x, W, b):
        array.setflags(write=False)
    trajectory, _, _ = nnmem.hopfield_retrieve(x, W, b, record=record)
    assert len(trajectory) > 1


BAD = {
    "b differs": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(4)),
        r"b has shape \(4,\)",
    ),
    "probe 0/1": (
        lambda: nnmem.hopfield_retrieve(np.array([1, 0, 0]), np.ones((3, 3)), np.ones(3)),
        r"2 \* x - 1",
    ),
    "W nan, async": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.full((3, 3), np.nan), np.ones(3)),
        r"hopfield_retrieve: the local field of neuron 0 is nan",
    ),
    "b infinite, sync": (
        lambda: nnmem.hopfield_retrieve(np.ones((2, 3)), np.ones((3, 3)), np.array([0, 0, np.inf]), mode="sync"),
        r"the local field of neuron 2 is inf; W\[2\] and b\[2\] should be finite",
    ),
    "mode": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), mode="both"),
        r"mode is 'both'",
    ),
    "record": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), mode="sync", record="flip"),
        r"record is 'flip'",
    ),
    "max_sweeps": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), max_sweeps=0),
        r"max_sweeps is 0",
    ),
    "trajectory": (lambda: nnmem.hopfield_period(np.ones(3)), r"trajectory has shape \(3,\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_complex_weights_are_refused_by_name():
    with pytest.raises(TypeError, match=r"hopfield_retrieve: x or what stands beside it is complex"):
        nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3), complex), np.ones(3))


def test_wrong_rng_is_named():
    with pytest.raises(TypeError, match=r"rng is 3, should be a numpy\.random\.Generator"):
        nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), rng=3)


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
