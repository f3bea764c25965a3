"""The desk at which a person asks: facts and questions in ordinary English, a trained model, answers and their grounds.

Of what was told only that is read which concerns the question, as in the memory network's hashing (Weston et al. 2014,
section 3.3): the sentences that name a person or thing of the question, and, where it is about a thing, those about
the people who are named with it. A word that the model does not know is said, and read as a name of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from nnmem.models.memory_qa.told import Told
from nnmem.recipes.memory_qa.desk_grounds import doubtful, names, told_for
from nnmem.recipes.memory_qa.desk_names import acting_in, answers_told, as_typed, nearest_names, roles_in, stand_ins
from nnmem.tasks.babi import Sentence
from nnmem.tasks.babi_features import Vocabulary
from nnmem.tasks.desk_phrases import ANSWERS, NEW, NOBODY, PEOPLE, THINGS, UNTOLD
from nnmem.tasks.event_words import Event
from nnmem.tasks.told_events import Listener, Typed
from nnmem.tasks.told_names import ROLES

ALONE, CARRIED = {name.lower() for name in PEOPLE}, set(THINGS)
TOO_MANY = "too many"
REASONS = {  # why there is no answer, and what a person is told
    "not told": "The story does not tell",
    "unknown word": "The story does not tell",  # and the model knows no such name
    "several meant": "The story tells of several",
    "unread sentence": "The story does not tell for certain",
    "unread question": "No such question can be read",
    "unsure": "The story does not tell for certain",
    "too many names": "There are more names than can be told apart",
}


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
    reason: str | None  # one of ``REASONS`` why there is no answer; None: there is one
    sentences: tuple[tuple[int, str], ...]  # those read: number, counted from 1, and text
    weights: np.ndarray  # (K, n) how much each was looked at
    look: str  # what the model calls one look
    concerned: int  # sentences that concern the question; the latest of them are read
    unknown: dict[str, list[str]]  # words that the model does not know, and the nearest that it does
    unread: tuple[tuple[int, str], ...]  # sentences that name what is asked and cannot be read: number and text
    in_the_way: tuple[tuple[int, str], ...]  # those of them that could change the answer

    @property
    def declined(self) -> bool:
        """Is there no answer?"""
        return self.reason is not None


@dataclass(frozen=True)
class Desk:
    """A trained model, its words, and how certain it must be to answer."""

    model: DeskModel
    params: Any
    vocabulary: Vocabulary
    threshold: float

    def read(self, facts: Sequence[Typed], question: Typed) -> Finding:
        """Answer a question from these facts."""
        asked = question.event
        if asked is None:
            none = np.zeros((0, 0))
            return Finding(question.text, UNTOLD, 1.0, "unread question", (), none, self.model.look, 0, {}, (), ())
        told = told_for(facts, asked)
        about = [name for name in (*asked.people, asked.thing) if name]
        chosen, concerned = self.choose([acting_in(facts[i]) for i, _ in told], about, {*about} - {*asked.people})
        read = [told[i] for i in chosen]
        typed = [*(facts[i] for i, _ in read), question]
        certainty, word, weights = self.answer([words for _, words in read], typed)
        unread = [i for i, fact in enumerate(facts) if fact.event is None and any(names(fact, name) for name in about)]
        doubts = doubtful(facts, asked)
        reason = None
        if doubts:
            reason = "unread sentence"
        elif word == UNTOLD:
            reason = self.why_untold(about, roles_in(facts))
        elif word == TOO_MANY:
            reason, word = "too many names", UNTOLD
        elif certainty < self.threshold:
            reason = "unsure"
        roles, strange = roles_in(facts), [word for each in typed for word in each.words]
        return Finding(
            question.text,
            word if word in (UNTOLD, NOBODY, "yes", "no") else as_typed(word, typed),
            certainty,
            reason,
            tuple((i + 1, facts[i].text) for i, _ in read),
            weights,
            self.model.look,
            concerned,
            {as_typed(word, typed): nearest_names(word, roles) for word in strange if word not in self.vocabulary.ids},
            tuple((i + 1, facts[i].text) for i in unread),
            tuple((i + 1, facts[i].text) for i in doubts),
        )

    def answer(self, read: Sequence[Sentence], typed: Sequence[Typed]) -> tuple[float, str, np.ndarray]:
        """Return certainty, answer and how much each sentence was looked at; the question is typed last."""
        question, asked = typed[-1], typed[-1].event or Event("")
        if not read:  # no sentence names what is asked
            return 1.0, UNTOLD, np.zeros((0, 0))
        is_there = asked.kind == "in" and asked.thing is not None  # a model has learned to say where things are
        words = ("where", "is", asked.thing or "") if is_there else question.words
        told, stands_for = self.encode(read, words, roles_in(typed))
        if {*roles_in(typed)} & {word for each in (*read, words) for word in each} - stands_for.keys() - ROLES.keys():
            return 1.0, TOO_MANY, np.zeros((0, 0))
        chances, weights = (part[0] for part in self.model.see(self.params, told))
        can = {stands_for.get(word, word) for word in answers_told(typed[:-1], asked)}
        chances = chances * self.possible(words) * [word in can for word in self.vocabulary.words]
        word = self.vocabulary.words[int(chances.argmax())]
        word = {short: name for name, short in stands_for.items()}.get(word, word)
        if is_there and word != UNTOLD:
            word = "yes" if word == asked.place else "no"
        return float(chances.max()), word, weights

    def why_untold(self, about: Sequence[str], told: Mapping[str, str]) -> str:
        """Return why nothing is told of somebody or something."""
        missing = [name for name in about if name not in told]
        if any(sum(name in (each.split()[0], each.split()[-1]) for each in told) > 1 for name in missing):
            return "several meant"
        return "unknown word" if any(name not in self.vocabulary.ids for name in missing) else "not told"

    def choose(
        self, story: Sequence[Collection[str]], asked: Collection[str], things: Collection[str]
    ) -> tuple[tuple[int, ...], int]:
        """Return which sentences are read, the latest that concern the question, and how many do.

        ``story`` holds the names of each sentence, ``asked`` those of the question, ``things`` those of them that may
        be no people.
        """
        with_them = {name for names in story if {*things} & {*names} for name in names}
        named = {*asked} | with_them - CARRIED
        found = [i for i, names in enumerate(story) if named & {*names}]
        return tuple(found[-self.model.slots :]), len(found)

    def possible(self, question: Sentence) -> np.ndarray:
        """Return which words (V,) can be an answer: places to "where", people to "who", none to what is not learned."""
        answers = {UNTOLD, *ANSWERS.get(question[0], ())}
        return np.array([word in answers for word in self.vocabulary.words])

    def names(self, word: str) -> bool:
        """Is it a person, a thing, or a word that the model does not know, which may be either?"""
        return word in ALONE or word in CARRIED or word in NEW or word not in self.vocabulary.ids

    def encode(
        self, story: Sequence[Sentence], question: Sentence, roles: Mapping[str, str]
    ) -> tuple[Told, dict[str, str]]:
        """Return story and question as features, and which word of the model stands for which name that it lacks."""
        stands_for = stand_ins(dict.fromkeys(word for sentence in (*story, question) for word in sentence), roles)

        def features(sentence: Sentence) -> np.ndarray:
            return self.vocabulary.features(tuple(stands_for.get(word, word) for word in sentence))

        F = 2 * len(self.vocabulary.words)
        S = np.array([features(sentence) for sentence in story], np.float32).reshape(1, len(story), F)
        return Told(S, np.array([len(story)]), features(question)[None]), stands_for


@dataclass
class Conversation:
    """Facts as they come, and questions about all that came before."""

    desk: Desk
    facts: list[Typed] = field(default_factory=list)
    listener: Listener = field(default_factory=Listener)

    def hear(self, text: str) -> list[Finding]:
        """Remember the facts of a text and answer its questions; a line numbered 1 begins a new story.

        Raises
        ------
        ValueError
            A question comes before any fact.
        """
        answers = []
        for sentence in self.listener.hear(text):
            if sentence.begins:
                self.facts.clear()
            if not sentence.asks:
                self.facts.append(sentence)
            elif not self.facts:
                raise ValueError(f"{sentence.text!r} is asked before anything was told")
            else:
                answers.append(self.desk.read(self.facts, sentence))
        return answers
