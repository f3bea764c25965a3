"""Grading a pair that a student wrote: what is right, what is wrong, why, and on which smallest example."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.attempts import VALUES, Attempt, attempt_forward, parameters, right
from nnmem.study.grade.cases import Case, cases, close, error, forward_of, personal_case, square_cases
from nnmem.study.grade.causes import explain_first, of_a_value
from nnmem.study.grade.contract import contract_of_forward
from nnmem.study.grade.factors import Answer, constant_factor, not_normalised
from nnmem.study.grade.graded import parts
from nnmem.study.grade.grading_backward import judge_backward
from nnmem.study.grade.wording import join, number, smallest, verdict, where


class Grade(NamedTuple):
    """What one function is worth, out of ten points. The verdict is pass, fail, missing or error."""

    file: str
    function: str
    verdict: str
    diagnosis: str
    points: float


def grade_pair(file: str, name: str, namespace: dict[str, Any]) -> list[Grade]:
    """Grade the functions of a pair or a plain one, and the answer to its question where one was asked."""
    first, *second = parts(name)
    forward, attempts = namespace.get(first), None
    rows = [Grade(file, part, "missing", "not in the file", 0.0) for part in (first, *second)]
    if forward is not None:
        attempts = [attempt_forward(forward, case) for case in cases(name)]
        rows[0] = Grade(file, first, *_forward(name, forward, attempts))
    if second and (backward := namespace.get(second[0])) is not None:
        rows[1] = Grade(file, second[0], *judge_backward(name, forward, backward, attempts))
    if "STUDENT" in namespace and f"{name}_answer" in namespace:
        answer = _answer(name, str(namespace["STUDENT"]), namespace[f"{name}_answer"])
        rows.append(Grade(file, f"{name}_answer", *answer))
    return rows


def _answer(name: str, student: str, answer: Any) -> tuple[str, str, float]:
    """The answer to a question with numbers of the student's own."""
    if answer is None:
        return "missing", "not answered yet", 0.0
    expected = personal_case(name, student).outputs[0]
    try:
        fits = np.shape(answer) == np.shape(expected) and np.allclose(np.asarray(answer, float), expected, 0, 1e-4)
    except (TypeError, ValueError):
        fits = False
    if fits:
        return "pass", "right", 10.0
    return "fail", f"not the answer to the question of student {student}, which is {number(expected)}", 0.0


def _forward(name: str, function: Callable[..., Any], attempts: list[Attempt]) -> tuple[str, str, float]:
    if attempts[0].missing:
        return "missing", "not written yet: it raises NotImplementedError", 0.0
    wrong = [a for a in attempts if not right(a)]
    if not wrong:
        lost = contract_of_forward(name, function, attempts)
        return verdict(lost, 10.0)
    share = 1 - len(wrong) / len(attempts)
    names_matter = all(a.problem for a in attempts) or any("keyword argument" in a.problem for a in wrong)
    cause = _signature(function, wrong[0].case, names_matter) or _why_a_value(name, function, wrong)
    example = next((a for a in wrong if not a.problem), wrong[0])
    return "fail", join(cause, where(wrong, attempts), smallest(example)), round(VALUES * share, 1)


def _why_a_value(name: str, function: Callable[..., Any], wrong: list[Attempt]) -> str:
    """The cause of wrong outputs."""
    answered = [a for a in wrong if a.outputs]
    without_rows = [attempt_forward(function, _attended(a.case)) for a in wrong]
    if any(a.case.outputs and _attended(a.case) is not a.case for a in wrong) and all(map(right, without_rows)):
        got = "NaN" if any(np.isnan(np.sum(out)) for a in answered for out in a.outputs) else "something else"
        return f"a row with nothing to attend to should give zeros, and gives {got}"
    if not answered:
        in_squares = [attempt_forward(function, case) for case in square_cases(name)]
        if all(map(right, in_squares)):
            return f"{wrong[0].problem}; it is right where all sizes are equal, so two axes are mixed up"
        ran = [a for a in in_squares if a.outputs and not right(a)]
        return join(wrong[0].problem, _named_value(name, ran) if ran else "")
    first = answered[0]
    if first.problem:
        return first.problem
    if named := _named_value(name, answered):
        return named
    for k, (got, expected) in enumerate(zip(first.outputs, first.case.outputs, strict=True)):
        which = f"output {k + 1}" if len(first.outputs) > 1 else "the result"
        if np.shape(got) != np.shape(expected):
            return f"{which} has shape {np.shape(got)}, should be {np.shape(expected)}"
        if np.asarray(got).dtype.kind == "f" and not np.isfinite(got).all() and np.isfinite(expected).all():
            return f"{which} has values that are not finite"
        if not close(got, expected) and error(got, expected) < 1e-4:
            return f"{which} is nearly right (relative error {error(got, expected):.0e}): an epsilon, or less precision"
    return "wrong values"


def _named_value(name: str, wrong: list[Attempt]) -> str:
    for k in range(len(wrong[0].case.outputs)):
        answers = [Answer(a.case, a.outputs[k], a.case.outputs[k]) for a in wrong if len(a.outputs) > k]
        named = None
        if np.asarray(answers[0].expected).dtype.kind == "f":
            named = constant_factor(answers) or not_normalised(answers)
        named = named or explain_first(answers, partial(of_a_value, name, k))
        if named:
            return named
    return ""


def _signature(function: Callable[..., Any], case: Case, names_matter: bool) -> str:
    """Say how the arguments differ, or nothing; other names alone do no harm."""
    reference = forward_of(case.function)
    own, should = parameters(function), parameters(reference)
    if own == should or not own:
        return ""
    if sorted(own) == sorted(should):
        return f"the arguments are in another order: ({', '.join(own)}), should be ({', '.join(should)})"
    given = {k for k, p in inspect.signature(reference).parameters.items() if p.default is p.empty} | set(case.options)
    lacking = [name for name in should if name in given and name not in own]
    if lacking and names_matter:
        return f"it takes ({', '.join(own)}), should take ({', '.join(should)}): {', '.join(lacking)} missing"
    return ""


def _attended(case: Case) -> Case:
    """The same call with something to attend to in every row."""
    changes: dict[str, Any] = {}
    for key, value in case.options.items():
        if isinstance(value, np.ndarray) and value.ndim and not value.any(axis=-1).all():
            changes[key] = np.where(value.any(axis=-1, keepdims=True), value, np.eye(1, value.shape[-1])[0] > 0)
    return case.changed(**changes) if changes else case
