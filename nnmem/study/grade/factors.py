"""Answers that are off by a factor or by a missing sum: the plainest causes, recognised without trying anything out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.cases import Case, close

PARTS = {
    0.0: "is missing",
    -1.0: "has the wrong sign",
    2.0: "is 2 times what it should be: a factor of 1/2 is missing",
    0.5: "is 1/2 times what it should be: a factor of 2 is missing",
}


class Answer(NamedTuple):
    """What a student's function gave for a case, and what it should have given."""

    case: Case
    got: Any
    expected: Any


def constant_factor(answers: list[Answer]) -> str | None:
    """Name the factor by which all answers are off: a number, or an expression of sizes."""
    wrong = [a for a in answers if not close(a.got, a.expected)]
    factors = [_factor(a.got, a.expected) for a in wrong]
    if not factors or any(f is None for f in factors):
        return None
    found = np.array(factors, dtype=float)
    if np.allclose(found, 0, atol=1e-12):
        return "it is zero everywhere"
    if np.allclose(found, found[0], rtol=1e-7):
        if found[0] == -1 or np.isclose(found[0], -1, rtol=1e-7):
            return "the sign is flipped"
        if "." not in _number(found[0]):
            return _constant(found[0])
    letters = sorted(set.intersection(*(set(a.case.sizes) for a in wrong)))
    for a in letters:
        name = "the batch size" if a == "batch" else a
        for power, text in ((1.0, name), (0.5, f"√{name}"), (-1.0, f"1/{name}"), (-0.5, f"1/√{name}")):
            values = np.array([answer.case.sizes[a] ** power for answer in wrong])
            if np.allclose(found, values, rtol=1e-7):
                hint = {
                    1.0: "a division, or a mean in place of a sum, is missing",
                    0.5: f"the division by {text} is missing",
                    -1.0: "a mean is taken in place of a sum",
                    -0.5: "it is divided once too often",
                }[power]
                return f"it is {text} times what it should be: {hint}"
            if np.allclose(found, -values, rtol=1e-7):
                return f"it is -{text} times what it should be: sign and factor are wrong"
    for a, b in itertools.permutations(letters, 2):
        ratio = np.array([answer.case.sizes[a] / answer.case.sizes[b] for answer in wrong])
        for power, root in ((1.0, ""), (0.5, "√")):
            if np.allclose(found, ratio**power, rtol=1e-7):
                return f"it is {root}({a}/{b}) times what it should be: divided by {root}{b} in place of {root}{a}"
    return _constant(found[0]) if np.allclose(found, found[0], rtol=1e-7) else None


def _constant(factor: float) -> str:
    return f"it is {_number(factor)} times what it should be: a constant factor of {_number(1 / factor)} is missing"


def _factor(got: Any, expected: Any) -> float | None:
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    if got.shape != expected.shape or not np.isfinite(got).all() or not np.isfinite(expected).all():
        return None
    size = float(np.sum(expected * expected))
    factor = float(np.sum(got * expected)) / size if size else math.nan
    return factor if close(got, factor * expected) else None


def _number(value: float) -> str:
    for k in range(1, 13):
        if math.isclose(value * k, round(value * k), rel_tol=1e-7) and round(value * k):
            return f"{round(value * k)}" + (f"/{k}" if k > 1 else "")
    return f"{value:.4g}"


def not_normalised(answers: list[Answer]) -> str | None:
    """Recognise weights that do not sum to one where they should."""
    for _, got, expected in answers:
        weights = np.shape(got) == np.shape(expected) and np.ndim(expected) and np.asarray(expected).dtype.kind == "f"
        if not weights or not close(expected.sum(axis=-1), np.ones(expected.shape[:-1])):
            return None
        with np.errstate(all="ignore"):
            total = np.sum(got, axis=-1, keepdims=True)
            if not close(got / total, expected):
                return None
    return "the weights do not sum to one: the division by their sum is missing"


def missing_sum(answers: list[Answer]) -> str | None:
    """Say over what a gradient that has axes too many should be summed."""
    shapes_fit = True
    for _, got, expected in (a for a in answers if not close(a.got, a.expected)):
        got, extra = np.asarray(got), np.ndim(got) - np.ndim(expected)
        shapes_fit = shapes_fit and extra > 0 and close(got.sum(axis=tuple(range(extra))), expected)
    case = next((a.case for a in answers if not close(a.got, a.expected)), None)
    if case is None or not shapes_fit:
        return None
    return f"the sum over {'the batch' if case.batch else 'the items'} is missing"


def of_a_part(names: list[str], value: Callable[[Case], Any]) -> Iterator[tuple[str, Callable[[Case], Any]]]:
    """Candidates for a sum of which one part, with an argument or without it, is off by a factor."""
    for which in ("with", "without"):
        for place, name in enumerate(names):
            for factor, what in PARTS.items():

                def predict(case: Case, which: str = which, place: int = place, factor: float = factor) -> Any:
                    without = value(case.changed([0 * arg if k == place else arg for k, arg in enumerate(case.args)]))
                    part = value(case) - without if which == "with" else without
                    return value(case) + (factor - 1) * part

                yield f"the part {which} {name} {what}", predict
