"""Grading a backward, from the cache of the student's own forward."""

from __future__ import annotations

from functools import partial

import numpy as np

from nnmem.study.grade.answers import Asked, Attempt, backwards, forwards, is_blank, right, takes_optional
from nnmem.study.grade.cases import Case, cases, close, error
from nnmem.study.grade.causes import known_mistakes, of_a_gradient
from nnmem.study.grade.contract import Lost, contract_of_backward
from nnmem.study.grade.explaining import explain_groups
from nnmem.study.grade.factors import Comparison
from nnmem.study.grade.phrases import say
from nnmem.study.grade.subject import Subject
from nnmem.study.grade.verdict import PART, Judged, in_part, is_plain, judged, nearly
from nnmem.study.grade.wording import join, smallest, telling, where

Numbered = list[tuple[int, Case]]


def judge_backward(pupil: Asked, subject: Subject, attempts: list[Attempt] | None) -> Judged:
    """Verdict, diagnosis and points of a backward; where there is no forward, it gets the reference's cache.

    A forward that is wrong costs its backward nothing: where the gradients are the true formula's, from the cache as it
    is or with the forward's outputs in it put right, the backward is right.
    """
    has_forward = attempts is not None
    started = attempts if attempts is not None else [Attempt(c, c.outputs) for c in cases(subject)]
    usable = [(n, a.case) for n, a in enumerate(started) if not a.problem and _has_gradient(a.case)]
    fine = [(n, a.case) for n, a in enumerate(started) if right(a) and _has_gradient(a.case)]
    owed = [a.case for a in started if _has_gradient(a.case)]
    optional = takes_optional(pupil, subject)
    if not usable:
        if is_blank(pupil, subject, started[0].case):
            return "missing", say("not written yet: it raises NotImplementedError"), 0.0
        return "fail", say("cannot be graded before the forward returns its outputs and a cache"), 0.0
    found = backwards(pupil, subject, usable, optional, cache=has_forward)
    if found[0].missing:
        return "missing", say("not written yet: it raises NotImplementedError"), 0.0
    mended = False
    forward_fails = len(fine) < len(usable) or any(a.changed for a in started)
    if not _all_right(found, optional) and forward_fails and has_forward:
        again = backwards(pupil, subject, usable, optional, mended=True)
        mended = _all_right(again, optional) or not fine
        found = again if mended else found
    every = found
    whole = _of_every_kind([c for _, c in usable], owed)
    if not _all_right(found, optional) and fine and len(fine) < len(usable):
        numbers = {number for number, _ in fine}
        found = [a for a, (number, _) in zip(found, usable, strict=True) if number in numbers]
        whole = _of_every_kind([c for _, c in fine], owed)
    accepted = _not_refused(pupil, subject, started, optional, has_forward)
    if not _all_right(found, optional) and fine and len(fine) < len(usable):
        found = _without_chance(pupil, subject, found, optional)
        fine = [(n, c) for n, c in fine if any(c is a.case for a in found)]
        whole = _of_every_kind([a.case for a in found], owed)
    if not fine and not _all_right(every, optional):
        return _of_a_wrong_forward(pupil, subject, usable, every, optional)
    lost = contract_of_backward(pupil, subject, has_forward, found, optional, mended)
    if not _all_right(found, optional):
        return _why(subject, found, optional, lost)
    if not whole:
        return judged(lost, [say(THE_REST)])
    if not accepted and len(found) < len(usable):
        lost.append((say(THE_REST), 0.0, False))
    return judged(lost, [accepted] if accepted else [])


KINDS = (lambda case: case.batch, lambda case: case.mask is not None)
THE_REST = "right wherever the forward is right; the rest cannot be judged before it is mended"


def _of_every_kind(judged: list[Case], owed: list[Case]) -> bool:
    """True if batches and masks are among the cases that could be judged, where they are among all."""
    return all(any(map(test, judged)) or not any(map(test, owed)) for test in KINDS)


def _has_gradient(case: Case) -> bool:
    return case.promise is None or case.promise.backward == "gradients"


def _all_right(found: list[Attempt], optional: bool) -> bool:
    return all(not a.problem and all(map(close, a.outputs, a.case.gradients(optional))) for a in found)


def _not_refused(pupil: Asked, subject: Subject, started: list[Attempt], optional: bool, has_forward: bool) -> str:
    """Which gradient should be refused and is not, or nothing."""
    numbered = [(n, a.case) for n, a in enumerate(started) if a.case.promise and a.case.promise.backward == "raises"]
    numbered = [(n, c) for n, c in numbered if not started[n].problem]
    for attempt in backwards(pupil, subject, numbered, optional, cache=has_forward):
        if "Exception" not in attempt.raised:
            what = subject.options_of(attempt.case.options)
            return say("there is no gradient here, it should raise ValueError: {what}", what=what)
    return ""


def _answers(found: list[Attempt], place: int, optional: bool) -> list[Comparison]:
    with_it = [a for a in found if len(a.outputs) > place]
    return [Comparison(a.case, a.outputs[place], a.case.gradients(optional)[place]) for a in with_it]


def _wrong(found: list[Attempt], optional: bool) -> dict[int, list[Comparison]]:
    """The answers of each argument whose gradient is wrong somewhere."""
    places = range(max((len(a.outputs) for a in found), default=0))
    answers = {place: _answers(found, place, optional) for place in places}
    return {place: of for place, of in answers.items() if any(a.wrong for a in of)}


