"""Hard attention takes the most probable item, the first of equals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.expectation import every_draw, expected_reward_backward, expected_reward_forward, reward
from nnmem.study.index.lookup import examples


def cases(function):
    return [pytest.param(example, id=example.case) for example in examples(function)]


@pytest.mark.parametrize("example", cases("hard_attention"))
def test_hard_attention_takes_the_most_probable_item(example):
    (X,), alpha = example.args, example.options["alpha"]
    x_j, cache = nnmem.hard_attention_forward(X, alpha)
    dX = nnmem.hard_attention_backward(np.ones_like(x_j) * 3, cache)
    for b in np.ndindex(alpha.shape[:-1]):
        weights = list(alpha[b])
        j = weights.index(max(weights))
        nothing = max(weights) == 0
        assert_allclose(x_j[b], np.zeros(5) if nothing else X[b][j])
        expected = np.zeros((7, 5))
        expected[j] = 0 if nothing else 3
        assert_allclose(dX[b], expected)


def test_hard_attention_takes_the_first_of_equals():
    x_j, _ = nnmem.hard_attention_forward(np.arange(6.0).reshape(3, 2), np.array([0.2, 0.4, 0.4]))
    assert_allclose(x_j, [2, 3])


def setting(rng, batch=(2, 3)):
    scores = rng.normal(size=(*batch, 7))
    alpha, cache = nnmem.attention_distribution_forward(scores)
    return rng.normal(size=(*batch, 7, 5)), scores, alpha, cache


@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_every_index_can_be_drawn(rng, batch):
    X, _, alpha, _ = setting(rng, batch)
    for i, (x_z, z, _) in enumerate(every_draw(X, alpha)):
        assert np.all(z == i)
        assert_allclose(x_z, X[..., i, :])


def test_draws_follow_the_distribution(rng):
    alpha = np.array([0.1, 0.0, 0.6, 0.3])
    many = np.broadcast_to(alpha, (200_000, 4))
    _, z, _ = nnmem.sampled_attention_forward(np.zeros((200_000, 4, 1)), many, rng)
    shares = np.bincount(z, minlength=4) / len(z)
    assert shares[1] == 0
    assert_allclose(shares, alpha, atol=5 * np.sqrt(0.25 / len(z)))


def test_the_mean_over_draws_is_the_gradient_of_the_expectation(rng):
    X, _, alpha, _ = setting(rng)
    J, cache = expected_reward_forward(X, alpha)
    dJ = rng.normal(size=J.shape)
    _, dalpha = expected_reward_backward(dJ, cache)
    assert_allclose(dalpha, dJ[..., None] * reward(X), rtol=1e-12)


@pytest.mark.parametrize("baseline", [0.0, 1.7, "expected", "row"])
def test_no_baseline_biases_the_gradient_of_the_scores(rng, baseline):
    X, _, alpha, softmax_cache = setting(rng)
    rewards = reward(X)
    J = (alpha * rewards).sum(-1)
    b = {"expected": J, "row": rng.normal(size=J.shape)}.get(baseline, baseline)
    mean = np.zeros_like(alpha)
    for i, (x_z, _, cache) in enumerate(every_draw(X, alpha)):
        _, dalpha = nnmem.sampled_attention_backward(reward(x_z), cache, baseline=b)
        mean += alpha[..., i, None] * nnmem.attention_distribution_backward(dalpha, softmax_cache)
    exact = alpha * (rewards - J[..., None])
    assert_allclose(mean, exact, rtol=1e-12, atol=1e-13)


def test_the_right_baseline_lowers_the_variance(rng):
    X, _, alpha, softmax_cache = setting(rng)
    rewards = reward(X) + 10
    J = (alpha * rewards).sum(-1)
    variance = {}
    for name, b in (("none", 0.0), ("expected", J)):
        estimates = []
        for x_z, _, cache in every_draw(X, alpha):
            _, dalpha = nnmem.sampled_attention_backward(reward(x_z) + 10, cache, baseline=b)
            estimates.append(nnmem.attention_distribution_backward(dalpha, softmax_cache))
        probabilities = np.moveaxis(alpha, -1, 0)[..., None]
        mean = (probabilities * estimates).sum(0)
        variance[name] = (probabilities * (np.array(estimates) - mean) ** 2).sum(0).sum()
    assert variance["expected"] < 0.2 * variance["none"]


def test_without_a_gradient_of_the_reward_x_gets_none(rng):
    X, _, alpha, _ = setting(rng)
    _, z, cache = nnmem.sampled_attention_forward(X, alpha, rng)
    dX, dalpha = nnmem.sampled_attention_backward(np.full(z.shape, 2.0), cache)
    assert dX.shape == X.shape and not dX.any()
    assert_allclose(np.take_along_axis(dalpha, z[..., None], -1), 2 / np.take_along_axis(alpha, z[..., None], -1))


def test_the_same_seed_draws_the_same(rng):
    X, _, alpha, _ = setting(rng)
    draws = [nnmem.sampled_attention_forward(X, alpha, np.random.default_rng(s))[1] for s in (3, 3, 4)]
    assert np.array_equal(draws[0], draws[1]) and not np.array_equal(draws[0], draws[2])
