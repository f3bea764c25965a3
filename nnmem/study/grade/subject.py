"""What is graded: one frozen object for each function of the chapter, made once and handed on.

A pair is two functions. A plain function, such as ``storkey_weights``, is graded as a forward whose cache is None and
that has no backward.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnmem.study.grade.phrases import say
from nnmem.study.index.entry import Extreme, Layout
from nnmem.study.index.known import Known
from nnmem.study.index.lookup import EQUATIONS, PAIRS, PLAIN, find, pair_of
from nnmem.terminal import nearest


@dataclass(frozen=True, eq=False)
class Subject:
    """A pair or a plain function of the chapter: what a student writes, and what it is compared with."""

    name: str
    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    layouts: tuple[Layout, ...]
    known: Known
    upstream_of: tuple[int, ...] = ()
    extremes: tuple[Extreme, ...] = ()
    memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def plain(self) -> bool:
        """True if it has no backward."""
        return self.backward is None

    @property
    def first(self) -> str:
        """Name of the forward, or of the plain function."""
        return self.name if self.plain else f"{self.name}_forward"

    @property
    def second(self) -> str:
        """Name of the backward; empty for a plain function."""
        return "" if self.plain else f"{self.name}_backward"

    @property
    def parts(self) -> list[str]:
        """What a student writes."""
        return [self.first] if self.plain else [self.first, self.second]

    @functools.cached_property
    def forward_parameters(self) -> dict[str, inspect.Parameter]:
        """The forward's arguments."""
        return dict(inspect.signature(self.forward).parameters)

    @functools.cached_property
    def upstream(self) -> list[str]:
        """The backward's arguments, without the cache."""
        return [] if self.backward is None else [p for p in inspect.signature(self.backward).parameters if p != "cache"]

    @functools.cached_property
    def before(self) -> int:
        """How many upstream gradients stand before the cache."""
        return 0 if self.backward is None else list(inspect.signature(self.backward).parameters).index("cache")

    @functools.cached_property
    def draws(self) -> bool:
        """True if it cannot do without a generator."""
        generator = self.forward_parameters.get("rng")
        return generator is not None and generator.default is generator.empty

    def array_names(self, options: dict[str, Any] | None = None) -> list[str]:
        """Names of the arrays of a call; of a pair, of those that receive a gradient."""
        fitting = [s for s in self.layouts if options is None or all(options.get(k) == v for k, v in s.options.items())]
        layout = max(fitting or self.layouts, key=lambda spec: len(spec.layout) if options is None else 0).layout
        return names_in(layout)

    def options_of(self, options: dict[str, Any]) -> str:
        """The options of a call as the layouts have them, or their defaults: ``beta=None``."""
        names = dict.fromkeys(name for layout in self.layouts for name in layout.options)
        return ", ".join(f"{name}={options.get(name, self.forward_parameters[name].default)!r}" for name in names)

    @functools.cached_property
    def optional_arrays(self) -> list[str]:
        """Array options that may be left out, such as a mask."""
        given = {name for spec in self.layouts for name in names_in(f"{spec.without_gradient}, mask (")}
        parameters = self.forward_parameters
        return [name for name in parameters if name in given and parameters[name].default is None]


def names_in(layout: str) -> list[str]:
    """Names of the arrays of a layout."""
    return re.findall(r"(\w+) \(", layout)


def subject(name: str) -> Subject:
    """The subject of a pair's or plain function's name, or of one of its functions or answers."""
    return _made(name if name in PLAIN else pair_of(name))


@functools.cache
def _made(name: str) -> Subject:
    if name in PLAIN:
        plain = PLAIN[name]
        return Subject(name, _without_cache(plain.function), None, plain.layouts, plain.known)
    pair = PAIRS[name]
    return Subject(name, pair.forward, pair.backward, pair.layouts, pair.known, pair.upstream, pair.extremes)


def _without_cache(function: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function in the shape of a forward."""

    @functools.wraps(function)
    def forward(*args: Any, **options: Any) -> tuple[Any, ...]:
        result = function(*args, **options)
        return (*result, None) if isinstance(result, tuple) else (result, None)

    return forward


@functools.cache
def gradable() -> dict[str, str]:
    """Every function that a student may hand in, with the name of its subject."""
    functions = {part: name for name in PAIRS for part in (f"{name}_forward", f"{name}_backward")}
    return functions | {plain.name: plain.name for plain in PLAIN.values() if not plain.not_graded}


def subjects() -> list[Subject]:
    """Everything that can be graded."""
    return [subject(name) for name in dict.fromkeys(gradable().values())]


def chosen(names: Iterable[str]) -> list[Subject]:
    """The subjects of these equations or names, or a ValueError that says why not."""
    found: list[str] = []
    known = gradable()
    for name in names:
        equation = find(name)
        if equation is not None:
            found += [f for e in EQUATIONS if e.number == equation.number for f in e.functions]
        elif name in known or name in known.values():
            found.append(known.get(name, name))
        else:
            raise ValueError(why_not(name))
    return [subject(name) for name in dict.fromkeys(found)]


def why_not(name: str) -> str:
    """Say why something cannot be set as homework, and what is nearest to it."""
    from nnmem.study.copy.sources import CannotCopy
    from nnmem.study.copy.standalone import find_definitions

    if name in PLAIN:
        return say("{name} cannot be graded: {why}", name=name, why=say(PLAIN[name].not_graded))
    try:
        if any(where.name.startswith("nnmem.study.") for where, _ in find_definitions(name)):
            return say("{name} cannot be graded: {why}", name=name, why=say("it is a tool of the desk, no formula"))
    except CannotCopy:
        numbers, known = dict.fromkeys(e.number for e in EQUATIONS), gradable()
        near = nearest(name, [*numbers, *dict.fromkeys(known.values()), *known])
        if near.startswith("did you mean"):
            return say("no formula {name}; {near}", name=name, near=near)
        there = ", ".join([*numbers, *(n for n in known if n in PLAIN)])
        return say(
            "no formula {name}; there are {there}, and the functions that nnmem eq lists", name=name, there=there
        )
    return say(
        "{name} cannot be graded, only copied (nnmem copy {name}): it is no function of plain arrays; set the "
        "formulas that it is made of, which nnmem eq lists",
        name=name,
    )


def real(values: Any) -> Any:
    """The values, or None where they are indices or yes and no, among which too much would fit by chance."""
    return values if np.asarray(values).dtype.kind == "f" else None
