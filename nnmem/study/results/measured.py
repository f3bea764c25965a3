"""One line of the table of results: what was measured, and how its numbers come out of the saved runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Numbers = list[float]


class Measured(NamedTuple):
    """One line of the table: what was measured, how its numbers come out of the saved runs, what was aimed at.

    ``numbers`` takes the metrics of every seed, or of the one run in a JSON file, and returns groups of numbers;
    ``beside`` does so for the LSTM that was trained on the same task.
    """

    saved: str
    what: str
    what_zh: str
    numbers: Callable[[Any], list[Numbers]]
    beside: Callable[[Any], list[Numbers]] | None = None
    target: str = ""
    target_zh: str = ""
    digits: int | None = None


def each(*metrics: str, times: float = 1.0) -> Callable[[list[dict[str, float]]], list[Numbers]]:
    """A group for every metric: its value with every seed."""
    return lambda runs: [[times * run[metric] for run in runs] for metric in metrics]


def above_best(prefix: str = "") -> Callable[[list[dict[str, float]]], list[Numbers]]:
    """Bits above the best predictor, for sequences of 200 and of 400."""
    lengths = ("200", "400")
    return lambda runs: [[run[f"{prefix}bits_{n}"] - run[f"{prefix}optimal_{n}"] for run in runs] for n in lengths]


def range_of(numbers: Callable[[Any], list[Numbers]]) -> Callable[[Any], list[Numbers]]:
    """The least and the largest of every group."""
    return lambda runs: [[min(group), max(group)] for group in numbers(runs)]


def tasks(*numbers: int) -> Callable[[list[dict[str, Any]]], list[Numbers]]:
    """For each of these tasks its test error, of the one run."""

    def errors(rows: list[dict[str, Any]]) -> list[Numbers]:
        known = {row["task"]: row["test_error"] for row in rows}
        return [[known[number]] for number in numbers]

    return errors


def seeds_of_tasks(*numbers: int) -> Callable[[list[list[dict[str, Any]]]], list[Numbers]]:
    """For each of these tasks the test error with every seed."""
    return lambda runs: [
        [row["test_error"] for rows in runs for row in rows if row["task"] == number] for number in numbers
    ]


def mean_of(*numbers: int) -> Callable[[list[list[dict[str, Any]]]], list[Numbers]]:
    """The mean test error of these tasks with every seed; then that of all that seed 0 learned."""

    def means(runs: list[list[dict[str, Any]]]) -> list[Numbers]:
        of_all = [row["test_error"] for row in runs[0]]
        named = [[row["test_error"] for row in rows if row["task"] in numbers] for rows in runs]
        return [[float(np.mean(errors)) for errors in named], [float(np.mean(of_all))]]

    return means


def mean_of_columns(*names: str) -> Callable[[list[list[dict[str, Any]]]], list[Numbers]]:
    """For each of these columns its mean over the tasks, with every seed."""
    return lambda runs: [[float(np.mean([row[name] for row in rows])) for rows in runs] for name in names]


def mean_of_tasks(rows: list[dict[str, Any]]) -> list[Numbers]:
    """The mean of the tasks' test errors."""
    return [[float(np.mean([row["test_error"] for row in rows]))]]


def within(metric: str, bound: float) -> Callable[[list[dict[str, float]]], list[Numbers]]:
    """How many seeds stay below a bound, then the values of those that do not."""

    def split(runs: list[dict[str, float]]) -> list[Numbers]:
        found = [run[metric] for run in runs]
        return [[float(sum(x < bound for x in found))], [x for x in found if x >= bound]]

    return split


PAPER, PAPER_ZH = ", the paper", "（论文）"
