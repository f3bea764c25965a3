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


def test_topics_lengths_labels_and_noise_are_what_they_are_said_to_be(rng):
    known = facts(rng, 3000, 4000, 1)
    lengths = np.linalg.norm(known.keys, axis=1)
    about = known.keys.mean(axis=0) / np.linalg.norm(known.keys.mean(axis=0))
    share = known.keys @ about / lengths
    assert share.mean() == pytest.approx(0.8, abs=0.02), "the topic's part; the fact's own part stands across it"
    own = known.keys / lengths[:, None] - share[:, None] * about
    np.testing.assert_allclose(np.mean(np.sum(own**2, axis=1)), 0.36, rtol=0.05)
    np.testing.assert_allclose(np.linalg.norm(known.codes, axis=1), 1, rtol=1e-5)
    assert known.codes.shape == (100, 16) and known.keys.shape == (3000, 64)
    assert {*known.answers.tolist()} == {*range(100)}
    nearest = ((known.questions[:300, None] - known.keys) ** 2).sum(axis=2).argmin(axis=1)
    heard = known.questions[:300] - known.keys[nearest]
    assert np.mean(np.sum(heard**2, axis=1)) == pytest.approx(0.16, rel=0.1)
    apart = facts(rng, 2000, 10, 0)
    directions = apart.keys / np.linalg.norm(apart.keys, axis=1)[:, None]
    assert np.linalg.norm(directions.mean(axis=0)) < 0.1
    assert abs(np.linalg.norm(apart.keys, axis=1).mean() - 1) < 0.01
    with pytest.raises(ValueError, match="facts: questions is 0"):
        facts(rng, 5, 0, 1)
    with pytest.raises(ValueError, match="facts: topics is -1"):
        facts(rng, 5, 5, -1)
