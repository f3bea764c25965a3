"""Every formula checked on its examples: the rows behind ``nnmem check``."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

import nnmem
from nnmem.attention.score_table import SCORES
from nnmem.study.check.expectation import expected_reward_backward, expected_reward_forward
from nnmem.study.check.gradients import GradientReport, check_gradients
from nnmem.study.index.equations import EQUATIONS, pair_of
from nnmem.study.index.examples import Example, examples

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


def pair(function: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the forward and the backward to check.

    For sampled attention they are the expected reward and its estimator, averaged over every index that can be drawn.
    """
    if function == "sampled_attention":
        return expected_reward_forward, expected_reward_backward
    return getattr(nnmem, f"{function}_forward"), getattr(nnmem, f"{function}_backward")


def check_example(example: Example, backward: Callable[..., Any] | None = None) -> GradientReport:
    """Check one pair, or another backward in place of its own, on one example; parameters get their names back."""
    forward, own = pair(example.function)
    report = check_gradients(forward, backward or own, *example.args, **example.options)
    names = parameter_names(example.options.get("score", "dot"))
    report.rows = [replace(row, argument=names.get(row.argument, row.argument)) for row in report.rows]
    return report


@functools.cache
def parameter_names(score: str) -> dict[str, str]:
    """Names of a score's parameters by their place: ``params[0]`` is W."""
    names = [part.split(" (")[0] for part in SCORES[score].layout.split("), ")[2:]]
    return {f"params[{i}]": name for i, name in enumerate(names)}
