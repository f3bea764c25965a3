"""Layer normalisation (层归一化): every row brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import positive


class LayerNormParams(NamedTuple):
    gain: np.ndarray  # (d,)
    bias: np.ndarray  # (d,)


def layer_norm_init(d: int, dtype: type = np.float32) -> LayerNormParams:
    """First parameters: gain 1, bias 0."""
    return LayerNormParams(np.ones(d, dtype), np.zeros(d, dtype))


def layer_norm_forward(
    X: np.ndarray, gain: np.ndarray, bias: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, tuple]:
    """Layer normalisation (层归一化), Ba, Kiros and Hinton 2016, equation 4::

        μ = mean(x)        σ = √(mean((x − μ)²) + ε)        n = (x − μ) / σ
        y = gain ∘ n + bias

    A row whose entries are all equal, zeros for one, has n = 0 and comes out as the bias: ε keeps σ above zero.

    Parameters
    ----------
    X : (..., d) array
        Vectors, one a row.
    gain, bias : (d,) array
    eps : float
        ε, above 0.

    Returns
    -------
    Y : (..., d) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        d is 0, or eps is not above 0.
    """
    function = "layer_norm_forward"
    X, gain, bias = arrays(function, "X (..., d), gain (d,), bias (d,)", X, gain, bias)
    if not len(gain):
        raise ValueError(
            f"{function}: X has shape {X.shape}, should be (..., d), d at least 1: there is no mean of nothing"
        )
    eps = positive(function, "eps", eps)
    d = len(gain)
    centred = X - np.add.reduce(X, axis=-1, keepdims=True) / d
    sigma = np.sqrt(np.add.reduce(centred * centred, axis=-1, keepdims=True) / d + eps)
    normal = centred / sigma
    return gain * normal + bias, (normal, sigma, gain)


def layer_norm_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of X, gain and bias.

    Every entry of a row moves its mean and its σ too, and takes their part away again::

        dn = gain ∘ dy        dgain = Σ n ∘ dy        dbias = Σ dy        (sums over the rows)
        ∂μ/∂xᵢ = 1/d,  ∂σ/∂xᵢ = (xᵢ − μ)/(d σ) = nᵢ/d
        dx = (dn − mean(dn) − n mean(n ∘ dn)) / σ
    """
    normal, sigma, gain = cache
    dY = upstream("layer_norm_backward", "dY", dY, normal.shape, normal.dtype)
    d, rows = len(gain), math.prod(normal.shape[:-1])
    dn = gain * dY
    mean = np.add.reduce(dn, axis=-1, keepdims=True) / d
    along = np.add.reduce(normal * dn, axis=-1, keepdims=True) / d
    dX = (dn - mean - normal * along) / sigma
    dgain = (normal * dY).reshape(rows, d).sum(axis=0)
    return dX, dgain, dY.reshape(rows, d).sum(axis=0)
