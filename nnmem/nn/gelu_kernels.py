"""GELU for the layers of an encoder in float32: the output and its slope at once, a block at a time.

The text is ``gelu_forward`` and ``gelu_backward`` in ``gelu.py``; a test holds both equal. What is quick is tanh, so Φ
is written with it; R is the polynomial of this degree whose Φ is nearest, to 3e-8, half a rounding of float32 at 1::

    Φ(x) = (1 + tanh(x R(x²))) / 2        dy/dx = Φ(x) + x exp(−x²/2) / √(2π)

R was found by least squares, weighted until the largest error was smallest, from artanh(erf(x/√2)) / x on 0 to 5.6.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.gelu import gelu_backward, gelu_forward

R = (0.7978849414603593, 0.03633308457410223, -3.259497586762876e-05, -5.530619353766056e-05, 3.964744377581193e-06,
     -1.322633357195264e-07, 1.7561706146913989e-09)  # fmt: skip
BEYOND = 64.0  # x² from which Φ is 0 or 1, and φ nothing
BLOCK = 2**15  # numbers that stay in the processor's cache from one term of the polynomial to the next


def gelu_and_slope(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return GELU of an array, and its derivative."""
    if X.dtype != np.float32:
        Y, cache = gelu_forward(X)
        return Y, gelu_backward(np.ones_like(X), cache)
    flat = X.ravel()
    Y, slope = np.empty_like(flat), np.empty_like(flat)
    squares: np.ndarray = np.empty(min(BLOCK, flat.size), X.dtype)
    for start in range(0, flat.size, BLOCK):
        part = slice(start, start + BLOCK)
        x, y, s = flat[part], Y[part], slope[part]
        square = squares[: x.size]
        np.multiply(x, x, out=square)
        np.minimum(square, BEYOND, out=square)
        np.multiply(square, R[-1], out=y)
        for r in R[-2:0:-1]:
            y += r
            y *= square
        y += R[0]
        y *= x
        np.tanh(y, out=y)
        y += 1
        y *= 0.5  # Φ
        square *= -0.5
        np.exp(square, out=s)
        s *= x
        s *= 1 / math.sqrt(2 * math.pi)
        s += y
        y *= x
    return Y.reshape(X.shape), slope.reshape(X.shape)
