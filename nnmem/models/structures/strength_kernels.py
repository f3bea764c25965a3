"""Pop and read of the continuous stack and queue as a model's loop uses them: nothing is checked.

The formulas are those of ``external/stack.py`` and ``external/queue.py``, which a test holds these to. A window is
(B, t + 2): the strengths of t entries, from the bottom to the top, between two zeros. ``top`` says which end is popped
or read.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Popped(NamedTuple):
    left: np.ndarray  # (B, t) bool: something is left of the entry
    reached: np.ndarray  # (B, t) bool: the pop comes as far as this


class Taken(NamedTuple):
    k: np.ndarray  # (B, t) how much of each entry is read
    whole: np.ndarray  # (B, t) bool: all there is of it
    cut: np.ndarray  # (B, t) bool: as much as the limit of one leaves


def in_the_way(window: np.ndarray, top: bool) -> np.ndarray:
    """The strength between each entry and the end, (B, t); the zero beside the last entry is its own."""
    return window[:, :1:-1].cumsum(axis=1)[:, ::-1] if top else window[:, :-2].cumsum(axis=1)


def pop(window: np.ndarray, u: np.ndarray, top: bool) -> tuple[np.ndarray, Popped]:
    """s′ = max(0, s − max(0, u − a)) for strengths s with a in their way."""
    beyond = u - in_the_way(window, top)
    reached = beyond >= 0
    beyond *= reached
    s = window[:, 1:-1] - beyond
    left = s > 0
    s *= left
    return s, Popped(left, reached)


def pop_gradient(ds: np.ndarray, popped: Popped, top: bool) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the strengths and of u (B, 1)."""
    g = ds * popped.left
    h = g * popped.reached
    g += behind(h, top)
    return g, -h.sum(axis=1, keepdims=True)


def take(window: np.ndarray, top: bool) -> Taken:
    """k = min(s, max(0, 1 − a))."""
    s, room = window[:, 1:-1], 1 - in_the_way(window, top)
    inside = room >= 0
    room *= inside
    k = np.minimum(s, room)
    whole = k == s
    return Taken(k, whole, inside & ~whole)


def take_gradient(dk: np.ndarray, taken: Taken, top: bool) -> np.ndarray:
    """Gradient of the strengths."""
    g = dk * taken.whole
    g -= behind(dk * taken.cut, top)
    return g


def behind(h: np.ndarray, top: bool) -> np.ndarray:
    """Σ hᵢ over the entries that an entry lies in the way of."""
    return (h.cumsum(axis=1) if top else h[:, ::-1].cumsum(axis=1)[:, ::-1]) - h
