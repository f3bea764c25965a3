"""GELU for the layers of an encoder in float32: the output in place, and its slope, a block at a time.

The text is ``gelu_forward`` and ``gelu_backward`` in ``gelu.py``; a test holds both equal. What is quick is tanh, so Φ
is written with it; R is the polynomial of this degree whose Φ is nearest, to 3e-8, half a rounding of float32 at 1.
Powers of 2 are quicker than powers of e::

    Φ(x) = (1 + tanh(x R(x²))) / 2        dy/dx = Φ(x) + x 2^(−x² log₂(e) / 2 − log₂(2π) / 2)

R was found by least squares, weighted until the largest error was smallest, from artanh(erf(x/√2)) / x on 0 to 5.6.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.gelu import gelu_backward, gelu_forward

R = (0.7978849414603593, 0.03633308457410223, -3.259497586762876e-05, -5.530619353766056e-05, 3.964744377581193e-06,
     -1.322633357195264e-07, 1.7561706146913989e-09)  # fmt: skip
LOG2_E = 1 / math.log(2)
PEAK = -0.5 * math.log2(2 * math.pi)  # log₂ φ(0)
BLOCK = 2**16  # numbers that stay in the processor's cache from one term of the polynomial to the next


def gelu_in_place(X: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Overwrite X (..., d), contiguous, with GELU of X + bias (d,), and return its derivative there."""
    if X.dtype != np.float32:
        X += bias
        Y, cache = gelu_forward(X)
        slope = gelu_backward(np.ones_like(X), cache)
        X[...] = Y
        return slope
    rows = X.reshape(-1, len(bias))
    slope = np.empty_like(rows)
    step = max(BLOCK // max(len(bias), 1), 1)
    inputs, squares = np.empty((2, min(step, len(rows)), len(bias)), X.dtype)
    with np.errstate(over="ignore"):  # powers of what is far out: its tanh is 1, its exponential 0
        for start in range(0, len(rows), step):
            y, s = rows[start : start + step], slope[start : start + step]
            x, square = inputs[: len(y)], squares[: len(y)]
            np.add(y, bias, out=x)
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
            square *= -0.5 * LOG2_E
            square += PEAK
            np.exp2(square, out=s)
            s *= x
            s += y
            y *= x
    return slope.reshape(X.shape)
