"""The worlds that need no data: answers follow from their supporting facts."""

import numpy as np
import pytest

from nnmem.tasks import babi_worlds
from nnmem.tasks.babi import BabiError
from nnmem.tasks.babi_worlds import NAMES, story_text, world_task


@pytest.mark.parametrize("task", NAMES)
def test_worlds_tell_what_follows_from_their_supporting_facts(task):
    """An answer is worked out again from the supporting facts alone."""
    made = world_task(task, seed=3, questions=120)
    assert len(made.train) == len(made.test) == 120
    assert not {q.story for q in made.train} & {q.story for q in made.test}
    for question in made.train + made.test:
        facts = [question.story[i] for i in question.supporting]
        assert facts and answer(task, question.words, facts) == question.answer
        if task in (1, 6):
            person = question.words[2 if task == 1 else 1]
            later = question.story[question.supporting[0] + 1 :]
            assert all(sentence[0] != person for sentence in later), "the latest move counts"


def answer(task, words, facts):
    if task == 1:
        return facts[0][-1] if facts[0][0] == words[-1] else None
    if task == 6:
        return "yes" if facts[0][-1] == words[-1] else "no"
    if task == 15:
        (pet, _, _, kind), fear = facts
        assert pet == words[2]
        return (
            {"mice": "mouse", "wolves": "wolf", "cats": "cat", "sheep": "sheep"}[fear[-1]]
            if kind in babi_worlds.ANIMALS
            else None
        )
    taken, moves = facts[0], [fact for fact in facts if "the" in fact[-2:] and fact[-1] in babi_worlds.PLACES]
    assert words[3] in taken
    return moves[-1][-1] if task == 2 else moves[-2][-1]


def test_worlds_repeat_and_differ_by_seed():
    def text(seed):
        return story_text(2, np.random.default_rng(seed), 10)

    assert text(1) == text(1) != text(2)
    with pytest.raises(BabiError, match="no world for task 4; there are worlds for tasks 1, 2, 3, 6, 15"):
        world_task(4)


@pytest.mark.parametrize("task", NAMES)
def test_stories_are_as_long_and_as_many_as_they_are_said_to_be(task):
    assert [len(world_task(task, questions=n).train) for n in (1, 7, 23)] == [1, 7, 23]
    made = world_task(task, seed=1, questions=400)
    per_story = np.bincount([question.number for question in made.train])[1:]
    assert set(per_story) == {4 if task == 15 else 5}
    if task == 15:
        assert all(len(question.story) == 8 for question in made.train)
        return
    told = np.array([len(question.story) for question in made.train]).reshape(-1, 5)
    more = np.diff(told, axis=1, prepend=0)
    least, most = babi_worlds.TOLD[task]
    assert more.min() == least and more[:, 1:].max() == most
    words = {word for question in made.train for sentence in question.story for word in sentence}
    wanted = {*babi_worlds.PLACES, *(name.lower() for name in babi_worlds.PEOPLE)}
    wanted |= {*babi_worlds.THINGS} if task in (2, 3) else set()
    said = (*babi_worlds.GOES, *(babi_worlds.TAKES + babi_worlds.DROPS if task in (2, 3) else ()))
    assert wanted | {word for phrase in said for word in phrase.split()} <= words
    answers = [question.answer for question in made.train]
    assert set(answers) == ({"yes", "no"} if task == 6 else {*babi_worlds.PLACES})
    if task == 6:
        assert 0.4 < np.mean([answer == "yes" for answer in answers]) < 0.6


@pytest.mark.parametrize("task", [2, 3])
def test_what_is_taken_and_dropped_can_be(task):
    """Nobody takes what another has, drops what they have not, or goes where they are already."""
    walks = handled = 0
    for question in world_task(task, seed=2, questions=200).train:
        where, holder, lies = {}, {}, {}
        for sentence in question.story:
            person, words = sentence[0], set(sentence)
            thing = next(iter(words & {*babi_worlds.THINGS}), None)
            if thing is None:
                assert where.get(person) != sentence[-1]
                where[person] = sentence[-1]
                walks += 1
            elif "there" in words:
                assert thing not in holder and lies.get(thing, where[person]) == where[person]
                holder[thing] = person
                handled += 1
            else:
                assert holder.pop(thing) == person
                lies[thing] = where[person]
                handled += 1
    assert handled / (walks + handled) == pytest.approx({2: 0.24, 3: 0.28}[task], abs=0.05)
    mice = world_task(15, seed=2, questions=40).train
    kinds = {k: v for v, k in babi_worlds.ANIMALS.items()}
    for question in mice:
        fears = {kinds[s[0]]: s[-1] for s in question.story if s[-2] == "of"}
        assert {*fears} == {*babi_worlds.ANIMALS} and all(kinds[other] != kind for kind, other in fears.items())
