"""What a right formula also owes: inputs left alone, float32 kept, large numbers survived, wrong input refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nnmem.study.grade.answers import Asked, Attempt, backwards, forwards, right
from nnmem.study.grade.cases import Case, Seed, cases, close, error, evaluated
from nnmem.study.grade.phrases import chinese_wanted, either, say
from nnmem.study.grade.subject import Subject, names_in

LARGE = 1e4
Lost = tuple[str, float, bool]


def edges_of_forward(pupil: Asked, subject: Subject) -> list[str]:
    """What of right values is not kept with large numbers and at the extremes, the first of each."""
    texts = []
    large = large_cases(subject)
    for (name, _), attempt in zip(large, forwards(pupil, subject, [c for _, c in large], keep=False), strict=True):
        if not _survives(attempt):
            text = say("not stable: with {name} 10⁴ times as large it overflows or loses the result", name=name)
            hint = say(" (subtract the largest before exp)") if subject.known.large else ""
            texts.append(text + hint + (f": {attempt.problem}" if attempt.problem else ""))
            break
    extremes = extreme_cases(subject)
    tried = forwards(pupil, subject, [c for _, c in extremes], keep=False)
    for (what, _), attempt in zip(extremes, tried, strict=True):
        if not _survives(attempt):
            text = say("not kept: {what}", what=say(what))
            texts.append(text + (f": {attempt.problem}" if attempt.problem else ""))
            break
    return texts


def contract_of_forward(pupil: Asked, subject: Subject, attempts: list[Attempt]) -> list[Lost]:
    """Return what else is not kept, a point each, and whether the function fails by it."""
    lost: list[Lost] = []
    if changed := dict.fromkeys(c for a in attempts for c in a.changed):
        lost.append((say("it modifies its arguments in place: {names}", names=", ".join(changed)), 1.0, True))
    fine = {id(a.case) for a in attempts if right(a)}
    small = [now for before, now in zip(one_of_each(subject), small_cases(subject), strict=True) if id(before) in fine]
    for attempt in forwards(pupil, subject, small, keep=False):
        if text := _float32(attempt, attempt.case.outputs):
            lost.append((text, 1.0, True))
            break
    refused = refused_cases(subject)
    for (what, _), attempt in zip(refused, forwards(pupil, subject, [c for _, c in refused], keep=False), strict=True):
        if not attempt.problem:
            lost.append((say("wrong input is not refused: {what}", what=what), 1.0, False))
            break
    return lost


def contract_of_backward(
    pupil: Asked, subject: Subject, has_forward: bool, found: list[Attempt], optional: bool, mended: bool
) -> list[Lost]:
    """The same for a backward; what its forward does to arguments and float32 is mended before it is asked."""
    changed = dict.fromkeys(c for a in found for c in a.changed)
    lost: list[Lost] = [(say("it modifies {names} in place", names=name), 1.0, True) for name in changed]
    small = [case for case in small_cases(subject) if case.batch] or small_cases(subject)[:1]
    exact = all(not a.problem and all(map(close, a.outputs, a.case.gradients(optional))) for a in found)
    wrong: set[int] = set()
    numbered = list(enumerate(small))
    if has_forward:
        started = forwards(pupil, subject, small)
        numbered = [(number, a.case) for number, a in enumerate(started) if not a.problem]
        wrong = {id(a.case) for a in started if not all(map(_near, a.outputs, a.case.outputs))}
        mended = mended or any(a.changed or _float32(a, a.case.outputs) for a in started if not a.problem)
    for attempt in backwards(pupil, subject, numbered, optional, mended=mended and has_forward, cache=has_forward):
        if text := _float32(attempt, attempt.case.gradients(optional), exact):
            if id(attempt.case) in wrong and text == say("wrong values in float32"):
                text = say("float32 cannot be judged before the forward is mended")
                lost.append((text, 0.0, False))
            else:
                lost.append((text, 1.0, True))
            break
    return lost


def one_of_each(subject: Subject) -> list[Case]:
    """The first ordinary case with batch axes of each combination of options."""
    ordinary = [c for c in cases(subject) if c.promise is None and c.mask is None]
    in_turn = [*[c for c in ordinary if not c.batch][::-1], *[c for c in ordinary if c.batch][::-1]]
    kinds = {str({k: v for k, v in c.options.items() if not isinstance(v, np.ndarray | Seed)}): c for c in in_turn}
    return list(kinds.values())


def small_cases(subject: Subject) -> list[Case]:
    """Cases in float32."""
    if "small" not in subject.memo:
        subject.memo["small"] = [_as_float32(case) for case in one_of_each(subject)]
    return subject.memo["small"]


def _as_float32(case: Case) -> Case:
    def smaller(value: Any) -> Any:
        return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value

    options = {key: smaller(value) for key, value in case.options.items()}
    douts = tuple(map(smaller, case.douts))
    return evaluated(replace(case, args=tuple(map(smaller, case.args)), options=options, douts=douts, memo={}))


def _float32(attempt: Attempt, expected: tuple[Any, ...], exact: bool = True) -> str:
    """What is lost in float32; of what is not ``exact`` in float64 the type alone is asked for."""
    if attempt.problem:
        return "" if not exact else say("float32 arguments make it fail: {problem}", problem=attempt.problem)
    for got, should in zip(attempt.outputs, expected, strict=True):
        if np.asarray(should).dtype.kind == "f":
            if np.asarray(got).dtype != np.float32:
                return say(
                    "float32 is lost: it gives {dtype} (np.sqrt of a number and np.zeros without dtype are float64)",
                    dtype=np.asarray(got).dtype,
                )
            if exact and not _near(got, should):
                return say("wrong values in float32")
    return ""


def _near(got: Any, should: Any) -> bool:
    return error(got, should) <= 1e-3


def large_names(subject: Subject) -> list[str]:
    """The arrays that are graded 10⁴ times as large: those that are known to matter, or else the first."""
    if subject.known.large is not None:
        return [name for name in subject.known.large.split(", ") if name != "none"]
    return subject.array_names()[:1]


def large_cases(subject: Subject) -> list[tuple[str, Case]]:
    """Cases with one array multiplied, where the reference stays finite."""
    if "large" not in subject.memo:
        found = []
        for case in one_of_each(subject):
            names = subject.array_names(case.options)
            for name in large_names(subject):
                args = tuple(a * LARGE if n == name else a for n, a in zip(names, case.args, strict=False))
                try:
                    large = case.changed(args)
                except ValueError:
                    continue
                if name in names and all(np.isfinite(out).all() for out in large.outputs):
                    found.append((name, large))
        subject.memo["large"] = found
    return subject.memo["large"]


def extreme_cases(subject: Subject) -> list[tuple[str, Case]]:
    """What the index promises at the extremes."""
    if "extremes" not in subject.memo:
        found = []
        for extreme in subject.extremes:
            args = tuple(np.array(a, dtype=float) for a in extreme.args)
            arrays = {name for layout in subject.layouts for name in names_in(layout.without_gradient)}
            options = {k: np.array(v) if isinstance(v, list) or k in arrays else v for k, v in extreme.options.items()}
            options |= {"rng": Seed(0)} if subject.draws else {}
            found.append((extreme.what, evaluated(Case(subject, extreme.what, args, options, {}, 0))))
        subject.memo["extremes"] = found
    return subject.memo["extremes"]


def _survives(attempt: Attempt) -> bool:
    pairs = zip(attempt.outputs, attempt.case.outputs, strict=False)
    return not attempt.problem and all(error(got, should) < 1e-6 for got, should in pairs)


def refused_cases(subject: Subject) -> list[tuple[str, Case]]:
    """Calls that the reference refuses: shapes that do not fit, and what the docstring names besides."""
    key = f"refused in {'Chinese' if chinese_wanted() else 'English'}"
    if key not in subject.memo:
        found = []
        case = one_of_each(subject)[0]
        for place, array in enumerate(case.args):
            for axis in (-1, -2)[: array.ndim]:
                longer = np.concatenate([array, array.take([0], axis)], axis=axis)
                args = (*case.args[:place], longer, *case.args[place + 1 :])
                wrong = replace(case, args=args, outputs=(), cache=None, memo={})
                if _is_refused(wrong):
                    names = subject.array_names(case.options)
                    shapes = {"shape": longer.shape, "should": array.shape}
                    what = say("{name} of shape {shape} in place of {should}", name=names[place], **shapes)
                    found.append((what, replace(wrong, outputs=case.outputs)))
        for extra in subject.known.refused:
            for arrays, options in extra.calls(np.random.default_rng(0)):
                named = {k: Seed(v) if k == "rng" else v for k, v in options.items()}
                wrong = replace(case, args=tuple(arrays), options=named, memo={})
                if _is_refused(wrong):
                    found.append((either(extra.en, extra.zh), wrong))
        subject.memo[key] = found
    return subject.memo[key]


def _is_refused(case: Case) -> bool:
    try:
        evaluated(case)
    except (ValueError, TypeError):
        return True
    return False
