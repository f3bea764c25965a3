"""How an example is put into words."""

from dataclasses import replace

import numpy as np
import pytest

from nnmem.study.grade.answers import Attempt
from nnmem.study.grade.cases import Case, cases, evaluated
from nnmem.study.grade.phrases import language
from nnmem.study.grade.subject import subject
from nnmem.study.grade.wording import LONGEST, join, number, smallest, telling, where

X, Q = np.array([[1.0, 2.0], [0.5, -1.0]]), np.array([1.0, 0.0])
DOT = evaluated(Case(subject("dot_score"), "single", (X, Q), {}, {"N": 2, "d": 2}, 0, douts=(np.array([1.0, 0.5]),)))
GIVEN = "smallest example: X = [[1. , 2. ], [0.5, -1. ]], q = [1., 0.]"


def test_parts_are_joined():
    assert join("a", "", "b") == "a; b" and join("", "a") == "a" and join() == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (3, "3"),
        ("dot", "'dot'"),
        (None, "None"),
        (np.float64(0.123456), "0.1235"),
        (np.array([0.123456, 1e-9]), "[0.1235, 0. ]"),
        (np.array([[1.0, -0.0], [-1e-9, -0.5]]), "[[1. , 0. ], [0. , -0.5]]"),
        (np.array([10.0, 2.0]), "[10., 2.]"),
        (np.array([2e-7, -6e-7, np.nan]), "[2.e-07, -6.e-07, nan]"),
        (np.arange(24), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]"),
        (np.arange(25), "[0, 1, 2, ..., 22, 23, 24]"),
        (np.array(True), "True"),
    ],
)
def test_an_array_in_one_line(value, shown):
    assert number(value) == shown


def test_digits_and_what_is_too_long():
    assert number(np.array([1 / 3]), 8) == "[0.33333333]" and number(np.array([1 / 3])) == "[0.3333]"
    long = np.full((4, 6), 0.12345678)
    text = number(long, 8)
    whole = np.array2string(long, precision=8, separator=", ").replace("\n", " ").replace("  ", " ")
    assert text == f"{whole[:LONGEST]}… of shape (4, 6)" and LONGEST == 160
    fits = np.full(20, 0.1234)
    assert number(fits) == "[" + ", ".join(["0.1234"] * 20) + "]" and "…" in number(np.full(24, -0.12345))


def test_the_example_of_a_forward():
    assert smallest(Attempt(DOT, (np.array([1.0, 1.5]),))) == f"{GIVEN}: expected [1. , 0.5], got [1. , 1.5]"
    assert smallest(Attempt(DOT, problem="raises E")) == GIVEN
    assert smallest(Attempt(DOT, DOT.outputs)) == GIVEN, "nothing differs"
    close = Attempt(DOT, (np.array([1.0, 0.5 + 1e-6]),))
    assert smallest(close).endswith("expected [1. , 0.5], got [1. , 0.500001]")
    assert smallest(Attempt(DOT, (np.array([1.0, 1.5]),), "a problem beside")).endswith("got [1. , 1.5]")


def test_options_and_the_second_output_are_called_by_their_names():
    one = subject("soft_attention")
    case = evaluated(Case(one, "single", (X, Q), {"score": "dot", "mask": np.array([True, False])}, {}, 0))
    given = GIVEN + ", score = 'dot', mask = [True, False]: "
    assert smallest(Attempt(case, (case.outputs[0], np.array([0.0, 1.0])))) == (
        given + "output 2 expected [1., 0.], got [0., 1.]"
    )
    both = Attempt(case, (case.outputs[0] + 1e-8, np.array([0.0, 1.0])))
    assert smallest(both).startswith(given + "output 2 "), "the one that differs visibly"
    assert smallest(Attempt(case, (case.outputs[0] + 1, np.array([0.0, 1.0])))) == (
        given + "expected [1., 2.], got [2., 3.]"
    )


