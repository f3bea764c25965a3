"""Stories in the order told, with the supporting facts (支持事实) of each question, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnmem.tasks.babi import BabiError, Question
from nnmem.tasks.babi_features import Vocabulary, encode


class Supported(NamedTuple):
    """Questions as numbers. Each distinct sentence is stored once; sentence 0 is the empty one."""

    sentences: np.ndarray  # (M, F) features of sentences
    stories: np.ndarray  # (n, N) which sentence, in the order told, then 0
    lengths: np.ndarray  # (n,) sentences of each story
    questions: np.ndarray  # (n, F) features of questions
    answers: np.ndarray  # (n,) word, or -1: outside the vocabulary
    facts: np.ndarray  # (n, K) places of the supporting facts, in the order of their use, then -1


def supported(questions: Sequence[Question], vocabulary: Vocabulary, memory: int, hops: int | None = None) -> Supported:
    """Turn questions into numbers, with at most ``hops`` supporting facts each, or all of them.

    Of a story with more sentences than ``memory``, the latest are kept; facts among those left out are left out.

    Raises
    ------
    BabiError
        A supporting fact is no sentence of its story.
    ValueError
        A story is empty.
    """
    for number, question in enumerate(questions, 1):
        for fact in question.supporting:
            if not 0 <= fact < len(question.story):
                there = f"has sentences 0 to {len(question.story) - 1}" if question.story else "is empty"
                raise BabiError(
                    f"question {number} ({' '.join(question.words)!r}): supporting fact {fact} points nowhere, "
                    f"the story {there}"
                )
    encoded = encode(questions, vocabulary, memory)
    N = int(encoded.lengths.max(initial=1))
    place = encoded.lengths[:, None] - 1 - np.arange(N)
    told = np.take_along_axis(encoded.memory, place, axis=1) if len(questions) else encoded.memory[:, :N]
    kept = [
        [fact + int(length) - len(question.story) for fact in question.supporting]
        for question, length in zip(questions, encoded.lengths, strict=True)
    ]
    kept = [[fact for fact in facts if fact >= 0] for facts in kept]
    K = max(map(len, kept), default=0) if hops is None else hops
    facts = np.array([(row + [-1] * K)[:K] for row in kept], np.intp).reshape(len(questions), K)
    stories = np.where(place >= 0, told, 0)
    return Supported(encoded.sentences, stories, encoded.lengths, encoded.questions, encoded.answers, facts)
