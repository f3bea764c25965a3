"""The desk at which a person asks: facts and questions in ordinary English, a trained model, answers and their grounds.

Of what was told only that is read which concerns the question, as in the memory network's hashing (Weston et al. 2014,
section 3.3): the sentences that name a person or thing of the question, and, where it is about a thing, those about
the people who are named with it. A word that the model does not know is said, and read as a name of its own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

from nnmem.models.memory_qa.told import Told
from nnmem.tasks.babi import Sentence
from nnmem.tasks.babi_features import Vocabulary
from nnmem.tasks.desk_phrases import ANSWERS, NEW, NOBODY, PEOPLE, THINGS, UNTOLD
from nnmem.tasks.plain_english import Typed, read_text, subject_of, word_set

ALONE, CARRIED = {name.lower() for name in PEOPLE}, set(THINGS)
DENYING = word_set("not never")
BEFORE_A_PLACE = word_set("to in into at entered left of from went came returned walked ran hurried is")
BEFORE_A_PERSON = word_set("to from gave handed passed")


class Seen(NamedTuple):
    """What a model makes of B questions."""

    chances: np.ndarray  # (B, V) of every word to be the answer
    weights: np.ndarray  # (B, K, N) how much each sentence was looked at, look after look, in the order told


class DeskModel(Protocol):
    """A model that can sit at the desk."""

    slots: int  # sentences that it can read
    look: str  # what it calls one look at the sentences

    def see(self, params: Any, told: Told) -> Seen:
        """Answer questions about stories of at most ``slots`` sentences."""


class Finding(NamedTuple):
    """One question, answered."""

    question: str
    answer: str  # the most probable word; UNTOLD: that the story does not tell
    certainty: float  # its probability
    declined: bool  # the story does not tell, or the model is not certain enough of the answer
    sentences: tuple[tuple[int, str], ...]  # those read: number, counted from 1, and text
    weights: np.ndarray  # (K, n) how much each was looked at
    look: str  # what the model calls one look
    concerned: int  # sentences that concern the question; the latest of them are read
    learned: bool  # begins as questions do that the model has learned
    unknown: dict[str, list[str]]  # words that the model does not know, and the nearest that it does
    denying: tuple[str, ...]  # sentences that say what is not so: left out, as the model has learned none


@dataclass(frozen=True)
class Desk:
    """A trained model, its words, and how certain it must be to answer."""

    model: DeskModel
    params: Any
    vocabulary: Vocabulary
    threshold: float

    def read(self, facts: Sequence[Typed], question: Typed) -> Finding:
        """Answer a question from these facts."""
        asserting = [i for i, fact in enumerate(facts) if not DENYING & {*fact.words}]
        chosen, concerned = self.choose([facts[i].words for i in asserting], question.words)
        chosen = tuple(asserting[i] for i in chosen)
        told, new = self.encode([facts[i].words for i in chosen], question.words)
        if chosen:
            chances, weights = (part[0] for part in self.model.see(self.params, told))
            chances = chances * self.possible(question.words)
            for word in not_of_the_kind(question.words, [facts[i].words for i in chosen], new):
                chances[self.vocabulary.ids[new[word]]] = 0
            certainty, word = float(chances.max()), self.vocabulary.words[int(chances.argmax())]
        else:  # no sentence names what is asked
            certainty, word, weights = 1.0, UNTOLD, np.zeros((0, 0))
        typed = [*(facts[i] for i in chosen), question]
        unknown = {
            _surface(each, typed): self.nearest(each, facts)
            for each in dict.fromkeys(word for sentence in typed for word in sentence.words)
            if each not in self.vocabulary.ids
        }
        declined = word == UNTOLD or certainty < self.threshold
        names = {short: name for name, short in new.items()}
        answer = word if word in (UNTOLD, NOBODY, "yes", "no") else _surface(names.get(word, word), typed)
        read = tuple((i + 1, facts[i].text) for i in chosen)
        learned = question.words[0] in ANSWERS
        named = {word for word in question.words if self.names(word)}
        denying = tuple(fact.text for fact in facts if DENYING & {*fact.words} and named & {*fact.words})
        look = self.model.look
        return Finding(
            question.text, answer, certainty, declined, read, weights, look, concerned, learned, unknown, denying
        )

    def choose(self, story: Sequence[Sentence], question: Sentence) -> tuple[tuple[int, ...], int]:
        """Return which sentences are read, the latest that concern the question, and how many do."""
        named = {word for word in question if self.names(word)}
        things = named - ALONE
        with_them = {word for words in story if things & {*words} for word in words}
        named |= {word for word in with_them - CARRIED if self.names(word)}
        found = [i for i, words in enumerate(story) if named & {*words}]
        return tuple(found[-self.model.slots :]), len(found)

    def possible(self, question: Sentence) -> np.ndarray:
        """Return which words (V,) can be an answer: places to "where", people to "who", none to what is not learned."""
        answers = {UNTOLD, *ANSWERS.get(question[0], ())}
        return np.array([word in answers for word in self.vocabulary.words])

    def names(self, word: str) -> bool:
        """Is it a person, a thing, or a word that the model does not know, which may be either?"""
        return word in ALONE or word in CARRIED or word in NEW or word not in self.vocabulary.ids

    def encode(self, story: Sequence[Sentence], question: Sentence) -> tuple[Told, dict[str, str]]:
        """Return story and question as features, and which of the ``NEW`` words stands for which unknown word."""
        words = dict.fromkeys(word for sentence in (*story, question) for word in sentence)
        unknown = [word for word in words if word not in self.vocabulary.ids]
        new = dict(zip(unknown, NEW, strict=False))

        def features(sentence: Sentence) -> np.ndarray:
            return self.vocabulary.features(tuple(new.get(word, word) for word in sentence))

        F = 2 * len(self.vocabulary.words)
        S = np.array([features(sentence) for sentence in story], np.float32).reshape(1, len(story), F)
        return Told(S, np.array([len(story)]), features(question)[None]), new

    def nearest(self, word: str, facts: Sequence[Typed]) -> list[str]:
        """Return the words most like one that is not known: of the model's, and of those that were told."""
        told = {each for fact in facts for each in fact.words} - {word}
        return difflib.get_close_matches(word, sorted({*self.vocabulary.words, *told} - {*NEW, UNTOLD}), 2, 0.5)


