"""A fully connected network (全连接网络) that sees the whole picture at once, for comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.linear import (
    LinearParams,
    bias_gradient,
    glorot_uniform,
    linear_backward,
    linear_forward,
    weight_gradient,
)


class FullyConnectedParams(NamedTuple):
    first: LinearParams  # (h, H W), (h,)
    second: LinearParams  # (h, h), (h,)
    output: LinearParams  # (k, h), (k,)


@dataclass(frozen=True)
class FullyConnected:
    """Sizes: two hidden layers of rectified units on H x W pixels."""

    classes: int
    pixels: int
    hidden_size: int = 256

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> FullyConnectedParams:
        """Return first parameters."""
        h = self.hidden_size
        sizes = (h, self.pixels), (h, h), (self.classes, h)
        return FullyConnectedParams(
            *(LinearParams(glorot_uniform(rng, size, dtype), np.zeros(size[0], dtype)) for size in sizes)
        )

    def forward(self, params: FullyConnectedParams, pictures: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return logits (..., k) of pictures (..., H, W); a ValueError if H W is not the number of pixels."""
        if pictures.ndim < 2 or math.prod(pictures.shape[-2:]) != self.pixels:
            raise ValueError(
                f"FullyConnected: pictures has shape {pictures.shape}, should be (..., H, W) with H W = {self.pixels}"
            )
        X = pictures.reshape(*pictures.shape[:-2], -1)
        z, _ = linear_forward(X, *params.first)
        a, second = linear_forward(np.maximum(z, 0), *params.second)
        logits, output = linear_forward(np.maximum(a, 0), *params.output)
        return logits, (X, z, a, second, output)

    def backward(self, dlogits: np.ndarray, cache: tuple) -> FullyConnectedParams:
        """Gradients of the parameters. Pictures receive none here: they are not learned."""
        X, z, a, second, output = cache
        da, *doutput = linear_backward(dlogits, output)
        dz, *dsecond = linear_backward(da * (a.real > 0), second)
        dz *= z.real > 0
        return FullyConnectedParams(
            LinearParams(weight_gradient(dz, X), bias_gradient(dz)), LinearParams(*dsecond), LinearParams(*doutput)
        )
