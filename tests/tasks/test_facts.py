"""Facts: sizes, and that a question is nearest to its own fact."""

import numpy as np
import pytest

from nnmem.tasks.facts import facts


@pytest.mark.parametrize("topics", [0, 10])
def test_a_question_leads_to_its_fact(topics, rng):
    known = facts(rng, 200, 50, topics)
    assert {array.dtype for array in known[:4]} == {np.dtype(np.float32)}
    nearest = (known.keys @ known.questions.T).argmax(axis=0)
    found = (known.values[nearest] @ known.codes.T).argmax(axis=1)
    assert (found == known.answers).mean() > 0.8
    lengths = np.sqrt((known.keys**2).sum(axis=1))
    assert topics or (lengths.min() >= 0.899 and lengths.max() <= 1.101)


def test_no_facts_are_refused(rng):
    with pytest.raises(ValueError, match="facts: size is 0"):
        facts(rng, 0, 5, 1)
