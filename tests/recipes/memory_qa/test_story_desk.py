"""The desk: what is read, what stands for unknown words, what is remembered, when it declines."""

import re
from pathlib import Path

import numpy as np
import pytest

from nnmem.recipes.memory_qa.desk_answers import answer_of, bar, reply
from nnmem.recipes.memory_qa.story_desk import ALONE, REASONS, Conversation, Desk, Seen
from nnmem.recipes.trained import InputError
from nnmem.tasks.desk_phrases import ANSWERS, UNTOLD, desk_vocabulary
from nnmem.tasks.plain_english import words_of
from nnmem.tasks.told_events import read_text

WORDS = desk_vocabulary()


class LastWord:
    """Answers with the last word of the last sentence that it is given, and looks at nothing else."""

    slots, look = 4, "glance"

    def __init__(self, certainty=0.9):
        self.certainty = certainty

    def see(self, params, told):
        assert told.S.shape[1] == told.lengths[0] <= self.slots
        there, place = np.split(told.S[0, -1], 2)
        word = np.where(there > 0, place, -np.inf).argmax()
        chances = np.full((1, len(WORDS.words)), (1 - self.certainty) / (len(WORDS.words) - 1))
        chances[0, word] = self.certainty
        weights = np.zeros((1, 2, told.S.shape[1]))
        weights[..., -1:] = 1
        return Seen(chances, weights)


def desk(certainty=0.9, threshold=0.5):
    return Desk(LastWord(certainty), None, WORDS, threshold)


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("Where is Mary?", [0, 2]),
        ("Where is the milk?", [0, 1, 2, 4]),  # Mary and John had it, so where they were counts
        ("Where is the cake?", []),
        ("Is John in the office?", [1, 2, 4]),
        ("Where is Zoe?", [3, 5]),  # an unknown word may be a person or a thing: who is named with it counts too
    ],
)
def test_what_concerns_a_question(question, read):
    story = [
        "Mary took the milk",
        "John is here",
        "Mary gave the milk to John",
        "Zoe went off",
        "John ran",
        "Bob saw Zoe",
    ]
    facts = [{word for word in words_of(text) if desk().names(word)} for text in story]
    asked = {word for word in words_of(question) if desk().names(word)}
    chosen, concerned = desk().choose(facts, asked, asked - ALONE)
    if question == "Where is the milk?":
        assert concerned == 4
    assert list(chosen) == read


def test_the_latest_are_read_and_all_are_counted():
    facts = read_text(
        "\n".join(f"Mary went to the {place}." for place in ("park", "shop", "attic", "office", "garden"))
    )
    reading = desk().read(facts, read_text("Where is Mary?")[0])
    assert (
        [number for number, _ in reading.sentences] == [2, 3, 4, 5]
        and reading.concerned == 5
        and reading.answer == "garden"
    )
    assert "5 sentences concern 'Where is Mary?': the latest 4 are read" in answer_of([reading]).notices


def test_unknown_words_are_named_and_answered_with():
    conversation = Conversation(desk())
    (reading,) = conversation.hear("Zoe went to the Kafe. Where is Zoe?")
    assert reading.answer == "Kafe" and reading.unknown.keys() == {"Zoe", "Kafe"}
    (reading,) = conversation.hear("Mary went to the kichen. Where is Mary?")
    assert reading.answer == "kichen" and reading.unknown["kichen"][0] == "kitchen"
    told, stands_for = desk().encode(
        [("zoe", "went", "kafe")], ("where", "is", "zoe"), {"zoe": "person", "kafe": "place"}
    )
    assert stands_for == {"zoe": "mary", "kafe": "kitchen"}
    np.testing.assert_array_equal(told.S[0, 0], WORDS.features(("mary", "went", "kitchen")))


def test_declined_below_the_threshold():
    text = "Mary went to the park. Where is Mary?"
    assert [Conversation(desk(0.9, bar)).hear(text)[0].declined for bar in (0.0, 0.89, 0.91)] == [False, False, True]
    said = reply(desk(0.6, 0.9), text)
    assert "does not tell for certain (most likely: park)" in said.text and "60%" in said.text
    assert said.facts["answers"][0] | {"sentences": 0} == {
        "question": "Where is Mary?",
        "answer": None,
        "most_likely": "park",
        "reason": "unsure",
        "certainty": 0.6,
        "sentences": 0,
        "unread": [],
        "unknown_words": {},
    }


def test_only_what_is_asked_for_is_an_answer():
    story = "Mary went to the park. John took the milk. "
    for question, declined in (("Where is Mary?", False), ("Is Mary in the park?", True), ("Who is Mary?", True)):
        assert Conversation(desk()).hear(story + question)[0].declined == declined, "the model says: park"
    said = reply(desk(), story + "How many things has Mary?")
    assert said.facts["answers"][0]["answer"] is None and "is no question that can be read" in said.notices[0]


def test_what_is_remembered():
    conversation = Conversation(desk())
    with pytest.raises(ValueError, match="'Where is Mary' is asked before anything was told"):
        conversation.hear("Where is Mary")
    assert not conversation.hear("1 Mary went to the park.") and not conversation.hear("2 She went to the attic.")
    assert conversation.hear("where is mary")[0].answer == "attic"
    assert [fact.words for fact in conversation.facts][1] == ("mary", "went", "to", "attic")
    answers = conversation.hear("1 John ran to the shop.\n2 Where is John?\tshop\t1\n3 Where is Mary?")
    assert [answer.answer for answer in answers] == ["shop", "untold"], "another story has begun"


