"""Stories as numbers: a sentence is a row of word counts, a memory a list of rows.

Position encoding (位置编码) weighs the embedding of word j of a sentence, entry by entry, with 1 + bₖ cⱼ. That has rank
two: a sentence embedded is ``counts @ E + (weighted counts @ E) * b``, so two numbers a word, its count and its count
weighted with c, are all that a model must know of a sentence.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nnmem.tasks.babi import Question, Sentence

BLANKS = 0.1


@dataclass(frozen=True)
class Vocabulary:
    """The words of training data, answers included, and the length of its longest sentence.

    Word j weighs cⱼ = 4 (j − (J + 1) / 2) / J, where J is the longest sentence, as in the paper's published code; with
    ``own_length`` 1 − 2j/J, as in the paper, where J is the length of the sentence at hand.
    """

    words: tuple[str, ...]
    longest: int
    own_length: bool = False
    ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {word: i for i, word in enumerate(self.words)})

    @classmethod
    def of(cls, questions: Sequence[Question], own_length: bool = False) -> Vocabulary:
        """Collect the words of these questions.

        Raises
        ------
        ValueError
            There are none.
        """
        if not questions:
            raise ValueError("Vocabulary: there are no questions to take words from")
        sentences = {sentence for question in questions for sentence in (*question.story, question.words)}
        words = {word for sentence in sentences for word in sentence} | {question.answer for question in questions}
        return cls(tuple(sorted(words)), max(map(len, sentences)), own_length)

    def features(self, sentence: Sentence) -> np.ndarray:
        """Return a row (2V,): how often each word stands in a sentence, then the same weighted with cⱼ.

        Words outside the vocabulary leave no trace, words beyond the length of the longest sentence are left out.
        """
        row: np.ndarray = np.zeros((2, len(self.words)), np.float32)
        kept = sentence[: self.longest]
        for j, word in enumerate(kept, 1):
            if word in self.ids:
                c = 1 - 2 * j / len(kept) if self.own_length else 4 * (j - (self.longest + 1) / 2) / self.longest
                row[:, self.ids[word]] += 1, c
        return row.ravel()


class Encoded(NamedTuple):
    """Questions as numbers. Each distinct sentence is stored once; sentence 0 is the empty one."""

    sentences: np.ndarray  # (M, 2V) features of sentences
    memory: np.ndarray  # (n, N) which sentence, the latest first, then 0
    lengths: np.ndarray  # (n,) sentences in memory
    questions: np.ndarray  # (n, 2V) features of questions
    answers: np.ndarray  # (n,) word, or -1: outside the vocabulary
    unknown: Counter[str]  # words outside the vocabulary
    cut: int  # stories with more sentences than memory


def encode(questions: Sequence[Question], vocabulary: Vocabulary, memory: int) -> Encoded:
    """Turn questions into numbers.

    Of a story with more sentences than ``memory``, the latest are kept; of a sentence longer than those of the training
    data, the first words. A warning says so once.

    Raises
    ------
    ValueError
        There are no questions, or a story is empty.
    """
    if not questions:
        raise ValueError("encode: there are no questions")
    unknown = Counter(
        word
        for question in questions
        for sentence in (*question.story, question.words)
        for word in sentence
        if word not in vocabulary.ids
    )
    rows: dict[Sentence, int] = {(): 0}
    asked: dict[Sentence, np.ndarray] = {}
    where: np.ndarray = np.zeros((len(questions), memory), np.intp)
    for i, question in enumerate(questions):
        if not question.story:
            raise ValueError(f"encode: question {i + 1} ({' '.join(question.words)!r}) has an empty story")
        if question.words not in asked:
            asked[question.words] = vocabulary.features(question.words)
        latest = question.story[: -memory - 1 : -1]
        where[i, : len(latest)] = [rows.setdefault(sentence, len(rows)) for sentence in latest]
    told = np.array([len(question.story) for question in questions])
    if (told > memory).any():
        warnings.warn(f"stories of more than {memory} sentences: the latest {memory} are kept", stacklevel=2)
    if any(len(sentence) > vocabulary.longest for sentence in (*rows, *asked)):
        longest = vocabulary.longest
        warnings.warn(f"sentences of more than {longest} words: the first {longest} are kept", stacklevel=2)
    return Encoded(
        np.stack([vocabulary.features(sentence) for sentence in rows]),
        where,
        np.minimum(told, memory),
        np.stack([asked[question.words] for question in questions]),
        np.array([vocabulary.ids.get(question.answer, -1) for question in questions]),
        unknown,
        int((told > memory).sum()),
    )


def place(stories: Encoded, slots: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Return which sentence each memory slot holds, (n, slots), the latest in the first, 0 where empty.

    With a generator, empty slots are strewn among the sentences, up to a tenth of their number (random noise,
    随机噪声), as far as there are slots for all; this keeps a model from learning the times of stories by heart.
    """
    n, memory = stories.memory.shape
    if rng is None:
        return np.pad(stories.memory, ((0, 0), (0, slots - memory)))
    lengths = stories.lengths[:, None]
    blanks = rng.integers(0, np.ceil(BLANKS * lengths).astype(int) + 1)
    keys = rng.random((n, slots))
    keys[np.arange(slots) >= lengths + blanks] = 2
    taken = keys <= np.take_along_axis(np.sort(keys, axis=1), lengths - 1, axis=1)
    order = np.minimum(np.cumsum(taken, axis=1) - 1, memory - 1)
    return np.where(taken, np.take_along_axis(stories.memory, order, axis=1), 0)
