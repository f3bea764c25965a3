"""Ties: local fields that are zero, and that rounding makes something else; (8.14) says +1 of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np


class Ties:
    """Tells fields that are zero but for rounding; the row sums of |W| are taken when a field is that small, and once.

    All that is cheap to know of them is Σⱼ |wᵢⱼ| ≤ √m ‖W‖, the same for every neuron (``largest_bound``).
    """

    def __init__(self, W: np.ndarray, b: np.ndarray | float) -> None:
        self.W, self.b = W, b
        self.largest = largest_bound(W, b)
        self.bound: np.ndarray | None = None

    def not_below_zero(self, h: np.ndarray) -> np.ndarray:
        """True where a local field (..., m) is at least zero, or a tie."""
        up, near = h >= 0, h >= -self.largest
        if (up == near).all():
            return up
        if self.bound is None:
            self.bound = tie_bound(self.W, self.b)
        return h >= -self.bound


def tie_bound(W: np.ndarray, b: np.ndarray | float) -> np.ndarray:
    """How far from zero rounding can put a local field that is zero, for each neuron (m,).

    A sum of m products wᵢⱼ sⱼ, s = ±1, and b in float64 errs by at most (m + 1) u (Σⱼ |wᵢⱼ| + |bᵢ|) with u = ε / 2, in
    whatever order it is taken. The same again is for m flips, each of which adds a weight to a field that is kept. And
    a weight such as k/N is itself rounded to its dtype: by at most u |wᵢⱼ|. The sum of that is rounded up to a power of
    two, so that a field of exact binary fractions stays exact when it is added.
    """
    size = np.abs(np.asarray(b, np.float64)) + np.zeros(len(W))
    ones = np.ones(W.shape[1], W.dtype)  # a product with ones is the fastest sum; ε for u covers float32
    absolute: np.ndarray | None = None
    for tile, rows in _tiles(W):
        absolute = np.abs(tile, out=None if absolute is None or absolute.shape != tile.shape else absolute)
        size[rows] += absolute @ ones[: tile.shape[1]]
    _, exponent = np.frexp(_rounding(W) * size)
    return np.ldexp(np.sign(size), exponent)


def largest_bound(W: np.ndarray, b: np.ndarray | float) -> float:
    """A number that no ``tie_bound`` exceeds, from one cheap sum over W; infinite where the squares leave the dtype."""
    square = 0.0
    whole = W.flags.c_contiguous or W.flags.f_contiguous
    with np.errstate(over="ignore", under="ignore"):
        for part in [W] if whole else [tile for tile, _ in _tiles(W)]:
            entries = part.ravel(order="K")
            square += float(entries @ entries)
    if W.any() if square == 0 else not W.size**2 * float(np.finfo(W.dtype).tiny) < square < np.inf:
        return np.inf
    size = (W.shape[1] * square) ** 0.5 + float(np.abs(b).max(initial=0))
    return 4 * _rounding(W) * size  # twice for the power of two, and more than enough for rounding here


def _rounding(W: np.ndarray) -> float:
    """The part of Σⱼ |wᵢⱼ| that rounding may amount to."""
    return float(np.finfo(W.dtype).eps) + (W.shape[1] + 2) * float(np.finfo(np.float64).eps)


def _tiles(W: np.ndarray) -> Iterator[tuple[np.ndarray, slice]]:
    """W in pieces that lie together in memory and fit the processor's cache, each with the rows that it is of."""
    for i in range(0, max(W.shape), 32):
        if W.flags.c_contiguous:
            yield W[i : i + 32], slice(i, i + 32)
        else:
            yield W[:, i : i + 32], slice(None)


def signs(h: np.ndarray, ties: Ties, dtype: np.dtype) -> np.ndarray:
    """+1 where the local field is at least zero but for rounding, −1 elsewhere."""
    return np.where(ties.not_below_zero(h), dtype.type(1), dtype.type(-1))
