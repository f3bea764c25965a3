"""Stories and answers as lists of words."""

import numpy as np
import pytest

from nnmem.tasks.babi import Question
from nnmem.tasks.babi_answers import WordLists, strewn, write_down

QUESTIONS = [
    Question((("mary", "got", "milk"), ("mary", "got", "apple")), ("what", "has", "mary"), "milk,apple", (0, 1), 1),
    Question((("john", "left"),), ("what", "has", "john"), "nothing", (0,), 2),
]
WORDS = WordLists.of(QUESTIONS)


def test_a_list_is_its_words_and_an_end():
    assert WORDS.answers == ("", "apple", "milk", "nothing") and WORDS.longest == 3
    stories = write_down(QUESTIONS, WORDS, 50)
    assert stories.answers.tolist() == [[2, 1, 0], [3, 0, -1]]
    assert [WORDS.text(answer) for answer in stories.answers] == ["milk,apple", "nothing"]
    assert WORDS.text(np.array([2, 2])) == "milk,milk"


def test_sentences_are_listed_once_and_facts_in_order():
    stories = write_down([QUESTIONS[0], QUESTIONS[0], QUESTIONS[1]], WORDS, 50)
    read = [" ".join(WORDS.words[word] for word in row if word >= 0) for row in stories.sentences]
    assert read[0] == "" and len(read) == 6
    assert [read[fact] for fact in stories.facts[1]] == ["mary got milk", "mary got apple"]
    assert stories.lengths.tolist() == [2, 2, 1] and stories.facts[2, 1] == 0
    assert read[stories.questions[2]] == "what has john"
    assert stories.supporting.tolist() == [[0, 1], [0, 1], [0, -1]] and stories.cut == 0


def test_the_latest_are_kept():
    stories = write_down(QUESTIONS, WORDS, 1)
    assert stories.lengths.tolist() == [1, 1] and stories.cut == 1
    assert stories.supporting.tolist() == [[0], [0]]


def test_unknown_words_are_left_out_and_unknown_answers_are_never_right():
    question = Question((("mary", "ate", "milk"),), ("what", "has", "mary"), "bread", (0,), 1)
    stories = write_down([question], WORDS, 50)
    assert (stories.sentences[1] >= 0).sum() == 2 and stories.answers.tolist() == [[-2, 0]]


def test_of_a_sentence_longer_than_any_to_learn_from_the_first_words_are_kept():
    question = Question((("mary", "got", "apple", "milk"),), ("what", "has", "john"), "milk", (0,), 1)
    stories = write_down([question], WORDS, 50)
    assert [WORDS.words[word] for word in stories.sentences[1]] == ["mary", "got", "apple"]


def test_a_story_without_sentences():
    stories = write_down([QUESTIONS[1]._replace(story=(), supporting=())], WORDS, 50)
    assert stories.facts.shape == (1, 0) and stories.lengths.tolist() == [0] and stories.supporting.shape == (1, 0)


def test_what_cannot_be_written_down_is_named():
    with pytest.raises(
        ValueError, match="question 1 has supporting fact 7, which points nowhere: the story has 2 sent"
    ):
        write_down([QUESTIONS[0]._replace(supporting=(7,))], WORDS, 50)
    with pytest.raises(ValueError, match="there are no questions"):
        write_down([], WORDS, 50)
    with pytest.raises(ValueError, match="WordLists: there are no questions"):
        WordLists.of([])


def test_empty_sentences_are_strewn_and_supporting_facts_move_along(rng):
    stories = write_down([QUESTIONS[0], QUESTIONS[1]], WORDS, 50)
    chosen, seen = np.array([1, 0, 0]), set()
    for _ in range(60):
        facts, lengths, supporting = strewn(stories, chosen, 0.9, 3, rng)
        assert lengths.max() <= 3 and facts.shape == (3, lengths.max())
        for row, length, places, number in zip(facts, lengths, supporting, chosen, strict=True):
            told = stories.facts[number, : stories.lengths[number]].tolist()
            assert [fact for fact in row if fact] == told and not row[length:].any()
            wanted = stories.supporting[number]
            assert [row[p] for p in places if p >= 0] == [told[w] for w in wanted if w >= 0]
        seen |= {tuple(row) for row in facts.tolist()}
    assert len(seen) > 5
    facts, lengths, supporting = strewn(stories, chosen, 0.0, 50, rng)
    assert (
        facts.tolist() == stories.facts[chosen].tolist() and supporting.tolist() == stories.supporting[chosen].tolist()
    )