@dataclass
class Conversation:
    """Facts as they come, and questions about all that came before."""

    desk: Desk
    facts: list[Typed] = field(default_factory=list)

    def hear(self, text: str) -> list[Finding]:
        """Remember the facts of a text and answer its questions; a line numbered 1 begins a new story.

        Raises
        ------
        ValueError
            A question comes before any fact.
        """
        answers = []
        for sentence in read_text(text, tuple(fact.words for fact in self.facts[-20:])):
            if sentence.begins:
                self.facts.clear()
            if not sentence.asks:
                self.facts.append(sentence)
            elif not self.facts:
                raise ValueError(f"{sentence.text!r} is asked before anything was told")
            else:
                answers.append(self.desk.read(self.facts, sentence))
        return answers


def not_of_the_kind(question: Sentence, story: Sequence[Sentence], new: Iterable[str]) -> list[str]:
    """Return the unknown words that the question names, or that stand nowhere as its answer would."""
    person = question[0] == "who"
    before = BEFORE_A_PERSON if person else BEFORE_A_PLACE
    placed = {b for words in story for a, b in pairwise(words) if a in before}
    if person:
        placed |= {word for words in story for word in (*words[:1], *subject_of(words))}
    return [word for word in new if word in question or word not in placed]


def _surface(word: str, typed: Sequence[Typed]) -> str:
    """Return a word as it was typed, with its capitals."""
    for sentence in typed:
        if word in sentence.words and (match := re.search(rf"\b{re.escape(word)}\b", sentence.text, re.IGNORECASE)):
            return match[0]
    return word
