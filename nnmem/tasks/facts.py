"""Facts about topics: many keys with a label each, asked for by a key that is heard badly.

A key is a topic's direction and a part of its own, its length from 0.9 to 1.1; a label is one of 100, and its value a
vector. With ``topics`` 0 keys point anywhere, which is the hardest case for a search by clusters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count

KEY, LABELS, VALUE = 64, 100, 16
SHARED, NOISE = 0.8, 0.4


class Facts(NamedTuple):
    """A memory of facts and questions about some of them."""

    keys: np.ndarray  # (N, 64) float32
    values: np.ndarray  # (N, 16) float32, those of their labels
    codes: np.ndarray  # (100, 16) float32, the value of each label
    questions: np.ndarray  # (M, 64) float32
    answers: np.ndarray  # (M,) int, labels


def facts(rng: np.random.Generator, size: int, questions: int, topics: int) -> Facts:
    """Draw facts; a question is a fact's key with noise of 0.4 of a length of one."""
    count("facts", "size", size), count("facts", "questions", questions), count("facts", "topics", topics, 0)
    keys = _directions(rng, size, KEY)
    if topics:
        about = _directions(rng, topics, KEY)[rng.integers(topics, size=size)]
        keys = SHARED * about + np.sqrt(1 - SHARED**2) * keys
    keys *= rng.uniform(0.9, 1.1, (size, 1))
    codes, labels = _directions(rng, LABELS, VALUE), rng.integers(LABELS, size=size)
    asked = rng.integers(size, size=questions)
    heard = keys[asked] + NOISE / np.sqrt(KEY) * rng.normal(size=(questions, KEY))
    keys, codes, heard = (array.astype(np.float32) for array in (keys, codes, heard))
    return Facts(keys, codes[labels], codes, heard, labels[asked])


def _directions(rng: np.random.Generator, rows: int, size: int) -> np.ndarray:
    X = rng.normal(size=(rows, size))
    return X / np.sqrt((X * X).sum(axis=1, keepdims=True))
