"""The linear map, W x, whose weight gradient every formula with a parameter matrix needs."""

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
