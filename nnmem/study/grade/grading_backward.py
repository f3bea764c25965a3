"""Grading a backward, from the cache of the student's own forward."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.study.grade.attempts import VALUES, Attempt, attempt_backward, attempt_forward, right, said, takes_optional
from nnmem.study.grade.cases import UPSTREAM, Case, before_cache, call_backward, cases, close, error, square_cases
from nnmem.study.grade.causes import argument_names, explain_first, of_a_gradient
from nnmem.study.grade.contract import contract_of_backward
from nnmem.study.grade.factors import Answer, constant_factor, missing_sum
from nnmem.study.grade.wording import join, smallest, verdict, where


def judge_backward(
    name: str, forward: Callable[..., Any] | None, backward: Callable[..., Any], attempts: list[Attempt] | None
) -> tuple[str, str, float]:
    """Verdict, diagnosis and points of a backward; where there is no forward, it gets the reference's cache."""
    if attempts is None:
        attempts = [Attempt(case, case.outputs, case.cache) for case in cases(name)]
    if not any(map(right, attempts)):
        return _backward_of_a_wrong_forward(name, forward, backward, attempts)
    in_all = all(map(right, attempts))
    attempts = list(filter(right, attempts))
    optional = takes_optional(backward, name, len(attempts[0].case.douts))
    names = argument_names(name, attempts[0].case.options)
    found = [_one_backward(name, backward, a, optional) for a in attempts]
    if found[0].missing:
        return "missing", "not written yet: it raises NotImplementedError", 0.0
    answers = {a: _answers(found, a, optional) for a in argument_places(found)}
    wrong = {place: of for place, of in answers.items() if not all(close(x.got, x.expected) for x in of)}
    failed = [a for a in found if a.problem]
    if not wrong and not failed and not in_all:
        return "fail", "it is right where the forward is: mend that first", VALUES
    if not wrong and not failed:
        return verdict(contract_of_backward(name, forward, backward, attempts, found, optional), 10.0)
    texts = _why_gradients(name, wrong, optional)
    if failed:
        texts.append(_why_it_fails(name, forward, backward, failed, optional))
    share = 1 - len(wrong) / max(len(answers), len(names)) if not failed else 0.0
    bad = [f for f in found if f.problem or not all(_right_gradients(f, optional))]
    text = join("; ".join(dict.fromkeys(texts)), where(bad, found), smallest(bad[0], optional))
    return "fail", text, round(VALUES * share, 1)


def _one_backward(name: str, backward: Callable[..., Any], attempt: Attempt, optional: bool) -> Attempt:
    case = attempt.case
    count = len(argument_names(name, case.options))
    return attempt_backward(backward, case, attempt.cache, count, optional and case.batch)


def argument_places(found: list[Attempt]) -> range:
    """Places of the gradients, of the case that has most."""
    return range(max((len(a.outputs) for a in found), default=0))


def _expected(attempt: Attempt, optional: bool) -> tuple[np.ndarray, ...]:
    return attempt.case.gradients(None, optional and attempt.case.batch)


def _right_gradients(attempt: Attempt, optional: bool) -> list[bool]:
    return [close(g, e) for g, e in zip(attempt.outputs, _expected(attempt, optional), strict=True)]


def _answers(found: list[Attempt], place: int, optional: bool) -> list[Answer]:
    with_it = [a for a in found if len(a.outputs) > place]
    return [Answer(a.case, a.outputs[place], _expected(a, optional)[place]) for a in with_it]


def _why_gradients(name: str, wrong: dict[int, list[Answer]], optional: bool) -> list[str]:
    """Causes of wrong gradients, each with the arguments that it concerns."""
    causes: dict[str, list[str]] = {}
    for place, answers in sorted(wrong.items()):
        bad = [a for a in answers if not close(a.got, a.expected)]
        called = argument_names(name, bad[0].case.options)[place]
        causes.setdefault(_why_a_gradient(name, place, bad, optional, called), []).append(called)
    return [f"gradient of {', '.join(called)}: {cause}" for cause, called in causes.items()]


