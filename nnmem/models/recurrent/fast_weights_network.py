"""A recurrent network with fast weights (快速权重): the connections themselves remember the last states.

Ba, Hinton, Mnih, Leibo and Ionescu 2016, equations 1 to 5. Slow weights W and C are learned. Fast weights A are written
at every step by Hebb's rule and fade, and the new state looks into them a few times before the next input comes::

    A_t = λ A_t₋₁ + η h_t h_tᵀ                              decay λ, rate η
    z   = W h_t + C x + b                                   what slow weights say
    h⁰  = tanh(LN(z)),   hˢ⁺¹ = tanh(LN(z + A_t hˢ))        S inner steps; h_t₊₁ = h^S

A is never formed: A_t hˢ = η Σ_τ λ^(t−τ) h_τ (h_τ · hˢ) is attention over the states so far, without a softmax
(``fast_weight_read``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.associative.fast_weights import fast_weight_read_backward, fast_weight_read_forward
from nnmem.nn.layer_norm import LayerNormParams, layer_norm_backward, layer_norm_forward, layer_norm_init
from nnmem.nn.linear import (
    LinearParams,
    glorot_uniform,
    linear_backward,
    linear_forward,
    project,
    weight_gradient,
)


class FastWeightsParams(NamedTuple):
    C: np.ndarray  # (d, x)
    W: np.ndarray  # (d, d)
    b: np.ndarray  # (d,)
    first: LayerNormParams  # of h⁰
    inner: LayerNormParams  # of the inner steps
    output: LinearParams  # (y, d), (y,)


@dataclass(frozen=True)
class FastWeightsNetwork:
    """Sizes and settings; it answers after the last input."""

    input_size: int
    output_size: int
    hidden_size: int
    decay: float = 0.9
    rate: float = 0.5
    inner_steps: int = 1
    normalise: bool = True

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> FastWeightsParams:
        """W starts as 0.05 I, so that a state fades; inputs as an embedding of unit variance."""
        d = self.hidden_size
        return FastWeightsParams(
            rng.normal(size=(d, self.input_size)).astype(dtype),
            (0.05 * np.eye(d)).astype(dtype),
            np.zeros(d, dtype),
            layer_norm_init(d, dtype),
            layer_norm_init(d, dtype),
            LinearParams(glorot_uniform(rng, (self.output_size, d), dtype), np.zeros(self.output_size, dtype)),
        )

    def forward(self, params: FastWeightsParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Read X (T, ..., x); return the answer (..., y) from the last state."""
        T, *lead, _ = X.shape
        drive = project(X, params.C) + params.b
        dtype = np.result_type(drive, params.W, *params.first, *params.inner)
        H = np.zeros((*lead, T + 1, self.hidden_size), dtype)  # h_0 = 0, h_1, …, h_T
        caches = []
        for t in range(T):
            z = drive[t] + H[..., t, :] @ params.W.T
            h, states = self._state(z, params.first)
            steps = [states]
            for _ in range(self.inner_steps):
                r, read = fast_weight_read_forward(H[..., 1 : t + 1, :], h, decay=self.decay, rate=self.rate)
                h, states = self._state(z + r, params.inner)
                steps.append((read, states))
            H[..., t + 1, :] = h
            caches.append(steps)
        Y, output = linear_forward(H[..., T, :], *params.output)
        return Y, (params, X, H, caches, output)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[FastWeightsParams, np.ndarray]:
        """Gradients of the parameters and of X.

        A state is used by the next step's slow weights and, as a stored one, by every later read: dH gathers both.
        z is used by h⁰ and by every inner step: dz gathers all.
        """
        params, X, H, caches, output = cache
        T = len(X)
        dH, dZ = np.zeros_like(H), np.empty((T, *H.shape[:-2], H.shape[-1]), H.dtype)
        dfirst, dinner = (LayerNormParams(np.zeros_like(part.gain), np.zeros_like(part.bias)) for part in params[3:5])
        dH[..., T, :], dW_out, db_out = linear_backward(dY, output)
        for t in reversed(range(T)):
            dh, (states, *steps) = dH[..., t + 1, :], caches[t]
            dz: Any = 0
            for read, inner in reversed(steps):
                dr = self._dstate(dh, inner, dinner)
                dz = dz + dr
                dstored, dh = fast_weight_read_backward(dr, read)
                dH[..., 1 : t + 1, :] += dstored
            dZ[t] = dz + self._dstate(dh, states, dfirst)
            dH[..., t, :] += dZ[t] @ params.W
        before = np.moveaxis(H[..., :T, :], -2, 0)
        db = dZ.reshape(-1, dZ.shape[-1]).sum(axis=0)
        grads = FastWeightsParams(
            weight_gradient(dZ, X), weight_gradient(dZ, before), db, dfirst, dinner, LinearParams(dW_out, db_out)
        )
        return grads, project(dZ, params.C.T)

    def _state(self, z: np.ndarray, norm: LayerNormParams) -> tuple[np.ndarray, tuple]:
        """tanh(LN(z)), or tanh(z) without normalisation."""
        if not self.normalise:
            h = np.tanh(z)
            return h, (h, None)
        n, cache = layer_norm_forward(z, *norm)
        h = np.tanh(n)
        return h, (h, cache)

    def _dstate(self, dh: np.ndarray, cache: tuple, dnorm: LayerNormParams) -> np.ndarray:
        """Gradient of z; that of the normalisation's parameters is added to ``dnorm``."""
        h, norm = cache
        dn = dh * (1 - h * h)
        if norm is None:
            return dn
        dz, dgain, dbias = layer_norm_backward(dn, norm)
        dnorm.gain[...] += dgain
        dnorm.bias[...] += dbias
        return dz


def implied_attention(
    model: FastWeightsNetwork, params: FastWeightsParams, X: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the first inner step of every step looks in a sequence X (T, x).

    Returns
    -------
    Y : (y,) array
        The answer.
    alpha : (T, T) array
        η λ^(t−τ) h_τ · h⁰ of step t (row) and the state after input τ (column); NaN where there is no such state yet.
    """
    Y, (_, _, H, caches, _) = model.forward(params, X)
    alpha = np.full((len(X), len(X)), np.nan)
    for t, (first, *_) in enumerate(caches):
        fade = model.rate * model.decay ** np.arange(t)[::-1]
        alpha[t, :t] = fade * (H[1 : t + 1] @ first[0])
    return Y, alpha
