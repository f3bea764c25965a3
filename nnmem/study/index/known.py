"""What is known of a formula for grading: its steps, its typical mistakes, and what its docstring promises besides.

The steps spell the formula and its gradient out as plain assignments in the formula's symbols. A mistake replaces one
of them and predicts the wrong numbers that follow; where a student has these very numbers, it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Call = tuple[Sequence[Any], dict[str, Any]]


class Mistake:
    """A typical mistake, in two languages, as other expressions for some steps: ``alpha=lambda s: ...``."""

    def __init__(self, en: str, zh: str, **steps: Callable[..., Any]) -> None:
        self.en, self.zh, self.steps = en, zh, steps
        self.names: dict[str, str] = {}

    def renamed(self, **names: str) -> Mistake:
        """The same mistake in a formula that has other names for these steps."""
        new = Mistake(self.en, self.zh, **{names.get(step, step): value for step, value in self.steps.items()})
        new.names = names
        return new


@dataclass(frozen=True, eq=False)
class Extra:
    """What a docstring promises besides the formula: calls that show it, and what to say where it is not kept.

    ``backward`` says what a backward owes on these calls: gradients, an error, or nothing.
    """

    en: str
    zh: str
    calls: Callable[[np.random.Generator], list[Call]]
    backward: str = "nothing"
    axes: int = 0

    def batch_axes(self, args: Sequence[np.ndarray]) -> int:
        """Number of batch axes of these arguments, where the first array has ``axes`` of its own."""
        return max(args[0].ndim - self.axes, 0) if self.axes else 0


@dataclass(frozen=True, eq=False)
class Known:
    """Everything that is known of one subject. ``refused`` are calls that should raise ValueError or TypeError."""

    steps: Callable[..., Any] | None = None
    mistakes: tuple[Mistake, ...] = ()
    extras: tuple[Extra, ...] = ()
    refused: tuple[Extra, ...] = ()
    large: str | None = None
    not_graded: tuple[tuple[str, str], ...] = ()


NOTHING = Known()
