"""Grading one subject that a student wrote: what is right, what is wrong, why, and on which smallest example."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.answers import Asked, Attempt, forwards, own_parameters, right
from nnmem.study.grade.cases import Case, cases, close, error
from nnmem.study.grade.causes import known_mistakes, of_a_value
from nnmem.study.grade.contract import Lost, contract_of_forward, edges_of_forward
from nnmem.study.grade.explaining import explain_groups
from nnmem.study.grade.factors import Comparison
from nnmem.study.grade.phrases import either, say
from nnmem.study.grade.subject import Subject
from nnmem.study.grade.wording import join, smallest, telling, where

OUT_OF = 10.0
PART = 3.0  # of ten points, what it costs if values are right in part; three manners cost one each


class Grade(NamedTuple):
    """What one function is worth, out of ten points. The verdict is pass, fail, missing or error."""

    file: str
    function: str
    verdict: str
    diagnosis: str
    points: float


Judged = tuple[str, str, float]


def judge_forward(pupil: Asked, subject: Subject, attempts: list[Attempt]) -> Judged:
    """Verdict, diagnosis and points of a forward, or of a plain function."""
    if attempts[0].missing:
        return "missing", say("not written yet: it raises NotImplementedError"), 0.0
    lost = contract_of_forward(pupil, subject, attempts)
    wrong = [a for a in attempts if not right(a)]
    if not wrong:
        return judged(lost, edges_of_forward(pupil, subject))
    names_matter = all(a.problem for a in attempts) or any("keyword argument" in a.problem for a in wrong)
    cause = _signature(pupil, subject, wrong[0].case, names_matter) or _why_a_value(subject, attempts)
    example = telling([a for a in wrong if not a.problem] or wrong)
    texts = [cause, where(wrong, attempts)]
    if not in_part([right(a) for a in attempts if is_plain(a.case, a.case.outputs)]):
        return "fail", join(*texts, smallest(example)), 0.0
    return judged(lost, texts, smallest(example))


def is_plain(case: Case, expected: tuple[Any, ...]) -> bool:
    """True for an ordinary call, without a mask, whose right answer is not zero throughout, up to rounding."""
    shows = any(not close(np.zeros_like(values), values) for values in expected)
    return shows and case.promise is None and case.mask is None


def in_part(rights: list[bool]) -> bool:
    """True if at least half are right."""
    return bool(rights) and 2 * sum(rights) >= len(rights)


def judged(lost: list[Lost], wrong: list[str], example: str = "") -> Judged:
    """Verdict, text and points where the values are right, or, if something is ``wrong``, right in part."""
    fails = bool(wrong) or any(failing for _, _, failing in lost)
    text = join(*([] if fails else [say("right")]), *wrong, *(what for what, _, _ in lost), example)
    points = OUT_OF - (PART if wrong else 0) - sum(worth for _, worth, _ in lost)
    return "fail" if fails else "pass", text, points


def _why_a_value(subject: Subject, attempts: list[Attempt]) -> str:
    """The cause of wrong outputs."""
    wrong = [a for a in attempts if not right(a)]
    problems = [a for a in wrong if a.problem]
    answered = [a for a in attempts if not a.problem]
    causes = _named_value(subject, answered)
    if problems:
        fine = all(right(a) for a in answered)
        ordinary = [a for a in problems if a.case.promise is None]
        squares = [a for a in answered if a.case.square]
        mixed = say("it is right where all sizes are equal, so two axes are mixed up")
        batched = any(a.case.batch for a in squares)
        axes = mixed if fine and squares and batched and ordinary and len(ordinary) == len(problems) else ""
        promised: dict[str, str] = {}
        for a in problems:
            if a.case.promise is not None:
                promised.setdefault(either(a.case.promise.en, a.case.promise.zh), a.problem)
        broken = [f"{what} ({problem})" for what, problem in promised.items()]
        return join(ordinary[0].problem if ordinary else "", axes, *causes, *([] if ordinary else broken))
    if causes:
        return join(*causes)
    shaped = [a for a in wrong if [np.shape(o) for o in a.outputs] != [np.shape(o) for o in a.case.outputs]]
    first = (shaped or wrong)[0]
    for k, (got, expected) in enumerate(zip(first.outputs, first.case.outputs, strict=True)):
        which = say("output {number}", number=k + 1) if len(first.outputs) > 1 else say("the result")
        if np.shape(got) != np.shape(expected):
            text = "{which} has shape {got}, should be {expected}"
            return say(text, which=which, got=np.shape(got), expected=np.shape(expected))
        if np.asarray(got).dtype.kind == "f" and not np.isfinite(got).all() and np.isfinite(expected).all():
            return say("{which} has values that are not finite", which=which)
        if not close(got, expected) and error(got, expected) < 1e-4:
            return nearly(which, error(got, expected))
    return say("wrong values")


def nearly(which: str, size: float) -> str:
    """What is said of small errors."""
    text = "{which} is nearly right (relative error {size}): an epsilon, or less precision"
    return say(text, which=which, size=f"{size:.0e}")


def _named_value(subject: Subject, attempts: list[Attempt]) -> list[str]:
    """The cause of the first output that has one; a promise is its cause only if nothing else is wrong."""
    ordinary = any(not right(a) for a in attempts if a.case.promise is None)
    for k in range(max((len(a.outputs) for a in attempts), default=0)):
        answers = [Comparison(a.case, a.outputs[k], a.case.outputs[k]) for a in attempts if len(a.outputs) > k]
        wrong = [a for a in answers if a.wrong]
        if not wrong or (ordinary and all(a.case.promise is not None for a in wrong)):
            continue
        if causes := explain_groups(answers, partial(known_mistakes, subject, k), partial(of_a_value, subject, k)):
            return causes
    return []


def _signature(pupil: Asked, subject: Subject, case: Case, names_matter: bool) -> str:
    """Say how the arguments differ, or nothing; other names alone do no harm."""
    own, should = own_parameters(pupil, subject.first), list(subject.forward_parameters)
    if own == should or not own:
        return ""
    texts = {"own": f"({', '.join(own)})", "should": f"({', '.join(should)})"}
    if sorted(own) == sorted(should):
        return say("the arguments are in another order: {own}, should be {should}", **texts)
    given = {k for k, p in subject.forward_parameters.items() if p.default is p.empty} | set(case.options)
    lacking = [name for name in should if name in given and name not in own]
    if lacking and names_matter:
        return say("it takes {own}, should take {should}: {lacking} missing", lacking=", ".join(lacking), **texts)
    return ""


def forward_attempts(pupil: Asked, subject: Subject) -> list[Attempt]:
    """All attempts of a forward."""
    return forwards(pupil, subject, cases(subject))
