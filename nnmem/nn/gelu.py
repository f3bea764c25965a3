"""GELU (高斯误差线性单元): each number times the share of a normal distribution below it."""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.error_function import erf

__all__ = ["gelu_backward", "gelu_forward"]

GELU = "X (..., d)"


def gelu_forward(X: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Gaussian error linear unit (高斯误差线性单元, GELU), the form with erf, not the one with tanh.

    The encoder of section 8.1.2's multi-head attention; Hendrycks and Gimpel 2016, section 2::

        Φ(x) = (1 + erf(x / √2)) / 2        y = x Φ(x)

    A number far above zero passes, one far below becomes zero, and between, at about −0.75, y has its only minimum.
    NumPy has no erf; ``np.vectorize(math.erf)`` is one, slow and of float64.

    Parameters
    ----------
    X : (..., d) array

    Returns
    -------
    Y : (..., d) array
    cache : tuple

    Departs from the text: the chapter has no GELU; it stands between the two linear maps of BERT's layers.
    """
    (X,) = arrays("gelu_forward", GELU, X)
    Phi = (1 + erf(X * math.sqrt(0.5))) / 2
    return X * Phi, (X, Phi)


def gelu_backward(dY: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of X.

    A product; the derivative of Φ is the density of the normal distribution::

        φ(x) = exp(−x² / 2) / √(2π)        dx = dy (Φ(x) + x φ(x))
    """
    X, Phi = cache
    dY = upstream("gelu_backward", "dY", dY, X.shape, X.dtype)
    with np.errstate(over="ignore", under="ignore"):
        phi = np.exp(-X * X / 2) / math.sqrt(2 * math.pi)
    return dY * (Phi + X * phi)
