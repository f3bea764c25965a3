"""A network that reads handwriting: which letter does each movement of the pen belong to?

An LSTM in each direction and a linear layer. Every letter has two classes, its first and its second half, so that two
equal letters after one another can be told apart; a letter is read where its second half follows its first.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.both_directions import LSTM, BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.lstm import lstm_init


class StrokeReaderParams(NamedTuple):
    lstm: BidirectionalParams
    output: LinearParams  # (2 letters + 1, 2h), the last class is rest


@dataclass(frozen=True)
class StrokeReader:
    """Sizes: how many letters there are, and the hidden size of each direction."""

    letters: int
    hidden_size: int = 64

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> StrokeReaderParams:
        """Return first parameters."""
        h, classes = self.hidden_size, 2 * self.letters + 1
        lstm = BidirectionalParams(lstm_init(rng, 3, h, dtype=dtype), lstm_init(rng, 3, h, dtype=dtype))
        return StrokeReaderParams(
            lstm, LinearParams(glorot_uniform(rng, (classes, 2 * h), dtype), np.zeros(classes, dtype))
        )

    def forward(self, params: StrokeReaderParams, strokes: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return the logits (T, B, classes) of movements (T, B, 3), of which ``lengths`` (B,) are real."""
        H, lstm = bidirectional_forward(strokes, params.lstm, lengths, LSTM)
        logits, output = linear_forward(H, *params.output)
        return logits, (lstm, output)

    def backward(self, dlogits: np.ndarray, cache: tuple) -> StrokeReaderParams:
        """Gradients of the parameters."""
        lstm, output = cache
        dH, *doutput = linear_backward(dlogits, output)
        _, dlstm = bidirectional_backward(dH, lstm)
        return StrokeReaderParams(dlstm, LinearParams(*doutput))

    def read(self, params: StrokeReaderParams, strokes: np.ndarray, lengths: np.ndarray) -> list[list[int]]:
        """Return the letters of each text."""
        logits, _ = self.forward(params, strokes, lengths)
        found = []
        for classes, length in zip(logits.argmax(axis=-1).T, lengths, strict=True):
            runs = classes[:length][np.diff(classes[:length], prepend=-1) != 0].tolist()
            halves = itertools.pairwise(runs)
            found.append([a for a, b in halves if a < self.letters and b == a + self.letters])
        return found


def half_letters(texts: np.ndarray, letters: np.ndarray, lengths: np.ndarray, count: int) -> np.ndarray:
    """Return the classes (T, B) of movements that belong to the letters (T, B) of texts (B, U)."""
    classes = np.full(letters.shape, 2 * count)
    for b, length in enumerate(lengths):
        owners = letters[:length, b]
        sizes = np.bincount(owners, minlength=owners.max() + 1)
        within = np.arange(length) - (np.cumsum(sizes) - sizes)[owners]
        symbols = texts[b, owners]
        second = within >= sizes[owners] / 2
        classes[:length, b] = np.where(symbols < count, symbols + count * second, 2 * count)
    return classes
