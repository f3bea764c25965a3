"""Every formula checked on its examples: the rows behind ``nnmem check``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.check.convention import argument_names
from nnmem.study.check.gradients import GradientReport, check_gradients
from nnmem.study.index.lookup import EQUATIONS, PAIRS, Example, examples, pair_of

ORACLES = ("central difference", "random direction", "complex step")


class FormulaRow(NamedTuple):
    """The largest error of one gradient against one oracle over all examples."""

    equation: str
    function: str
    argument: str
    oracle: str
    error: float
    bound: float
    ok: bool


def functions(names: Iterable[str] = ()) -> dict[str, str]:
    """Return each function named, or listed by an equation named (all if none is), with the first that lists it."""
    wanted = {pair_of(name) for name in names}
    found: dict[str, str] = {}
    for equation in EQUATIONS:
        for function in equation.functions:
            if not wanted or equation.number in wanted or function in wanted:
                found.setdefault(function, equation.number)
    return found


def check_formulas(
    numbers: Iterable[str] = (), on_function: Callable[[str], None] = lambda function: None
) -> Iterator[FormulaRow]:
    """Check every pair of these equations (all if none are named) on all its examples.

    An oracle that could not be asked, a changed argument or a wrong shape is a row that is not ok.
    """
    for function, equation in functions(numbers).items():
        on_function(function)
        worst: dict[tuple[str, str], tuple[float, float]] = {}
        for example in examples(function):
            try:
                report = check_example(example)
            except Exception as failure:  # a pair that falls over is one that is wrong
                report = GradientReport(problems=[f"{example.case}: {type(failure).__name__}: {failure}"])
            rows = {(row.argument, row.oracle): (row.error, row.bound) for row in report.rows}
            for argument in dict.fromkeys(name for name, _ in rows):
                for oracle in ORACLES:
                    rows.setdefault((argument, oracle), (np.inf, 0.0))
            for problem in report.problems:
                rows[problem, "contract"] = (np.inf, 0.0)
            for key, (error, bound) in rows.items():
                worst[key] = max(worst.get(key, (0.0, bound)), (error, bound))
        for (argument, oracle), (error, bound) in worst.items():
            yield FormulaRow(equation, function, argument, oracle, error, bound, bool(error <= bound))


def check_example(example: Example, backward: Callable[..., Any] | None = None) -> GradientReport:
    """Check one pair, or another backward in place of its own, on one example; parameters get their names back."""
    forward, own = PAIRS[example.function].checked
    report = check_gradients(forward, backward or own, *example.args, **example.options)
    names = dict(zip(argument_names(forward, len(example.args)), example.names, strict=True))
    report.rows = [replace(row, argument=names[row.argument]) for row in report.rows]
    return report
