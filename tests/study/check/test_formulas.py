"""The rows behind the command: which formulas are checked, and what a row says of all examples together."""

import numpy as np
import pytest

from nnmem.study.check import formulas
from nnmem.study.check.formulas import FormulaRow, check_example, check_formulas, functions
from nnmem.study.check.gradient_report import GradientReport, GradientRow
from nnmem.study.index.lookup import EQUATIONS, PAIRS, examples


def test_functions_are_found_by_equation_and_by_name():
    assert functions(["8.3"]) == {"dot_score": "8.3"}
    assert functions(["bilinear_score_backward", "8.3"]) == {"dot_score": "8.3", "bilinear_score": "8.4"}
    every = functions()
    assert set(every) == set(PAIRS) and functions(iter([])) == every
    for name, number in every.items():
        assert number == next(e.number for e in EQUATIONS if name in e.functions), "the first that lists it"


def test_every_row_says_which_formula_and_which_oracle():
    told = []
    rows = list(check_formulas(["8.3", "8.4"], told.append))
    assert told == ["dot_score", "bilinear_score"]
    assert [(row.equation, row.function, row.argument, row.oracle) for row in rows] == [
        (number, function, argument, oracle)
        for number, function, arguments in (("8.3", "dot_score", "Xq"), ("8.4", "bilinear_score", "XqW"))
        for argument in arguments
        for oracle in ("central difference", "random direction", "complex step")
    ]
    for row in rows:
        assert row.ok is True and 0 <= row.error <= row.bound == (1e-12 if row.oracle == "complex step" else 1e-7)


def test_a_row_is_the_worst_of_all_examples(monkeypatch):
    bounds = {"central difference": 1e-7, "random direction": 1e-7, "complex step": 1e-12}
    errors = iter([1e-9, 3e-8, 2e-8, 0.0])

    def checked(example):
        error = next(errors, 0.0)
        return GradientReport([GradientRow("X", oracle, error, b, None, 0.0, 0.0) for oracle, b in bounds.items()])

    monkeypatch.setattr(formulas, "check_example", checked)
    assert list(check_formulas(["8.3"])) == [
        FormulaRow("8.3", "dot_score", "X", "central difference", 3e-8, 1e-7, True),
        FormulaRow("8.3", "dot_score", "X", "random direction", 3e-8, 1e-7, True),
        FormulaRow("8.3", "dot_score", "X", "complex step", 3e-8, 1e-12, False),
    ]


def test_an_oracle_that_was_not_asked_is_infinitely_wrong(monkeypatch):
    row = GradientRow("X", "central difference", 1e-9, 1e-7, None, 0.0, 0.0)
    monkeypatch.setattr(formulas, "check_example", lambda example: GradientReport([row]))
    found = {row.oracle: row for row in check_formulas(["8.3"])}
    assert found["central difference"].ok and found["central difference"].error == 1e-9
    for oracle in ("random direction", "complex step"):
        assert found[oracle].error == np.inf and found[oracle].ok is False


def test_a_pair_that_falls_over_and_a_broken_contract_are_rows(monkeypatch):
    def falls(example):
        if "mask" in example.options:
            raise ZeroDivisionError("by nothing")
        return GradientReport(problems=["X was modified in place"])

    monkeypatch.setattr(formulas, "check_example", falls)
    rows = list(check_formulas(["8.1"]))
    said = [row.argument for row in rows if row.function == "attention_distribution"]
    assert "X was modified in place" in said and any(text.endswith("ZeroDivisionError: by nothing") for text in said)
    cases = {example.case for example in examples("attention_distribution") if "mask" in example.options}
    assert cases == {text.removesuffix(": ZeroDivisionError: by nothing") for text in said if "Zero" in text}
    assert {(row.oracle, row.error, row.ok) for row in rows} == {("contract", np.inf, False)}


@pytest.mark.parametrize("name", ["additive_score", "soft_attention"])
def test_an_example_is_checked_with_the_names_of_its_layout(name):
    for example in examples(name):
        report = check_example(example)
        assert report and list(dict.fromkeys(row.argument for row in report.rows)) == list(example.names)


def test_another_backward_may_stand_in_for_the_own():
    example = next(iter(examples("dot_score")))
    own = PAIRS["dot_score"].backward

    def wrong(dscores, cache):
        dX, dq = own(dscores, cache)
        return dX, -dq

    report = check_example(example, wrong)
    assert {row.argument for row in report.rows if not row.ok} == {"q"}
    assert check_example(example)
