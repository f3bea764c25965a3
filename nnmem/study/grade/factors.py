"""Answers that are off by a factor: the plainest cause, recognised without trying anything out."""

from __future__ import annotations

import itertools
import math
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.cases import Case, close
from nnmem.study.grade.phrases import say

HINTS = {
    1.0: "it is {factor} times what it should be: a division by {letter} is missing, or a mean in place of a sum",
    0.5: "it is {factor} times what it should be: the division by {factor} is missing",
    -1.0: "it is {factor} times what it should be: a mean is taken in place of a sum, or it is divided by {letter}",
    -0.5: "it is {factor} times what it should be: it is divided once too often by √{letter}",
}


class Comparison(NamedTuple):
    """What a student's function gave for a case, and what it should have given."""

    case: Case
    got: Any
    expected: Any

    @property
    def wrong(self) -> bool:
        return not close(self.got, self.expected)


def constant_factor(answers: list[Comparison]) -> str | None:
    """Name the factor by which all answers are off: a number, or an expression of sizes."""
    wrong = [a for a in answers if a.wrong]
    factors = [_factor(a.got, a.expected) for a in wrong]
    if not factors or any(f is None for f in factors):
        return None
    found = np.array(factors)
    letters = sorted(set.intersection(*(set(a.case.sizes) for a in wrong)))
    if fine := [a for a in answers if not a.wrong and np.asarray(a.expected).any()]:
        if any(a.case.batch for a in fine) or "batch" not in letters:
            return None  # where it is right, it is not off by this factor
        letters = ["batch"]
    if not fine and np.allclose(found, 0, atol=1e-12):
        return say("it is zero everywhere")
    for option, exponent in itertools.product(() if fine else _numbers(wrong), (1, -1, 2)):
        powers = [answer.case.options[option] ** exponent for answer in wrong]
        if np.allclose(found, powers, rtol=1e-7) and not np.allclose(powers, 1):
            factor = option if exponent == 1 else f"1/{option}" if exponent == -1 else f"{option}²"
            text = "it is {factor} times what it should be: {name} is missing, or one too many"
            return say(text, factor=factor, name=option)
    if not fine and np.allclose(found, found[0], rtol=1e-7):
        if np.isclose(found[0], -1, rtol=1e-7):
            return say("the sign is flipped")
        if "." not in _number(found[0]) and (len({np.shape(a.expected) for a in wrong}) > 1 or len(wrong) == 1):
            return _constant(found[0])
    for a in letters:
        name = say("the batch size") if a == "batch" else a
        for power, text in ((1.0, name), (0.5, f"√{name}"), (-1.0, f"1/{name}"), (-0.5, f"1/√{name}")):
            values = np.array([answer.case.sizes[a] ** power for answer in wrong])
            if np.allclose(found, values, rtol=1e-7):
                return say(HINTS[power], factor=text, letter=name)
            if np.allclose(found, -values, rtol=1e-7):
                return say("it is -{factor} times what it should be: sign and factor are wrong", factor=text)
    for a, b in itertools.permutations(letters, 2):
        for power, root in ((1.0, ""), (0.5, "√")):
            ratios = [(answer.case.sizes[a] / answer.case.sizes[b]) ** power for answer in wrong]
            if np.allclose(found, ratios, rtol=1e-7):
                return say("it is {root}({a}/{b}) times what it should be: divided by {root}{b} in place of {root}{a}",
                           root=root, a=a, b=b)  # fmt: skip
    for a in letters:
        if np.allclose(found, [n / max(n - 1, 0.5) for n in (answer.case.sizes[a] for answer in wrong)], rtol=1e-7):
            return say("it is divided by {letter} − 1 in place of {letter}", letter=a)
    return _constant(found[0]) if not fine and np.allclose(found, found[0], rtol=1e-7) else None


def _numbers(answers: list[Comparison]) -> list[str]:
    """Options that are numbers other than whole ones, in every case."""
    options = [{k for k, v in a.case.options.items() if isinstance(v, float)} for a in answers]
    return sorted(set.intersection(*options)) if options else []


def _constant(factor: float) -> str:
    return say("it is {factor} times what it should be: a constant factor of {inverse} is missing",
               factor=_number(factor), inverse=_number(1 / factor))  # fmt: skip


def _factor(got: Any, expected: Any) -> float | None:
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    if got.shape != expected.shape:
        return None
    finite = np.isfinite(expected)
    if not np.isfinite(got[finite]).all() or not np.array_equal(got[~finite], expected[~finite]):
        return None
    got, expected = got[finite], expected[finite]
    size = float(np.sum(expected * expected))
    factor = float(np.sum(got * expected)) / size if size else math.nan
    return factor if close(got, factor * expected) else None


def _number(value: float) -> str:
    for k in range(1, 13):
        if math.isclose(value * k, round(value * k), rel_tol=1e-7) and round(value * k):
            return f"{round(value * k)}" + (f"/{k}" if k > 1 else "")
    return f"{value:.4g}"


def missing_sum(answers: list[Comparison]) -> str | None:
    """Say over what a gradient that has axes too many should be summed."""
    wrong = [a for a in answers if a.wrong]
    for _, got, expected in wrong:
        got, extra = np.asarray(got), np.ndim(got) - np.ndim(expected)
        if extra <= 0 or not close(got.sum(axis=tuple(range(extra))), expected):
            return None
    if not wrong:
        return None
    return say("the sum over the batch is missing") if wrong[0].case.batch else say("the sum over the items is missing")
