import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnmem.tasks.babi import BabiError, Question, parse
from nnmem.tasks.babi_features import Vocabulary
from nnmem.tasks.babi_supported import supported

TEXT = b"""1 Mary got the milk.
2 Mary went to the garden.
3 John ran.
4 Where is the milk?\tgarden\t1 2
5 John went to the kitchen.
6 Where is John?\tkitchen\t5
"""


def test_stories_stand_in_the_order_told_with_their_facts():
    questions = parse(TEXT, "t")
    vocabulary = Vocabulary.of(questions)
    found = supported(questions, vocabulary, 50)
    assert found.lengths.tolist() == [3, 4] and found.stories.shape == (2, 4)
    for row, question in enumerate(questions):
        for place, sentence in enumerate(question.story):
            assert_array_equal(found.sentences[found.stories[row, place]], vocabulary.features(sentence))
    assert found.stories[0, 3] == 0 and not found.sentences[0].any()
    assert found.facts.tolist() == [[0, 1], [3, -1]]
    assert [vocabulary.words[answer] for answer in found.answers] == ["garden", "kitchen"]


def test_a_short_memory_keeps_the_latest_and_the_facts_among_them():
    questions = parse(TEXT, "t")
    with pytest.warns(UserWarning, match="the latest 2 are kept"):
        found = supported(questions, Vocabulary.of(questions), 2)
    assert found.stories.shape == (2, 2) and found.facts.tolist() == [[0], [1]]
    rows = found.sentences[found.stories[1]]
    assert_array_equal(rows, [Vocabulary.of(questions).features(s) for s in questions[1].story[-2:]])


@pytest.mark.parametrize(("hops", "facts"), [(1, [[0], [3]]), (3, [[0, 1, -1], [3, -1, -1]])])
def test_as_many_facts_as_are_asked_for(hops, facts):
    questions = parse(TEXT, "t")
    assert supported(questions, Vocabulary.of(questions), 50, hops).facts.tolist() == facts


@pytest.mark.parametrize("fact", [1, -1])
def test_facts_that_point_nowhere_are_named(fact):
    question = Question((("mary", "ran"),), ("where", "is", "mary"), "out", (fact,), 1)
    message = rf"question 1 \('where is mary'\): supporting fact {fact} points nowhere, the story has sentences 0 to 0"
    with pytest.raises(BabiError, match=message):
        supported([question], Vocabulary.of([question]), 50)


def test_a_story_without_sentences_is_named():
    with pytest.raises(BabiError, match="supporting fact 0 points nowhere, the story is empty"):
        supported([Question((), ("where",), "out", (0,), 1)], Vocabulary(("where",), 1), 50)
    question = Question((), ("where", "is", "mary"), "out", (), 1)
    with pytest.raises(ValueError, match=r"question 1 \('where is mary'\) has an empty story"):
        supported([question], Vocabulary(("mary",), 3), 50)


def test_words_and_answers_that_are_unknown():
    questions = parse(TEXT, "t")
    found = supported(questions, Vocabulary(("john", "kitchen"), 5), 50)
    assert found.answers.tolist() == [-1, 1] and found.sentences.shape[1] == 4
    assert np.isfinite(found.sentences).all()
