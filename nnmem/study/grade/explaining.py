"""Which candidate explains a wrong array: one that predicts every number, wrong or right."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.study.grade.cases import Case, Seed, close
from nnmem.study.grade.causes import Candidate, Candidates
from nnmem.study.grade.factors import Comparison, constant_factor, missing_sum
from nnmem.study.grade.phrases import either, say
from nnmem.study.grade.subject import real


def explain(answers: list[Comparison], candidates: Candidates) -> Candidate | None:
    """Return the first candidate that predicts every answer, wrong and right."""
    wrong = [a for a in answers if a.wrong]
    if not wrong:
        return None
    fine = [a for a in answers if not a.wrong]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for what, predict in candidates():
            if all(_predicts(predict, answer) for answer in wrong) and all(_allows(predict, a) for a in fine):
                return what, predict
    return None


def explain_groups(answers: list[Comparison], known: Candidates, general: Candidates) -> list[str]:
    """What explains all wrong answers; or else what explains those of each kind, and which promise is not kept."""
    if found := _cause(answers, known, general):
        return [found[0]]
    ordinary = [a for a in answers if a.case.promise is None]
    if not any(a.wrong for a in ordinary):
        return _broken_promises(answers)
    if found := _cause(ordinary, known, general):
        predict = found[1]
        apart = [a for a in answers if a.case.promise is not None and predict and _unmoved(predict, a)]
        return [found[0], *_broken_promises(apart)]
    return _of_each_kind(ordinary, known, general)


def _cause(
    answers: list[Comparison], known: Candidates, general: Candidates
) -> tuple[str, Callable[[Case], Any] | None] | None:
    """A known mistake, or a factor, or what is wrong in general."""
    if found := explain(answers, known):
        return found
    if plain := plain_cause(answers):
        return plain, None
    return explain(answers, general)


def _broken_promises(answers: list[Comparison]) -> list[str]:
    promises = dict.fromkeys(a.case.promise for a in answers if a.wrong)
    return [either(extra.en, extra.zh) for extra in promises if extra is not None]


def _of_each_kind(answers: list[Comparison], known: Candidates, general: Candidates) -> list[str]:
    """A cause for each combination of options, if there is one for some."""
    kinds: dict[str, list[Comparison]] = {}
    for answer in answers:
        kinds.setdefault(kind(answer.case), []).append(answer)
    causes: dict[str, list[str]] = {}
    for name, group in kinds.items() if len(kinds) > 1 else ():
        if any(a.wrong for a in group):
            named = _cause(group, known, general)
            causes.setdefault(named[0] if named else say("wrong values"), []).append(name)
    if set(causes) <= {say("wrong values")}:
        return []
    return [say("with {options}: {cause}", options="; ".join(n), cause=c) for c, n in causes.items()]


def kind(case: Case) -> str:
    """The options that are not arrays, as one text."""
    return ", ".join(f"{k}={v!r}" for k, v in case.options.items() if not isinstance(v, np.ndarray | Seed))


def _predicts(predict: Callable[[Case], Any], answer: Comparison) -> bool:
    try:
        predicted = predict(answer.case)
        return predicted is not None and close(predicted, answer.got)
    except Exception:  # the mistake does not even run on this case
        return False


def _unmoved(predict: Callable[[Case], Any], answer: Comparison) -> bool:
    """True if a cause changes nothing here, so that what is wrong has another."""
    try:
        return close(predict(answer.case), answer.expected)
    except Exception:  # it does not run here
        return False


def _allows(predict: Callable[[Case], Any], answer: Comparison) -> bool:
    try:
        predicted = predict(answer.case)
        return predicted is None or close(predicted, answer.expected)
    except Exception:  # it does not run where the answer is right: where sizes differ, say
        return True


def plain_cause(answers: list[Comparison]) -> str | None:
    """A factor or a sum, for values of any formula."""
    if not any(a.wrong for a in answers) or real(answers[0].expected) is None:
        return None
    return constant_factor(answers) or missing_sum(answers)