def _why_a_gradient(name: str, place: int, wrong: list[Answer], optional: bool, called: str) -> str:
    """The cause of one wrong gradient."""
    named = (
        constant_factor(wrong)
        or missing_sum(wrong)
        or explain_first(wrong, lambda: of_a_gradient(name, place, optional))
    )
    if named:
        return named
    got, expected = wrong[0].got, wrong[0].expected
    if np.shape(got) != np.shape(expected):
        return f"it has shape {np.shape(got)}, should be {np.shape(expected)}, that of {called}"
    if not np.isfinite(np.asarray(got, dtype=float)).all():
        return "it has values that are not finite"
    if error(got, expected) < 1e-4:
        return f"nearly right (relative error {error(got, expected):.0e}): an epsilon, or less precision"
    return "wrong values"


def _why_it_fails(name: str, forward: Any, backward: Callable[..., Any], failed: list[Attempt], optional: bool) -> str:
    """The cause of an exception: what comes out where all sizes are equal tells more than the exception."""
    problem = failed[0].problem
    if "gradients, should" in problem:
        return f"{problem}, for {', '.join(argument_names(name, failed[0].case.options))}"
    started = [attempt_forward(forward, c) if forward else Attempt(c, c.outputs, c.cache) for c in square_cases(name)]
    found = [_one_backward(name, backward, a, optional) for a in started if not a.problem]
    ran = [a for a in found if not a.problem]
    answers = {place: _answers(ran, place, optional) for place in argument_places(ran)}
    wrong = {place: of for place, of in answers.items() if not all(close(x.got, x.expected) for x in of)}
    texts = _why_gradients(name, wrong, optional)
    if len(ran) == len(started) and not texts:
        texts = ["it is right where all sizes are equal, so two axes are mixed up"]
    return join(problem, "; ".join(texts))


def _against_the_formula(name: str, found: list[Attempt], optional: bool) -> str:
    """The causes of wrong gradients that can be named although the forward is wrong: its cache may be right."""
    if any(f.problem for f in found):
        return ""
    wrong = {
        place: [a for a in _answers(found, place, optional) if not close(a.got, a.expected)]
        for place in argument_places(found)
    }
    texts = _why_gradients(name, {place: answers for place, answers in wrong.items() if answers}, optional)
    named = [text for text in texts if "wrong values" not in text]
    return f"compared with the formula: {'; '.join(named)}" if named else ""


def _backward_of_a_wrong_forward(
    name: str, forward: Any, backward: Callable[..., Any], attempts: list[Attempt]
) -> tuple[str, str, float]:
    """A wrong forward has another gradient: compare the backward with differences of that forward."""
    from nnmem.study.check.gradients import check_gradients

    whole = [a for a in attempts if not a.problem]
    usable = whole[:2]
    if attempt_backward(backward, attempts[0].case, None, 1, False).missing:
        return "missing", "not written yet: it raises NotImplementedError", 0.0
    if name in UPSTREAM:
        return "fail", "the forward is wrong: mend that first", 0.0
    if not usable:
        return "fail", "cannot be graded before the forward returns its outputs and a cache", 0.0
    optional = takes_optional(backward, name, len(whole[0].case.douts))
    found = [_one_backward(name, backward, a, optional) for a in whole]
    if len(whole) == len(attempts) and all(not f.problem and all(_right_gradients(f, optional)) for f in found):
        lost = contract_of_backward(name, forward, backward, attempts, found, optional)
        return verdict(lost, 10.0)
    before = before_cache(name)
    for case in (a.case for a in usable):
        names = argument_names(name, case.options)

        def own_forward(*args: Any, case: Case = case) -> tuple[Any, ...]:
            given, options = case._replace(args=args).positional()
            *outputs, cache = forward(*given, **options)
            return (*outputs[:before], cache)

        def own_backward(*douts_and_cache: Any, case: Case = case) -> tuple[Any, ...]:
            *douts, cache = douts_and_cache
            return call_backward(backward, case, tuple(douts), False, cache)

        positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = inspect.Signature([inspect.Parameter(n, positional) for n in names])
        own_forward.__signature__ = signature  # type: ignore[attr-defined]
        try:
            with np.errstate(all="ignore"):
                report = check_gradients(own_forward, own_backward, *case.args)
        except (Exception, SystemExit) as failure:
            return "fail", f"{said(failure)}; the forward is wrong too", 0.0
        if not report:
            bad = dict.fromkeys(row.argument for row in report.rows if not row.ok)
            text = f"the gradient of {', '.join(bad)} is wrong" if bad else "; ".join(report.problems)
            text = f"compared with differences of your forward, which is wrong too: {text}"
            return "fail", join(text, _against_the_formula(name, found, optional)), 0.0
    return "fail", "it is the gradient of your forward, which is wrong: mend that first", VALUES / 2
