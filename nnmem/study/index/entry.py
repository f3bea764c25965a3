"""What an entry of the index is made of: equations, and the pairs and plain functions that compute them.

An entry holds everything that is known of a formula beside its code. Lookup, checks, homework, grading, benchmarks and
the tables in the READMEs are derived from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.index.known import NOTHING, Known
from nnmem.study.index.peer import Peer

OWN_ORDER = "it draws at random in an order of its own, so right answers differ"
Draw = Callable[[tuple[int, ...], np.random.Generator], np.ndarray]


class Equation(NamedTuple):
    """One formula of the chapter; formulas without a number stand under that of their section.

    ``formula_zh`` is the formula in Chinese where words of English stand in it. ``also`` are other words, in both
    languages, by which people look for it.
    """

    number: str
    section: str
    title: str
    title_zh: str
    formula: str
    meaning: str
    meaning_zh: str
    functions: tuple[str, ...]
    notebook: str
    formula_zh: str | None = None
    also: str = ""


class Layout(NamedTuple):
    """How the arguments of one function look: arrays (of a pair, those that receive a gradient), and options.

    ``layout`` is the formula's own constant. ``without_gradient`` are arrays that receive none, passed by name;
    ``mask`` is the shape of a mask. ``special`` draws those that cannot be any numbers; they are not rounded where
    others are. ``sizes`` are those of letters that no other formula has.
    """

    layout: str
    options: Mapping[str, Any] = {}
    without_gradient: str = ""
    mask: str = ""
    special: Mapping[str, Draw] = {}
    sizes: Mapping[str, int] = {}


class Extreme(NamedTuple):
    """A call at an end of what the docstring promises: what it is, its arrays and options, and the first output.

    Arrays and what is expected are nested lists. All gradients are finite.
    """

    what: str
    args: tuple[Any, ...]
    options: Mapping[str, Any] = {}
    expected: Any = None


@dataclass(frozen=True, eq=False)
class Pair:
    """A forward and its backward.

    Parameters
    ----------
    name : str
        Of the forward, without ``_forward``.
    home : module
        Where both stand.
    layouts : tuple of Layout
        How the arguments look, one for each score or other option.
    known : Known
        Its steps, what people get wrong in them, and what the docstring promises besides the formula.
    peer : Peer, optional
        The same in other libraries, for the benchmarks.
    upstream : tuple of int
        Of which output each upstream gradient has the shape, where not of each in turn.
    checked_as : (forward, backward), optional
        What the gradient check compares instead, where the backward is an estimate.
    extremes : tuple of Extreme
        What the docstring promises where inputs end.
    """

    name: str
    home: ModuleType
    layouts: tuple[Layout, ...]
    known: Known = NOTHING
    peer: Peer | None = None
    upstream: tuple[int, ...] = ()
    checked_as: tuple[Callable[..., Any], Callable[..., Any]] | None = None
    extremes: tuple[Extreme, ...] = ()

    @property
    def forward(self) -> Callable[..., Any]:
        return getattr(self.home, f"{self.name}_forward")

    @property
    def backward(self) -> Callable[..., Any]:
        return getattr(self.home, f"{self.name}_backward")

    @property
    def checked(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The forward and the backward that the gradient check compares."""
        return self.checked_as or (self.forward, self.backward)


@dataclass(frozen=True, eq=False)
class Plain:
    """A public function without a backward; ``not_graded`` says why it cannot be homework, if it cannot."""

    name: str
    home: ModuleType
    layouts: tuple[Layout, ...] = ()
    known: Known = NOTHING
    not_graded: str = ""

    @property
    def function(self) -> Callable[..., Any]:
        return getattr(self.home, self.name)


class Entry(NamedTuple):
    """A formula group."""

    equations: tuple[Equation, ...]
    pairs: tuple[Pair, ...]
    plain: tuple[Plain, ...] = ()


def each_score(layouts: Mapping[str, str], mask: str = "(..., N)") -> tuple[Layout, ...]:
    """One layout for each name of a score."""
    return tuple(Layout(layout, {"score": name}, mask=mask) for name, layout in layouts.items())
