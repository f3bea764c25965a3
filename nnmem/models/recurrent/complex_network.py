"""A complex-valued network (复数网络) of one hidden layer, and the real one of as many parameters.

Trabelsi et al. 2018. Both map a complex vector, given as real and imaginary parts, to another of its size::

    complex   y = W₂ σ(W₁ x),   σ(z) = modReLU(z; b), CReLU(z + b) or zReLU(z + b)
    real      [y_re; y_im] = W₂ max(0, W₁ [x_re; x_im] + b)

A complex matrix (p, d) holds 2 p d real numbers, as many as a real one with p rows that acts on [x_re; x_im].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.associative.complex_layers import (
    complex_linear_backward,
    complex_linear_forward,
    crelu_backward,
    crelu_forward,
    modrelu_backward,
    modrelu_forward,
    rayleigh_weights,
    zrelu_backward,
    zrelu_forward,
)
from nnmem.nn.linear import glorot_uniform, linear_backward, linear_forward, project, weight_gradient

NONLINEARITIES: dict[str, tuple[Any, Any]] = {
    "modrelu": (modrelu_forward, modrelu_backward),
    "crelu": (crelu_forward, crelu_backward),
    "zrelu": (zrelu_forward, zrelu_backward),
}


class ComplexNetworkParams(NamedTuple):
    W1_re: np.ndarray  # (p, d)
    W1_im: np.ndarray  # (p, d)
    b: np.ndarray  # (p,) of the modulus for modReLU; else (2p,), of the real and of the imaginary parts
    W2_re: np.ndarray  # (d, p)
    W2_im: np.ndarray  # (d, p)


@dataclass(frozen=True)
class ComplexNetwork:
    """Sizes, counted in complex numbers, and the nonlinearity."""

    size: int
    hidden_size: int
    nonlinearity: str = "modrelu"

    def __post_init__(self) -> None:
        if self.nonlinearity not in NONLINEARITIES:
            known = ", ".join(map(repr, NONLINEARITIES))
            raise ValueError(f"ComplexNetwork: nonlinearity is {self.nonlinearity!r}, should be one of {known}")

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> ComplexNetworkParams:
        """Weights of Rayleigh modulus and any phase, biases 0."""
        d, p = self.size, self.hidden_size
        b: np.ndarray = np.zeros(p if self.nonlinearity == "modrelu" else 2 * p, dtype)
        return ComplexNetworkParams(*rayleigh_weights(rng, p, d, dtype), b, *rayleigh_weights(rng, d, p, dtype))

    def forward(
        self, params: ComplexNetworkParams, x_re: np.ndarray, x_im: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Map x (..., d) to y (..., d), both as real and imaginary parts."""
        z_re, z_im, first = complex_linear_forward(x_re, x_im, params.W1_re, params.W1_im)
        p, (bend, _) = self.hidden_size, NONLINEARITIES[self.nonlinearity]
        if self.nonlinearity == "modrelu":
            h_re, h_im, bent = bend(z_re, z_im, params.b)
        else:
            h_re, h_im, bent = bend(z_re + params.b[:p], z_im + params.b[p:])
        y_re, y_im, second = complex_linear_forward(h_re, h_im, params.W2_re, params.W2_im)
        return y_re, y_im, (first, bent, second)

    def backward(
        self, dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple
    ) -> tuple[ComplexNetworkParams, np.ndarray, np.ndarray]:
        """Gradients of the parameters, of x_re and of x_im."""
        first, bent, second = cache
        dh_re, dh_im, dW2_re, dW2_im = complex_linear_backward(dy_re, dy_im, second)
        dz_re, dz_im, *own = NONLINEARITIES[self.nonlinearity][1](dh_re, dh_im, bent)
        parts = [dz.reshape(-1, self.hidden_size).sum(axis=0) for dz in (dz_re, dz_im)]
        db = own[0] if own else np.concatenate(parts)
        dx_re, dx_im, dW1_re, dW1_im = complex_linear_backward(dz_re, dz_im, first)
        return ComplexNetworkParams(dW1_re, dW1_im, db, dW2_re, dW2_im), dx_re, dx_im


class RealNetworkParams(NamedTuple):
    W1: np.ndarray  # (p, 2d)
    b: np.ndarray  # (p,)
    W2: np.ndarray  # (2d, p)


@dataclass(frozen=True)
class RealNetwork:
    """The same task in real numbers: a ReLU layer on real and imaginary parts, one after the other."""

    size: int
    hidden_size: int

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> RealNetworkParams:
        d, p = 2 * self.size, self.hidden_size
        return RealNetworkParams(
            glorot_uniform(rng, (p, d), dtype), np.zeros(p, dtype), glorot_uniform(rng, (d, p), dtype)
        )

    def forward(
        self, params: RealNetworkParams, x_re: np.ndarray, x_im: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        z, first = linear_forward(np.concatenate([x_re, x_im], axis=-1), params.W1, params.b)
        h = np.where(z.real < 0, 0, z)
        y = project(h, params.W2)
        return y[..., : self.size], y[..., self.size :], (first, h, params.W2)

    def backward(
        self, dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple
    ) -> tuple[RealNetworkParams, np.ndarray, np.ndarray]:
        first, h, W2 = cache
        dy = np.concatenate([dy_re, dy_im], axis=-1)
        dz = np.where(h.real > 0, project(dy, W2.T), 0)
        dx, dW1, db = linear_backward(dz, first)
        return RealNetworkParams(dW1, db, weight_gradient(dy, h)), dx[..., : self.size], dx[..., self.size :]
