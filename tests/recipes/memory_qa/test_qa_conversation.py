"""A trained system in use: facts that are added after training are answered from."""

import numpy as np
import pytest

from nnmem.recipes.memory_qa.qa_conversation import QAConversation
from nnmem.recipes.memory_qa.qa_training import QASettings, build, train
from nnmem.tasks.babi_answers import WordLists, write_down
from nnmem.tasks.babi_worlds import world_task

SETTINGS = QASettings(slots=8, hops=1, epochs=12)


@pytest.fixture(scope="module")
def trained():
    task = world_task(1, 0)
    words = WordLists.of(task.train)
    params, _ = train(write_down(task.train, words, SETTINGS.memory), words, SETTINGS, (0, 1))
    return build(words, SETTINGS), params, words


def test_facts_added_in_use_are_answered_from(trained):
    talk = QAConversation(*trained)
    talk.tell("Mary went to the kitchen.")
    talk.tell("John moved to the garden.")
    assert talk.ask("Where is Mary?").text == "kitchen"
    talk.tell("Mary journeyed to the office.")
    reply = talk.ask("Where is Mary?")
    assert reply.text == "office" and 0.5 < reply.probability <= 1
    assert reply.traces.shape == (1, 3) and reply.traces[0].argmax() == 2 and len(reply.facts) == 3
    assert talk.ask("Where is John?").text == "garden"


def test_many_new_stories_are_answered(trained):
    """Facts told one by one to a memory of eight slots, and a question behind each."""
    rng, right, asked = np.random.default_rng(5), 0, 0
    people, places = ("Mary", "John", "Sandra", "Daniel"), ("kitchen", "garden", "office", "bedroom", "hallway")
    for _ in range(20):
        talk, where = QAConversation(*trained), {}
        for _ in range(8):
            person, place = people[rng.integers(4)], places[rng.integers(5)]
            where[person] = place
            talk.tell(f"{person} went to the {place}.")
            someone = list(where)[rng.integers(len(where))]
            right += talk.ask(f"Where is {someone}?").text == where[someone]
            asked += 1
    assert right / asked >= 0.97


def test_a_question_before_any_fact_gets_some_answer(trained):
    reply = QAConversation(*trained).ask("Where is Mary?")
    assert reply.traces.shape == (1, 0) and reply.facts == () and 0 < reply.probability <= 1


def test_ten_thousand_facts_the_latest_are_kept(trained):
    talk = QAConversation(*trained)
    talk.tell("John went to the kitchen.")
    for _ in range(10**4):
        talk.facts.append(("mary", "went", "to", "the", "garden"))
    talk.tell("Sandra went to the office.")
    reply = talk.ask("Where is Sandra?")
    assert reply.text == "office" and len(reply.facts) == reply.traces.shape[1] == SETTINGS.memory


def test_unknown_words_and_empty_sentences_are_named(trained):
    talk = QAConversation(*trained)
    with pytest.raises(ValueError, match=r"the word .kitchn. is unknown: .*kitchen"):
        talk.tell("Mary went to the kitchn.")
    with pytest.raises(ValueError, match="the word 'who' is unknown"):
        talk.ask("Who is Mary?")
    with pytest.raises(ValueError, match="no word in"):
        talk.tell(" . ")
    assert not talk.facts
