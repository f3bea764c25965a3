"""The rectified linear unit (修正线性单元, ReLU)."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream


def relu_forward(Z: np.ndarray) -> tuple[np.ndarray, tuple]:
    """What is above zero::

        a = max(z, 0)

    Parameters
    ----------
    Z : (...) array

    Returns
    -------
    A : (...) array
    cache : tuple
    """
    (Z,) = arrays("relu_forward", "Z (...)", Z)
    on = ~(Z.real <= 0)  # NaN is not lost
    return Z * on, (on, Z.dtype)


def relu_backward(dA: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of Z: all of it where z was above zero, nothing elsewhere, dz = 1[z > 0] da."""
    on, dtype = cache
    return upstream("relu_backward", "dA", dA, on.shape, dtype) * on
