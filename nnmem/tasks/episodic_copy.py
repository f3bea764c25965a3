"""Episodic copy (情景复制): symbols, a pause, a mark; then the symbols are to come out in order.

Danihelka et al. 2016, section 6.1: there 10 symbols out of 8 and a pause of 100.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count

KINDS, PAUSE = 8, 5


class CopyEpisodes(NamedTuple):
    """A batch of inputs, one channel a symbol, one for blanks, one for the mark, and of what should come out."""

    X: np.ndarray  # (T, B, kinds + 2) float32, T = 2 length + pause + 1
    targets: np.ndarray  # (length, B) int, the symbols, expected in the last ``length`` steps


def copy_episodes(
    rng: np.random.Generator, batch: int, length: int, kinds: int = KINDS, pause: int = PAUSE
) -> CopyEpisodes:
    """Draw sequences of one length; nothing but blanks comes in while an answer is expected."""
    for name, value in (("batch", batch), ("length", length), ("kinds", kinds)):
        count("copy_episodes", name, value)
    targets = rng.integers(kinds, size=(length, batch))
    symbols = np.full((2 * length + pause + 1, batch), kinds)
    symbols[:length] = targets
    symbols[length + pause] = kinds + 1
    return CopyEpisodes(np.eye(kinds + 2, dtype=np.float32)[symbols], targets)
