"""Calling a student's functions: arguments come, arrays go back. Nothing here knows what is right.

The judge asks; the answer is what the function returned, what its arguments look like afterwards, or what went wrong. A
forward's cache stays here, under a number by which a backward gets it.
"""

from __future__ import annotations

import copy
import inspect
import sys
import traceback
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.study.grade.pupil import wire

Functions = dict[str, Any]
STUDENTS = "<homework", "<ipython", "/tmp/ipykernel"  # files of students' code


class Work:
    """The functions of one student, and the caches that they returned."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.kept: dict[int, tuple[Any, list[Any], list[tuple[Any, Any]]]] = {}

    def perform(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make one call and tell what came of it."""
        if asked.get("forget"):
            self.kept.clear()
        function = self.functions[asked["function"]]
        args = [self._given(value) for value in asked["args"]]
        options = {key: self._given(value) for key, value in asked["options"].items()}
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = function(*args, **options)
        except (Exception, SystemExit) as error:
            return {"raised": type(error).__name__, "bases": bases(error), "said": said(error)}
        outputs, told = _outputs(result, asked["outputs"], asked["keep"])
        given = [*zip(asked["args"], args, strict=True), *zip(asked["options"].values(), options.values(), strict=True)]
        if asked["keep"] is not None and isinstance(result, tuple | list) and result:
            self.kept[asked["keep"]] = (result[-1], list(result[:-1]), given)
        after = [value if _differs(before, value) else None for before, value in given]
        return {**told, "values": outputs, "after": after}

    def _given(self, value: Any) -> Any:
        """An argument: a copy of an array, a new generator, a cache that is kept here, or a plain value."""
        if isinstance(value, np.ndarray):
            return value.copy()
        if not isinstance(value, dict):
            return value
        if "seed" in value:
            return np.random.default_rng(value["seed"])
        if "value" in value:
            return copy.deepcopy(value["value"])
        cache, outputs, given = self.kept[value["cache"]]
        if "outputs" not in value:
            return cache
        for before, argument in given:
            if _differs(before, argument) and argument.shape == before.shape and argument.flags.writeable:
                argument[...] = before
        return _mended(cache, outputs, value["outputs"])


def _differs(before: Any, after: Any) -> bool:
    """Whether an array that was handed over looks different after the call."""
    if not isinstance(before, np.ndarray) or not isinstance(after, np.ndarray):
        return False
    return before.shape != after.shape or not np.array_equal(before, after, equal_nan=before.dtype.kind == "f")


def _outputs(result: Any, wanted: int | None, keep: int | None) -> tuple[list[Any], dict[str, Any]]:
    """Separate the arrays from the cache, and name what is no array."""
    several = isinstance(result, tuple | list)
    if keep is not None:
        if not several:
            is_array = isinstance(result, np.ndarray | np.generic | float | int)
            return [], {"kind": "array" if is_array else type(result).__name__}
        values = list(result[:-1]) if wanted is None or len(result) == wanted + 1 else list(result)
        return [_plain(v) for v in values], {"count": len(result), "kind": type(result).__name__}
    if wanted == 1:
        one = result[0] if several and len(result) == 1 and isinstance(result, tuple) else result
        return [_plain(one)], {"count": 1, "kind": type(result).__name__}
    values = list(result) if several else [result]
    return [_plain(v) for v in values], {"count": len(values), "kind": type(result).__name__}


def _plain(value: Any) -> Any:
    """A value as an array of real numbers, or in words."""
    if isinstance(value, np.ma.MaskedArray):
        return {"odd": "masked array"}
    try:
        found = np.asarray(value)
        if type(found) is not np.ndarray:
            found = np.array(found, subok=False)
    except Exception:
        return {"odd": type(value).__name__}
    if found.dtype.kind not in "fiub":
        return {"odd": f"dtype {found.dtype}" if isinstance(value, np.ndarray) else type(value).__name__}
    if found.size > wire.MOST_ENTRIES:
        return {"large": list(found.shape)}
    return found.copy()


def _mended(cache: Any, old: list[Any], new: list[Any]) -> Any:
    """A copy of a cache in which the forward's outputs are exchanged for others, wherever they stand.

    Where these are float32, so is what the cache holds besides them.
    """
    if isinstance(cache, np.ndarray | np.generic) and cache.dtype.kind in "fiub":
        for before, after in zip(old, new, strict=False):
            if isinstance(before, np.ndarray) and (
                cache is before or (cache.shape == before.shape and np.array_equal(cache, before, equal_nan=True))
            ):
                return np.array(after, after.dtype if cache.dtype.kind == after.dtype.kind else cache.dtype)
        small = cache.dtype == np.float64 and any(after.dtype == np.float32 for after in new)
        return cache.astype(np.float32) if small else cache
    if isinstance(cache, dict):
        return {key: _mended(value, old, new) for key, value in cache.items()}
    if isinstance(cache, tuple | list):
        items = [_mended(value, old, new) for value in cache]
        return type(cache)(*items) if hasattr(cache, "_fields") else type(cache)(items)
    return copy.copy(cache) if isinstance(cache, types.SimpleNamespace) else cache


def bases(error: BaseException) -> list[str]:
    """Names of what kinds of error it is."""
    return [kind.__name__ for kind in type(error).__mro__ if kind is not object][:8]


def said(error: BaseException) -> dict[str, Any]:
    """The message of an error, and the line of the student's file."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f.lineno for f in frames if f.filename.startswith(STUDENTS)]
    try:
        text = " ".join(str(error).split())[:200]
    except Exception:
        return {"message": None, "line": own[-1] if own else None}
    return {"message": "".join(c if c.isprintable() else "?" for c in text), "line": own[-1] if own else None}


def signatures(functions: Functions) -> dict[str, list[list[Any]]]:
    """Names of the arguments of each function, whether it has a default, and its kind."""
    found = {}
    for name, function in functions.items():
        try:
            parameters = inspect.signature(function).parameters.values()
        except (TypeError, ValueError):
            continue
        found[name] = [[p.name, p.default is not p.empty, p.kind.name] for p in parameters]
    return found


def run(tree: Any, name: str) -> Functions:
    """Run a file as a module and return what it defines."""
    module = types.ModuleType("homework")
    sys.modules["homework"] = module
    module.__file__ = name
    exec(compile(tree, "<homework>", "exec"), module.__dict__)
    return vars(module)


def batch(work: Work, calls: list[dict[str, Any]], check: Callable[[], str]) -> dict[str, Any]:
    """Perform some calls; what a student's code changed of ours is told."""
    replies = [work.perform(call) for call in calls]
    return {"replies": replies, "changed": check()}
