"""How an example is put into words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from nnmem.study.grade.answers import Attempt
from nnmem.study.grade.cases import close
from nnmem.study.grade.phrases import either, say

LONGEST = 160
DIGITS = 4, 8, 12, 16  # the fewest that show a difference


def join(*parts: str) -> str:
    """Join what is said of one function."""
    return "; ".join(part for part in parts if part)


def smallest(attempt: Attempt, optional: bool | None = None) -> str:
    """The smallest failing example: arguments, what was expected and what came. For gradients, also dout."""
    case = attempt.case
    names = case.subject.array_names(case.options)
    given = [f"{name} = {number(arg)}" for name, arg in zip(names, case.args, strict=False)]
    given += [f"{key} = {number(value)}" for key, value in case.options.items()]
    if optional is None:
        expected: tuple[Any, ...] = case.outputs
        labels = ["", *(say("output {number}", number=k + 1) + " " for k in range(1, len(expected)))]
    else:
        expected = case.gradients(optional)
        labels = [f"d{name} " for name in names]
        before, more = case.upstream(optional)
        called = case.subject.upstream if len(case.subject.upstream) > 1 else ["dout"]
        passed = zip(called, (*before, *more), strict=False)
        given += [f"{name} = {number(dout)}" for name, dout in passed if dout is not None]
    small = sum(a.size for a in case.args) <= 30
    what = case.what if case.promise is None else either(case.promise.en, case.promise.zh)
    text = say("smallest example: {given}", given=", ".join(given)) if small else say("example: {what}", what=what)
    if attempt.problem and not attempt.outputs:
        return text
    compared = list(zip(labels, attempt.outputs, expected, strict=False))
    for label, got, should in sorted(compared, key=lambda three: not _visibly(*three[1:])):
        if not close(got, should):
            digits = next((d for d in DIGITS if number(should, d) != number(got, d)), DIGITS[0])
            values = {"label": label, "should": number(should, digits), "got": number(got, digits)}
            return text + ": " + say("{label}expected {should}, got {got}", **values)
    return text


def telling(attempts: list[Attempt], optional: bool | None = None) -> Attempt:
    """The first of these wrong attempts that failed or in which what came differs visibly, or else the first."""
    for attempt in attempts:
        if attempt.problem:
            return attempt
        expected = attempt.case.outputs if optional is None else attempt.case.gradients(optional)
        if any(map(_visibly, attempt.outputs, expected)):
            return attempt
    return attempts[0]


def _visibly(got: Any, should: Any) -> bool:
    return not close(got, should) and number(got) != number(should)


def number(value: Any, digits: int = DIGITS[0]) -> str:
    """An array in one line, short."""
    if not isinstance(value, np.ndarray | np.generic):
        return repr(value)
    value = np.asarray(value)
    tiny = value.dtype.kind == "f" and 0 < np.abs(value[np.isfinite(value)]).max(initial=0) < 1e-3
    text = np.array2string(value, precision=digits, separator=", ", suppress_small=not tiny, threshold=24)
    text = " ".join(text.replace("\n", " ").split()).replace("[ ", "[")
    text = re.sub(r"-0\.(?!\d)", "0.", text)
    return (
        text if len(text) <= LONGEST else say("{start}… of shape {shape}", start=text[:LONGEST], shape=np.shape(value))
    )


def where(wrong: list[Attempt], attempts: list[Attempt], optional: bool = False) -> str:
    """Say what the wrong cases have in common that the right ones have not.

    With ``optional`` the cases with batch axes are those that one upstream gradient more was passed to: which of the
    two it is has not been measured, so neither is said.
    """
    if len(wrong) == len(attempts) or all(a.case.promise is not None for a in wrong):
        return ""
    others = [a for a in attempts if all(a is not w for w in wrong)]
    for what, holds in (
        (say("only with a mask"), lambda a: a.case.mask is not None),
        (say("only with batch axes"), lambda a: a.case.batch and not optional),
        (say("only without batch axes"), lambda a: not a.case.batch),
        *((say("only with {option}", option=f"{k}={v!r}"), lambda a, k=k, v=v: a.case.options.get(k) == v)
          for k, v in wrong[0].case.options.items() if isinstance(v, str | int | float)),
    ):  # fmt: skip
        if all(holds(a) for a in wrong) and not all(holds(a) for a in others):
            return what
    return say("in {wrong} of {all} examples", wrong=len(wrong), all=len(attempts))
