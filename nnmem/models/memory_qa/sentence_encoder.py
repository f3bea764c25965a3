"""Sentences as vectors: a bag of words with positions, or an encoder of BERT's architecture and the mean of its words.

Both read word numbers (M, L), −1 behind the last word. The bag weighs word j of J and entry k of d with 1 + bₖ cⱼ
(position encoding, 位置编码), which has rank two: the counts of words and the counts weighted with c are all it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from nnmem.models.memory_qa.bert_encoder import BertEncoder, BertParams
from nnmem.nn.embedding import embedding_backward, embedding_forward


@dataclass(frozen=True)
class WordBag:
    """Sizes of the bag; its parameters are one table E (V, d)."""

    vocabulary_size: int
    size: int
    longest: int

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> np.ndarray:
        """First vectors of words."""
        return rng.normal(0, 0.5, (self.vocabulary_size, self.size)).astype(dtype)

    def forward(self, E: np.ndarray, words: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return a vector for each sentence: x = Σⱼ (1 + b cⱼ) ∘ E[wordⱼ], (M, d)."""
        J, d = self.longest, self.size
        there = words >= 0
        c = (4 * (np.arange(1, words.shape[1] + 1) - (J + 1) / 2) / J).astype(E.real.dtype)
        b = ((np.arange(1, d + 1) - (d + 1) / 2) / d).astype(E.real.dtype)
        Y, looked_up = embedding_forward(E, np.maximum(words, 0))
        weights = np.stack([there.astype(E.real.dtype), there * c], axis=1)
        sums = weights @ Y
        return sums[:, 0] + b * sums[:, 1], (weights, b, looked_up)

    def backward(self, dX: np.ndarray, cache: tuple) -> np.ndarray:
        """Gradient of E: each word of a sentence gets the sentence's, with its weight."""
        weights, b, looked_up = cache
        dsums = np.stack([dX, b * dX], axis=1)
        return embedding_backward(np.swapaxes(weights, -1, -2) @ dsums, looked_up)


@dataclass(frozen=True)
class WordsInContext:
    """Sizes of the encoder of BERT's architecture that reads a sentence; the mean over its words stands for it."""

    vocabulary_size: int
    size: int
    longest: int
    num_layers: int = 1
    num_heads: int = 4

    @property
    def bert(self) -> BertEncoder:
        wide, longest = 2 * self.size, self.longest
        return BertEncoder(self.vocabulary_size, self.size, self.num_layers, self.num_heads, wide, longest, 1)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> BertParams:
        """First parameters."""
        return self.bert.init(rng, dtype)

    def forward(self, params: BertParams, words: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return a vector for each sentence, (M, d)."""
        there = words >= 0
        X, _, cache = self.bert.forward(params, np.maximum(words, 0), mask=there)
        weights = there.astype(X.real.dtype)
        weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1)
        return (weights[:, None] @ X)[:, 0], (weights, cache)

    def backward(self, dX: np.ndarray, cache: tuple) -> Any:
        """Gradients of the parameters."""
        weights, encoded = cache
        return self.bert.backward(weights[..., None] * dX[:, None], encoded)
