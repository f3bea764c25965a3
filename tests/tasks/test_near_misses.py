"""Near misses tell nothing, to another reader."""

import numpy as np
from story_reader import answer

from nnmem.tasks.desk_phrases import UNTOLD
from nnmem.tasks.near_misses import NEAR_MISSES, near_misses


def test_near_misses_are_untold_to_another_reader():
    kinds = {"where is": ("person", "thing"), "where was": ("before",), "who has": ("holder",)}
    kinds |= {"is": ("in",), "does": ("has",)}
    wanted = near_misses(np.random.default_rng(0), each=3)
    assert len(wanted) == 3 * len(NEAR_MISSES.strip().splitlines()) == 75
    for each in wanted:
        question = each.question
        said = " ".join(question.words)
        for kind in next(kinds[start] for start in kinds if said.startswith(start)):
            assert question.answer == UNTOLD == answer(kind, question.story, question.words), question