def test_the_example_of_a_backward():
    dX, dq = DOT.gradients(False)
    given = GIVEN + ", dout = [1. , 0.5]: "
    assert smallest(Attempt(DOT, (dX, dq + 1)), False) == given + "dq expected [1.25, 1.5 ], got [2.25, 2.5 ]"
    assert smallest(Attempt(DOT, (2 * dX, dq)), False) == (
        given + "dX expected [[1. , 0. ], [0.5, 0. ]], got [[2., 0.], [1., 0.]]"
    )
    one = subject("soft_attention")
    case = evaluated(Case(one, "batch", (X[None], Q[None]), {"score": "dot"}, {}, 1))
    wrong = Attempt(case, tuple(g + 1 for g in case.gradients(True)))
    with_it, without = smallest(wrong, True), smallest(wrong, False)
    assert ", dr = [[" in with_it and ", dalpha = [[" in with_it
    assert ", dr = [[" in without and "dalpha" not in without
    single = cases(one)[0]
    assert "dalpha" not in smallest(Attempt(single, ()), True)
    none = replace(case, douts=(case.douts[0], None))
    assert "dalpha" not in smallest(Attempt(none, problem="no"), True)


def test_large_examples_are_named():
    arrays = tuple(np.ones((5, 5)) for _ in range(2))
    large = replace(DOT, args=arrays, what="batch of 5")
    assert smallest(Attempt(large, problem="no")) == "example: batch of 5"
    fits = replace(DOT, args=(np.ones((5, 5)), np.ones(5)))
    assert smallest(Attempt(fits, problem="no")).startswith("smallest example: X = ")
    over = replace(DOT, args=(np.ones((5, 5)), np.ones(6)))
    assert smallest(Attempt(over, problem="no")) == "example: single"
    promised = next(c for one in map(subject, ("attention_distribution",)) for c in cases(one) if c.promise)
    named = replace(promised, args=arrays)
    assert smallest(Attempt(named, problem="no")) == f"example: {promised.promise.en}"
    with language("zh"):
        assert promised.promise.zh in smallest(Attempt(named, problem="no"))


def test_the_example_that_tells_most():
    invisible = Attempt(DOT, (DOT.outputs[0] + 1e-6,))
    visible = Attempt(DOT, (DOT.outputs[0] + 1,))
    failed = Attempt(DOT, problem="no")
    assert telling([invisible, visible, failed]) is visible and telling([invisible, failed, visible]) is failed
    assert telling([invisible, Attempt(DOT, DOT.outputs)]) is invisible
    dX, dq = DOT.gradients(False)
    assert telling([Attempt(DOT, (dX, dq)), Attempt(DOT, (dX, 2 * dq))], False).outputs[1][0] == 2 * dq[0]
    right_in_value = Attempt(DOT, DOT.outputs)
    assert telling([invisible, right_in_value, visible], None) is visible


def attempt(batch=0, promise=None, **options):
    return Attempt(replace(DOT, batch_axes=batch, promise=promise, options=options))


MASK = np.array([True, False])


@pytest.mark.parametrize(
    ("wrong", "others", "said"),
    [
        ([attempt(mask=MASK)], [attempt()], "only with a mask"),
        ([attempt(1)], [attempt()], "only with batch axes"),
        ([attempt(1)], [attempt(), attempt(1)], "only with batch axes"),
        ([attempt(), attempt()], [attempt(1)], "only without batch axes"),
        ([attempt(1, mask=MASK)], [attempt(1), attempt()], "only with a mask"),
        ([attempt(1, score="dot")], [attempt(1, score="cos"), attempt(1)], "only with score='dot'"),
        ([attempt(1, k=2), attempt(k=2)], [attempt(k=3), attempt(1, k=3)], "only with k=2"),
        ([attempt(1, k=2), attempt(k=3)], [attempt(k=3), attempt(1, k=3)], "in 2 of 4 examples"),
        ([attempt(1, k=(2,))], [attempt(1), attempt(1)], "in 1 of 3 examples"),
        ([attempt(1), attempt()], [attempt(1), attempt()], "in 2 of 4 examples"),
        ([attempt()], [], ""),
        ([attempt(promise="p"), attempt(promise="q")], [attempt(1)], ""),
        ([attempt(promise="p"), attempt(1)], [attempt()], "in 2 of 3 examples"),
    ],
)
def test_where_it_is_wrong(wrong, others, said):
    assert where(wrong, others + wrong) == where(wrong, wrong + others) == said


def test_where_one_more_gradient_was_passed_no_batch_is_blamed():
    wrong, others = [attempt(1)], [attempt()]
    assert where(wrong, wrong + others, optional=True) == "in 1 of 2 examples"
    assert where(others, wrong + others, optional=True) == "only without batch axes"
