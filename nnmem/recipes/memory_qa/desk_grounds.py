"""What of a story a question is answered from, and which sentences that nobody could read stand in the way."""

from __future__ import annotations

from collections.abc import Sequence

from nnmem.tasks.babi import Sentence
from nnmem.tasks.event_words import Event, said
from nnmem.tasks.told_events import Typed

PLACING = "goes", "leaves"
HANDLING = "takes", "gives", "drops", "puts"


def told_for(facts: Sequence[Typed], asked: Event) -> list[tuple[int, Sentence]]:
    """Return the sentences that can be read, by their place in the story, in the words that suit the question.

    Where a thing was put, or is said to be, nothing told of it before matters. That somebody is not in a place, or has
    not a thing, is told only to whom asks just that.
    """
    events = [fact.event for fact in facts]
    since = max(
        (i for i, e in enumerate(events) if e and e.thing == asked.thing and e.kind in ("lies", "puts")), default=0
    )
    placed: set[str] = set()
    found = []
    for i, (fact, event) in enumerate(zip(facts, events, strict=True)):
        if event is None:
            continue
        words, own = fact.words, asked.thing is not None and event.thing == asked.thing
        same = event.people == asked.people
        if own and i < since:
            continue
        if event.kind == "puts" and own:
            kind = "lies" if asked.kind in ("where", "in") else "drops"
            words = said(event._replace(kind=kind))
        elif event.kind == "lacks" and own and same and asked.kind == "has":
            words = said(event._replace(kind="drops"))
        elif event.kind == "absent" and same and asked.kind == "in" and asked.place == event.place:
            words = said(event._replace(kind="leaves")) if event.people[0] not in placed else ()
        if event.kind in PLACING:
            placed |= {*event.people}
        if words:
            found.append((i, words))
    return found


def doubtful(facts: Sequence[Typed], asked: Event) -> list[int]:
    """Return the sentences, by their place in the story, that cannot be read and could change the answer.

    They name whom or what is asked about, or who has it, and come after what is known of it.
    """

    def unread(name: str, start: int, stop: int) -> list[int]:
        return [i for i in range(start + 1, stop) if facts[i].event is None and names(facts[i], name)]

    def latest(name: str, stop: int) -> int:
        """The sentence that tells where somebody is, before another; -1 if none does."""
        for i in range(stop - 1, -1, -1):
            event = facts[i].event
            if event and name in event.people and event.kind in PLACING:
                return i
        return -1

    end = len(facts)
    thing, who = asked.thing, (*asked.people, "")[0]
    if asked.kind == "before":
        trail = [
            i for i, fact in enumerate(facts) if fact.event and who in fact.event.people and fact.event.kind in PLACING
        ]
        there = [n for n, i in enumerate(trail) if facts[i].event == ("goes", facts[i].event.people, None, asked.place)]  # type: ignore[union-attr]
        return unread(who, trail[there[-1] - 1] if there and there[-1] else -1, end)
    if thing is None:
        return unread(who, latest(who, end), end)
    touched, holder, found = -1, "", []
    for i, fact in enumerate(facts):
        event = fact.event
        if event and event.thing == thing:
            if event.kind == "lacks":
                found += [i] if holder == event.people[0] and not (asked.kind == "has" and who == holder) else []
            elif event.kind in (*HANDLING, "lies"):
                touched, found = i, []
                holder = event.people[-1] if event.kind in ("takes", "gives") else ""
    found += unread(thing, touched, end)
    if asked.kind in ("where", "in") and touched >= 0:
        event = facts[touched].event
        if holder:
            found += unread(holder, latest(holder, end), end)
        elif event and event.kind == "drops":
            found += unread(event.people[0], latest(event.people[0], touched), touched)
    return sorted({*found})


def names(fact: Typed, name: str) -> bool:
    """Does a sentence that cannot be read name it, in full or by its last word?"""
    return fact.mentions is None or bool({name, name.split()[-1]} & fact.mentions)
