"""How a diagnosis is put into words."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.grade.attempts import Attempt
from nnmem.study.grade.cases import close
from nnmem.study.grade.causes import argument_names

LONGEST = 160


def join(*parts: str) -> str:
    """Join what is said of one function."""
    return "; ".join(part for part in parts if part)


def smallest(attempt: Attempt, optional: bool | None = None) -> str:
    """The smallest failing example: arguments, what was expected and what came. For gradients, also dout."""
    case = attempt.case
    names = argument_names(case.function, case.options)
    given = [f"{name} = {number(arg)}" for name, arg in zip(names, case.args, strict=False)]
    given += [f"{key} = {number(value)}" for key, value in case.options.items()]
    if optional is None:
        expected: tuple[Any, ...] = case.outputs
        labels = ["", *(f"output {k + 1} " for k in range(1, len(expected)))]
    else:
        expected = case.gradients(None, optional and case.batch)
        labels = [f"d{name} " for name in names]
        given += [f"dout = {number(case.douts[0])}"]
    text = f"smallest example: {', '.join(given)}" if sum(a.size for a in case.args) <= 30 else f"example: {case.what}"
    if attempt.problem and not attempt.outputs:
        return text
    for label, got, should in zip(labels, attempt.outputs, expected, strict=False):
        if not close(got, should):
            return f"{text}: {label}expected {number(should)}, got {number(got)}"
    return text


def number(value: Any) -> str:
    """An array in one line, short."""
    if not isinstance(value, np.ndarray | np.generic):
        return repr(value)
    text = np.array2string(np.asarray(value), precision=4, separator=", ", suppress_small=True, threshold=24)
    text = " ".join(text.replace("\n", " ").split()).replace("[ ", "[")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… of shape {np.shape(value)}"


def where(wrong: list[Attempt], attempts: list[Attempt]) -> str:
    """Say what the wrong cases have in common that the right ones have not."""
    if len(wrong) == len(attempts):
        return ""
    others = [a for a in attempts if all(a is not w for w in wrong)]
    for what, holds in (
        ("only with a mask", lambda a: a.case.mask is not None),
        ("only with batch axes", lambda a: a.case.batch),
        ("only without batch axes", lambda a: not a.case.batch),
        *((f"only with {k}={v!r}", lambda a, k=k, v=v: a.case.options.get(k) == v)
          for k, v in wrong[0].case.options.items() if isinstance(v, str | int | float)),
    ):  # fmt: skip
        if all(holds(a) for a in wrong) and not all(holds(a) for a in others):
            return what
    return f"in {len(wrong)} of {len(attempts)} examples"


def verdict(lost: list[tuple[str, float, bool]], points: float) -> tuple[str, str, float]:
    """Verdict, text and points where the values are right; ``lost`` says what else is not, and if that fails it."""
    fails = any(failing for _, _, failing in lost)
    text = "; ".join(what for what, _, _ in lost)
    return (
        "fail" if fails else "pass",
        text if fails else f"right{'; ' if text else ''}{text}",
        points - sum(worth for _, worth, _ in lost),
    )
