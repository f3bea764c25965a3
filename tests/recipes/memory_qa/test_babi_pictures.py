"""What the pictures of errors and of looks show are the numbers that they are of."""

import numpy as np
import pytest

from nnmem.recipes.memory_qa import memn2n_babi, qa_memory
from nnmem.recipes.memory_qa.babi_command import draw_errors
from nnmem.recipes.memory_qa.babi_trying import Looked, TaskReader
from nnmem.recipes.memory_qa.babi_trying import answer as answer_from
from nnmem.recipes.result import Result
from nnmem.tasks.babi import tokens

ROWS = [
    {"task": task, "test_error": 4.0 - task, "validation_error": 3.0 * task, "paper_error": task / 2} for task in (1, 3)
]


def bars(container):
    """Middles and heights."""
    return [(round(bar.get_x() + bar.get_width() / 2, 9), bar.get_height()) for bar in container]


def result(rows):
    return Result("a", 0, 1.0, 1, rows)


def words_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def ticks(axis):
    return [text.get_text() for text in axis.get_ticklabels()]


def test_errors_stand_beside_the_paper_s():
    [ax] = draw_errors(result(ROWS), "a title").axes
    ours, paper = ax.containers
    assert bars(ours) == [(-0.2, 3.0), (0.8, 1.0)] and bars(paper) == [(0.2, 0.5), (1.2, 1.5)]
    assert words_of(ax) == ["nnmem, test error", "paper, test error"] and ticks(ax.xaxis) == ["1", "3"]
    assert {round(bar.get_width(), 9) for bar in (*ours, *paper)} == {0.4}, "they touch and do not overlap"
    assert ours[0].get_facecolor() != paper[0].get_facecolor()
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("a title", "bAbI task", "error / %")


def test_where_a_task_has_no_test_the_errors_are_those_of_validation_and_where_no_paper_none_is_drawn():
    rows = [{**ROWS[0], "test_error": None}, {**ROWS[1], "paper_error": None}]
    [ax] = draw_errors(result(rows), "").axes
    [ours] = ax.containers
    assert bars(ours) == [(-0.2, 3.0), (0.8, 9.0)] and words_of(ax) == ["nnmem, validation error"]
    [ax] = draw_errors(Result("a", 0, 1.0, 1, ROWS[1]), "").axes
    assert bars(ax.containers[0]) == [(-0.2, 1.0)], "one row that stands alone"


def test_an_ablation_is_drawn_by_its_means():
    rows = [
        {"task": task, "error_on": "test", **{name: 10.0 * i + task for i, name in enumerate(memn2n_babi.ABLATION)}}
        for task in (1, 2)
    ]
    [ax] = memn2n_babi.plot(result(rows)).axes
    [container] = ax.containers
    assert [height for _, height in bars(container)] == [10.0 * i + 1.5 for i in range(len(memn2n_babi.ABLATION))]
    assert ticks(ax.xaxis) == list(memn2n_babi.ABLATION)
    assert ax.get_title() == "Ablations, mean of 2 tasks" and ax.get_ylabel() == "error / %"
    assert memn2n_babi.plot(result(ROWS)).axes[0].get_title() == "End-to-end memory networks on bAbI"


def test_the_system_s_errors_are_drawn_whole_or_part_by_part():
    rows = [{**ROWS[0], "test_error": None}, ROWS[1]]
    [ax] = qa_memory.plot(result(rows)).axes
    [container] = ax.containers
    assert bars(container) == [(0.0, 3.0), (1.0, 1.0)], "validation where there is no test"
    assert container[0].get_width() == pytest.approx(0.8) and words_of(ax) == ["test_error"]
    assert ticks(ax.xaxis) == ["1", "3"] and ax.get_xlabel() == "bAbI task" and "%" in ax.get_ylabel()
    rows = [{"task": 1, "uniform writing": 7.0, "whole": 5.0}, {"task": 2, "uniform writing": 9.0, "whole": 6.0}]
    [ax] = qa_memory.plot(result(rows)).axes
    whole, uniform = ax.containers
    assert bars(whole) == [(-0.2, 5.0), (0.8, 6.0)] and bars(uniform) == [(0.2, 7.0), (1.2, 9.0)]
    assert words_of(ax) == ["whole", "uniform writing"] and whole[0].get_width() == pytest.approx(0.4)
    assert whole[0].get_alpha() == 1 and uniform[0].get_alpha() == pytest.approx(0.6)


@pytest.fixture
def reader():
    """Two tasks' readers; each says its own name, and looks at the facts that it kept, the last three."""

    def of(name, words, certainty):
        def read(story, question):
            kept = tuple(story[-3:])
            weights = np.array([[0.25, 0.75, 0.0], [0.0, 0.0, 0.0]])[:, : len(kept)]
            return Looked(name, certainty, weights, kept)

        return TaskReader({word: i for i, word in enumerate(words.split())}, read, len)

    return {
        2: of("two", "mary went to the park where is", 0.987654),
        5: of("five", "mary went to the park where is john shop", None),
    }


def test_an_answer_says_and_shows_where_its_reader_looked(reader):
    text = "Mary went to the park.\n  Mary went to the park . Mary went.  Where is Mary ?  "
    said = answer_from(reader, "hop", text)
    assert said.text.splitlines() == [
        "Where is Mary ?  two   (certainty 99%)   task 2",
        "  hop 1:  75%    2  Mary went to the park .",
        "  hop 2: nowhere",
    ]
    assert said.facts["certainty"] == 0.9877 and said.facts["task"] == 2 and not said.notices
    assert said.facts["sentences"][1] == {"number": 2, "text": "Mary went to the park .", "weights": [0.75, 0.0]}
    ax, bar = said.plot().axes
    np.testing.assert_array_equal(ax.images[0].get_array(), [[0.25, 0], [0.75, 0], [0, 0]])
    assert ticks(ax.yaxis) == ["Mary went to the park.", "Mary went to the park .", "Mary went."]
    assert (ax.get_xlabel(), ax.get_title(), bar.get_ylabel()) == ("hop", "Where is Mary ?  two", "weight")
    assert ticks(ax.xaxis) == ["1", "2"]
    assert len(ax.texts) == 6, "a number on every square"


def test_the_reader_that_knows_most_words_is_asked_and_what_it_did_not_keep_is_counted(reader):
    facts = "John went to the park. " * 4 + "Mary went to the " + "park " * 10 + "."
    said = answer_from(reader, "episode", f"{facts} Where is John?")
    assert said.facts["task"] == 5 and said.facts["answer"] == "five" and said.facts["certainty"] is None
    assert said.text.splitlines()[0] == "Where is John?  five   task 5"
    assert [fact["number"] for fact in said.facts["sentences"]] == [3, 4, 5]
    assert said.notices == ("5 facts: the latest 3 are read",)
    assert said.text.splitlines()[1].startswith("  episode 1:  75%    4  John")
    names = ticks(said.plot().axes[0].yaxis)
    assert len(names[2]) == 50 and names[2].endswith("…") and names[0] == "John went to the park."
    assert tokens(facts)


@pytest.mark.parametrize(("facts", "numbers"), [(20, True), (21, False)])
def test_squares_have_numbers_where_there_is_room(facts, numbers):
    read = TaskReader({"a": 0, "is": 1}, lambda story, question: Looked("a", 1.0, np.ones((1, facts)), story), len)
    ax, *_ = answer_from({1: read}, "hop", facts * "a is. " + "is a?").plot().axes
    assert bool(ax.texts) == numbers and len(ax.get_yticklabels()) == facts
