"""Sampled attention checked without chance: every index is drawn in turn and weighted by its probability."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.attention.hard import sampled_attention_backward, sampled_attention_forward


class Chosen(np.random.Generator):
    """A generator whose uniform numbers are given in advance."""

    def __init__(self, uniform: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.uniform_numbers = uniform

    def random(self, *args: Any, **kwargs: Any) -> Any:
        return self.uniform_numbers


def every_draw(X: np.ndarray, alpha: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, tuple]]:
    """Return what ``sampled_attention_forward`` returns when item 0 is drawn in every row, then item 1, and so on."""
    cumulative = np.cumsum(alpha, axis=-1)
    middles = (cumulative - alpha / 2) / cumulative[..., -1:]
    return [sampled_attention_forward(X, alpha, Chosen(middles[..., i])) for i in range(alpha.shape[-1])]


def reward(x: np.ndarray) -> np.ndarray:
    """A smooth reward that treats all entries differently."""
    return np.sin(x * np.arange(1, x.shape[-1] + 1)).sum(axis=-1)


def reward_gradient(x: np.ndarray) -> np.ndarray:
    """Its gradient."""
    factor = np.arange(1, x.shape[-1] + 1)
    return factor * np.cos(x * factor)


def expected_reward_forward(X: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, tuple]:
    """J = Σᵢ αᵢ R(xᵢ)."""
    return (alpha * reward(X)).sum(axis=-1), (X, alpha)


def expected_reward_backward(dJ: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the score-function estimator over every draw, plus the baseline that it lacks, times dJ."""
    X, alpha = cache
    baseline = np.cos(np.arange(dJ.size)).reshape(dJ.shape)
    dX, dalpha = np.zeros_like(X), np.zeros_like(alpha)
    for i, (x_z, _, draw_cache) in enumerate(every_draw(X, alpha)):
        probability = alpha[..., i]
        dX_i, dalpha_i = sampled_attention_backward(reward(x_z), draw_cache, baseline, reward_gradient(x_z))
        dX += (dJ * probability)[..., None, None] * dX_i
        dalpha += (dJ * probability)[..., None] * dalpha_i
    return dX, dalpha + (dJ * baseline)[..., None]
