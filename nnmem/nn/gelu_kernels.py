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
PEAK = -0.5 * math.log(2 * math.pi)  # log φ(0)
BLOCK = 2**16  # numbers that stay in the processor's cache from one term of the polynomial to the next


def gelu_and_slope(X: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return GELU of X (..., d) + bias (d,), and its derivative there."""
    if X.dtype != np.float32:
        X = X + bias
        Y, cache = gelu_forward(X)
        return Y, gelu_backward(np.ones_like(X), cache)
    rows = X.reshape(-1, len(bias))
    Y, slope = np.empty_like(rows), np.empty_like(rows)
    step = max(BLOCK // max(len(bias), 1), 1)
    inputs, squares = np.empty((2, min(step, len(rows)), len(bias)), X.dtype)
    with np.errstate(over="ignore"):  # powers of what is far out: its tanh is 1, its exponential 0
        for start in range(0, len(rows), step):
            y, s = Y[start : start + step], slope[start : start + step]
            x, square = inputs[: len(y)], squares[: len(y)]
            np.add(rows[start : start + step], bias, out=x)
            np.multiply(x, x, out=square)
            np.multiply(square, R[-1], out=y)
            for r in R[-2:0:-1]:
                y += r
                y *= square
            y += R[0]
            y *= x
            np.tanh(y, out=y)
            y *= 0.5
            y += 0.5  # Φ
            square *= -0.5
            square += PEAK
            np.exp(square, out=s)
            s *= x
            s += y
            y *= x
    return Y.reshape(X.shape), slope.reshape(X.shape)
