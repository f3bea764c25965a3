"""Options of the associative memories: is each a number, a count or a generator as it should be?"""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np


def positive(function: str, name: str, value: Any, instead: str = "") -> float:
    """Return a number as float; raise unless it is finite and above zero."""
    if not isinstance(value, Real):
        raise TypeError(f"{function}: {name} is {value!r}, should be a number above 0{instead}")
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError(f"{function}: {name} is {value!r}, should be above 0 and finite{instead}")
    return number


def count(function: str, name: str, value: Any) -> int:
    """Return a whole number; raise unless it is at least one."""
    if not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{function}: {name} is {value!r}, should be an int of at least 1")
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
