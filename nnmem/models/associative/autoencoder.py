"""A small autoencoder (自编码器): auto-association by a feed-forward network, to compare with the Hopfield network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import glorot_uniform, weight_gradient


class AutoencoderParams(NamedTuple):
    W_1: np.ndarray  # (h, m)
    b_1: np.ndarray  # (h,)
    W_2: np.ndarray  # (m, h)
    b_2: np.ndarray  # (m,)


@dataclass(frozen=True)
class Autoencoder:
    """An autoencoder with one hidden layer (自编码器).

    Section 8.2.3, auto-association by a feed-forward network::

        z = tanh(W₁ x + b₁)      y = tanh(W₂ z + b₂)

    Trained to give back patterns from noisy ones, it recalls as a Hopfield network does, in one step.
    """

    m: int
    h: int

    def init(self, rng: np.random.Generator) -> AutoencoderParams:
        """Draw first parameters: Glorot's uniform weights, zero biases."""
        return AutoencoderParams(
            glorot_uniform(rng, (self.h, self.m), np.float64),
            np.zeros(self.h),
            glorot_uniform(rng, (self.m, self.h), np.float64),
            np.zeros(self.m),
        )

    def forward(self, params: AutoencoderParams, x: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return y (..., m) and a cache for x (..., m)."""
        layout = "x (..., m), W_1 (h, m), b_1 (h,), W_2 (m, h), b_2 (m,)"
        x, W_1, b_1, W_2, b_2 = arrays("Autoencoder.forward", layout, x, *params)
        z = np.tanh(x @ W_1.T + b_1)
        y = np.tanh(z @ W_2.T + b_2)
        return y, (x, W_1, W_2, z, y)

    def backward(self, dy: np.ndarray, cache: tuple) -> tuple[AutoencoderParams, np.ndarray]:
        """Gradients of the parameters and of x. With tanh′ = 1 − tanh², the two layers in reverse::

        dp₂ = dy ∘ (1 − y²)       dW₂ = Σ dp₂ zᵀ      db₂ = Σ dp₂      dz = W₂ᵀ dp₂
        dp₁ = dz ∘ (1 − z²)       dW₁ = Σ dp₁ xᵀ      db₁ = Σ dp₁      dx = W₁ᵀ dp₁
        """
        x, W_1, W_2, z, y = cache
        dy = upstream("Autoencoder.backward", "dy", dy, y.shape, y.dtype)
        dp_2 = dy * (1 - y * y)
        dp_1 = (dp_2 @ W_2) * (1 - z * z)
        batch = tuple(range(dy.ndim - 1))
        grads = AutoencoderParams(
            weight_gradient(dp_1, x), dp_1.sum(axis=batch), weight_gradient(dp_2, z), dp_2.sum(axis=batch)
        )
        return grads, dp_1 @ W_1
