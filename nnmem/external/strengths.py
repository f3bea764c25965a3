"""What stack, queue and deque share: strengths from 0 to 1, the oldest first, and the strength that lies in the way."""

from __future__ import annotations

import numpy as np


def check_strengths(function: str, **values: np.ndarray) -> None:
    """Raise unless every entry is from 0 to 1; what is no number goes through.

    Raises
    ------
    ValueError
        The message names the first entry that is outside.
    """
    for name, value in values.items():
        outside = (value.real < 0) | (value.real > 1)
        if outside.any():
            raise ValueError(f"{function}: {name} has the entry {value[outside].ravel()[0]}, should be from 0 to 1")


def sum_above(s: np.ndarray) -> np.ndarray:
    """Σ_{j>i} sⱼ for every i: the strength between an entry and the top, in one pass."""
    above = np.zeros_like(s)
    above[..., :-1] = np.cumsum(s[..., :0:-1], axis=-1)[..., ::-1]
    return above


def sum_below(s: np.ndarray) -> np.ndarray:
    """Σ_{j<i} sⱼ for every i: the strength between an entry and the bottom, in one pass."""
    below = np.zeros_like(s)
    below[..., 1:] = np.cumsum(s[..., :-1], axis=-1)
    return below
