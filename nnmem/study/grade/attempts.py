"""Calling what a student wrote: with copies, so that nothing of ours is touched, and with every failure noted."""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.cases import Case, before_cache, call_backward, close
from nnmem.study.index.lookup import PLAIN

MOST_ENTRIES = 10**6
VALUES = 6.0  # of ten points, what right values are worth


class Attempt(NamedTuple):
    """One call: the outputs (or gradients), the cache of a forward, what went wrong, and which inputs were changed."""

    case: Case
    outputs: tuple[Any, ...] = ()
    cache: Any = None
    problem: str = ""
    changed: tuple[str, ...] = ()
    missing: bool = False


def attempt_forward(function: Callable[..., Any], case: Case) -> Attempt:
    """Call a student's forward."""
    args, options = case.positional()
    kept, _ = case.positional()
    try:
        result = _quietly(function, *args, **options)
    except NotImplementedError as error:
        return Attempt(case, problem=said(error), missing=True)
    except (Exception, SystemExit) as error:
        return Attempt(case, problem=said(error))
    names = parameters(function)
    changed = [name_at(names, k) for k, (a, b) in enumerate(zip(args, kept, strict=True)) if not _same(a, b)]
    changed += [key for key, value in options.items() if not _same(value, case.options[key])]
    wanted = len(case.outputs)
    if case.function in PLAIN:
        return _plain_attempt(case, result, tuple(changed))
    if wanted == 1 and isinstance(result, np.ndarray | np.generic | float):
        return Attempt(case, problem="it returns no cache: return (out, cache)")
    if not isinstance(result, tuple | list) or len(result) != wanted + 1:
        got = f"{len(result)} values" if isinstance(result, tuple | list) else type(result).__name__
        return Attempt(case, problem=f"it returns {got}, should return {wanted + 1}: the outputs, then the cache")
    if problem := _no_numbers(result[:wanted], "output"):
        return Attempt(case, problem=problem)
    return Attempt(case, tuple(map(np.asarray, result[:wanted])), result[wanted], "", tuple(changed))


def _plain_attempt(case: Case, result: Any, changed: tuple[str, ...]) -> Attempt:
    """The outputs of a function without a cache."""
    wanted = len(case.outputs)
    outputs = (result,) if wanted == 1 else result
    if not isinstance(outputs, tuple | list) or len(outputs) != wanted:
        got = f"{len(outputs)} values" if isinstance(outputs, tuple | list) else type(outputs).__name__
        return Attempt(case, problem=f"it returns {got}, should return {wanted} values")
    if problem := _no_numbers(outputs, "output"):
        return Attempt(case, problem=problem)
    return Attempt(case, tuple(map(np.asarray, outputs)), None, "", changed)


def attempt_backward(
    function: Callable[..., Any], case: Case, cache: Any, gradients: int, optional: bool, douts: Any = None
) -> Attempt:
    """Call a student's backward with the cache of their own forward."""
    kept = case.douts if douts is None else douts
    given = tuple(None if d is None else np.array(d) for d in kept)
    try:
        found = _quietly(call_backward, function, case, given, optional, cache)
        again = _quietly(call_backward, function, case, given, optional, cache)
    except NotImplementedError as error:
        return Attempt(case, problem=said(error), missing=True)
    except (Exception, SystemExit) as error:
        return Attempt(case, problem=said(error))
    changed = ["the upstream gradient" for a, b in zip(given, kept, strict=True) if not _same(a, b)]
    if len(found) != gradients:
        return Attempt(case, problem=f"it returns {len(found)} gradients, should return {gradients}")
    if problem := _no_numbers([*found, *again], "gradient"):
        return Attempt(case, problem=problem)
    found, again = tuple(map(np.asarray, found)), tuple(map(np.asarray, again))
    if not changed and not all(_same(a, b) for a, b in zip(found, again, strict=True)):
        changed = ["the cache"]
    return Attempt(case, found, cache, "", tuple(changed))


def takes_optional(function: Callable[..., Any], name: str, outputs: int) -> bool:
    """True if a student's backward takes the upstream gradients that stand behind the cache."""
    if outputs == before_cache(name):
        return False
    try:
        inspect.signature(function).bind(*[None] * (outputs + 1))
    except (TypeError, ValueError):
        return False
    return True


def parameters(function: Callable[..., Any]) -> list[str]:
    """Names of a function's arguments; none for what hides them."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return []


def right(attempt: Attempt) -> bool:
    """True if all outputs of a forward are right."""
    return not attempt.problem and all(map(close, attempt.outputs, attempt.case.outputs))


def name_at(names: list[str], place: int) -> str:
    """Name of a positional argument; those behind a star share theirs."""
    return names[min(place, len(names) - 1)] if names else f"argument {place + 1}"


def _no_numbers(values: Any, what: str) -> str:
    """Say which value is not an array of real numbers, or nothing."""
    for k, value in enumerate(values):
        try:
            kind = np.asarray(value).dtype.kind
        except Exception:
            kind = "O"
        if kind not in "fiub":
            got = f"of dtype {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
            return f"{what} {k + 1} is {got}, should be an array of real numbers"
        if np.size(value) > MOST_ENTRIES:
            return f"{what} {k + 1} has shape {np.shape(value)}, far too large"
    return ""


def _quietly(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **options)


def _same(first: Any, second: Any) -> bool:
    if first is None or second is None or not isinstance(first, np.ndarray | np.generic):
        return True
    return bool(np.array_equal(first, second, equal_nan=first.dtype.kind == "f"))


def said(error: BaseException) -> str:
    """One line: the kind of error, its message, and the line of the student's file."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if not _is_ours(f.filename)]
    where = f" (line {lines[-1]})" if lines else ""
    text = printable(error)
    return f"raises {type(error).__name__}{': ' if text else ''}{text}{where}"


def printable(error: BaseException) -> str:
    """An exception's message in one short line."""
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:
        return "its message cannot be printed"
    return "".join(c if c.isprintable() else "?" for c in text)


def _is_ours(path: str) -> bool:
    return "/nnmem/" in path.replace("\\", "/") or "/numpy/" in path.replace("\\", "/") or path.startswith("<__array")
