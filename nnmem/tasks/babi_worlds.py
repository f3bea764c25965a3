"""Worlds of people, places and things that tell bAbI's stories: tasks 1, 2, 3, 6 and 15 for whoever has no data.

The text is in the official format, supporting facts included, and is read by the same reader. Words and manner are the
official ones, the stories are not; errors on them compare with each other, never with a paper's table.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnmem.tasks.babi import BabiError, Task, parse

NAMES = {
    1: "single supporting fact",
    2: "two supporting facts",
    3: "three supporting facts",
    6: "yes no questions",
    15: "basic deduction",
}
PEOPLE = ("Mary", "John", "Sandra", "Daniel")
PLACES = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
THINGS = ("apple", "football", "milk")
GOES = ("went to", "moved to", "journeyed to", "travelled to", "went back to")
TAKES = ("got", "took", "grabbed", "picked up")
DROPS = ("dropped", "left", "put down", "discarded")
ANIMALS = {"mouse": "mice", "wolf": "wolves", "cat": "cats", "sheep": "sheep"}
PETS = ("Gertrude", "Winona", "Emily", "Jessica")
PER_STORY = {15: 4}  # questions in a story; 5 in the others
TOLD = {1: (2, 2), 2: (2, 6), 3: (8, 20), 6: (2, 3)}  # sentences before each question, at least and at most


def world_task(task: int, seed: int = 0, questions: int = 1000) -> Task:
    """Return a task with as many questions for training as for testing, from two generators of their own.

    Raises
    ------
    BabiError
        There is no world for this task.
    """
    parts = [
        parse(story_text(task, np.random.default_rng([seed, task, part]), questions).encode(), f"world {task}")
        for part in (0, 1)
    ]
    return Task(task, NAMES[task], *parts)


def story_text(task: int, rng: np.random.Generator, questions: int) -> str:
    """Return a file in bAbI's format with at least one story and exactly this many questions.

    Raises
    ------
    BabiError
        There is no world for this task.
    """
    if task not in NAMES:
        raise BabiError(f"no world for task {task}; there are worlds for tasks {', '.join(map(str, NAMES))}")
    lines: list[str] = []
    while questions > 0:
        asked = min(questions, PER_STORY.get(task, 5))
        story = _fears(rng, asked) if task == 15 else _journeys(task, rng, asked)
        lines += [f"{number} {text}" for number, text in enumerate(story, 1)]
        questions -= asked
    return "\n".join(lines) + "\n"


def _journeys(task: int, rng: np.random.Generator, questions: int) -> Iterator[str]:
    """People walk about and, in tasks 2 and 3, carry things; the world knows where everything is and how it knows."""
    where: dict[str, tuple[str, int]] = {}  # person: place and line
    holder: dict[str, tuple[str, int]] = {}  # thing: who has it and the line of taking
    trace: dict[str, list[tuple[str, tuple[int, ...]]]] = {thing: [] for thing in THINGS}  # places and evidence
    line = 0
    for _ in range(questions):
        told, least = 0, rng.integers(*TOLD[task], endpoint=True)
        while told < least or not (where if task in (1, 6) else _askable(task, trace)):
            line, told = line + 1, told + 1
            person = str(rng.choice(PEOPLE))
            can = _possible(person, where, holder, trace) if task in (2, 3) else []
            if can and rng.random() < 0.4:
                thing = str(rng.choice(can))
                place, moved = where[person]
                if thing in holder:
                    del holder[thing]
                    trace[thing][-1] = place, (line, moved)
                    yield f"{person} {rng.choice(DROPS)} the {thing}."
                    continue
                holder[thing] = person, line
                trace[thing][-1:] = [(place, (line, moved))]  # where it was known to lie, if it was known
                yield f"{person} {rng.choice(TAKES)} the {thing} there."
                continue
            place = str(rng.choice([place for place in PLACES if place != where.get(person, ("", 0))[0]]))
            where[person] = place, line
            for thing, (who, taken) in holder.items():
                if who == person:
                    trace[thing].append((place, (taken, line)))
            yield f"{person} {rng.choice(GOES)} the {place}."
        line += 1
        yield _question(task, rng, where, trace)


def _possible(person: str, where: dict, holder: dict, trace: dict) -> list[str]:
    """Things that a person can drop, or take where they are; nobody knows where a thing is before its first taking."""
    if person not in where:
        return []
    return [
        thing
        for thing in THINGS
        if (holder[thing][0] == person if thing in holder else _place(trace[thing]) in (None, where[person][0]))
    ]


def _place(steps: list) -> str | None:
    return steps[-1][0] if steps else None


def _askable(task: int, trace: dict) -> list[str]:
    """Things whose place, or in task 3 whose place before that, is known."""
    return [thing for thing, steps in trace.items() if len({place for place, _ in steps[-2:]}) >= task - 1]


def _question(task: int, rng: np.random.Generator, where: dict, trace: dict) -> str:
    if task in (1, 6):
        person = str(rng.choice(list(where)))
        place, line = where[person]
        if task == 1:
            return f"Where is {person}?\t{place}\t{line}"
        asked = place if rng.random() < 0.5 else rng.choice([other for other in PLACES if other != place])
        return f"Is {person} in the {asked}?\t{'yes' if asked == place else 'no'}\t{line}"
    thing = str(rng.choice(_askable(task, trace)))
    place, evidence = trace[thing][-1]
    if task == 2:
        return f"Where is the {thing}?\t{place}\t{' '.join(map(str, evidence))}"
    before, earlier = trace[thing][-2]
    lines = dict.fromkeys((*earlier, *evidence))
    return f"Where was the {thing} before the {place}?\t{before}\t{' '.join(map(str, lines))}"


def _fears(rng: np.random.Generator, questions: int) -> Iterator[str]:
    """Every kind of animal is afraid of another, and every pet is of a kind."""
    kinds = list(ANIMALS)
    feared = dict(zip(kinds, rng.permutation(kinds).tolist(), strict=True))
    while any(kind == other for kind, other in feared.items()):
        feared = dict(zip(kinds, rng.permutation(kinds).tolist(), strict=True))
    kind_of = {pet: str(rng.choice(kinds)) for pet in PETS}
    facts = {("kind", kind): f"{ANIMALS[kind].capitalize()} are afraid of {ANIMALS[feared[kind]]}." for kind in kinds}
    facts |= {("pet", pet): f"{pet} is a {kind}." for pet, kind in kind_of.items()}
    keys = list(facts)
    order = [keys[i] for i in rng.permutation(len(keys))]
    yield from (facts[key] for key in order)
    for _ in range(questions):
        pet = str(rng.choice(PETS))
        lines = order.index(("pet", pet)) + 1, order.index(("kind", kind_of[pet])) + 1
        yield f"What is {pet.lower()} afraid of?\t{feared[kind_of[pet]]}\t{lines[0]} {lines[1]}"
