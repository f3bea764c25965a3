"""GELU for the layers of an encoder in float32: the output and its slope at once.

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


def gelu_and_slope(x: np.ndarray, y: np.ndarray, slope: np.ndarray, square: np.ndarray) -> None:
    """Write GELU of every entry into y, and its derivative there into slope; x² has a room too."""
    if x.dtype != np.float32:
        y[...], cache = gelu_forward(x)
        slope[...] = gelu_backward(np.ones_like(x), cache)
        return
    with np.errstate(over="ignore"):  # powers of what is far out: its tanh is 1, its exponential 0
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
        np.exp2(square, out=slope)
        slope *= x
        slope += y
        y *= x
