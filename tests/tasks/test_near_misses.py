"""Near misses tell nothing, and what was handed on is where it is, to another reader."""

import numpy as np
from story_reader import answer

from nnmem.tasks.desk_phrases import UNTOLD
from nnmem.tasks.near_misses import HANDED_ON, NEAR_MISSES, handed_on, near_misses


def test_near_misses_are_untold_to_another_reader():
    kinds = {"where is": ("person", "thing"), "where was": ("before",), "who has": ("holder",)}
    kinds |= {"is": ("in",), "does": ("has",)}
    wanted = near_misses(np.random.default_rng(0), each=3)
    assert (
        len(wanted) == 3 * len(NEAR_MISSES.strip().splitlines()) == 75
        and len(near_misses(np.random.default_rng(0))) == 1000
    )
    for each in wanted:
        question = each.question
        said = " ".join(question.words)
        for kind in next(kinds[start] for start in kinds if said.startswith(start)):
            assert question.answer == UNTOLD == answer(kind, question.story, question.words), question


def test_things_that_are_handed_on_are_there_to_another_reader():
    wanted = handed_on(np.random.default_rng(1), each=4)
    assert len(wanted) == 4 * len(HANDED_ON.strip().splitlines()) and len(handed_on(np.random.default_rng(1))) == 640
    kinds = {"where": "thing", "who": "holder", "does": "has"}
    for each in wanted:
        question = each.question
        assert question.answer == answer(kinds[question.words[0]], question.story, question.words) != UNTOLD, question
