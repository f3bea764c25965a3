"""Two linear maps with GELU between them, some rows at a time: what is wide stays in the processor's cache.

The text is W₂ GELU(W₁ a + b₁) + b₂ and its backward, out of the pairs; a test holds the kernels equal to it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnmem.nn.arguments import arrays
from nnmem.nn.gelu_kernels import gelu_and_slope
from nnmem.nn.linear import LinearParams, bias_gradient, weight_gradient

FEED_FORWARD = "A (..., d), W1 (m, d), b1 (m,), W2 (d, m), b2 (d,)"
BLOCK = 2**17  # numbers between the two maps at a time


def feed_forward(A: np.ndarray, widen: LinearParams, narrow: LinearParams) -> tuple[np.ndarray, tuple]:
    """Return W₂ GELU(W₁ a + b₁) + b₂ for every row a of A (..., d), and what the backward needs."""
    A, W1, b1, W2, b2 = arrays("feed_forward", FEED_FORWARD, A, *widen, *narrow)
    rows = A.reshape(-1, A.shape[-1])
    G, slope = np.empty((len(rows), len(b1)), A.dtype), np.empty((len(rows), len(b1)), A.dtype)
    Y = np.empty_like(rows)
    for b, X, square in _blocks(slope, 2):
        np.matmul(rows[b], W1.T, out=X)
        X += b1
        gelu_and_slope(X, G[b], slope[b], square)
        np.matmul(G[b], W2.T, out=Y[b])
    Y += b2
    return Y.reshape(A.shape), (rows, G, slope, W1, W2)


def feed_forward_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, LinearParams, LinearParams]:
    """Return the gradients of A and of both maps; between them dx = GELU′(x) ∘ W₂ᵀ dy."""
    A, G, slope, W1, W2 = cache
    drows, dA, dW1, db1 = dY.reshape(A.shape), np.empty_like(A), np.zeros_like(W1), np.zeros(len(W1), W1.dtype)
    for b, dX in _blocks(slope, 1):
        np.matmul(drows[b], W2, out=dX)
        dX *= slope[b]
        np.matmul(dX, W1, out=dA[b])
        dW1 += dX.T @ A[b]
        db1 += bias_gradient(dX)
    return dA.reshape(dY.shape), LinearParams(dW1, db1), LinearParams(weight_gradient(drows, G), bias_gradient(drows))


def _blocks(like: np.ndarray, rooms: int) -> Iterator[tuple]:
    """Cut the rows of an array into blocks; yield each with rooms of its size, the same ones for every block."""
    rows, wide = like.shape
    step = max(BLOCK // max(wide, 1), 1)
    room = np.empty((rooms, min(step, rows), wide), like.dtype)
    for start in range(0, rows, step):
        yield slice(start, start + step), *room[:, : min(step, rows - start)]
