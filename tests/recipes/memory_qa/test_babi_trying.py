"""A question to what has learned bAbI's tasks: the model that knows its words, where it looked, and what is refused."""

import json

import numpy as np
import pytest

from nnmem import recipes
from nnmem.recipes import InputError, Result
from nnmem.recipes.run import Run

MILK = "Mary got the milk. John went to the garden. Mary went to the kitchen. Where is the milk?"
NAMES = ("memnn-babi", "dmn-babi", "qa-memory")


@pytest.fixture(scope="module", params=NAMES)
def shipped(request):
    return request.param, recipes.load(request.param)


def test_the_first_task_that_knows_all_words_answers(shipped):
    name, trained = shipped
    answer = trained.answer("Mary went to the kitchen. John moved to the garden. Where is Mary?")
    assert (answer.facts["task"], answer.facts["answer"]) == (1, "kitchen")
    answer = trained.answer(MILK)
    assert (answer.facts["task"], answer.facts["answer"]) == (2, "kitchen")
    weights = np.array([fact["weights"] for fact in answer.facts["sentences"]])
    assert weights.shape == (3, 2) and weights.argmax(axis=0).tolist() in ([0, 2], [0, 0]) and weights[0, 0] > 0.9
    assert (answer.facts["certainty"] is None) == (name == "memnn-babi")
    assert "Mary got the milk." in answer.text and not answer.notices
    assert [fact["text"] for fact in answer.facts["sentences"]] == MILK.replace(". ", ".|").split("|")[:3]
    assert answer.facts["question"] == "Where is the milk?" == answer.text.split("  ")[0]
    json.dumps(answer.to_json(), allow_nan=False)


def test_a_list_of_learned_tasks_is_scored_on_generated_stories(shipped):
    scores = shipped[1].score()
    assert set(scores) >= {"task1_generated_error", "task2_generated_error"}
    assert scores["task1_generated_error"] < 2 and scores["task2_generated_error"] < 20


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("Where is Mary?", "'Where is Mary.' is asked before anything was told"),
        ("", "the last sentence, '', asks nothing"),
        ("Mary went to the kitchen.", "the last sentence, 'Mary went to the kitchen.', asks nothing"),
        (f"Where is Mary? {MILK}", "'Where is Mary.' stands before the last sentence"),
        ("Mary went to the kitchenn. Where is Mary?", "the word 'kitchenn' was in no story of task 1: did you mean k"),
    ],
)
def test_what_is_no_story_with_a_question_is_said(shipped, given, message):
    with pytest.raises(InputError, match=message):
        shipped[1].answer(given)


def test_of_ten_thousand_facts_the_latest_are_read(shipped):
    answer = shipped[1].answer("John went to the garden. " + 9999 * "Mary went to the kitchen. " + "Where is Mary?")
    assert answer.facts["answer"] == "kitchen" and len(answer.facts["sentences"]) == 50
    assert answer.notices == ("10000 facts: the latest 50 are read",)
    assert answer.facts["sentences"][-1]["number"] == 10000 and answer.plot()


@pytest.mark.parametrize("name", NAMES)
def test_a_run_of_ones_own_is_tried(name, tmp_path, monkeypatch):
    monkeypatch.delenv("NNMEM_BABI", raising=False)
    few = {} if name == "qa-memory" else {"starts": 1}
    recipes.run(name, seed=3, tasks=[6], epochs=1, **few).save(tmp_path / "x.npz")
    trained = recipes.load(name, path=tmp_path / "x.npz")
    answer = trained.answer(show=1)
    assert answer.facts["task"] == 6 and answer.facts["answer"] in ("yes", "no") and answer.plot()
    assert trained.answer(show=1).to_json() == answer.to_json() != trained.answer(show=2).to_json()
    (row,) = Result.load(tmp_path / "x.npz").metrics
    assert trained.score() == {"task6_generated_error": pytest.approx(row["test_error"])}


def test_tasks_that_nobody_generates_have_no_example():
    result = recipes.table()["memnn-babi"].run(Run(), tasks=[1], epochs=1, starts=1)
    result.arrays = {name.replace("task1", "task17"): array for name, array in result.arrays.items()}
    trained = recipes.table()["memnn-babi"].load(result)
    assert trained.score() == {} and trained.answer("Mary went to the garden. Where is Mary?").facts["task"] == 17
    with pytest.raises(InputError, match="learned tasks of which none is generated"):
        trained.answer()