def _why(subject: Subject, found: list[Attempt], optional: bool, lost: list[Lost]) -> Judged:
    """The diagnosis of wrong gradients behind a right forward."""
    wrong = _wrong(found, optional)
    failed = [a for a in found if a.problem]
    texts = _why_gradients(subject, wrong, optional)
    if failed:
        texts = [failed[0].problem, *texts]
        ran = [a for a in found if not a.problem]
        batched = any(a.case.batch for a in ran) or not any(a.case.batch for a in found)
        if ran and not wrong and batched and all(a.case.square for a in ran if a.case.promise is None):
            texts.append(say("it is right where all sizes are equal, so two axes are mixed up"))
    bad = [a for a in found if a.problem or not _all_right([a], optional)]
    texts = [*dict.fromkeys(texts), where(bad, found, optional)]
    example = smallest(telling(bad, optional), optional)
    if in_part([each for a in found for each in _rights(a, optional)]):
        return judged(lost, texts, example)
    return "fail", join(*texts, example), 0.0


def _rights(attempt: Attempt, optional: bool) -> list[bool]:
    """Which gradients of a plain call are right."""
    expected = attempt.case.gradients(optional)
    if not is_plain(attempt.case, expected):
        return []
    if attempt.problem:
        return [False] * len(expected)
    return list(map(close, attempt.outputs, expected))


def _why_gradients(subject: Subject, wrong: dict[int, list[Comparison]], optional: bool) -> list[str]:
    """Causes of wrong gradients, each with the arguments that it concerns."""
    causes: dict[str, list[str]] = {}
    for place, answers in wrong.items():
        first = next(a for a in answers if a.wrong)
        called = subject.array_names(first.case.options)[place]
        causes.setdefault(_why_a_gradient(subject, place, answers, optional, called), []).append(called)
    return [say("gradient of {names}: {cause}", names=", ".join(called), cause=c) for c, called in causes.items()]


def _why_a_gradient(subject: Subject, place: int, answers: list[Comparison], optional: bool, called: str) -> str:
    """The cause of one wrong gradient."""
    known = partial(known_mistakes, subject, None, place, optional)
    if causes := explain_groups(answers, known, partial(of_a_gradient, subject, place, optional)):
        return "; ".join(causes)
    _, got, expected = next(a for a in answers if a.wrong)
    if np.shape(got) != np.shape(expected):
        text = "it has shape {got}, should be {expected}, that of {name}"
        return say(text, got=np.shape(got), expected=np.shape(expected), name=called)
    if not np.isfinite(got).all():
        return say("it has values that are not finite")
    return nearly(say("it"), error(got, expected)) if error(got, expected) < 1e-4 else say("wrong values")


def _without_chance(pupil: Asked, subject: Subject, found: list[Attempt], optional: bool) -> list[Attempt]:
    """Leave out the calls at which a forward is right by chance: its own gradient is another there, and the backward's.

    Where all entries of a row are equal, layer norm gives the bias whatever ε it adds.
    """
    return [
        a
        for a in found
        if _all_right([a], optional)
        or a.problem
        or subject.upstream_of
        or not _is_gradient_of_own(pupil, subject, a.case, optional)
    ]


def _of_a_wrong_forward(
    pupil: Asked, subject: Subject, usable: Numbered, found: list[Attempt], optional: bool
) -> Judged:
    """A backward that is not the formula's: perhaps it is the gradient of the forward that is there."""
    if any(a.problem for a in found):
        failed = next(a for a in found if a.problem)
        return "fail", join(failed.problem, say("the forward is wrong too")), 0.0
    if not subject.upstream_of and _is_gradient_of_own(
        pupil, subject, next((c for _, c in usable if c.batch), usable[0][1]), optional
    ):
        return "fail", say("it is the gradient of your forward, which is wrong: mend that first"), PART
    texts = [t for t in _why_gradients(subject, _wrong(found, optional), optional) if say("wrong values") not in t]
    text = say("compared with the formula: {texts}", texts="; ".join(texts)) if texts else say("wrong values")
    bad = [a for a in found if not _all_right([a], optional)]
    return "fail", join(text, say("the forward is wrong too"), smallest(telling(bad, optional), optional)), 0.0


@np.errstate(all="ignore")  # a wrong forward may give anything
def _is_gradient_of_own(pupil: Asked, subject: Subject, case: Case, optional: bool) -> bool:
    """Compare a backward with differences of the student's forward, along one random direction for each argument."""
    rng = np.random.default_rng(3)
    steps = [rng.normal(size=a.shape) for a in case.args]
    size = 1e-7
    moved = [
        [a + sign * size * step if k == place else a for k, a in enumerate(case.args)]
        for place, step in enumerate(steps)
        for sign in (1, -1)
    ]
    calls = [Case(subject, case.what, tuple(args), case.options, {}, 0, case.outputs) for args in moved]
    answers = forwards(pupil, subject, [*calls, case])
    [own] = backwards(pupil, subject, [(len(calls), case)], optional)
    shapes = [np.shape(out) for out in case.outputs]
    if any(a.problem or [np.shape(out) for out in a.outputs] != shapes for a in answers) or own.problem:
        return False
    before, more = case.upstream(optional)
    douts = [*before, *more]

    def loss(attempt: Attempt) -> float:
        pairs = zip(douts, attempt.outputs, strict=False)
        return float(sum(np.sum(d * out) for d, out in pairs if d is not None))

    for place, step in enumerate(steps):
        difference = (loss(answers[2 * place]) - loss(answers[2 * place + 1])) / (2 * size)
        along = float(np.sum(own.outputs[place] * step)) if own.outputs[place].shape == step.shape else np.nan
        if not abs(difference - along) <= 1e-5 * max(abs(difference), abs(along), 1e-3):
            return False
    return True
