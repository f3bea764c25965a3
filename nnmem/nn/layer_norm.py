"""Layer normalisation (层归一化): every row brought to mean 0 and variance 1, then scaled and shifted."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import bias_gradient
from nnmem.nn.options import positive

__all__ = ["layer_norm_backward", "layer_norm_forward"]

LAYER_NORM = "X (..., d), gain (d,), bias (d,)"


class LayerNormParams(NamedTuple):
    gain: np.ndarray  # (d,)
    bias: np.ndarray  # (d,)


def layer_norm_init(d: int, dtype: type = np.float32) -> LayerNormParams:
    """First parameters: gain 1, bias 0."""
    return LayerNormParams(np.ones(d, dtype), np.zeros(d, dtype))


def layer_norm_forward(
    X: np.ndarray, gain: np.ndarray, bias: np.ndarray, eps: float = 1e-5
) -> tuple[np.ndarray, tuple]:
    """Layer normalisation (层归一化), each row by itself.

    Around the multi-head attention of section 8.1.2 in an encoder; Ba, Kiros and Hinton 2016, equation 4::

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
    X, gain, bias = arrays(function, LAYER_NORM, X, gain, bias)
    if not len(gain):
        raise ValueError(
            f"{function}: X has shape {X.shape}, should be (..., d), d at least 1: there is no mean of nothing"
        )
    eps = positive(function, "eps", eps)
    normal, sigma = _normalised(X, eps)
    if not math.isfinite(np.vdot(sigma, sigma).real):  # squares may be beyond the dtype: rows as parts of their largest
        size = np.maximum(1, np.abs(X).max(axis=-1, keepdims=True))
        normal, sigma = _normalised(X / size, eps / size / size)
        sigma *= size
    Y = gain * normal
    Y += bias
    return Y, (normal, sigma, gain)


def layer_norm_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of X, gain and bias.

    Every entry of a row moves its mean and its σ too, and takes their part away again::

        dn = gain ∘ dy        dgain = Σ n ∘ dy        dbias = Σ dy        (sums over the rows)
        ∂μ/∂xᵢ = 1/d,  ∂σ/∂xᵢ = (xᵢ − μ)/(d σ) = nᵢ/d
        dx = (dn − mean(dn) − n mean(n ∘ dn)) / σ
    """
    normal, sigma, gain = cache
    dY = upstream("layer_norm_backward", "dY", dY, normal.shape, normal.dtype)
    d, dgains = len(gain), normal * dY
    dX = gain * dY
    dX -= (dY @ gain)[..., None] / d  # mean(dn)
    dX -= normal * ((dgains @ gain)[..., None] / d)  # n mean(n ∘ dn)
    dX *= 1 / sigma
    return dX, bias_gradient(dgains), bias_gradient(dY)


def _normalised(X: np.ndarray, eps: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """n = (x − μ) / σ of every row, and σ (..., 1)."""
    normal = X - _row_mean(X)
    sigma = np.sqrt(np.einsum("...d,...d->...", normal, normal)[..., None] / X.shape[-1] + eps)
    normal *= 1 / sigma
    return normal, sigma


def _row_mean(X: np.ndarray) -> np.ndarray:
    """The mean of every row, (..., 1): a product with ones is several times quicker than a sum along rows."""
    d = X.shape[-1]
    return X @ np.ones((d, 1), X.dtype) / d
