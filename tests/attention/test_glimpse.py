"""A glimpse and a Gaussian policy against their formulas in loops."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.attention.glimpse import (
    gaussian_policy_backward,
    gaussian_policy_forward,
    glimpse_backward,
    glimpse_forward,
)

PLACES = [(0, 0), (-1, 1), (0.3, -0.62), (1.4, 0), (-1.8, -1.2), (7, -9)]


def pixels_of(picture, place, k, i, j, size):
    """The pixels (row, column) whose mean is entry k, i, j of a retina, those beyond the edge too."""
    side = 2**k
    row, column = (math.floor((1 + at) * n / 2 + 0.5) for at, n in zip(place, picture.shape, strict=True))
    top, left = row + side * (i - size // 2), column + side * (j - size // 2)
    return [(top + a, left + b) for a in range(side) for b in range(side)]


def on(picture, row, column):
    return 0 <= row < picture.shape[0] and 0 <= column < picture.shape[1]


@pytest.mark.parametrize("size, scales", [(2, 3), (3, 2), (1, 1), (8, 1)])
@pytest.mark.parametrize("shape", [(7, 9), (8, 8), (1, 3)])
def test_against_loops(rng, shape, size, scales):
    pictures, places = rng.normal(size=(len(PLACES), *shape)), np.array(PLACES, float)
    retina, cache = glimpse_forward(pictures, places, size, scales)
    dretina = rng.normal(size=retina.shape)
    dpictures = glimpse_backward(dretina, cache)
    expected = np.zeros_like(pictures)
    for n, k, i, j in np.ndindex(retina.shape):
        there = [at for at in pixels_of(pictures[n], places[n], k, i, j, size) if on(pictures[n], *at)]
        assert_allclose(retina[n, k, i, j], sum(pictures[n][at] for at in there) / 4**k, atol=1e-14)
        for at in there:
            expected[n][at] += dretina[n, k, i, j] / 4**k
    assert_allclose(dpictures, expected, atol=1e-14)


def test_the_middle_of_an_even_picture_is_seen_whole(rng):
    picture = rng.normal(size=(8, 8))
    retina, _ = glimpse_forward(picture, np.zeros(2), 8, 2)
    assert_array_equal(retina[0], picture)
    assert_allclose(retina[1, 2:6, 2:6], picture.reshape(4, 2, 4, 2).mean(axis=(1, 3)))


def test_a_place_far_outside_sees_nothing_and_gives_nothing_back(rng):
    picture = rng.normal(size=(2, 5, 6))
    for far in (3.0, 1e300, np.inf, -np.inf):
        retina, cache = glimpse_forward(picture, np.full((2, 2), far), 2, 1)
        assert not retina.any()
        assert not glimpse_backward(np.ones_like(retina), cache).any()


def test_nan_is_seen_where_it_is_looked_at_and_nowhere_else():
    picture = np.zeros((2, 4, 4))
    picture[:, 0, 0] = np.nan
    retina, _ = glimpse_forward(picture, np.array([[0.5, 0.5], [-0.5, -0.5]]), 2, 1)
    assert np.isfinite(retina[0]).all() and np.isnan(retina[1]).sum() == 1
    retina, cache = glimpse_forward(np.ones((2, 4, 4)), np.array([[np.nan, 0], [0, 0]]), 2, 2)
    assert np.isnan(retina[0]).all() and np.isfinite(retina[1]).all()
    assert np.isfinite(glimpse_backward(np.ones_like(retina), cache)).all()


def test_a_picture_smaller_than_a_window_stands_among_zeros():
    retina, _ = glimpse_forward(np.ones((2, 2)), np.zeros(2), 4, 2)
    assert_array_equal(retina[0], np.pad(np.ones((2, 2)), 1))
    assert_allclose(retina[1], np.pad(np.full((2, 2), 0.25), 1))
    empty, cache = glimpse_forward(np.ones((0, 3)), np.zeros(2), 2, 1)
    assert not empty.any() and glimpse_backward(empty, cache).shape == (0, 3)


@pytest.mark.parametrize(
    "call, match",
    [
        (lambda: glimpse_forward(np.ones((4, 4, 3)), np.zeros(2)), r"place has shape \(2,\), should be"),
        (lambda: glimpse_forward(np.ones(4), np.zeros(2)), r"picture has shape \(4,\)"),
        (lambda: glimpse_forward(np.ones((4, 4)), np.zeros(3)), r"place has shape \(3,\)"),
        (lambda: glimpse_forward(np.ones((4, 4)), np.zeros(2), 0), "size is 0, should be an int of at least 1"),
        (lambda: glimpse_forward(np.ones((4, 4)), np.zeros(2), scales=0), "scales is 0"),
        (lambda: gaussian_policy_forward(np.ones(2), np.ones(2), 0), "std is 0, should be above 0"),
        (lambda: gaussian_policy_forward(np.ones(2), np.ones(3)), r"place has shape \(3,\)"),
    ],
)
def test_wrong_input_is_named(call, match):
    with pytest.raises(ValueError, match=match):
        call()


def test_the_policy_against_the_density_of_a_gaussian(rng):
    mean, place, std = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.4
    log_p, cache = gaussian_policy_forward(mean, place, std)
    for n in range(3):
        density = math.prod(
            math.exp(-((x - m) ** 2) / (2 * std**2)) / (std * math.sqrt(2 * math.pi))
            for x, m in zip(place[n], mean[n], strict=True)
        )
        assert_allclose(log_p[n], math.log(density), rtol=1e-12)
    dlog_p = rng.normal(size=3)
    dmean, dplace = gaussian_policy_backward(dlog_p, cache)
    assert_allclose(dmean, dlog_p[:, None] * (place - mean) / std**2)
    assert_allclose(dplace, -dmean)


def test_the_mean_score_is_zero_and_its_spread_is_known(rng):
    mean, std = np.zeros((200_000, 2)), 0.3
    place = mean + std * rng.normal(size=mean.shape)
    _, cache = gaussian_policy_forward(mean, place, std)
    scores, _ = gaussian_policy_backward(np.ones(len(mean)), cache)
    assert_allclose(scores.mean(axis=0), 0, atol=5 / std / np.sqrt(len(mean)))
    assert_allclose((scores**2).mean(axis=0), 1 / std**2, rtol=0.02)
