"""Associative retrieval (联想检索): letters and digits in pairs, then a letter; its digit is asked for.

Ba et al. 2016, section 4.1: ``c9k8j3f1??c`` is answered with 9. No letter comes twice in a sequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count

LETTERS, DIGITS = 26, 10
SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789?"


class Retrievals(NamedTuple):
    """A batch of sequences of symbols and of the digits that answer them."""

    symbols: np.ndarray  # (T, B) int, places in SYMBOLS; T = 2 pairs + 3
    answers: np.ndarray  # (B,) int, 0 to 9

    def one_hot(self) -> np.ndarray:
        """The sequences as inputs of a network: (T, B, 37) float32."""
        return np.eye(len(SYMBOLS), dtype=np.float32)[self.symbols]


def retrievals(rng: np.random.Generator, batch: int, pairs: int = 4) -> Retrievals:
    """Draw sequences of this many pairs, at most 26 of them."""
    count("retrievals", "batch", batch)
    if count("retrievals", "pairs", pairs) > LETTERS:
        raise ValueError(f"retrievals: pairs is {pairs}, should be 1 to {LETTERS}: no letter comes twice")
    letters = rng.permuted(np.tile(np.arange(LETTERS), (batch, 1)), axis=1)[:, :pairs].T
    digits = rng.integers(DIGITS, size=(pairs, batch))
    asked, everyone = rng.integers(pairs, size=batch), np.arange(batch)
    symbols = np.full((2 * pairs + 3, batch), len(SYMBOLS) - 1)
    symbols[0 : 2 * pairs : 2] = letters
    symbols[1 : 2 * pairs : 2] = LETTERS + digits
    symbols[-1] = letters[asked, everyone]
    return Retrievals(symbols, digits[asked, everyone])


def spelt(symbols: np.ndarray) -> str:
    """One sequence (T,) as it is written: ``c9k8j3f1??c``."""
    return "".join(SYMBOLS[symbol] for symbol in symbols)


def places_of(text: str) -> np.ndarray:
    """The sequence (T,) that a text spells; raises a ValueError for what is no symbol or no question."""
    unknown = sorted(set(text) - set(SYMBOLS))
    if unknown:
        raise ValueError(f"places_of: {unknown[0]!r} is no symbol, should be a to z, 0 to 9 or ?")
    return np.array([SYMBOLS.index(symbol) for symbol in text])
