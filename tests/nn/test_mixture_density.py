"""A mixture of movements against its density in loops, and its samples against its moments."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.mixture_density import mixture_density_backward, mixture_density_forward, sample_movement


def draw(rng, M=3, shape=(2, 4)):
    strokes = rng.normal(size=(*shape, 3))
    strokes[..., 2] = rng.random(shape) < 0.4
    return rng.normal(size=(*shape, 1 + 6 * M)), strokes


def density(y, stroke):
    """Graves 2013, equations (18) to (26), one movement."""
    M = (len(y) - 1) // 6
    pi, mu1, mu2, s1, s2, rho = y[1:].reshape(6, M)
    weights = np.exp(pi) / np.exp(pi).sum()
    total = 0.0
    for j in range(M):
        r, a, b = 0.98 * math.tanh(rho[j]), math.exp(max(s1[j], -4)), math.exp(max(s2[j], -4))
        d = np.array([stroke[0] - mu1[j], stroke[1] - mu2[j]])
        covariance = np.array([[a * a, r * a * b], [r * a * b, b * b]])
        norm = 2 * math.pi * math.sqrt(np.linalg.det(covariance))
        total += weights[j] * math.exp(-0.5 * d @ np.linalg.inv(covariance) @ d) / norm
    lift = 1 / (1 + math.exp(-y[0]))
    return total * (lift if stroke[2] else 1 - lift)


def test_it_is_the_density_with_covariance_matrices(rng):
    Y, strokes = draw(rng)
    Y[0, 0, -7:-4] = -9  # held at −4
    losses, _ = mixture_density_forward(Y, strokes)
    for i in np.ndindex(losses.shape):
        assert_allclose(losses[i], -math.log(density(Y[i], strokes[i])), rtol=1e-10)


def test_where_a_deviation_is_held_it_gets_no_gradient(rng):
    Y, strokes = draw(rng, M=1, shape=(1,))
    Y[0, 4] = -7
    _, cache = mixture_density_forward(Y, strokes)
    dY = mixture_density_backward(np.ones(1), cache)
    assert dY[0, 4] == 0 and (np.delete(dY[0], [1, 4]) != 0).all()
    assert dY[0, 1] == 0  # one component has all the weight whatever its logit


def test_the_mask_silences_losses_and_gradients(rng):
    Y, strokes = draw(rng)
    mask = np.array([[True, True, False, True], [False] * 4])
    losses, cache = mixture_density_forward(Y, strokes, mask)
    dY = mixture_density_backward(rng.normal(size=(2, 4)), cache)
    assert ((losses != 0) == mask).all() and ((dY != 0).any(axis=-1) == mask).all()


def test_far_away_it_is_finite(rng):
    Y, strokes = draw(rng)
    losses, cache = mixture_density_forward((100 * Y).astype(np.float32), (1e4 * strokes).clip(-1e4, 1e4) * [1, 1, 0])
    assert np.isfinite(losses).all() and losses.dtype == np.float32
    assert np.isfinite(mixture_density_backward(np.ones((2, 4)), cache)).all()


def test_samples_have_the_mixtures_moments():
    y = np.array([0.4, 0.3, -0.2, 1.0, -1.0, 0.5, 0.2, 0.1, -0.3, -0.5, 0.0, 0.8, -0.6])
    rng = np.random.default_rng(0)
    drawn = sample_movement(np.tile(y, (200_000, 1)), rng)
    pi, mu1, mu2, s1, _, _ = y[1:].reshape(6, 2)
    weights = np.exp(pi) / np.exp(pi).sum()
    mean = np.array([weights @ mu1, weights @ mu2])
    assert_allclose(drawn[:, :2].mean(axis=0), mean, atol=0.01)
    assert_allclose(drawn[:, 0].var(), weights @ (np.exp(2 * s1) + mu1**2) - mean[0] ** 2, rtol=0.02)
    assert_allclose(drawn[:, 2].mean(), 1 / (1 + math.exp(-0.4)), atol=0.005)


def test_samples_have_the_correlation_and_a_bias_makes_them_neater():
    y = np.array([0.0, 0.0, 0.0, 0.0, -0.5, 0.5, 0.7])
    rng = np.random.default_rng(0)
    drawn = sample_movement(np.tile(y, (100_000, 1)), rng)
    assert_allclose(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1], 0.98 * math.tanh(0.7), atol=0.01)
    neat = sample_movement(np.tile(y, (100_000, 1)), rng, bias=1.0)
    assert_allclose(neat[:, :2].std(axis=0), drawn[:, :2].std(axis=0) / math.e, rtol=0.02)


@pytest.mark.parametrize("bias", [0.0, 0.7])
def test_components_are_drawn_as_often_as_their_weights_say(bias):
    """Four components far from each other: which one was drawn is seen from the place."""
    logits, many = np.array([0.9, -1.2, 0.1, -0.3]), 100_000
    places = np.array([[0.0, 100, 200, 300], [300, 0, 100, 200]])
    y = np.concatenate([[-0.8], logits, *places, np.zeros(12)])
    drawn = sample_movement(np.tile(y, (many, 1)), np.random.default_rng(0), bias)
    expected = np.exp(logits * (1 + bias)) / np.exp(logits * (1 + bias)).sum()
    for j in range(4):
        there = np.hypot(drawn[:, 0] - places[0, j], drawn[:, 1] - places[1, j]) < 20
        assert_allclose(there.mean(), expected[j], atol=5 * math.sqrt(0.25 / many))
    assert set(np.unique(drawn[:, 2])) == {0, 1}
    assert sample_movement(y.astype(np.float32), np.random.default_rng(0)).dtype == np.float32


@pytest.mark.parametrize(
    ("Y", "strokes", "message"),
    [
        (np.zeros((2, 12)), np.zeros((2, 3)), r"Y has shape \(2, 12\), its last axis should be 1 \+ 6M"),
        (np.zeros((2, 1)), np.zeros((2, 3)), "should be 1"),
        (np.zeros((2, 7)), np.zeros((3, 3)), r"strokes has shape \(3, 3\), should be \(2, 3\)"),
    ],
)
def test_wrong_input(Y, strokes, message):
    with pytest.raises(ValueError, match=message):
        mixture_density_forward(Y, strokes)
