"""The estimator's mean over every draw is the exact gradient; a baseline lowers its variance and moves no mean."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.score_function import (
    entropy_backward,
    entropy_forward,
    mean_of_others,
    moving_mean,
    score_function_backward,
    score_function_forward,
)
from nnmem.nn.softmax import log_softmax, log_softmax_gradient


def estimates(scores, rewards, baseline):
    """The estimated gradient of the scores for each of the N draws, (N, N)."""
    log_p = log_softmax(scores)
    found = []
    for z, reward in enumerate(rewards):
        S, cache = score_function_forward(log_p[z : z + 1], np.array([reward]), baseline)
        assert_allclose(S, (reward - baseline) * log_p[z])
        dlog_p = np.zeros_like(scores)
        dlog_p[z] = score_function_backward(np.ones(1), cache)[0]
        found.append(log_softmax_gradient(dlog_p, log_p))
    return np.array(found), np.exp(log_p)


def exact(scores, rewards, step=1e-6):
    """The gradient of the mean reward, by central differences."""
    found = np.zeros_like(scores)
    for i in range(len(scores)):
        values = [np.exp(log_softmax(scores + sign * step * np.eye(len(scores))[i])) @ rewards for sign in (1, -1)]
        found[i] = (values[0] - values[1]) / (2 * step)
    return found


@pytest.mark.parametrize("baseline", [0.0, 2.5, -7.0])
def test_the_mean_over_every_draw_is_the_gradient_of_the_mean_reward(rng, baseline):
    scores, rewards = rng.normal(size=6), rng.normal(size=6) + 3
    each, p = estimates(scores, rewards, baseline)
    assert_allclose(p @ each, exact(scores, rewards), atol=1e-8)


def test_without_a_baseline_nothing_is_taken_off():
    S, cache = score_function_forward(np.array([-2.0, -0.5]), np.array([3.0, -1.0]))
    assert_allclose(S, [-6.0, 0.5])
    assert_allclose(score_function_backward(np.array([2.0, 1.0]), cache), [6.0, -1.0])


def test_a_baseline_lowers_the_variance(rng):
    scores, rewards = rng.normal(size=6), rng.normal(size=6) + 10
    spread = {}
    for baseline in (0.0, 10.0):
        each, p = estimates(scores, rewards, baseline)
        spread[baseline] = p @ ((each - p @ each) ** 2).sum(axis=1)
    assert spread[10.0] < 0.1 * spread[0.0]


def test_float32_stays_and_a_wrong_baseline_is_named():
    log_p, reward = np.full((2, 3), -1, np.float32), np.ones((2, 3), np.float32)
    S, cache = score_function_forward(log_p, reward, 0.25)
    assert S.dtype == np.float32 and score_function_backward(S, cache).dtype == np.float32
    with pytest.raises(ValueError, match=r"baseline has shape \(3,\), should be \(\) or \(2, 3\)"):
        score_function_forward(log_p, reward, np.zeros(3))
    with pytest.raises(ValueError, match=r"reward has shape \(3,\)"):
        score_function_forward(log_p, reward[0])


@pytest.mark.parametrize("axis", [0, 1])
def test_the_mean_of_the_others_leaves_each_one_out(rng, axis):
    rewards = rng.normal(size=(3, 4))
    found = mean_of_others(rewards, axis)
    for i in range(rewards.shape[axis]):
        others = np.delete(rewards, i, axis).mean(axis=axis)
        assert_allclose(np.take(found, i, axis), others)


def test_there_must_be_others():
    with pytest.raises(ValueError, match="number of draws is 1, should be an int of at least 2"):
        mean_of_others(np.ones((3, 1)))


def test_a_moving_mean_forgets():
    assert_allclose(moving_mean([1.0, 2.0], np.array([3.0, 0.0]), 0.75), [1.5, 1.5])
    with pytest.raises(ValueError, match=r"decay is 1\.5"):
        moving_mean(0.0, np.ones(2), 1.5)


def test_entropy_of_known_distributions():
    with np.errstate(divide="ignore"):
        log_p = np.log(np.array([[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0.5, 0.5, 0, 0]]))
    H, cache = entropy_forward(log_p)
    assert_allclose(H, [np.log(4), 0, np.log(2)], atol=1e-15)
    assert np.isfinite(entropy_backward(np.array([1.0, -2, 0.5]), cache)).all()


def test_the_gradient_behind_a_softmax(rng):
    log_p = log_softmax(rng.normal(size=(2, 3, 5)))
    H, cache = entropy_forward(log_p)
    dH = rng.normal(size=(2, 3))
    expected = -np.exp(log_p) * (log_p + H[..., None]) * dH[..., None]
    assert_allclose(log_softmax_gradient(entropy_backward(dH, cache), log_p), expected, atol=1e-14)
