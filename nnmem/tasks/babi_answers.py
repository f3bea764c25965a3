"""Stories and answers as lists of word numbers: for what reads words and writes its answers word after word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from nnmem.tasks.babi import Question, Sentence

END = 0  # the answer's word that ends it


@dataclass(frozen=True)
class WordLists:
    """The words of stories and questions, the words of answers, and the length of the longest sentence.

    A list as an answer, "milk,apple", is two words and the end.
    """

    words: tuple[str, ...]
    answers: tuple[str, ...]  # word 0, the end, is ""
    longest: int
    ids: dict[str, int] = field(init=False, repr=False, compare=False)
    answer_ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {word: i for i, word in enumerate(self.words)})
        object.__setattr__(self, "answer_ids", {word: i for i, word in enumerate(self.answers)})

    @classmethod
    def of(cls, questions: Sequence[Question]) -> WordLists:
        """Collect the words of these questions.

        Raises
        ------
        ValueError
            There are none.
        """
        if not questions:
            raise ValueError("WordLists: there are no questions to take words from")
        sentences = {sentence for question in questions for sentence in (*question.story, question.words)}
        answers = {word for question in questions for word in question.answer.split(",")}
        words = {word for sentence in sentences for word in sentence}
        return cls(tuple(sorted(words)), ("", *sorted(answers)), max(map(len, sentences)))

    def numbers(self, sentence: Sentence) -> np.ndarray:
        """Return the words' numbers (longest,), −1 behind the last; unknown words are left out, and words beyond."""
        known = [self.ids[word] for word in sentence if word in self.ids][: self.longest]
        return np.array(known + [-1] * (self.longest - len(known)), np.intp)

    def text(self, answer: np.ndarray) -> str:
        """Return an answer's words up to its end, as bAbI writes them."""
        stop = [*np.flatnonzero(answer <= END), len(answer)][0]
        return ",".join(self.answers[word] for word in answer[:stop])


class WrittenStories(NamedTuple):
    """Questions as numbers. Each distinct sentence is listed once; sentence 0 is the empty one."""

    sentences: np.ndarray  # (M, L) words, −1 behind the last
    facts: np.ndarray  # (n, T) sentences in the order in which they were told, then 0
    lengths: np.ndarray  # (n,) how many there are
    questions: np.ndarray  # (n,) sentences
    answers: np.ndarray  # (n, m) words of answers and their end, then −1; −2 for a word that no answer of training has
    supporting: np.ndarray  # (n, K) places of supporting facts, then −1
    cut: int  # stories with more sentences than were kept


def write_down(questions: Sequence[Question], words: WordLists, memory: int) -> WrittenStories:
    """Turn questions into numbers; of a story with more sentences than ``memory``, the latest are kept.

    Raises
    ------
    ValueError
        There is no question, or a supporting fact is no sentence of its story.
    """
    if not questions:
        raise ValueError("write_down: there are no questions")
    rows: dict[Sentence, int] = {(): 0}
    n, T = len(questions), min(memory, max(len(question.story) for question in questions))
    facts: np.ndarray = np.zeros((n, T), np.intp)
    answers, supporting, asked = [], [], []
    for i, question in enumerate(questions):
        wrong = [fact for fact in question.supporting if not 0 <= fact < len(question.story)]
        if wrong:
            nowhere = f"points nowhere: the story has {len(question.story)} sentences"
            raise ValueError(f"write_down: question {i + 1} has supporting fact {wrong[0]}, which {nowhere}")
        latest = question.story[-T:] if T else ()
        facts[i, : len(latest)] = [rows.setdefault(sentence, len(rows)) for sentence in latest]
        asked.append(rows.setdefault(question.words, len(rows)))
        answers.append([words.answer_ids.get(word, -2) for word in question.answer.split(",")] + [END])
        left_out = len(question.story) - len(latest)
        supporting.append([fact - left_out for fact in question.supporting if fact >= left_out])
    told = np.array([len(question.story) for question in questions])
    return WrittenStories(
        np.stack([words.numbers(sentence) for sentence in rows]),
        facts,
        np.minimum(told, T),
        np.array(asked),
        _filled(answers),
        _filled(supporting),
        int((told > T).sum()),
    )


def strewn(
    stories: WrittenStories, chosen: np.ndarray, noise: float, longest: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Strew empty sentences among the facts of these questions (random noise, 随机噪声): ages are not learned by heart.

    Each story gets from none to this share of its length, as many as there is room for.

    Returns
    -------
    facts : (B, T) array of int
    lengths : (B,) array of int
    supporting : (B, K) array of int
        Where the supporting facts stand now.
    """
    told = stories.lengths[chosen]
    blanks = np.minimum(rng.integers(0, np.ceil(noise * told).astype(int) + 1), longest - told)
    lengths = told + blanks
    T = int(lengths.max(initial=0))
    keys = np.where(np.arange(T) < lengths[:, None], rng.random((len(chosen), T)), 2)
    place = np.argsort(keys, axis=1)  # of a story's facts, the first of these places, in their order
    place = np.sort(np.where(np.arange(T) < told[:, None], place, T), axis=1)
    facts = np.zeros((len(chosen), T + 1), np.intp)
    rows, columns = np.nonzero(place < T)
    facts[rows, place[rows, columns]] = stories.facts[chosen[rows], columns]
    supporting = stories.supporting[chosen]
    moved = np.take_along_axis(np.pad(place, ((0, 0), (0, 1))), np.maximum(supporting, 0), axis=1)
    return facts[:, :T], lengths, np.where(supporting >= 0, moved, -1)


def _filled(rows: list[list[int]]) -> np.ndarray:
    width = max(map(len, rows))
    return np.array([row + [-1] * (width - len(row)) for row in rows], np.intp).reshape(len(rows), width)
