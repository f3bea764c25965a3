"""What a sentence tells or asks, and the words in which models have learned to read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nnmem.tasks.babi import Sentence

SAID = {  # in words that models have learned to read
    "goes": "{a} went to {p}",
    "leaves": "{a} left {p}",
    "takes": "{a} took {t}",
    "drops": "{a} dropped {t}",
    "gives": "{b} took {t} from {a}",
    "lies": "{t} is in {p}",
    "where": "where is {x}",
    "who": "who has {t}",
    "has": "does {a} have {t}",
    "in": "is {x} in {p}",
    "before": "where was {a} before {p}",
}


class Event(NamedTuple):
    """What a sentence tells or asks."""

    kind: str
    people: tuple[str, ...] = ()  # who acts; who gives, and who is given
    thing: str | None = None
    place: str | None = None


def taken_before(event: Event) -> tuple[Event, ...]:
    """Return what is told by that somebody gives or drops a thing of which nobody told that they had it."""
    if event.kind == "gives":
        return (event._replace(kind="takes", people=event.people[1:]),)
    return event._replace(kind="takes"), event


def said(event: Event) -> Sentence:
    """Return an event in words that models have learned to read; none where they have learned no such thing."""
    a, b = (*event.people, "", "")[:2]
    if event.kind not in SAID or not (event.place or event.thing):
        return ()
    words = SAID[event.kind].replace("{a}", "{a} {b}") if event.kind == "goes" and b else SAID[event.kind]
    return fill(words.split(), {"a": a, "b": b, "t": event.thing or "", "p": event.place or ""})


def fill(words: Sequence[str], slots: Mapping[str, str]) -> Sentence:
    """Return words with names in their slots."""
    return tuple({"c": slots.get("a", ""), **slots}[word[1]] if word[:1] == "{" else word for word in words)
