"""How a pair is called: ``forward(arrays..., options) -> (out, ..., cache)``, ``backward(dout, ..., cache)``.

Students' functions follow it more or less; what can be understood is understood.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def split(result: Any) -> tuple[tuple[Any, ...], Any]:
    """Separate the outputs from the cache, which stands last."""
    if not isinstance(result, tuple) or len(result) < 2:
        raise TypeError(f"forward returned {type(result).__name__}, should return a tuple (out, ..., cache)")
    return result[:-1], result[-1]


def cache_place(backward: Callable[..., Any], outputs: int) -> tuple[int, int, bool]:
    """Return how many upstream gradients stand before the cache, how many after it, and whether those may be left out.

    The cache is the argument of that name, or else the last one without a default.
    """
    parameters = _parameters(backward)
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or not parameters:
        return outputs, 0, False
    named = [p.name for p in parameters if p.kind in POSITIONAL]
    required = [p.name for p in parameters if p.kind in POSITIONAL and p.default is p.empty]
    before = named.index("cache") if "cache" in named else len(required) - 1
    after = min(len(named) - before - 1, outputs - before)
    return before, after, all(name not in required for name in named[before + 1 :])


def call_backward(
    backward: Callable[..., Any], douts: list[Any], cache: Any, place: tuple[int, int, bool]
) -> tuple[Any, ...]:
    """Call a backward with copies of the upstream gradients where its signature has them."""
    return _call(backward, [None if dout is None else dout.copy() for dout in douts], cache, place)


def upstream_changed(
    backward: Callable[..., Any], douts: list[Any], cache: Any, place: tuple[int, int, bool]
) -> int | None:
    """Return the number, from 1, of an upstream gradient that a backward modifies; None if it modifies none."""
    handed = [None if dout is None else dout.copy() for dout in douts]
    _call(backward, handed, cache, place)
    pairs = zip(douts, handed, strict=True)
    return next((i for i, (dout, own) in enumerate(pairs, 1) if not np.array_equal(dout, own)), None)  # type: ignore


def argument_names(forward: Callable[..., Any], count: int) -> list[str]:
    """Names of the forward's positional arguments; those behind a star are numbered."""
    names: list[str] = []
    for parameter in _parameters(forward):
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
        elif parameter.kind in POSITIONAL:
            names.append(parameter.name)
    return names[:count] + [f"argument {i + 1}" for i in range(len(names), count)]


def is_float(value: Any) -> bool:
    """Whether a value is one that gradients belong to."""
    return isinstance(value, float) or (isinstance(value, np.ndarray | np.floating) and value.dtype.kind == "f")


def float64(value: Any) -> Any:
    """Return floats, and lists of floats, as a new float64 array; anything else as it is."""
    if isinstance(value, list):
        value = np.array(value)
    return np.array(value, dtype=np.float64) if is_float(value) else value


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a function written in C may not tell
        return []


def _call(backward: Callable[..., Any], douts: list[Any], cache: Any, place: tuple[int, int, bool]) -> tuple[Any, ...]:
    before, after, _ = place
    gradients = backward(*douts[:before], cache, *douts[before : before + after])
    return tuple(gradients) if isinstance(gradients, tuple | list) else (gradients,)
