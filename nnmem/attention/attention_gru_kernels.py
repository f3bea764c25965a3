"""The attention GRU over packed stories whose facts are read more than once, in every episode with other gates.

The text is ``attention_gru_forward`` and ``attention_gru_backward`` in ``attention_gru.py``; a test holds both equal.
What a fact brings along, A = [W_r x + b_r, W x + b], is the same in every reading, so it is an argument here, and W and
b get their gradients from the sum over the readings.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.linear import weight_gradient
from nnmem.nn.losses import sigmoid
from nnmem.nn.packed import Packed


class Read(NamedTuple):
    """What the backward needs."""

    g: np.ndarray  # (R, 1)
    U: np.ndarray  # (2h, h)
    H: np.ndarray  # (B + R, h) states, those of the start in front
    products: np.ndarray  # (R, h) U h of the candidate
    resets: np.ndarray  # (R, h)
    candidates: np.ndarray  # (R, h)
    packed: Packed


def read_packed_forward(A: np.ndarray, g: np.ndarray, U: np.ndarray, packed: Packed) -> tuple[np.ndarray, Read]:
    """Return the readings (B, h) from A (R, 2h), gates g (R,) and U (2h, h), rows of the reset gate first."""
    (R, _), n, B, g = A.shape, U.shape[1], len(packed.order), g[:, None]
    H = np.zeros((B + R, n), A.dtype)
    products, resets, candidates = (np.empty((R, n), A.dtype) for _ in range(3))
    for now, before, after in packed.steps:
        h = H[before]
        p = h @ U.T
        u = products[now] = p[:, n:]
        r = resets[now] = sigmoid(A[now, :n] + p[:, :n])
        c = candidates[now] = np.tanh(A[now, n:] + r * u)
        H[after] = h + g[now] * (c - h)
    return H[packed.last], Read(g, U, H, products, resets, candidates, packed)


def read_packed_backward(dc: np.ndarray, cache: Read) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of A, g and U; the derivation is the pair's."""
    g, U, H, products, resets, candidates, packed = cache
    R, n = resets.shape
    slope, of_reset, stay = g * (1 - candidates * candidates), products * resets * (1 - resets), 1 - g
    dA, dU_side, dH = np.empty((R, 2 * n), dc.dtype), np.empty((R, 2 * n), dc.dtype), np.empty((R, n), dc.dtype)
    ahead = dc[packed.order]
    for now, _, _ in reversed(packed.steps):
        dh = ahead[: now.stop - now.start]
        dH[now] = dh
        da = dA[now, n:] = dh * slope[now]
        du = dU_side[now]
        np.multiply(da, of_reset[now], out=du[:, :n])
        np.multiply(da, resets[now], out=du[:, n:])
        dh *= stay[now]
        dh += du @ U
    dA[:, :n] = dU_side[:, :n]
    h = H[packed.before]
    return dA, (dH * (candidates - h)).sum(axis=-1), weight_gradient(dU_side, h)
