"""Outer products: the gradient of a weight matrix, and of items that all receive the same row."""

from __future__ import annotations

import math

import numpy as np


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
    return np.einsum("...n,...d->...nd", alpha, x)
