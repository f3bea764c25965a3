"""Documents whose class no bag of words can tell: which of four topics does the marked sentence name?

A document has sentences of words. Four of its sentences name a topic, each another one of four; in one of the four
stands the marker too, and its topic is the document's class. Every document has the same topics and one marker, so word
counts say nothing: what counts is which words stand in one sentence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CLASSES, SYNONYMS, FILLERS = 4, 5, 60
MARKER = CLASSES * SYNONYMS  # word c · SYNONYMS + j is the j-th name of topic c; behind the marker stand the fillers
VOCABULARY = MARKER + 1 + FILLERS
SENTENCES, LONGEST, SHORTEST = 8, 10, 6


class Documents(NamedTuple):
    """A batch, padded with the marker, which is not to be read."""

    words: np.ndarray  # (B, S, N)
    lengths: np.ndarray  # (B, S) words of each sentence
    classes: np.ndarray  # (B,)
    sentence: np.ndarray  # (B,) the deciding sentence
    word: np.ndarray  # (B,) the place of the topic in it


def document_batch(rng: np.random.Generator, batch: int) -> Documents:
    """Draw documents."""
    rows = np.arange(batch)
    words = rng.integers(MARKER + 1, VOCABULARY, (batch, SENTENCES, LONGEST))
    lengths = rng.integers(SHORTEST, LONGEST + 1, (batch, SENTENCES))
    order = rng.permuted(np.tile(np.arange(SENTENCES), (batch, 1)), axis=1)  # the first four name the topics 0 to 3
    classes = rng.integers(CLASSES, size=batch)
    places = np.argsort(rng.random((batch, CLASSES, SHORTEST)), axis=-1)  # the first for a topic, then the marker
    for topic in range(CLASSES):
        words[rows, order[:, topic], places[:, topic, 0]] = topic * SYNONYMS + rng.integers(SYNONYMS, size=batch)
    sentence = order[rows, classes]
    words[rows, sentence, places[rows, classes, 1]] = MARKER
    words[np.arange(LONGEST) >= lengths[..., None]] = MARKER
    return Documents(words, lengths, classes, sentence, places[rows, classes, 0])


def deciding_sentences(batch: Documents) -> Documents:
    """The deciding sentence of each document, as a document of one sentence."""
    rows = np.arange(len(batch.words))
    words, lengths = batch.words[rows, batch.sentence], batch.lengths[rows, batch.sentence]
    return Documents(words[:, None], lengths[:, None], batch.classes, np.zeros_like(batch.sentence), batch.word)
