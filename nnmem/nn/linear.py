"""The linear map, y = W x + b, and the weight gradient that every formula with a parameter matrix needs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream


class LinearParams(NamedTuple):
    W: np.ndarray  # (k, d)
    b: np.ndarray  # (k,)


def weight_gradient(dY: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Gradient of W in yᵢ = W xᵢ, summed over every leading axis: dW = Σᵢ dyᵢ xᵢᵀ.

    Parameters
    ----------
    dY : (..., k) array
    X : (..., d) array

    Returns
    -------
    dW : (k, d) array
    """
    rows = math.prod(dY.shape[:-1])
    return dY.reshape(rows, dY.shape[-1]).T @ X.reshape(rows, X.shape[-1])


def bias_gradient(dY: np.ndarray) -> np.ndarray:
    """Gradient of b in yᵢ = W xᵢ + b, over every leading axis: db = Σᵢ dyᵢ, as a product, quicker than a sum.

    Parameters
    ----------
    dY : (..., k) array

    Returns
    -------
    db : (k,) array
    """
    rows = math.prod(dY.shape[:-1])
    return np.ones(rows, dY.dtype) @ dY.reshape(rows, dY.shape[-1])


def project(X: np.ndarray, W: np.ndarray) -> np.ndarray:
    """W x for every row x of X (..., d), as one product whatever the leading axes: (..., k)."""
    return (X.reshape(math.prod(X.shape[:-1]), X.shape[-1]) @ W.T).reshape(*X.shape[:-1], len(W))


def transposed(X: np.ndarray) -> np.ndarray:
    """Xᵀ of every matrix in (..., N, d): a view (..., d, N)."""
    return np.swapaxes(X, -1, -2)


def outer(alpha: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The row x once for each weight: αᵢ x.

    Parameters
    ----------
    alpha : (..., N) array
    x : (..., d) array

    Returns
    -------
    (..., N, d) array
    """
    many = alpha.size * x.shape[-1] > 4096
    if many and float(np.vdot(alpha, alpha).real) * float(np.vdot(x, x).real) < 1e38:  # |αᵢ xⱼ| ≤ |α| |x|
        return np.einsum("...n,...d->...nd", alpha, x)  # quicker, but silent where one overflows
    return alpha[..., None] * x[..., None, :]


def linear_forward(X: np.ndarray, W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Linear layer (线性层)::

        yᵢ = W xᵢ + b

    Parameters
    ----------
    X : (..., d) array
        Vectors, one a row.
    W : (k, d) array
    b : (k,) array

    Returns
    -------
    Y : (..., k) array
    cache : tuple
    """
    X, W, b = arrays("linear_forward", "X (..., d), W (k, d), b (k,)", X, W, b)
    Y = project(X, W)
    Y += b
    return Y, (X, W)


def linear_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of X, W and b::

        dxᵢ = Wᵀ dyᵢ        dW = Σᵢ dyᵢ xᵢᵀ        db = Σᵢ dyᵢ

    W and b are used by every row, so their gradients are sums over the rows.
    """
    X, W = cache
    dY = upstream("linear_backward", "dY", dY, X.shape[:-1] + W.shape[:1], X.dtype)
    return project(dY, W.T), weight_gradient(dY, X), bias_gradient(dY)


def glorot_uniform(rng: np.random.Generator, shape: tuple[int, int], dtype: type = np.float32) -> np.ndarray:
    """First values of a weight matrix (rows, columns): uniform in ±√(6 / (rows + columns)), Glorot and Bengio 2010."""
    bound = math.sqrt(6 / sum(shape))
    return rng.uniform(-bound, bound, shape).astype(dtype)
