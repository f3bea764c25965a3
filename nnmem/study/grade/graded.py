"""What can be set as homework and graded, and why the rest cannot.

A pair is two functions. A plain function, such as ``storkey_weights``, is graded as a forward whose cache is None and
that has no backward.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nnmem.study.index.lookup import EQUATIONS, PAIRS, PLAIN


def graded() -> list[str]:
    """What can be graded: the pairs, and the plain functions with example inputs."""
    return [*PAIRS, *(plain.name for plain in PLAIN.values() if not plain.not_graded)]


def graded_functions() -> list[str]:
    """Every function that a student may hand in."""
    return [part for name in graded() for part in parts(name)]


def parts(function: str) -> list[str]:
    """What a student writes: the two functions of a pair, or a plain one."""
    return [function] if function in PLAIN else [f"{function}_forward", f"{function}_backward"]


def without_cache(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function in the shape of a forward."""

    @functools.wraps(function)
    def forward(*args: Any, **options: Any) -> tuple[Any, ...]:
        result = function(*args, **options)
        return (*result, None) if isinstance(result, tuple) else (result, None)

    return forward


def why_not(name: str) -> str:
    """Say why something cannot be set as homework, and what can."""
    from nnmem.study.copy.sources import CannotCopy
    from nnmem.study.copy.standalone import find_definitions

    if name in PLAIN:
        return f"{name} cannot be graded: {PLAIN[name].not_graded}"
    try:
        if any(where.name.startswith("nnmem.study.") for where, _ in find_definitions(name)):
            return f"{name} cannot be graded: it is a tool of the desk, no formula"
    except CannotCopy:
        numbers = ", ".join(dict.fromkeys(e.number for e in EQUATIONS))
        plain = ", ".join(graded()[len(PAIRS) :])
        return f"no formula {name}; there are {numbers}, the functions that nnmem eq lists, and {plain}"
    return (
        f"{name} cannot be graded, only copied (nnmem copy {name}): it is no function of plain arrays; set the "
        "formulas that it is made of, which nnmem eq lists"
    )
