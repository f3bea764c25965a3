"""Stories to ask at a desk about: people who come and go, take things, leave them, hand them on, and questions.

Unlike bAbI's, a story may not tell what is asked: nobody mentioned the person, the thing was taken by someone whose
place nobody told, somebody left without a word where to. The answer is then ``UNTOLD``. Supporting facts are in the
order of their use: for the place of a thing who touched it last, then where that person was. Where nothing is told
they lead to what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnmem.tasks.babi import Question
from nnmem.tasks.desk_phrases import KINDS, LEARNED, NEW, NOBODY, PEOPLE, PLACES, THINGS, UNTOLD, Phrases
from nnmem.tasks.plain_english import words_of

LENGTHS = 1, 30  # sentences of a story, at least and at most
PER_STORY = 6  # questions about a story
OTHERS = 0.12  # share of the questions that are about people and things that the story does not name


class Cast(NamedTuple):
    """Who and what a story is about."""

    people: list[str]
    places: list[str]
    things: list[str]


class Wanted(NamedTuple):
    """A question of a kind."""

    kind: str
    question: Question


class World:
    """What a story has told so far: where everybody is, who has what, and the sentences that say so."""

    def __init__(self) -> None:
        self.place: dict[str, str | None] = {}  # person: place, None where the story told only that they left
        self.trail: dict[str, list[tuple[str | None, int]]] = {}  # person: places one after the other, and lines
        self.holder: dict[str, str] = {}  # thing: person or NOBODY
        self.touched: dict[str, int] = {}  # thing: line of the latest taking, giving, dropping
        self.lies: dict[str, tuple[str | None, tuple[int, ...]]] = {}  # thing that nobody holds: place, and evidence
        self.lines = 0

    def goes(self, who: Sequence[str], place: str | None) -> None:
        for person in who:
            self.place[person] = place
            self.trail.setdefault(person, []).append((place, self.lines))
        self.lines += 1

    def takes(self, person: str, thing: str) -> None:
        self.holder[thing], self.touched[thing] = person, self.lines
        self.lies.pop(thing, None)
        self.place.setdefault(person, None)
        self.lines += 1

    def drops(self, person: str, thing: str) -> None:
        place, evidence = self.where(thing)
        self.holder[thing], self.touched[thing] = NOBODY, self.lines
        self.lies[thing] = place, (self.lines, *evidence[1:])
        self.lines += 1

    def where(self, thing: str) -> tuple[str | None, tuple[int, ...]]:
        """Place of a thing, and the lines that it follows from: who touched it, then where that was."""
        if self.holder.get(thing, NOBODY) == NOBODY:
            return self.lies.get(thing, (None, ()))
        person = self.holder[thing]
        return self.place[person], (self.touched[thing], *(line for _, line in self.trail.get(person, [])[-1:]))

    def left(self, person: str) -> str | None:
        """The place that a person left without a word where to."""
        trail = self.trail.get(person, [])
        return trail[-2][0] if trail and trail[-1][0] is None else None

    def carried(self, person: str) -> list[str]:
        return [thing for thing, holder in self.holder.items() if holder == person]


def sample(
    rng: np.random.Generator,
    stories: int,
    lengths: tuple[int, int] = LENGTHS,
    phrases: Phrases = LEARNED,
    held_out: bool = False,
) -> list[Wanted]:
    """Return six questions about each of so many stories of these lengths.

    One pair of names in twenty never meets in a story to learn from; with ``held_out``, every cast has such a pair.
    """
    found = []
    for number in range(stories):
        cast = _strangers_among(rng, _cast(rng, held_out))
        lines, world = tell(rng, cast, int(rng.integers(*lengths, endpoint=True)), phrases)
        story = tuple(words_of(line) for line in lines)
        others = Cast(
            [person for person in PEOPLE if person not in cast.people],
            cast.places,
            [thing for thing in THINGS if thing not in cast.things],
        )
        for _ in range(PER_STORY):
            kind = _one(rng, (*KINDS, "thing"))  # the hardest twice as often
            about = others if rng.random() < OTHERS else cast
            text, answer, facts = ask(rng, kind, world, about, phrases)
            found.append(Wanted(kind, Question(story, words_of(text), answer.lower(), facts, number)))
    return found


def tell_one(rng: np.random.Generator) -> str:
    """Return a story of 3 to 12 sentences with a question behind it, as a person would type it."""
    cast = _cast(rng, False)
    lines, world = tell(rng, cast, int(rng.integers(3, 13)))
    return "\n".join([*lines, ask(rng, _one(rng, tuple(KINDS)), world, cast)[0]])


def tell(rng: np.random.Generator, cast: Cast, length: int, phrases: Phrases = LEARNED) -> tuple[list[str], World]:
    """Tell a story of this many sentences."""
    world, lines = World(), []

    def say(ways: tuple[str, ...], **who: str) -> None:
        lines.append(_one(rng, ways).format(**who))

    while len(lines) < length:
        a, chance = _one(rng, cast.people), rng.random()
        here, mine = world.place.get(a), world.carried(a)
        if chance < 0.25:
            t = _one(rng, cast.things)
            holder = world.holder.get(t, NOBODY)
            place = world.where(t)[0]
            if holder != a and (place == here or (holder == NOBODY and place is None)):
                world.takes(a, t)
                say(phrases.takes, a=a, t=t)
        elif chance < 0.37:
            if mine:
                t = _one(rng, mine)
                world.drops(a, t)
                say(phrases.drops, a=a, t=t)
        elif chance < 0.52:
            others = [b for b in cast.people if b != a and world.place.get(b) == here]
            if mine and others:
                b, t = _one(rng, others), _one(rng, mine)
                world.takes(b, t)
                say(phrases.gives, a=a, b=b, t=t)
        elif chance < 0.57:
            if here is not None:
                world.goes([a], None)
                say(phrases.leaves, a=a, p=here)
        elif chance < 0.62:
            t, p = _one(rng, cast.things), _one(rng, cast.places)
            if t not in world.holder and t not in world.lies:
                world.lies[t] = p, (world.lines,)
                world.lines += 1
                say(phrases.lies, t=t, p=p)
        else:
            p, b = _one(rng, cast.places), _one(rng, cast.people)
            if p not in (here, world.left(a)):
                both = b != a and rng.random() < 0.1 and p not in (world.place.get(b), world.left(b))
                world.goes([a, b] if both else [a], p)
                say(phrases.both_go if both else phrases.goes, a=a, b=b, p=p)
    return lines, world


def ask(
    rng: np.random.Generator, kind: str, world: World, cast: Cast, phrases: Phrases = LEARNED
) -> tuple[str, str, tuple[int, ...]]:
    """Ask a question of this kind: its text, its answer, and the lines that it follows from."""
    a, p, t = (_one(rng, group) for group in cast)
    place, trail = world.place.get(a), world.trail.get(a, [])
    latest = trail[-1][1:] if trail else ()  # the line that says where a is, or that a left
    if kind == "in" and place and rng.random() < 0.5:
        p = place
    if kind == "before" and trail and rng.random() < 0.75:
        known = [each for each, _ in trail if each]
        p = known[-1] if rng.random() < 0.7 else _one(rng, known)
    text = _one(rng, phrases.asks[kind]).format(a=a, t=t, p=p)
    if kind == "person":
        return text, place or UNTOLD, latest
    if kind == "thing":
        place, evidence = world.where(t)
        return text, place or UNTOLD, evidence
    if kind in ("holder", "has"):
        holder = world.holder.get(t, UNTOLD)
        answer = holder if kind == "holder" or holder == UNTOLD else "yes" if holder == a else "no"
        return text, answer, (world.touched[t],) if t in world.touched else ()
    if kind == "in":
        return text, ("yes" if p == place else "no") if place or world.left(a) == p else UNTOLD, latest
    at = [i for i, (each, _) in enumerate(trail) if each == p][-1:]
    if not at or not at[0]:
        return text, UNTOLD, tuple(trail[i][1] for i in at)
    (place, line), (_, there) = trail[at[0] - 1], trail[at[0]]
    return text, place or str(trail[at[0] - 2][0]), (there, line)  # who left a place was there


def apart(a: str, b: str) -> bool:
    """Are these two words held out: never in one story to learn from?"""
    return sum(a.encode()) * sum(b.encode()) % 10 == 3


def _cast(rng: np.random.Generator, held_out: bool) -> Cast:
    """Draw people, places and things, without held-out pairs, or until there is one."""
    while True:
        chosen: list[str] = []
        groups = []
        for words, least, most in ((PEOPLE, 1, 5), (PLACES, 2, 6), (THINGS, 1, 4)):
            number = int(rng.integers(least, most, endpoint=True))
            group: list[str] = []
            for i in rng.permutation(len(words)):
                if len(group) < number and (held_out or not any(apart(words[i], other) for other in chosen)):
                    group.append(words[i])
                    chosen.append(words[i])
            groups.append(group)
        if all(groups) and held_out == any(apart(a, b) for i, a in enumerate(chosen) for b in chosen[:i]):
            return Cast(*groups)


def _strangers_among(rng: np.random.Generator, cast: Cast) -> Cast:
    """Put words that nobody knows in the place of some, in every second story."""
    groups = [list(group) for group in cast]
    if rng.random() < 0.5:
        for word in rng.permutation(NEW)[: rng.integers(1, 4)].tolist():
            group = groups[rng.integers(3)]
            group[rng.integers(len(group))] = word
    return Cast(*groups)


def _one(rng: np.random.Generator, values: Sequence[str]) -> str:
    return values[int(rng.integers(len(values)))]
