"""What a story tells, sentence by sentence: events, with names for pronouns, or that a sentence cannot be read in full.

"Mary went home and took the key" is two sentences; in "took the key", and in "then to the garden", the latest subject
is put before it. Where a word is in the place of no verb that is known, or a name may mean several, nothing is read:
what is read in part would mislead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nnmem.tasks.babi import Sentence
from nnmem.tasks.event_words import SAID, Event, fill, said, taken_before
from nnmem.tasks.plain_english import AND, THE, clauses, numbered_lines, sentences, tokens_of, word_set
from nnmem.tasks.sentence_forms import ASKED, DENIED, TOLD, Match, matches
from nnmem.tasks.told_names import NamesTold
from nnmem.tasks.word_groups import DOING, GROUPS, HOLDING_THINGS

ASKS = {"person": "where", "thing": "where", "holder": "who"}  # kinds of learned questions that are read alike
ASKING = word_set("where who whom whose what which how why when is are am was were does do did has have can could")
SUBORDINATE = word_set(
    "because if when while where who which whose before after until since unless although though whether as than"
)
EVERYBODY = word_set(
    "everyone everybody all both everything nobody none each someone somebody anyone anybody something"
)
LEADING = re.compile(r"^(?:and )?(?:(?:can |could |do )?you (?:tell me|know) |tell me |i wonder )")
BARE = DOING | word_set(f"{GROUPS['BE']} to into")  # what a part without a subject begins with
EXIT = word_set(GROUPS["EXIT"])
NOT = re.compile(r"\b(?:(?:did|do|does|has|have|had|was|were|is|are) )?(?:not|never)(?: ever)? ?")
AT_ONCE = 6  # parts of a sentence that are read as one, at most


class Typed(NamedTuple):
    """A sentence as it was typed and as it is read."""

    text: str
    words: Sentence  # for a model; none where a model has nothing to read
    asks: bool
    begins: bool = False  # a line numbered 1, as the first of each of bAbI's stories is
    event: Event | None = None  # None: it cannot be read in full
    mentions: frozenset[str] | None = (
        frozenset()
    )  # of what is not read: every word, and names that it may mean; None: all


def read_text(text: str) -> list[Typed]:
    """Return the sentences of a text; what holds no word is left out."""
    return list(Listener().hear(text))


class Listener:
    """Reads on from what it has read."""

    def __init__(self) -> None:
        self.told = NamesTold()

    def hear(self, text: str) -> Iterator[Typed]:
        """Yield the sentences of a text that goes on."""
        for line, begins in numbered_lines(text):
            if begins:
                self.told = NamesTold()
            for sentence in sentences(line):
                for typed in self.read(sentence):
                    yield typed._replace(begins=begins)
                    begins = False

    def read(self, sentence: str) -> Iterator[Typed]:
        """Yield a question, or what a statement tells."""
        tokens, end = tokens_of(sentence), sentence[-1]
        if not tokens:
            return
        asks = end in "?？" or (tokens[0] in ASKING and end not in ".!;。！；")
        if asks or tokens[0] in ASKING or LEADING.match(" ".join(tokens)):
            question = self.question(sentence)
            if question or asks:
                yield question or Typed(sentence, tokens, True)
                return
        yield from self.statement(sentence)

    def statement(self, sentence: str) -> Iterator[Typed]:
        """Yield what a sentence tells, part by part, as much at a time as can be read; what cannot ends it."""
        spans, at = clauses(sentence), 0
        ends = [stop for _, stop in spans[:-1]] + [len(sentence)]
        if SUBORDINATE & {*tokens_of(sentence)}:
            ends = []
        while at < len(spans):
            for stop in range(min(len(ends), at + AT_ONCE), at, -1):
                text = sentence[spans[at][0] : ends[stop - 1]]
                if found := self.events(text):
                    self.told.remember([event for event, _ in found])
                    for event, words in found:
                        yield Typed(text, words, False, False, event)
                    at = stop
                    break
            else:
                yield self.unread(sentence[spans[at][0] :], sentence)
                return

    def unread(self, text: str, sentence: str) -> Typed:
        """Return what cannot be read, with every word of the sentence, and whom its pronouns may mean."""
        tokens = tokens_of(sentence)
        mentioned = {*tokens}
        for word in mentioned & word_set("he she they him her it them"):
            mentioned |= {*self.told.handled(word), *(self.told.meant(word) if word != "it" else ())}
            mentioned |= {*self.told.meant(word, tuple(mentioned))} if word != "it" else set()
        if (text != sentence or tokens[0] in BARE) and self.told.people:
            mentioned |= {*self.told.people[-1]}
        self.told.remember_unread(tokens_of(text))
        return Typed(text, (), False, False, None, None if EVERYBODY & {*tokens} else frozenset(mentioned))

    def question(self, text: str) -> Typed | None:
        """Return a question as it is read, or None if it cannot be."""
        tokens = tuple(LEADING.sub("", " ".join(tokens_of(text))).split())
        for match in matches(tokens, ASKED):
            slots = {letter: self.told.names(letter, part, text, asked=True) for letter, part in match.slots.items()}
            one = {letter: found[0] for letter, found in slots.items() if len(found) == 1}
            if len(one) < len(slots) or one.get("c", one.get("a")) != one.get("a"):
                continue
            kind = ASKS.get(match.form.kinds[0], match.form.kinds[0])
            about = one.get("a") or one.get("x")
            is_thing = about is not None and "a" not in one and self.told.role(about) != "person"
            event = Event(
                kind, (about,) if about and not is_thing else (), about if is_thing else one.get("t"), one.get("p")
            )
            return Typed(
                text, fill(match.form.says or SAID[kind].split(), {"x": about or "", **one}), True, False, event
            )
        return None

    def events(self, text: str) -> list[tuple[Event, Sentence]]:
        """Return what a part of a sentence tells, each event with words for a model; nothing if it cannot be read."""
        first = tokens_of(text)
        if first[:1] == ("there",) and first[1:2] and first[1] not in GROUPS["BE"].split():
            first = first[1:]  # "there she met Daniel"
        subject = self.told.people[-1] if self.told.people else ()
        if first[:1] and first[0] in BARE and subject:
            first = (*f" {AND} ".join(subject).split(), *(("went",) if first[0] in ("to", "into") else ()), *first)
        for tokens in dict.fromkeys((first, tuple(THE if word == "her" else word for word in first))):
            if found := self.denied(tokens, text) if {"not", "never", "no"} & {*tokens} else self.plain(tokens, text):
                return found
        return []

    def denied(self, tokens: Sentence, text: str) -> list[tuple[Event, Sentence]]:
        """Return what is told by saying what is not so; what did not happen changes nothing."""
        for match in matches(tokens, DENIED):
            if found := self.meaning(match, text):
                return found
        rest = tuple(NOT.sub("", " ".join(tokens)).replace("been", "was").split())
        found = self.plain(rest, text)
        if "no" in rest or any(event.kind in ("leaves", "drops", "puts", "lies") for event, _ in found):
            return found if "no" in tokens and rest == tokens else []  # who did not leave is still there
        return [(event._replace(kind="denied"), ()) for event, _ in found]

    def plain(self, tokens: Sentence, text: str) -> list[tuple[Event, Sentence]]:
        """Return what is told; with "had gone", which may be long past, only of whom nothing else is known."""
        for match in matches(tokens, TOLD):
            if found := self.meaning(match, text):
                return found
        at = next((i for i, word in enumerate(tokens[:-1]) if word in ("has", "have", "had")), len(tokens))
        past = tokens[at : at + 1] == ("had",)
        verb = "".join(tokens[at + 1 : at + 2])
        if verb in DOING or (past and verb == "been"):
            rest = (*tokens[:at], "was" if verb == "been" else verb, *tokens[at + 2 :])
            for match in matches(rest, TOLD):
                if found := self.meaning(match, text):
                    events = [event for event, _ in found]
                    known = any(event.thing in self.told.roles for event in events if event.thing)
                    known |= any({*event.people} & self.told.where.keys() for event in events if not event.thing)
                    return [] if past and known else found
        return []

    def meaning(self, match: Match, text: str) -> list[tuple[Event, Sentence]]:
        """Return what a sentence in a form tells; nothing if a name cannot be what the form wants."""
        slots: dict[str, list[str]] = {}
        for letter, part in match.slots.items():
            found = self.told.names(letter, part, text, slots.get("a", slots.get("A", ())))
            if not found or (letter.islower() and len(found) > 1):
                return []
            slots[letter] = found
        events = self.told_by(match, slots, text)
        unheld = [
            event
            for event in events
            if event.kind in ("gives", "drops") and self.told.holder.get(str(event.thing)) != event.people[0]
        ]
        if unheld:  # nobody told that they had it
            return [(event, said(each)) for event in events for each in taken_before(event)]
        if len(events) == 1 and match.form.says and events[0].kind == match.form.kinds[0]:
            b = slots["A"][1] if len(slots.get("A", ())) > 1 else slots.get("b", [""])[0]
            return [(events[0], fill(match.form.says, {**{k.lower(): v[0] for k, v in slots.items()}, "b": b}))]
        return [(event, said(event)) for event in events]

    def told_by(self, match: Match, slots: Mapping[str, list[str]], text: str) -> list[Event]:
        """Return the events that a form tells of these names."""
        people, things = slots.get("A") or slots.get("a", []), slots.get("T") or slots.get("t", [])
        given, place, other = slots.get("b", [""])[0], slots.get("p", [None])[0], slots.get("x", [""])[0]
        is_person = self.told.is_person(other, match.slots["x"], text) if other else None
        first, kinds = (people or [""])[0], match.form.kinds
        if len({*people, given}) < len(people) + 1 or (len(people) > 1 and things):
            return []  # two who hold one thing
        if other and is_person is None and kinds[0] != "idle":
            return []
        unclear = any(self.told.role(name) is None for name in (place, *things) if name)
        if unclear and (match.form.keys == EXIT or (kinds == ("leaves",) and "left" in match.form.says)):
            return []  # who leaves "the orb" may be out of it, or without it
        if kinds[0] in ("brings", "takes_from") and is_person:
            return [Event("gives", (first, other) if kinds[0] == "brings" else (other, first), each) for each in things]
        put = (place or other).split()[-1:] and (place or other).split()[-1] in HOLDING_THINGS
        if kinds[0] == "brings":
            kinds, place = ("puts",) if put else ("takes", "goes"), other
        elif kinds == ("goes", "takes") and put:  # "found the key in the box"
            kinds = ("takes",)
        events: list[Event] = []
        for kind in kinds:
            if kind == "was":
                events += [
                    Event("goes", (who,), None, slots["q"][0])
                    for who in people
                    if self.told.where.get(who) != slots["q"][0]
                ]
            elif kind == "with":
                events.append(Event("goes", (other,), None, place) if is_person else Event("takes", (first,), other))
            elif kind == "goes" and self.stands(match, people, text):
                events += [Event("lies", (), who, place) for who in people]
            elif kind == "goes" and (kinds == ("goes",) or self.told.where.get(first) != place):
                groups = [tuple(people)] if len(people) == 2 else [(who,) for who in people]
                events += [Event(kind, group, None, place) for group in groups]
            elif kind == "leaves":
                events += [Event(kind, (who,), None, place or self.told.where.get(who)) for who in people]
            elif kind == "absent":
                events += [
                    Event("leaves" if self.told.where.get(who) == place else kind, (who,), None, place)
                    for who in people
                ]
            elif kind == "gives":
                events += [Event(kind, (first, given), each) for each in things]
            elif kind == "idle":
                events.append(Event(kind, tuple(people)))
            elif kind != "goes":
                events += [Event(kind.removesuffix("_from"), (first,) * bool(people), each, place) for each in things]
        return events

    def stands(self, match: Match, names: Sequence[str], text: str) -> bool:
        """Is something in a place, of which nothing tells that it is a person?"""
        standing = {"is", "are", "was"} & {*match.form.says} or "is" in match.form.keys
        part = match.slots.get("A") or match.slots.get("a", "")
        return bool(standing) and not any(self.told.is_person(name, part, text) for name in names)
