"""What a right formula also owes: inputs left alone, float32 kept, large numbers survived, wrong shapes refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.study.grade.attempts import Attempt, attempt_backward, attempt_forward
from nnmem.study.grade.cases import Case, error, forward_of

LARGE = 1e4
Lost = tuple[str, float, bool]


def contract_of_forward(name: str, function: Callable[..., Any], attempts: list[Attempt]) -> list[Lost]:
    """Return what is not kept, how many points that costs, and whether the function fails by it."""
    lost: list[Lost] = []
    if changed := dict.fromkeys(c for a in attempts for c in a.changed):
        lost.append((f"it modifies its arguments in place: {', '.join(changed)}", 1.0, True))
    singles = _one_of_each([a.case for a in attempts if a.case.batch and a.case.mask is None]) or [attempts[0].case]
    for case in singles:
        if text := _float32(attempt_forward(function, _as_float32(case)), case.outputs):
            lost.append((text, 1.0, True))
            break
    for case in singles:
        large = _large(case)
        if large is not None and not _survives(attempt_forward(function, large)):
            lost.append(("not stable: scores of ±1e4 overflow (subtract the largest before exp)", 1.0, True))
            break
    if unnoticed := [text for case in singles[:1] for text in _accepted(function, case)]:
        lost.append((f"wrong shapes are not refused: {unnoticed[0]}", 1.0, False))
    return lost


def contract_of_backward(
    name: str,
    forward: Callable[..., Any] | None,
    backward: Callable[..., Any],
    attempts: list[Attempt],
    found: list[Attempt],
    optional: bool,
) -> list[Lost]:
    """The same for a backward."""
    lost: list[Lost] = []
    if changed := dict.fromkeys(c for a in found for c in a.changed):
        lost.append((f"it modifies {', '.join(changed)} in place", 2.0, True))
    for case in _one_of_each([a.case for a in attempts if a.case.batch]) or [attempts[0].case]:
        small = _as_float32(case)
        started = attempt_forward(forward, small) if forward else Attempt(small, small.outputs, small.cache)
        expected = case.gradients(None, optional)
        got = attempt_backward(backward, small, started.cache, len(expected), optional, small.douts)
        if text := _float32(got, expected):
            lost.append((text, 2.0, True))
            break
    return lost


def _one_of_each(cases: list[Case]) -> list[Case]:
    """The first case of each combination of options."""
    kinds = {
        str({k: v for k, v in case.options.items() if not isinstance(v, np.ndarray)}): case for case in cases[::-1]
    }
    return list(kinds.values())[::-1]


def _float32(attempt: Attempt, expected: tuple[Any, ...]) -> str:
    if attempt.problem:
        return f"float32 arguments make it fail: {attempt.problem}"
    for got, should in zip(attempt.outputs, expected, strict=True):
        if np.asarray(should).dtype.kind == "f":
            if np.asarray(got).dtype != np.float32:
                return (
                    f"float32 is lost: it gives {np.asarray(got).dtype} (np.sqrt of a number and np.zeros without "
                    "dtype are float64)"
                )
            if error(got, should) > 1e-3:
                return "wrong values in float32"
    return ""


def _as_float32(case: Case) -> Case:
    def smaller(value: Any) -> Any:
        return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value

    options = {key: smaller(value) for key, value in case.options.items()}
    small = case._replace(douts=tuple(map(smaller, case.douts)), options=options)
    return small.changed(tuple(map(smaller, case.args)))


def _large(case: Case) -> Case | None:
    """The same call with its first array multiplied, if the reference takes that."""
    try:
        with np.errstate(all="ignore"):
            large = case.changed((case.args[0] * LARGE, *case.args[1:]))
    except ValueError:
        return None
    return large if all(np.isfinite(out).all() for out in large.outputs) else None


def _survives(attempt: Attempt) -> bool:
    return not attempt.problem and all(
        error(got, should) < 1e-6 for got, should in zip(attempt.outputs, attempt.case.outputs, strict=True)
    )


def _accepted(function: Callable[..., Any], case: Case) -> list[str]:
    """Wrong shapes, refused by the reference, for which a student's forward raises nothing."""
    texts = []
    for place, array in enumerate(case.args):
        if array.ndim == 0:
            continue
        for axis in (-1, -2)[: array.ndim]:
            longer = np.concatenate([array, array.take([0], axis)], axis=axis)
            args = (*case.args[:place], longer, *case.args[place + 1 :])
            try:
                given, options = case._replace(args=args).positional()
                forward_of(case.function)(*given, **options)
            except (ValueError, TypeError):
                attempt = attempt_forward(function, case._replace(args=args))
                if not attempt.problem:
                    texts.append(f"argument {place + 1} of shape {longer.shape} in place of {array.shape}")
    return texts
