"""A trained model as a thing to use: a person's own input in, an answer out, and where the model looked.

Three lines are all::

    trained = nnmem.recipes.load("pointer-sort")
    answer = trained.answer("3 1 2 0.5 7 4")
    print(answer.text), answer.plot()
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.nn.checkpoint import CheckpointError
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import find, table
from nnmem.terminal import nearest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHIPPED = Path(__file__).parents[1] / "trained"


class InputError(ValueError):
    """An input that a model cannot take; the message says what would do."""


@dataclass(frozen=True)
class Answer:
    """What a trained model makes of an input.

    Parameters
    ----------
    text : str
        The answer as a person reads it.
    facts : mapping
        The same for machines: what came in, what came out, whether it is right where that can be known.
    draw : callable
        ``draw() -> Figure``: where the model looked.
    notices : tuple of str
        What is unlike anything the model has learned from.
    """

    text: str
    facts: Mapping[str, Any]
    draw: Callable[[], Figure]
    notices: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return facts and notices, ready for ``json.dump``."""
        return {**self.facts, "notices": list(self.notices)}

    def plot(self) -> Figure:
        """Draw where the model looked."""
        return self.draw()


@dataclass(frozen=True)
class Trained:
    """A model with its parameters, and what goes between a person and its arrays.

    Parameters
    ----------
    model, params
        As after training.
    wants : str
        What an input is, in words, with an example.
    reply : callable
        ``reply(given) -> Answer`` for a text or an array; raises ``InputError``.
    example : callable
        ``example(rng) -> given``: an input like those of training.
    score : callable
        ``score() -> metrics``: those of the recipe, measured again.
    """

    model: Any
    params: Any
    wants: str
    reply: Callable[[Any], Answer]
    example: Callable[[np.random.Generator], Any]
    score: Callable[[], Mapping[str, Any]]

    def answer(self, given: str | np.ndarray | None = None, show: int = 0) -> Answer:
        """Answer an input or, where none is given, the example of this number.

        Raises
        ------
        InputError
            It is nothing that the model can take.
        """
        return self.reply(self.example(np.random.default_rng([show, 2**33])) if given is None else given)


def load(name: str, seed: int = 0, path: str | Path | None = None) -> Trained:
    """Return a trained model: the shipped one of this recipe and seed, or that of a result at ``path``.

    Raises
    ------
    ValueError
        There is no such recipe, it has no model to try, or none of this seed is shipped; the message says what is.
    CheckpointError
        The file is damaged or no result of this recipe.
    """
    recipe = find(name)
    if recipe.load is None:
        there = [each.name for each in table().values() if each.load is not None]
        raise ValueError(f"recipe {name!r} has no model to try: {nearest(name, there)}")
    file = SHIPPED / f"{name}-seed{seed}.npz" if path is None else Path(path)
    if path is None and not file.exists():
        seeds = sorted(int(each.stem.rpartition("seed")[2]) for each in SHIPPED.glob(f"{name}-seed*.npz"))
        there_are = f"there are those of seed {', '.join(map(str, seeds))}" if seeds else "there are none of any seed"
        raise ValueError(f"no trained parameters of {name}, seed {seed}: {there_are}; nnmem train {name} makes some")
    result = Result.load(file)
    if result.recipe != name:
        raise ValueError(f"{file} is a result of {result.recipe}, should be one of {name}")
    return recipe.load(result)


def trained_params(result: Result, like: Any) -> Any:
    """Return the parameters of a result, also of one that keeps them in half precision, as a tree like ``like``.

    Raises
    ------
    CheckpointError
        One is missing, has another shape, or holds what is no number.
    """
    types = dict(named_params(like))
    arrays = {name: array.astype(types[name].dtype) for name, array in result.arrays.items() if name in types}
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise CheckpointError(f"{name} of {result.recipe} has entries that are not finite")
    try:
        return replace(result, arrays=arrays).params(like)
    except ValueError as problem:
        raise CheckpointError(f"result of {result.recipe}: {problem}") from None


def read_numbers(given: Any, columns: int, wants: str) -> np.ndarray:
    """Return a person's numbers (n, columns), from a text or an array.

    Raises
    ------
    InputError
        Something is no number, or one is missing.
    """
    if isinstance(given, str):
        words = re.findall(r"[^\s,;()\[\]]+", given)
        given = []
        for word in words:
            try:
                given.append(float(word))
            except ValueError:
                raise InputError(f"{word!r} is no number; should be {wants}") from None
    try:
        numbers = np.asarray(given)
    except ValueError:
        numbers = np.array(None)
    if numbers.dtype.kind not in "fiu":
        raise InputError(f"what is given are no numbers; should be {wants}")
    numbers = numbers.astype(np.float64)
    bad = numbers[~np.isfinite(numbers)]
    if bad.size:
        raise InputError(f"{bad[0]} is no number to work with; should be {wants}")
    if not numbers.size or numbers.size % columns:
        raise InputError(f"there are {numbers.size} numbers; should be {wants}")
    return numbers.reshape(-1, columns)


def into_unit(numbers: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the numbers, each column stretched onto 0 to 1 if it goes beyond, and a notice if one did."""
    low, high = numbers.min(axis=0), numbers.max(axis=0)
    beyond = (low < 0) | (high > 1)
    low, high = np.where(beyond, low, 0), np.where(beyond, high, 1)
    with np.errstate(over="ignore", invalid="ignore"):
        unit = (numbers - low) / np.where(high > low, high - low, 1)
    if not np.isfinite(unit).all():
        raise InputError(f"the numbers lie too far apart, from {numbers.min():g} to {numbers.max():g}")
    notice = "the model knows 0 to 1: numbers beyond were moved and stretched onto that range"
    return unit.astype(np.float32), (notice,) if beyond.any() else ()
