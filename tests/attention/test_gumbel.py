"""Straight-through and Gumbel-softmax: their formulas, what they draw, and how far they are from the exact gradient."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.attention.gumbel import (
    gumbel_softmax_backward,
    gumbel_softmax_forward,
    straight_through_backward,
    straight_through_forward,
)
from nnmem.nn.softmax import softmax


def test_gumbel_softmax_against_loops(rng):
    s, g, tau = rng.normal(size=(3, 5)), rng.gumbel(size=(3, 5)), 0.7
    y, cache = gumbel_softmax_forward(s, g, tau)
    dy = rng.normal(size=y.shape)
    ds = gumbel_softmax_backward(dy, cache)
    for b in range(3):
        e = [math.exp((s[b, i] + g[b, i]) / tau) for i in range(5)]
        assert_allclose(y[b], [x / sum(e) for x in e], rtol=1e-12)
        for i in range(5):
            jacobian = [y[b, j] * ((i == j) - y[b, i]) / tau for j in range(5)]
            assert_allclose(ds[b, i], sum(x * d for x, d in zip(jacobian, dy[b], strict=True)), atol=1e-14)


def test_straight_through_is_one_item_and_the_gradient_of_a_softmax(rng):
    s, g = rng.normal(size=(3, 5)), rng.gumbel(size=(3, 5))
    z, cache = straight_through_forward(s, g)
    dz = rng.normal(size=z.shape)
    ds = straight_through_backward(dz, cache)
    for b in range(3):
        noisy = [x + y for x, y in zip(s[b], g[b], strict=True)]
        assert_array_equal(z[b], [float(i == noisy.index(max(noisy))) for i in range(5)])
        e = [math.exp(x) for x in s[b]]
        alpha = [x / sum(e) for x in e]
        mean = sum(a * d for a, d in zip(alpha, dz[b], strict=True))
        assert_allclose(ds[b], [a * (d - mean) for a, d in zip(alpha, dz[b], strict=True)], atol=1e-14)


def test_what_is_drawn_follows_the_softmax(rng):
    s = np.array([1.0, -0.5, 0.0, -np.inf])
    many = np.broadcast_to(s, (200_000, 4))
    z, _ = straight_through_forward(many, rng.gumbel(size=many.shape))
    assert_allclose(z.mean(axis=0), softmax(s), atol=5 * np.sqrt(0.25 / len(z)))


def test_a_low_temperature_is_one_item_a_high_one_is_even(rng):
    s, g = rng.normal(size=(4, 6)), rng.gumbel(size=(4, 6))
    assert_allclose(gumbel_softmax_forward(s, g, 1e-6)[0], straight_through_forward(s, g)[0], atol=1e-12)
    assert_allclose(gumbel_softmax_forward(s, g, 1e6)[0], 1 / 6, atol=1e-5)


def test_the_first_of_equals_and_nan():
    z, _ = straight_through_forward(np.array([[1.0, 2, 2], [0, np.nan, 0]]), np.zeros((2, 3)))
    assert_array_equal(z, [[0, 1, 0], [np.nan] * 3])


def test_both_are_exact_where_the_reward_is_linear_for_straight_through_alone(rng):
    """With a linear reward a·z the mean of the straight-through estimate is exact; Gumbel-softmax is off at τ = 1."""
    s, a = rng.normal(size=5), rng.normal(size=5)
    alpha = softmax(s)
    exact = alpha * (a - alpha @ a)
    many, g = np.broadcast_to(s, (100_000, 5)), rng.gumbel(size=(100_000, 5))
    through = straight_through_backward(np.broadcast_to(a, g.shape), straight_through_forward(many, g)[1])
    assert_allclose(through.mean(axis=0), exact, atol=1e-12)
    soft = gumbel_softmax_backward(np.broadcast_to(a, g.shape), gumbel_softmax_forward(many, g)[1])
    error = soft.std(axis=0) / np.sqrt(len(g))
    assert (np.abs(soft.mean(axis=0) - exact) > 5 * error).any()


@pytest.mark.parametrize("temperature", [0, -1, np.inf])
def test_a_temperature_that_is_none_is_named(temperature):
    with pytest.raises(ValueError, match="gumbel_softmax_forward: temperature is"):
        gumbel_softmax_forward(np.ones(2), np.ones(2), temperature)


def test_scores_that_a_low_temperature_would_take_beyond_the_dtype():
    scores = np.array([1e30, -1e30, 1e30, 3e30], np.float32)
    with np.errstate(over="raise", invalid="raise"):
        y, _ = gumbel_softmax_forward(scores, np.zeros(4, np.float32), 1e-10)
    assert_array_equal(y, [0, 0, 0, 1])
