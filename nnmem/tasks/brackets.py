"""Matching brackets of two kinds, the Dyck language D₂: after every symbol, which bracket is to be closed next?

The answer is that of the innermost bracket that is open, whatever lies between, so it takes a stack.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count

SYMBOLS = "([)]"
ANSWERS = "-)]"  # nothing is open; what closes the innermost


class Brackets(NamedTuple):
    """A batch of words, all of one length, and the answer after each symbol."""

    X: np.ndarray  # (T, B, 4) float32
    targets: np.ndarray  # (T, B) int, a place in ANSWERS


def brackets(rng: np.random.Generator, batch: int, length: int, depth: int) -> Brackets:
    """Draw beginnings of words that are never deeper than ``depth``.

    A bracket is opened with probability 0.7 until the word has once been so deep, then with 0.3: words of a few times
    that length go down there and come back.
    """
    for name, value in (("batch", batch), ("length", length), ("depth", depth)):
        count("brackets", name, value)
    open_kinds, level = np.zeros((batch, depth + 1), np.intp), np.zeros(batch, np.intp)
    touched, row = np.zeros(batch, bool), np.arange(batch)
    symbols, targets = np.empty((length, batch), np.intp), np.empty((length, batch), np.intp)
    for t in range(length):
        opens = rng.random(batch) < np.where(touched, 0.3, 0.7)
        opens = (opens | (level == 0)) & (level < depth)
        kind = rng.integers(2, size=batch)
        symbols[t] = np.where(opens, kind, 1 + open_kinds[row, level])  # 2 closes kind 0, which stands as 1
        level += np.where(opens, 1, -1)
        open_kinds[row[opens], level[opens]] = kind[opens] + 1
        targets[t] = open_kinds[row, level]
        touched |= level == depth
    return Brackets(np.eye(4, dtype=np.float32)[symbols], targets)


def bracket_word(text: str) -> Brackets:
    """Return a word of one's own, a batch of one.

    Raises
    ------
    ValueError
        A symbol is none of the four, or closes what is not open.
    """
    still_open: list[int] = []
    targets = []
    for place, symbol in enumerate(text):
        kind = SYMBOLS.find(symbol)
        if kind < 0 or (kind > 1 and (not still_open or still_open.pop() != kind - 2)):
            raise ValueError(
                f"bracket_word: symbol {place + 1} of {text!r} is {symbol!r}, should open or close a bracket"
            )
        if kind < 2:
            still_open.append(kind)
        targets.append(still_open[-1] + 1 if still_open else 0)
    X = np.eye(4, dtype=np.float32)[[SYMBOLS.index(symbol) for symbol in text]]
    return Brackets(X.reshape(-1, 1, 4), np.array(targets, np.intp).reshape(-1, 1))
