"""How an example is put into words."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.grade.answers import Attempt
from nnmem.study.grade.cases import close
from nnmem.study.grade.phrases import either, say

LONGEST = 160


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
        given += [f"dout = {number(case.douts[0])}"]
    small = sum(a.size for a in case.args) <= 30
    what = case.what if case.promise is None else either(case.promise.en, case.promise.zh)
    text = say("smallest example: {given}", given=", ".join(given)) if small else say("example: {what}", what=what)
    if attempt.problem and not attempt.outputs:
        return text
    for label, got, should in zip(labels, attempt.outputs, expected, strict=False):
        if not close(got, should):
            values = {"label": label, "should": number(should), "got": number(got)}
            return text + ": " + say("{label}expected {should}, got {got}", **values)
    return text


def number(value: Any) -> str:
    """An array in one line, short."""
    if not isinstance(value, np.ndarray | np.generic):
        return repr(value)
    text = np.array2string(np.asarray(value), precision=4, separator=", ", suppress_small=True, threshold=24)
    text = " ".join(text.replace("\n", " ").split()).replace("[ ", "[")
    return (
        text if len(text) <= LONGEST else say("{start}… of shape {shape}", start=text[:LONGEST], shape=np.shape(value))
    )


def where(wrong: list[Attempt], attempts: list[Attempt]) -> str:
    """Say what the wrong cases have in common that the right ones have not."""
    if len(wrong) == len(attempts) or all(a.case.promise is not None for a in wrong):
        return ""
    others = [a for a in attempts if all(a is not w for w in wrong)]
    for what, holds in (
        (say("only with a mask"), lambda a: a.case.mask is not None),
        (say("only with batch axes"), lambda a: a.case.batch),
        (say("only without batch axes"), lambda a: not a.case.batch),
        *((say("only with {option}", option=f"{k}={v!r}"), lambda a, k=k, v=v: a.case.options.get(k) == v)
          for k, v in wrong[0].case.options.items() if isinstance(v, str | int | float)),
    ):  # fmt: skip
        if all(holds(a) for a in wrong) and not all(holds(a) for a in others):
            return what
    return say("in {wrong} of {all} examples", wrong=len(wrong), all=len(attempts))
