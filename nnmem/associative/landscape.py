"""Every state of a small Hopfield network and what it turns into: the graph that a landscape shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.associative.hopfield import LAYOUT, hopfield_energy_forward, local_field
from nnmem.associative.ties import Ties, signs
from nnmem.nn.arguments import arrays

MOST_NEURONS = 6


class Landscape(NamedTuple):
    """All 2ᵐ states on a grid whose neighbours, across the edges too, differ in one neuron."""

    states: np.ndarray  # (rows, columns, m)
    energies: np.ndarray  # (rows, columns)
    unstable: np.ndarray  # (rows, columns, m) bool: True where an asynchronous update would flip the neuron


def landscape(W: np.ndarray, b: np.ndarray) -> Landscape:
    """Lay out every state of a network of at most 6 neurons, half of the neurons down and half across, in Gray code.

    Parameters
    ----------
    W : (m, m) array
    b : (m,) array

    Returns
    -------
    Landscape

    Raises
    ------
    ValueError, TypeError
        There are fewer than 2 or more than 6 neurons.
    """
    W, b = arrays("landscape", LAYOUT.split(", ", 2)[2], W, b)
    m = len(b)
    if not 2 <= m <= MOST_NEURONS:
        raise ValueError(f"landscape: b has shape {b.shape}, should have 2 to {MOST_NEURONS} neurons")
    rows, columns = _gray(m // 2), _gray(m - m // 2)
    states = np.array([[[*down, *across] for across in columns] for down in rows], W.dtype)
    energies, _ = hopfield_energy_forward(states, W, b)
    updated = signs(local_field(states, W, b), Ties(W, b), W.dtype)
    return Landscape(states, energies, updated != states)


def _gray(bits: int) -> list[tuple[int, ...]]:
    """All tuples of −1 and +1 in an order in which each differs from the next, and the last from the first, in one."""
    codes = [n ^ n >> 1 for n in range(2**bits)]
    return [tuple(1 if code >> k & 1 else -1 for k in reversed(range(bits))) for code in codes]
