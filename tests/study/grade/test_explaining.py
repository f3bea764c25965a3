"""Which cause is named: one that predicts every number, wrong or right."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from nnmem.study.grade.cases import Case, Seed
from nnmem.study.grade.explaining import explain, explain_groups, kind, plain_cause
from nnmem.study.grade.factors import Comparison
from nnmem.study.grade.phrases import language
from nnmem.study.index.known import Extra

E = np.array([1.0, -2.0, 4.0])
P, Q = (Extra(f"{name} is promised", f"{name} 有保证", lambda rng: []) for name in "PQ")


def answer(got, expected=E, promise=None, **options):
    return Comparison(Case(None, "", (), options, {}, 0, promise=promise), np.asarray(got), np.asarray(expected))


def giving(**predicted):
    """Candidates by name, of which each gives the same in every case, or what a function of the case gives."""

    def candidates():
        for name, value in predicted.items():
            yield name, value if callable(value) else lambda case, value=value: value

    return candidates


def broken(case):
    raise ValueError


NONE = giving()


def test_the_first_that_gives_every_wrong_number():
    wrong = [answer(E + 1), answer(E + 1)]
    found = explain(wrong, giving(a=E, b=E + 1, c=E + 1))
    assert found[0] == "b" and np.array_equal(found[1](None), E + 1)
    assert explain([*wrong, answer(E + 2)], giving(b=E + 1)) is None
    assert explain([answer(E)], giving(a=E)) is None, "nothing is wrong"
    assert explain(wrong, giving(a=None, b=broken)) is None


def test_what_is_right_is_right_with_the_cause_too():
    fine = answer(E, k=1)
    moved = {"b": lambda case: E + 1, "c": lambda case: E if case.options else E + 1}
    assert explain([answer(E + 1), fine], giving(**moved))[0] == "c"
    for says_nothing in (
        lambda case: None if case.options else E + 1,
        lambda case: broken(0) if case.options else E + 1,
    ):
        assert explain([answer(E + 1), fine], giving(d=says_nothing))[0] == "d"


def test_warnings_and_overflows_of_candidates_are_nobody_s_business():
    def loud(case):
        warnings.warn("loud", stacklevel=1)
        return E + np.exp(np.array([1e5]) * 0 + np.log(np.array([0.0]))) + 1

    with np.errstate(all="raise"):
        assert explain([answer(E + 1)], giving(loud=loud))[0] == "loud"


def test_a_known_mistake_comes_before_a_factor_and_a_factor_before_the_rest():
    twice = [answer(2 * E)]
    assert explain_groups(twice, giving(known=2 * E), giving(general=2 * E)) == ["known"]
    [said] = explain_groups(twice, NONE, giving(general=2 * E))
    assert said.startswith("it is 2 times")
    odd = [answer(E + 1)]
    assert explain_groups(odd, NONE, giving(general=E + 1)) == ["general"]
    assert explain_groups(odd, NONE, NONE) == []


def test_a_promise_is_named_where_all_else_is_right():
    kept, lost = answer(E, promise=P), answer(E + 1, promise=Q)
    assert explain_groups([answer(E), kept, lost], NONE, NONE) == ["Q is promised"]
    assert explain_groups([answer(E), lost, lost], NONE, NONE) == ["Q is promised"], "once"
    with language("zh"):
        assert explain_groups([answer(E), lost], NONE, NONE) == ["Q 有保证"]
    assert explain_groups([answer(E), lost], giving(known=lambda c: E + 1 if c.promise else E), NONE) == ["known"]


def test_a_cause_of_what_is_ordinary_and_a_promise_beside():
    """The promise is named only where the cause changes nothing there."""
    wrong, lost = answer(E + 1), answer(E - 1, promise=P)
    apart = giving(known=lambda case: E if case.promise else E + 1)
    assert explain_groups([wrong, lost], apart, NONE) == ["known", "P is promised"]
    same = giving(known=lambda case: E + 1)
    assert explain_groups([wrong, lost], same, NONE) == ["known"]
    no_run = giving(known=lambda case: broken(0) if case.promise else E + 1)
    assert explain_groups([wrong, lost], no_run, NONE) == ["known"]
    factor = [answer(2 * E), answer(E - 1, promise=P)]
    assert explain_groups(factor, NONE, NONE) == [
        "it is 2 times what it should be: a constant factor of 1/2 is missing"
    ]


def test_each_combination_of_options_has_its_own_cause():
    dot, cos = answer(E + 1, score="dot"), answer(E - 1, score="cos")
    both = giving(up=E + 1, down=E - 1)
    assert explain_groups([dot, cos], both, NONE) == ["with score='dot': up", "with score='cos': down"]
    more = [dot, answer(E + 1, score="add"), cos, answer(E, score="fine")]
    assert explain_groups(more, both, NONE) == ["with score='dot'; score='add': up", "with score='cos': down"]
    assert explain_groups([dot, cos], giving(up=E + 1), NONE) == [
        "with score='dot': up",
        "with score='cos': wrong values",
    ]
    assert explain_groups([dot, cos], NONE, NONE) == []
    assert explain_groups([dot, answer(E - 1, score="dot")], giving(up=E + 1), NONE) == [], "one combination alone"
    promised = answer(E - 1, score="cos", promise=P)
    of_dot = giving(up=lambda case: E + (case.options["score"] == "dot"))
    assert explain_groups([dot, answer(E, score="cos"), promised], of_dot, NONE) == ["up", "P is promised"]


def test_kinds():
    case = Case(None, "", (), {"score": "dot", "mask": np.array([True]), "rng": Seed(3), "k": 2}, {}, 0)
    assert kind(case) == "score='dot', k=2" and kind(replace(case, options={})) == ""


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        (2 * E, E, "it is 2 times what it should be: a constant factor of 1/2 is missing"),
        (np.stack([E / 2, E / 2]), E, "the sum over the items is missing"),
        (E + 1, E, None),
        (E, E, None),
        ([2, 4], [1, 2], None),
        ([True, True], [True, False], None),
    ],
)
def test_plain_causes_are_of_real_numbers(got, expected, said):
    assert plain_cause([answer(got, expected)]) == said
