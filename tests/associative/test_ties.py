"""A local field that is zero makes a neuron +1, as (8.14) says, also where rounding computes it as something else."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnmem
from nnmem.associative.hopfield import local_field
from nnmem.associative.landscape import landscape
from nnmem.associative.ties import Ties, largest_bound, tie_bound


def hebbian_network(rng, N, m, dtype=np.float64):
    """Patterns, their weights k/N as floats, and the integers k."""
    patterns = rng.choice([-1.0, 1.0], (N, m)).astype(dtype)
    whole = (patterns.T @ patterns).astype(np.int64)
    np.fill_diagonal(whole, 0)
    return nnmem.hebbian_weights_forward(patterns)[0], whole


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("N", "m"), [(3, 13), (7, 41), (10, 101), (49, 351), (101, 701)])
def test_every_tie_of_weights_in_steps_of_one_nth_is_plus_one(dtype, N, m, rng):
    W, whole = hebbian_network(rng, N, m, dtype)
    s = rng.choice([-1.0, 1.0], (200, m)).astype(dtype)
    exact = s.astype(np.int64) @ whole  # N times the field, in whole numbers
    updated, _ = nnmem.hopfield_update_forward(s, W, np.zeros(m, dtype))
    np.testing.assert_array_equal(updated, np.where(exact >= 0, 1, -1))
    assert (exact == 0).sum() > 20


def test_rounding_alone_would_break_ties_the_other_way(rng):
    """The test above is no test of luck: computed plainly, many of these zero fields come out below zero."""
    W, whole = hebbian_network(rng, 10, 101)
    s = rng.choice([-1.0, 1.0], (200, 101))
    ties = s.astype(np.int64) @ whole == 0
    assert ((s @ W.T)[ties] < 0).mean() > 0.05


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["fixed", "random"])
@pytest.mark.parametrize("long", [False, True])
def test_retrieval_is_that_of_exact_arithmetic(dtype, order, long, rng):
    """Flip by flip against whole numbers, also where a neuron flips so often that the fields are taken afresh."""
    N, m = 7, 30
    W, whole = hebbian_network(rng, N, m, dtype)
    if long:  # asymmetric weights never rest
        W, whole = np.triu(W) - np.tril(W), np.triu(whole) - np.tril(whole)
    x = rng.choice([-1.0, 1.0], (6, m)).astype(dtype)
    seed = None if order == "fixed" else 5
    for probe in x:
        one = None if seed is None else np.random.default_rng(seed)
        trajectory, _, _ = nnmem.hopfield_retrieve(
            probe, np.asfortranarray(W), np.zeros(m, dtype), rng=one, max_sweeps=50, record="flip"
        )
        order_of = np.random.default_rng(seed)
        s, states = probe.astype(np.int64), [probe.astype(np.int64)]
        for _ in range(50):
            if (np.where(whole @ s >= 0, 1, -1) == s).all():
                break
            for i in range(m) if seed is None else order_of.permutation(m):
                new = 1 if whole[i] @ s >= 0 else -1
                if new != s[i]:
                    s[i] = new
                    states.append(s.copy())
        np.testing.assert_array_equal(trajectory, states)
        assert not long or len(states) > m


def test_synchronous_retrieval_landscapes_and_pairs_break_ties_the_same_way(rng):
    N, m = 3, 6
    W, whole = hebbian_network(rng, N, m)
    states = np.array(np.meshgrid(*[[-1.0, 1.0]] * m)).reshape(m, -1).T
    expected = np.where(states.astype(np.int64) @ whole >= 0, 1, -1)
    trajectory, _, _ = nnmem.hopfield_retrieve(states, W, np.zeros(m), mode="sync", max_sweeps=1)
    np.testing.assert_array_equal(trajectory[1], expected)
    view = landscape(W, np.zeros(m))
    exact = view.states.astype(np.int64) @ whole >= 0
    np.testing.assert_array_equal(view.unstable, exact != (view.states > 0))
    X, Y = rng.choice([-1.0, 1.0], (6, 9)), rng.choice([-1.0, 1.0], (6, 8))
    x = rng.choice([-1.0, 1.0], (300, 9))
    _, y, _, _ = nnmem.bidirectional_retrieve(x, nnmem.bidirectional_weights(X, Y), max_steps=1)
    field = x.astype(np.int64) @ (X.T @ Y).astype(np.int64)
    np.testing.assert_array_equal(y, np.where(field >= 0, 1, -1))
    assert (field == 0).sum() > 50


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bound_holds_in_rational_arithmetic_and_is_tight_enough(dtype, rng):
    """No field errs by more than the bound, and no field of these networks that is not zero is within it."""
    for N, m in ((3, 20), (11, 60), (97, 150)):
        W, whole = hebbian_network(rng, N, m, dtype)
        b = (rng.integers(-4, 5, m) / N).astype(dtype)
        s = rng.choice([-1.0, 1.0], m).astype(dtype)
        bound, h = tie_bound(W, b), local_field(s, W, b)
        for i in range(m):
            exact = Fraction(int(whole[i] @ s.astype(np.int64)) + round(float(b[i]) * N), N)
            assert abs(Fraction(float(h[i])) - exact) <= Fraction(float(bound[i]))
        assert bound.max() < 0.02 / N


def test_a_small_field_that_is_not_zero_keeps_its_sign():
    W = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, 1.0], [-1.0, 1.0, 0.0]])
    for b, sign in ((-1e-14, -1), (1e-14, 1), (0.0, 1)):
        s, _ = nnmem.hopfield_update_forward(np.ones(3), W, np.array([b, 0, 0]))
        assert s[0] == sign
    tiny, _ = nnmem.hopfield_update_forward(np.ones(3), W * 1e-300, np.array([-1e-310, 0, 0]))
    assert tiny[0] == -1


@given(st.integers(0, 2**32 - 1), st.sampled_from(["<f4", "<f8"]), st.sampled_from("CF"), st.integers(-330, 290))
def test_the_cheap_bound_changes_no_answer(seed, dtype, order, decades):
    """Fields about the bound of every neuron, rows of very different size, weights at both ends of the dtype."""
    rng = np.random.default_rng(seed)
    m, n = rng.integers(1, 150, 2)
    exponents = decades * (0.09 if dtype == "<f4" else 1) + rng.uniform(-6, 6, (m, 1))
    W = np.array(rng.normal(size=(m, n)) * 10.0**exponents, dtype, order=order)
    b = np.array(rng.normal(size=m) * rng.choice([0, 1, 1e3]) * np.abs(W).max(), dtype)
    bound, ties = tie_bound(W, b), Ties(W, b)
    assert largest_bound(W, b) >= bound.max()
    h = bound * rng.choice([-3, -1, -0.5, 0, 1, 3], (4, m))
    np.testing.assert_array_equal(ties.not_below_zero(h), h >= -bound)
    h = -np.full(m, 2 * largest_bound(W, b))
    assert not ties.not_below_zero(h).any() or not largest_bound(W, b) or np.isinf(h).any()


def test_the_cheap_bound_knows_that_squares_round_to_zero():
    """Of these weights 40,000 have a square of 0 in float32, and two have the smallest that there is."""
    W = np.full((200, 200), 2.5e-23, np.float32)
    W[3, [4, 5]] = 3e-23
    assert largest_bound(W, 0.0) >= tie_bound(W, 0.0).max() > 0


def test_row_sums_are_taken_where_a_field_is_nearly_zero_alone(rng):
    W, _ = hebbian_network(rng, 7, 41)
    ties = Ties(W, np.zeros(41))
    ties.not_below_zero(np.full(41, -0.1))
    assert ties.bound is None
    ties.not_below_zero(np.array([-1e-17] + [1.0] * 40))
    assert ties.bound is not None
