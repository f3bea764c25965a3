"""IRNN (Le, Jaitly and Hinton 2015): a plain recurrent network whose memory is that its first weights are the identity.

h_t = max(0, W h_t₋₁ + C x_t + b), W = I at first; it answers after the last input. For comparison.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient


class IRNNParams(NamedTuple):
    C: np.ndarray  # (d, x)
    W: np.ndarray  # (d, d)
    b: np.ndarray  # (d,)
    output: LinearParams  # (y, d), (y,)


@dataclass(frozen=True)
class IRNN:
    """Sizes."""

    input_size: int
    output_size: int
    hidden_size: int

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> IRNNParams:
        """W is the identity, the input weights are normal with a spread of 0.01, as in the paper."""
        d = self.hidden_size
        return IRNNParams(
            rng.normal(scale=0.01, size=(d, self.input_size)).astype(dtype),
            np.eye(d, dtype=dtype),
            np.zeros(d, dtype),
            LinearParams(glorot_uniform(rng, (self.output_size, d), dtype), np.zeros(self.output_size, dtype)),
        )

    def forward(self, params: IRNNParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Read X (T, ..., x); return the answer (..., y)."""
        drive = project(X, params.C) + params.b
        H = np.zeros((len(X) + 1, *drive.shape[1:]), np.result_type(drive, params.W))
        for t, z in enumerate(drive):
            z = z + H[t] @ params.W.T
            H[t + 1] = np.where(z.real > 0, z, 0)
        Y, output = linear_forward(H[-1], *params.output)
        return Y, (params, X, H, output)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[IRNNParams, np.ndarray]:
        """Gradients of the parameters and of X: dz = dh where h > 0, then dh_t₋₁ = Wᵀ dz."""
        params, X, H, output = cache
        dh, *doutput = linear_backward(dY, output)
        dZ = np.empty_like(H[1:])
        for t in reversed(range(len(X))):
            dZ[t] = np.where(H[t + 1].real > 0, dh, 0)
            dh = dZ[t] @ params.W
        db = dZ.reshape(-1, dZ.shape[-1]).sum(axis=0)
        dparams = IRNNParams(weight_gradient(dZ, X), weight_gradient(dZ, H[:-1]), db, LinearParams(*doutput))
        return dparams, project(dZ, params.C.T)
