"""Names of a story: what they stand for, which longer name a shorter one means, and whom a pronoun can mean.

Where several could be meant and nothing tells which, nobody is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nnmem.tasks.babi import Sentence
from nnmem.tasks.desk_phrases import PEOPLE, PLACES, THINGS
from nnmem.tasks.event_words import Event
from nnmem.tasks.plain_english import AND, word_set
from nnmem.tasks.word_groups import GROUPS, HEADS, MEN, RESERVED, WOMEN

ROLES = {  # of the names that models know
    **dict.fromkeys((name.lower() for name in PEOPLE), "person"),
    **dict.fromkeys(PLACES, "place"),
    **dict.fromkeys(THINGS, "thing"),
}
WANTED = {
    **dict.fromkeys("aAbc", "person"),
    **dict.fromkeys("pq", "place"),
    **dict.fromkeys("tT", "thing"),
}
FEELING = word_set(GROUPS["FEEL"])
WITHOUT_ARTICLE = word_set("school work town church bed college hospital class")
UNCLEAR: tuple[str, ...] = ()  # somebody or something in a sentence that was not read


class NamesTold:
    """The names of a story as far as it is told."""

    def __init__(self) -> None:
        self.roles: dict[str, str | None] = {}  # every name, and what it is, as far as that is told
        self.parts: dict[str, tuple[list[str], list[str]]] = {}  # word: names of more words with it last, and first
        self.people: list[tuple[str, ...]] = []  # who acted or was given something, one after the other
        self.things: list[tuple[str, ...]] = []  # what was handled, or said to be somewhere
        self.place: str | None = None  # the latest
        self.where: dict[str, str | None] = {}  # of people
        self.holder: dict[str, str] = {}  # of things

    def role(self, name: str) -> str | None:
        """Return what a name stands for, as far as that is known: of "red ball" what "ball" does."""
        return self.roles.get(name) or ROLES.get(name) or ROLES.get(name.split()[-1])

    def longer(self, name: str) -> list[str]:
        """Return the names told of which this may be short: "ball" of "red ball", "li" of "li ming"."""
        last, first = self.parts.get(name, ([], []))
        return last + [told for told in first if self.roles[told] == "person"]

    def names(self, letter: str, part: str, text: str, actor: Sequence[str] = (), asked: bool = False) -> list[str]:
        """Return the names of a slot, none if one of them cannot stand there or may mean several."""
        found: list[str] = []
        for each in part.split(f" {AND} "):
            if each == "there":
                meant: Iterable[str] = [self.place] if self.place else []
            elif each == "it" or (each == "them" and letter in "tT"):
                meant = self.handled(each)
            elif each in ("he", "she", "they", "him", "her", "them"):
                meant = self.meant(each, actor)
            else:
                meant = self.name(each.removeprefix("the "), letter, text, asked)
            if not meant:
                return []
            found += meant
        return found

    def name(self, name: str, letter: str, text: str, asked: bool) -> list[str]:
        """Return the name that is meant, if it can be one of the kind that a slot wants."""
        if name not in self.roles and self.role(name) != "place" and (longer := self.longer(name)):
            if len(longer) > 1:
                return [name] if asked else []
            name = longer[0]
        wanted = WANTED.get(letter)
        if wanted and self.role(name) not in (None, wanted):
            return []
        return [name] if self.is_one(name, text, wanted) else []

    def is_one(self, name: str, text: str, wanted: str | None) -> bool:
        """Can words be one name? Not "mary juggling", nor "milk nearby": a name that is known with more behind it."""
        words = name.split()
        if len(words) == 1:
            return name in self.roles or name in ROLES or name not in FEELING
        if name in self.roles:
            return True
        if wanted == "person" and any(self.roles.get(word) == "person" for word in words):
            return False  # "poor mary", or another?
        if all(_capital(word, text) for word in words):
            return not words[0].endswith("ly") or wanted != "person"
        if wanted == "person":
            known = self.role(words[0]) or self.role(words[-1])
            return len(words) == 2 and not known and not any(word.endswith(("ly", "ing", "ed")) for word in words)
        return words[-1] in HEADS or words[-1] in ROLES or not any(self.role(word) for word in words[:-1])

    def is_person(self, name: str, part: str, text: str) -> bool | None:
        """Is it a person, rather than a place or a thing? None where nothing tells; ``part`` has the article."""
        if role := self.role(name):
            return role == "person"
        if name in MEN | WOMEN:
            return True
        if part.startswith("the ") or name in WITHOUT_ARTICLE:
            return False
        return True if all(_capital(word, text) for word in name.split()) else None

    def meant(self, pronoun: str, actor: Sequence[str] = ()) -> Sequence[str]:
        """Return the latest people that a pronoun can stand for, other than who acts."""
        if pronoun in ("they", "them"):
            people = [name for name, role in self.roles.items() if role == "person" and name not in actor]
            groups = [group for group in self.people if len(group) > 1 and not {*group} & {*actor}]
            return groups[-1] if groups else people if len(people) <= 2 and UNCLEAR not in self.people else ()
        others = MEN if pronoun in ("she", "her") else WOMEN
        for group in reversed(self.people):
            if group == UNCLEAR:
                return ()
            if len(group) == 1 and not {*group[0].split()} & others and group[0] not in actor:
                return group
        return ()

    def handled(self, pronoun: str) -> Sequence[str]:
        """Return the things that "it" or "them" stands for: those of the latest sentence about any."""
        latest = self.things[-1] if self.things else ()
        several = len(latest) > 1 or any(name.endswith("s") for name in latest)
        return latest if several == (pronoun == "them") or (pronoun == "it" and len(latest) == 1) else ()

    def remember(self, events: Sequence[Event]) -> None:
        """Keep who and what a sentence names, and where people are."""
        for event in events:
            for name in (*event.people, event.thing, event.place):
                if name and " " in name and name not in self.roles:
                    words = name.split()
                    self.parts.setdefault(words[-1], ([], []))[0].append(name)
                    self.parts.setdefault(words[0], ([], []))[1].append(name)
            self.roles |= dict.fromkeys(event.people, "person")
            if event.thing:  # what is said to be in a place may be a cat, or a person
                self.roles[event.thing] = self.role(event.thing) or (None if event.kind == "lies" else "thing")
                if event.kind in ("takes", "gives"):
                    self.holder[event.thing] = event.people[-1]
                elif event.kind != "denied":
                    self.holder.pop(event.thing, None)
            if event.place:
                self.roles[event.place], self.place = "place", event.place
            if event.kind in ("goes", "leaves"):
                self.where |= dict.fromkeys(event.people, event.place if event.kind == "goes" else None)
            if event.kind == "gives":
                self.people += [event.people[1:], event.people[:1]]
            elif event.people:
                self.people.append(event.people)
        if things := tuple(event.thing for event in events if event.thing):
            self.things.append(things)

    def remember_unread(self, tokens: Sentence) -> None:
        """Keep whom and what a sentence that cannot be read may be about, and that others may be in it."""
        people = [word for word in tokens if self.role(word) == "person" or word in MEN | WOMEN]
        things = [word for word in tokens if self.role(word) == "thing"]
        self.people += [(name,) for name in reversed(people)] or ([] if {*tokens[:1]} & RESERVED else [UNCLEAR])
        self.things.append((things[-1],) if things else UNCLEAR)
        self.place = None
        for word in people:
            self.where[word] = None


def _capital(word: str, text: str) -> bool:
    """Does the word stand in a text with a capital?"""
    return bool(re.search(rf"\b{re.escape(word[:1].upper() + word[1:])}\b", text))
