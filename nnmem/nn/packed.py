"""Sequences of different lengths as rows, one for each real step: nothing is computed for padding (打包序列).

Sequences stand by length, the longest first, and rows by time: the first step of all, then the second step of those
that have one, and so on. So the states before step t are the first of the rows of step t − 1, and a step is a slice.
States have a row more for each sequence, in front: what it starts from.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Packed(NamedTuple):
    """Where the R rows of B sequences stand."""

    order: np.ndarray  # (B,) sequences, the longest first
    sequence: np.ndarray  # (R,) of which sequence a row is
    step: np.ndarray  # (R,) which step of it, from 0
    mirrored: np.ndarray  # (R,) the row that is as far from the sequence's end as this one from its start
    before: np.ndarray  # (R,) which of the B + R states a row starts from
    last: np.ndarray  # (B,) which of them a sequence ends with
    steps: list[tuple[slice, slice, slice]]  # of each step: its rows, the states before it, the states after it


def pack_lengths(lengths: np.ndarray) -> Packed:
    """Return the rows of sequences of these lengths (B,), 0 or more each."""
    B, T = len(lengths), int(lengths.max(initial=0))
    order = np.argsort(-lengths, kind="stable")
    step, rank = np.nonzero(np.arange(T)[:, None] < lengths[order])
    sequence = order[rank]
    starts = np.searchsorted(step, np.arange(T + 1))  # the first row of each step
    states = np.concatenate([[0], B + starts])  # the first state before each step
    last = np.empty_like(order)
    last[order] = states[lengths[order]] + np.arange(B)
    steps = [
        (slice(a, b), slice(before, before + b - a), slice(B + a, B + b))
        for a, b, before in zip(starts[:-1].tolist(), starts[1:].tolist(), states.tolist(), strict=False)
    ]
    return Packed(order, sequence, step, starts[lengths[sequence] - 1 - step] + rank, states[step] + rank, last, steps)