def test_shown_and_drawn():
    said = reply(
        desk(), "Mary took the milk.\nJohn went to the shop.\nMary went to the park.\nWhere is Mary?\nWho has the key?"
    )
    first, second = said.text.split("\n\n")
    assert first.splitlines()[:2] == ["Where is Mary?", "  Park.  Certainty 90%."]
    assert first.splitlines()[-1].endswith("3  Mary went to the park.") and "milk" not in first, (
        "only what was looked at"
    )
    assert second.endswith(
        "The story does not tell.  Reason: not told.  No sentence names a person or a thing of the question."
    )
    assert said.facts["answers"][0]["sentences"][1] == {
        "number": 3,
        "text": "Mary went to the park.",
        "weights": [1.0, 1.0],
    }
    assert first.splitlines()[2].split() == ["glance", "1", "glance", "2"]
    figure = reply(desk(), "Mary took the milk. Mary went to the park. Where is Mary?").plot()
    assert figure.axes[0].get_xlabel() == "glance" and figure.axes[1].get_ylabel() == "weight"
    assert figure.axes[0].get_title() == "Where is Mary?\nPark (90%)"
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), [[0, 0], [1, 1]])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][1] == "2  Mary went to the park."
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["1", "2"]
    assert [bar(share) for share in (0, 0.5, 1)] == ["      ", "███   ", "██████"]


@pytest.mark.parametrize("text", ["", "Mary went to the park.", "Where is Mary?", "...", 3.5])
def test_what_cannot_be_answered(text):
    with pytest.raises(InputError, match="wanted: sentences and a question"):
        reply(desk(), text)


def test_what_is_not_so():
    story = "Mary went to the attic. Mary didn't go to the garden. John never had the milk. {}"
    [reading] = Conversation(desk()).hear(story.format("Where is Mary?"))
    assert reading.answer == "attic" and [number for number, _ in reading.sentences] == [1]
    [reading] = Conversation(desk()).hear(story.format("Mary is no longer in the attic. Is Mary in the attic?"))
    assert [number for number, _ in reading.sentences] == [1, 4]


def reasons(text):
    return [reading.reason for reading in Conversation(desk(0.9, 0.5)).hear(text)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Mary went to the park. Where is Mary?", None),
        ("Mary went to the park. Where is John?", "not told"),
        ("Mary went to the park. Where is Zoe?", "unknown word"),
        ("Mary took the red ball. John took the blue ball. Where is the ball?", "several meant"),
        ("Mary went to the park. Mary juggled. Where is Mary?", "unread sentence"),
        ("Mary went to the park. Mary juggled. Where is John?", "not told"),
        ("Mary juggled. Mary went to the park. Where is Mary?", None),
        ("Mary juggled. Where is Mary?", "unread sentence"),
        ("Mary went to the park. What did Mary do?", "unread question"),
    ],
)
def test_why_there_is_no_answer(text, reason):
    assert reasons(text) == [reason]
    shown = reply(desk(), text)
    assert shown.facts["answers"][0]["reason"] == reason
    assert (f"Reason: {reason}." in shown.text) == (reason is not None)
    assert reason is None or REASONS[reason] in shown.text


def test_what_could_not_be_read_is_said():
    story = "Mary went to the park. John juggled for Mary. {} Where is Mary?"
    shown = reply(desk(), story.format(""))
    assert "  Cannot be read:    2  John juggled for Mary." in shown.text and not shown.notices
    assert shown.facts["answers"][0]["unread"] == [{"number": 2, "text": "John juggled for Mary."}]
    shown = reply(desk(), story.format("Mary went to the shop."))
    assert shown.facts["answers"][0]["answer"] == "shop" and "Cannot be read" not in shown.text
    assert "sentence 2, 'John juggled for Mary.', cannot be read in full: it is left out" in shown.notices


def test_what_can_be_an_answer():
    for first, words in ANSWERS.items():
        possible = desk().possible((first, "is", "mary"))
        assert possible.dtype == bool and {WORDS.words[i] for i in np.flatnonzero(possible)} == {UNTOLD, *words}
    assert [WORDS.words[i] for i in np.flatnonzero(desk().possible(("why",)))] == [UNTOLD]


def test_more_names_than_stand_ins():
    places = "".join(f"Mary went to the spot{letter}. " for letter in "abcd")
    assert reasons(places + "Where is Mary?") == [None]
    roomy = desk()
    object.__setattr__(roomy.model, "slots", 50)
    places = "".join(f"Mary went to the spot{number}. " for number in range(23))
    assert [reading.reason for reading in Conversation(roomy).hear(places + "Where is Mary?")] == ["too many names"]


def test_is_a_thing_in_a_place():
    conversation = Conversation(desk())
    conversation.hear("The milk is in the park.")
    assert [conversation.hear(f"Is the milk in the {place}?")[0].answer for place in ("park", "shop")] == ["yes", "no"]


@pytest.mark.parametrize("name", ["ask.md", "ask.zh-CN.md"])
def test_the_page_names_every_reason(name):
    text = (Path(__file__).parents[3] / "docs" / name).read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z ]+)` \|", text, re.M)[-len(REASONS) :] == list(REASONS)
