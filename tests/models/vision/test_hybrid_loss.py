"""The hybrid loss: its value written out, and its estimate against the exact gradient of the mean reward."""

import math

import numpy as np
from numpy.testing import assert_allclose

from nnmem.models.vision.hybrid_loss import hybrid_loss_backward, hybrid_loss_forward


def test_it_is_its_formula(rng):
    logits, means, places = rng.normal(size=(2, 3)), rng.normal(size=(4, 2, 2)), rng.normal(size=(4, 2, 2))
    labels, reward, baseline = np.array([2, 0]), np.array([1.0, 0.0]), np.array([0.3, 0.6])
    losses, _ = hybrid_loss_forward(
        logits, means, labels=labels, places=places, reward=reward, baseline=baseline, std=0.5
    )
    for b in range(2):
        answer = -math.log(math.exp(logits[b, labels[b]]) / sum(math.exp(z) for z in logits[b]))
        log_p = 0.0
        for m, place in zip(means[:, b].ravel(), places[:, b].ravel(), strict=True):
            log_p += math.log(math.exp(-((place - m) ** 2) / (2 * 0.25)) / (0.5 * math.sqrt(2 * math.pi)))
        assert_allclose(losses[b], answer - (reward[b] - baseline[b]) * log_p, rtol=1e-12)


def test_the_mean_estimate_is_the_gradient_of_the_mean_reward():
    """Places are drawn by quadrature: the weighted sum over them is the mean, without chance."""
    std, mean = 0.4, np.array([0.3, -0.2])
    x, weight = np.polynomial.hermite_e.hermegauss(30)
    eps = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    p = np.outer(weight, weight).ravel() / (2 * np.pi)

    def rewards(mean):
        return np.sin(2 * (mean + std * eps)[:, 0]) * np.cos((mean + std * eps)[:, 1])

    exact = [
        (p @ rewards(mean + step) - p @ rewards(mean - step)) / 2e-5 for step in (1e-5 * np.eye(2)[i] for i in (0, 1))
    ]
    for baseline in (0.0, 5.0):
        _, cache = hybrid_loss_forward(
            np.zeros((len(eps), 2)),
            np.tile(mean, (1, len(eps), 1)),
            labels=np.zeros(len(eps), int),
            places=(mean + std * eps)[None],
            reward=rewards(mean),
            baseline=baseline,
            std=std,
        )
        _, dmeans = hybrid_loss_backward(p, cache)
        assert_allclose(-dmeans[0].sum(axis=0), exact, atol=1e-9)
