"""Arguments that are no arrays: is each a number, a count, a generator, a name or whole numbers as it should be?"""

from __future__ import annotations

import math
from collections.abc import Collection
from numbers import Integral, Real
from typing import Any

import numpy as np


def positive(function: str, name: str, value: Any, instead: str = "") -> float:
    """Return a number as float; raise unless it is finite and above zero."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{function}: {name} is {value!r}, should be a number above 0{instead}")
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError(f"{function}: {name} is {value!r}, should be above 0 and finite{instead}")
    return number


def count(function: str, name: str, value: Any, least: int = 1, instead: str = "") -> int:
    """Return a whole number; raise unless it is at least so much."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{function}: {name} is {value!r}, should be an int of at least {least}{instead}")
    if value < least:
        raise ValueError(f"{function}: {name} is {value!r}, should be an int of at least {least}{instead}")
    return int(value)


def generator(function: str, rng: Any, instead: str = "") -> np.random.Generator:
    """Return a generator of random numbers; raise unless it is one."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{function}: rng is {rng!r}, should be a numpy.random.Generator{instead}")
    return rng


def share(function: str, name: str, value: Any) -> float:
    """Return a number as float; raise unless it is from 0 to 1."""
    if not isinstance(value, Real):
        raise TypeError(f"{function}: {name} is {value!r}, should be a number from 0 to 1")
    if not 0 <= float(value) <= 1:
        raise ValueError(f"{function}: {name} is {value!r}, should be from 0 to 1")
    return float(value)


def one_of(function: str, name: str, value: Any, names: Collection[str]) -> str:
    """Return an option that is a name; raise unless it is one of these."""
    if not isinstance(value, str) or value not in names:
        raise ValueError(f"{function}: {name} is {value!r}, should be one of {', '.join(map(repr, names))}")
    return value


def whole_numbers(function: str, name: str, values: Any, low: int, high: int) -> np.ndarray:
    """Return the values as an array of integers if all of them are at least low and below high.

    Raises
    ------
    ValueError
        One is outside; the message names the first.
    TypeError
        They are not integers.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "iu":
        raise TypeError(f"{function}: {name} has dtype {values.dtype}, should be integers")
    if values.size and (values.min() < low or values.max() >= high):
        outside = (values < low) | (values >= high)
        first = values[outside][0]
        raise ValueError(f"{function}: {name} has the entry {first}, should be in {low} to {high - 1}")
    return values.astype(np.intp, copy=False)
