"""A network whose output is a distribution over pen movements (混合密度网络), Graves 2013, section 4.1.

Bishop 1994. A movement is (x, y, end): how far the pen goes, and whether it is then lifted. x and y follow a mixture of
M Gaussians in the plane, each with a correlation; end is a coin.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.losses import binary_cross_entropy_forward, sigmoid
from nnmem.nn.softmax import log_sum_exp

LOWEST_LOG_SIGMA = -4.0  # a stroke that repeats exactly would otherwise drive a density to infinity
CORRELATION = 0.98


def split_mixture(Y: np.ndarray) -> tuple[np.ndarray, ...]:
    """Outputs (..., 1 + 6M) as the mixture's parameters, equations (18) to (22).

    Returns
    -------
    end : (...) array
        The logit of lifting the pen.
    logits, mu, log_sigma, rho : (..., M), (..., 2, M), (..., 2, M), (..., M) arrays
    """
    M = (Y.shape[-1] - 1) // 6
    parts = Y[..., 1:].reshape(*Y.shape[:-1], 6, M)
    log_sigma = np.where(parts[..., 3:5, :].real > LOWEST_LOG_SIGMA, parts[..., 3:5, :], LOWEST_LOG_SIGMA)
    return Y[..., 0], parts[..., 0, :], parts[..., 1:3, :], log_sigma, CORRELATION * np.tanh(parts[..., 5, :])


def mixture_density_forward(
    Y: np.ndarray, strokes: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, tuple]:
    """Negative log-likelihood of pen movements, in nats; Graves 2013, equations (23) to (26)::

        L  = −log Σⱼ πⱼ N(x, y | μⱼ, σⱼ, ρⱼ) − log p(end)
        N  = exp(−Z / (2 (1 − ρ²))) / (2π σ₁ σ₂ √(1 − ρ²)),     Z = δ₁² + δ₂² − 2ρ δ₁ δ₂,     δ = (x − μ) / σ

    Parameters
    ----------
    Y : (..., 1 + 6M) array
        Outputs of a network: end, then M each of π̂, μ₁, μ₂, log σ₁, log σ₂, ρ̂.
    strokes : (..., 3) array
        x, y and end, 0 or 1. They get no gradient.
    mask : (...) bool array, optional
        True = counts; where it is False the loss is 0.

    Returns
    -------
    losses : (...) array
    cache : tuple

    Departs from the paper: log σ is at least −4 and |ρ| at most 0.98.
    """
    function = "mixture_density_forward"
    (Y,) = arrays(function, "Y (..., outputs)", Y)
    strokes = np.asarray(strokes).astype(Y.real.dtype, copy=False)
    if Y.shape[-1] % 6 != 1 or Y.shape[-1] == 1:
        raise ValueError(f"{function}: Y has shape {Y.shape}, its last axis should be 1 + 6M")
    if strokes.shape != (*Y.shape[:-1], 3):
        raise ValueError(f"{function}: strokes has shape {strokes.shape}, should be {(*Y.shape[:-1], 3)}")
    end, logits, mu, log_sigma, rho = split_mixture(Y)
    delta = (strokes[..., :2, None] - mu) * np.exp(-log_sigma)
    rest = 1 - rho * rho
    Z = delta[..., 0, :] ** 2 + delta[..., 1, :] ** 2 - 2 * rho * delta[..., 0, :] * delta[..., 1, :]
    log_N = -Z / (2 * rest) - log_sigma.sum(axis=-2) - 0.5 * np.log(rest) - math.log(2 * math.pi)
    lift, _ = binary_cross_entropy_forward(end, strokes[..., 2])
    (normaliser, pi), (joint, gamma) = log_sum_exp(logits), log_sum_exp(logits + log_N)
    losses = normaliser - joint + lift
    mask = np.ones(losses.shape, bool) if mask is None else mask
    return np.where(mask, losses, 0), (Y, strokes, mask, pi, gamma, log_sigma, rho, delta, Z)


def mixture_density_backward(dlosses: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the outputs; Graves 2013, equations (27) to (37).

    γⱼ = πⱼ Nⱼ / Σ π N is how much of the movement component j explains; then with c = 1 − ρ² and, for each axis,
    e = (δ − ρ δ′) / c, δ′ being the other axis::

        dπ̂ = π − γ           dμ = −γ e / σ        dlog σ = −γ (δ e − 1)     (0 where log σ is held at −4)
        dρ = −γ (δ₁ δ₂ / c + ρ / c − ρ Z / c²)     dρ̂ = dρ 0.98 (1 − tanh²ρ̂)
        dend = σ(end) − 1[lifted]
    """
    Y, strokes, mask, pi, gamma, log_sigma, rho, delta, Z = cache
    dlosses = np.where(mask, upstream("mixture_density_backward", "dlosses", dlosses, Y.shape[:-1], Y.dtype), 0)
    rest = (1 - rho * rho)[..., None, :]
    across = (delta - rho[..., None, :] * delta[..., ::-1, :]) / rest
    both, rest = gamma[..., None, :], rest[..., 0, :]
    drho = -gamma * (delta[..., 0, :] * delta[..., 1, :] + rho - rho * Z / rest) / rest
    parts = np.empty((*Y.shape[:-1], 6, pi.shape[-1]), Y.dtype)
    parts[..., 0, :] = pi - gamma
    parts[..., 1:3, :] = -both * across * np.exp(-log_sigma)
    parts[..., 3:5, :] = np.where(log_sigma > LOWEST_LOG_SIGMA, -both * (delta * across - 1), 0)
    parts[..., 5, :] = drho * (CORRELATION - rho * rho / CORRELATION)
    dend = sigmoid(Y[..., 0]) - strokes[..., 2]
    dY = np.concatenate([dend[..., None], parts.reshape(*Y.shape[:-1], Y.shape[-1] - 1)], axis=-1)
    return dY * dlosses[..., None]


def sample_movement(Y: np.ndarray, rng: np.random.Generator, bias: float = 0.0) -> np.ndarray:
    """Draw movements (..., 3) from outputs (..., 1 + 6M).

    A bias (采样偏置) above 0 makes the hand neater: Graves 2013, equations (61) and (62), σ shrinks by exp(−bias) and
    π is sharpened to softmax(π̂ (1 + bias)).
    """
    end, logits, mu, log_sigma, rho = split_mixture(Y)
    gumbel = rng.gumbel(size=logits.shape)
    j = (logits * (1 + bias) + gumbel).argmax(axis=-1)[..., None]
    rho = np.take_along_axis(rho, j, axis=-1)[..., 0]
    mu, log_sigma = (np.take_along_axis(part, j[..., None, :], axis=-1)[..., 0] for part in (mu, log_sigma))
    first, second = rng.normal(size=(2, *end.shape))
    noise = np.stack([first, rho * first + np.sqrt(1 - rho * rho) * second], axis=-1)
    lifted = rng.random(end.shape) < sigmoid(end)
    place = mu + np.exp(log_sigma - bias) * noise
    return np.concatenate([place, lifted[..., None]], axis=-1).astype(Y.dtype)
