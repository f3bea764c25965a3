"""A network that looks at one item of a row and says what it is: the smallest hard attention (8.7) that is learned.

::

    sᵢ = vᵀ tanh(W xᵢ + b)        where to look, an additive score (8.2) without a query
    r = Σᵢ wᵢ xᵢ                  w a row of zeros and a one, or something softer
    logits = C r + c              what it is

How w comes from s, and how its gradient goes back to s, is left to an estimator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.attention.distribution import weighted_sum_backward, weighted_sum_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, weight_gradient


class OneLookParams(NamedTuple):
    hidden: LinearParams  # W (h, d), b (h,)
    v: np.ndarray  # (h,)
    output: LinearParams  # C (k, d), c (k,)


@dataclass(frozen=True)
class OneLook:
    """Sizes."""

    input_size: int
    classes: int
    hidden_size: int = 32

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> OneLookParams:
        """Return first parameters."""
        d, h, k = self.input_size, self.hidden_size, self.classes
        return OneLookParams(
            LinearParams(glorot_uniform(rng, (h, d), dtype), np.zeros(h, dtype)),
            glorot_uniform(rng, (1, h), dtype)[0],
            LinearParams(glorot_uniform(rng, (k, d), dtype), np.zeros(k, dtype)),
        )

    def scores(self, params: OneLookParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """The score (..., N) of every item of X (..., N, d)."""
        Z, hidden = linear_forward(X, *params.hidden)
        A = np.tanh(Z)
        return A @ params.v, (params.v, A, hidden)

    def scores_backward(self, dscores: np.ndarray, cache: tuple) -> tuple[LinearParams, np.ndarray]:
        """Gradients of the hidden layer and of v."""
        v, A, hidden = cache
        dZ = dscores[..., None] * v * (1 - A * A)
        _, *dhidden = linear_backward(dZ, hidden)
        return LinearParams(*dhidden), weight_gradient(dscores[..., None], A)[0]

    def answer(self, params: OneLookParams, X: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Logits (..., k) of what the weights w (..., N) let it see."""
        r, seen = weighted_sum_forward(w, X)
        logits, output = linear_forward(r, *params.output)
        return logits, (seen, output)

    def answer_backward(self, dlogits: np.ndarray, cache: tuple) -> tuple[np.ndarray, LinearParams]:
        """Gradients of w and of the output layer."""
        seen, output = cache
        dr, *doutput = linear_backward(dlogits, output)
        dw, _ = weighted_sum_backward(dr, seen)
        return dw, LinearParams(*doutput)
