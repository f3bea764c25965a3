"""A network that reads out a stretch of its items (分段注意力), after Kim et al. 2017: three attentions on one task.

::

    θᵢ = W fᵢ + b                    two scores for each item, from its own features alone
    αᵢ = p(zᵢ = 1)                   "chain": the marginals of a linear chain with ψ, learned
    αᵢ = σ(θᵢ(1) − θᵢ(0))            "sigmoid": each item by itself
    αᵢ = softmaxᵢ(θᵢ(1) − θᵢ(0))     "softmax": one choice among all
    y  = w Σᵢ αᵢ xᵢ + c
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.attention.distribution import (
    attention_distribution_backward,
    attention_distribution_forward,
    weighted_sum_backward,
    weighted_sum_forward,
)
from nnmem.attention.structured import structured_attention_backward, structured_attention_forward
from nnmem.nn.arguments import arrays
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.losses import sigmoid


class SegmentParams(NamedTuple):
    unary: LinearParams  # (2, features)
    pairwise: np.ndarray  # (2, 2), for the chain
    output: LinearParams  # (d, d)


@dataclass(frozen=True)
class SegmentNetwork:
    """Sizes, and the kind of attention: "chain", "sigmoid" or "softmax"."""

    features: int
    value_size: int = 1
    attention: str = "chain"

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> SegmentParams:
        """Return first parameters: neighbours lean to agree, and what is read is what is said."""
        unary = LinearParams(glorot_uniform(rng, (2, self.features), dtype), np.zeros(2, dtype))
        d = self.value_size
        return SegmentParams(unary, np.eye(2, dtype=dtype), LinearParams(np.eye(d, dtype=dtype), np.zeros(d, dtype)))

    def forward(self, params: SegmentParams, features: np.ndarray, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return y (B, d) from features (B, n, f) and items X (B, n, d); the cache's last entry is α (B, n).

        Raises
        ------
        ValueError, TypeError
            A shape or dtype does not fit.
        """
        features, X, *_ = arrays(
            "SegmentNetwork", "features (B, n, f), X (B, n, d), W (2, f), b (2,)", features, X, *params.unary
        )
        theta, scored = linear_forward(features, *params.unary)
        if self.attention == "chain":
            r, alpha, read = structured_attention_forward(X, theta, params.pairwise)
        else:
            scores = theta[..., 1] - theta[..., 0]
            one = attention_distribution_forward(scores)[0] if self.attention == "softmax" else sigmoid(scores)
            r, read = weighted_sum_forward(one, X)
            alpha = one
        y, output = linear_forward(r, *params.output)
        return y, (params, scored, read, output, alpha)

    def backward(self, dy: np.ndarray, cache: tuple) -> SegmentParams:
        """Gradients of the parameters; a score of state 0 is one of state 1 with its sign turned, but for the chain."""
        params, scored, read, output, alpha = cache
        dr, *doutput = linear_backward(dy, output)
        dpairwise = np.zeros_like(params.pairwise)
        if self.attention == "chain":
            _, dtheta, dpairwise = structured_attention_backward(dr, read)
        else:
            dalpha, _ = weighted_sum_backward(dr, read)
            if self.attention == "softmax":
                dscores = attention_distribution_backward(dalpha, alpha)
            else:
                dscores = dalpha * alpha * (1 - alpha)
            dtheta = np.stack([-dscores, dscores], axis=-1)
        _, *dunary = linear_backward(dtheta, scored)
        return SegmentParams(LinearParams(*dunary), dpairwise, LinearParams(*doutput))
