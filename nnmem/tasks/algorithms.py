"""Algorithms to learn from examples (Graves et al. 2014, section 4): sequences of bits in, sequences of bits out.

Channels behind the bits mark where a sequence starts, where it ends and so on. Time comes first; nothing but zeros
comes in while an answer is expected.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count


class Episodes(NamedTuple):
    """A batch of inputs and of what should come out."""

    X: np.ndarray  # (T, B, x) float32
    targets: np.ndarray  # (T, B, y) float32, 0 or 1
    mask: np.ndarray  # (T, B, y) bool, True where an answer is expected


def copy(rng: np.random.Generator, batch: int, length: int, bits: int = 8) -> Episodes:
    """Copy (复制): a start mark, random vectors, an end mark; the same vectors are to come out.

    Section 4.1 of the paper. X has bits + 2 channels, T = 2 length + 2.
    """
    return copy_of(_random_bits(rng, (count("copy", "length", length), batch, bits)))


def copy_of(vectors: np.ndarray) -> Episodes:
    """Copy these vectors (n, B, bits)."""
    length, batch, bits = vectors.shape
    episodes = _blank(2 * length + 2, batch, bits + 2, bits)
    episodes.X[0, :, bits] = 1
    episodes.X[1 : length + 1, :, :bits] = vectors
    episodes.X[length + 1, :, bits + 1] = 1
    return _answer(episodes, length + 2, vectors)


def repeat_copy(rng: np.random.Generator, batch: int, length: int, repeats: int, bits: int = 8) -> Episodes:
    """Repeat copy (重复复制): as ``copy``, ``repeats`` times over, then an end mark of its own.

    Section 4.2 of the paper. The number of repeats comes with the end mark, as (repeats − 5.5) / 2.87, which has mean 0
    and variance 1 over 1 to 10. X has bits + 2 channels, the answer bits + 1, T = length (repeats + 1) + 3.
    """
    vectors = _random_bits(rng, (count("repeat_copy", "length", length), batch, bits))
    count("repeat_copy", "repeats", repeats)
    episodes = _blank(length * (repeats + 1) + 3, batch, bits + 2, bits + 1)
    episodes.X[0, :, bits] = 1
    episodes.X[1 : length + 1, :, :bits] = vectors
    episodes.X[length + 1, :, bits + 1] = (repeats - 5.5) / 2.87
    answer = np.zeros((length * repeats + 1, batch, bits + 1), np.float32)
    answer[:-1, :, :bits] = np.tile(vectors, (repeats, 1, 1))
    answer[-1, :, bits] = 1
    return _answer(episodes, length + 2, answer)


def recall(rng: np.random.Generator, batch: int, items: int, rows: int = 3, bits: int = 6) -> Episodes:
    """Associative recall (联想回忆): items, then one of them again; the item that followed it is to come out.

    Section 4.3 of the paper: an item is ``rows`` vectors; a mark before each, another before and behind the query.
    X has bits + 2 channels, T = items (rows + 1) + 2 rows + 2.
    """
    count("recall", "items", items, 2, ", so that one follows another")
    vectors = _random_bits(rng, (items, rows, batch, bits))
    which = rng.integers(items - 1, size=batch)
    start = items * (rows + 1)
    episodes = _blank(start + 2 * rows + 2, batch, bits + 2, bits)
    for i in range(items):
        episodes.X[i * (rows + 1), :, bits] = 1
        episodes.X[i * (rows + 1) + 1 : (i + 1) * (rows + 1), :, :bits] = vectors[i]
    episodes.X[[start, start + rows + 1], :, bits + 1] = 1
    episodes.X[start + 1 : start + rows + 1, :, :bits] = vectors[which, :, np.arange(batch)].swapaxes(0, 1)
    return _answer(episodes, start + rows + 2, vectors[which + 1, :, np.arange(batch)].swapaxes(0, 1))


def priority_sort(rng: np.random.Generator, batch: int, items: int, answers: int, bits: int = 8) -> Episodes:
    """Priority sort (优先级排序): vectors with random priorities; those of highest priority are to come out in order.

    Section 4.5 of the paper: priorities uniform in −1 to 1. X has bits + 2 channels, the last of them an end mark;
    T = items + answers + 1.
    """
    if count("priority_sort", "answers", answers) > items:
        raise ValueError(f"priority_sort: answers is {answers}, should be 1 to items = {items}")
    vectors = _random_bits(rng, (items, batch, bits))
    priorities = rng.uniform(-1, 1, (items, batch)).astype(np.float32)
    episodes = _blank(items + answers + 1, batch, bits + 2, bits)
    episodes.X[:items, :, :bits] = vectors
    episodes.X[:items, :, bits] = priorities
    episodes.X[items, :, bits + 1] = 1
    order = np.argsort(-priorities, axis=0)[:answers]
    return _answer(episodes, items + 1, np.take_along_axis(vectors, order[..., None], axis=0))


def _random_bits(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(0, 2, shape)


def _blank(steps: int, batch: int, inputs: int, outputs: int) -> Episodes:
    X, targets = (np.zeros((steps, batch, size), np.float32) for size in (inputs, outputs))
    return Episodes(X, targets, np.zeros(targets.shape, bool))


def _answer(episodes: Episodes, start: int, answer: np.ndarray) -> Episodes:
    episodes.targets[start:] = answer
    episodes.mask[start:] = True
    return episodes
