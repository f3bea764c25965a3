"""Names between a story and a model that knows but a few: what they are, what stands for them, what may be meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from nnmem.tasks.desk_phrases import NEW, NOBODY, UNTOLD
from nnmem.tasks.event_words import Event
from nnmem.tasks.told_events import Typed
from nnmem.tasks.told_names import ROLES

NEAR = 0.75  # share of letters that a misspelt name has in common with the right one, as difflib counts it, at least


def acting_in(fact: Typed) -> set[str]:
    """Return the people and the thing of a sentence."""
    event = fact.event or Event("")
    return {*event.people, *([event.thing] if event.thing else [])}


def roles_in(facts: Iterable[Typed]) -> dict[str, str]:
    """Return what the names in these sentences are: people who act, places, things that are handled."""
    roles: dict[str, str] = {}
    for event in (fact.event for fact in facts if fact.event):
        roles |= {event.thing: "thing"} if event.thing else {}
        roles |= {event.place: "place"} if event.place else {}
        roles |= dict.fromkeys(event.people, "person")
    return roles


def stand_ins(words: Iterable[str], roles: Mapping[str, str]) -> dict[str, str]:
    """Return which word of a model stands for which name that it does not know.

    A person is read as a person whom nobody names, a place as a place, a thing as a thing; where none is left, as one
    of the words that were learned as names of anything.
    """
    words = list(dict.fromkeys(words))
    free = {role: [name for name, own in ROLES.items() if own == role and name not in words] for role in roles.values()}
    new, found = list(NEW), {}
    for word in words:
        if word in roles and word not in ROLES and (pool := free[roles[word]] or new):
            found[word] = pool.pop(0)
    return found


def answers_told(facts: Sequence[Typed], asked: Event) -> set[str]:
    """Return what can be an answer: that nothing is told, nobody, yes or no, and names of the kind asked for."""
    events = [fact.event for fact in facts if fact.event]
    if asked.kind == "who":
        return {UNTOLD, NOBODY, *(name for event in events for name in event.people)}
    return {UNTOLD, "yes", "no", *(event.place or "" for event in events)} - (
        {asked.place} if asked.kind == "before" else set()
    )


def nearest_names(name: str, told: Mapping[str, str]) -> list[str]:
    """Return the names, told or known, that a misspelt one may be: near, and of its kind where that is told."""
    kind = told.get(name)
    alike = [each for each, role in {**ROLES, **told}.items() if each != name and kind in (None, role)]
    return difflib.get_close_matches(name, alike, 2, NEAR)


def as_typed(word: str, typed: Sequence[Typed]) -> str:
    """Return a name as it was typed, with its capitals."""
    pattern = r"\b" + r"\W+".join(map(re.escape, word.split())) + r"\b"
    found = (re.search(pattern, sentence.text, re.IGNORECASE) for sentence in typed if word in sentence.words)
    return next((match[0] for match in found if match), word)
