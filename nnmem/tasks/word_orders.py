"""A word to say again: in its own order (for a queue), backwards (for a stack), or as its mark asks (for a deque).

After Grefenstette et al. 2015, section 4.1. Symbols come in one by one, then a mark, then blanks while the answer is
expected.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count

KINDS = 8
INPUTS = KINDS + 3  # one channel a symbol, one for blanks, a mark for each order


class Words(NamedTuple):
    """A batch of inputs and of what should come out in the last ``length`` steps."""

    X: np.ndarray  # (2 length + 1, B, KINDS + 3) float32
    targets: np.ndarray  # (length, B) int


def words(rng: np.random.Generator, batch: int, length: int, backwards: float) -> Words:
    """Draw words of one length; ``backwards`` is the share of them that is asked for backwards."""
    for name, value in (("batch", batch), ("length", length)):
        count("words", name, value)
    symbols = rng.integers(KINDS, size=(length, batch))
    reverse = rng.random(batch) < backwards
    inputs = np.full((2 * length + 1, batch), KINDS)
    inputs[:length] = symbols
    inputs[length] = KINDS + 1 + reverse
    return Words(np.eye(INPUTS, dtype=np.float32)[inputs], np.where(reverse, symbols[::-1], symbols))
