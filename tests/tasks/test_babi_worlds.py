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
