"""What a recipe is, how it is run, and the table of all there are, collected from the folders beside this file."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nnmem.nn.checkpoint import CheckpointError, load_arrays, remove_partial
from nnmem.terminal import nearest

LARGEST = 10**9  # of sizes, counts and steps: the square of it is a number of entries that NumPy can be asked for


@dataclass(frozen=True)
class Run:
    """How a recipe is run, whatever it does.

    Parameters
    ----------
    seed : int
        Of everything that is random.
    out : path, optional
        Folder for checkpoints; None keeps none.
    resume : bool
        Go on from the checkpoints in that folder.
    bar : bool
        Show progress on standard error.
    overwrite : bool
        Begin anew where that folder holds a run.

    Raises
    ------
    FileExistsError
        The folder holds a run, and neither ``resume`` nor ``overwrite`` says what is to become of it.
    """

    seed: int = 0
    out: Path | None = None
    resume: bool = False
    bar: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.out is not None and not (self.resume or self.overwrite) and (there := _kept(self.out)):
            raise FileExistsError(
                f"{self.out} holds {there}: --resume goes on with it, --overwrite begins anew, another --out keeps both"
                " (in Python resume=True, overwrite=True, another out)"
            )

    def checkpoint(self, name: str = "checkpoint") -> Path | None:
        """Return the file for a checkpoint of this name, None if none are kept."""
        return None if self.out is None else self.out / f"{name}.npz"

    def title(self, text: str) -> str | None:
        """Return the text before a progress bar, None if none is shown."""
        return text if self.bar else None


@dataclass(frozen=True)
class Recipe:
    """An experiment that has a name; every file of ``recipes/*/`` that is one ends with ``RECIPE = Recipe(...)``.

    Parameters
    ----------
    name, topic, about : str
        ``nnmem train NAME`` runs it; ``nnmem train --help`` shows what it is about, below its topic.
    run : callable
        ``run(run: Run, <options of its own>) -> Result``; options of its own have defaults.
    options : callable, optional
        ``options(parser)`` declares those that ``nnmem train`` takes; they reach ``run`` by name.
    plot : callable, optional
        ``plot(result) -> Figure``, its own picture; learning curves without it.
    load : callable, optional
        ``load(result) -> Trained``: from a saved result to the model as a person uses it, see ``trained.py``.
    """

    name: str
    topic: str
    about: str
    run: Callable[..., Any]
    options: Callable[[argparse.ArgumentParser], None] | None = None
    plot: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None


@cache
def table() -> dict[str, Recipe]:
    """Return every recipe by its name, folder after folder.

    Raises
    ------
    ValueError
        Two recipes have one name.
    """
    found: dict[str, Recipe] = {}
    here = Path(__file__).parent
    for folder in pkgutil.iter_modules([str(here)]):
        for file in pkgutil.iter_modules([str(here / folder.name)]) if folder.ispkg else ():
            recipe = getattr(importlib.import_module(f"nnmem.recipes.{folder.name}.{file.name}"), "RECIPE", None)
            if recipe is not None and found.setdefault(recipe.name, recipe) is not recipe:
                raise ValueError(f"nnmem.recipes.{folder.name}.{file.name}: there are two recipes {recipe.name!r}")
    return found


def find(name: str) -> Recipe:
    """Return a recipe.

    Raises
    ------
    ValueError
        There is none of this name; the message names those that are nearest.
    """
    if name not in table():
        raise ValueError(f"no recipe {name!r}: {nearest(name, table())}")
    return table()[name]


def start(recipe: Recipe, run: Run, options: Mapping[str, Any]) -> Any:
    """Run a recipe in a folder from which what a killed run left half written is gone, and what is overwritten."""
    if run.out is not None:
        remove_partial(run.out)
        for path, about in _files(run.out) if run.overwrite else ():
            if about:  # the rest is not ours
                path.unlink()
    return recipe.run(run, **options)


def _kept(folder: Path) -> str:
    """Say what run a folder holds, nothing if none."""
    found = list(_files(folder))
    if any("result" in about for _, about in found):
        return "a finished run"
    for path, about in found[::-1]:
        if "step" in about:
            return f"a run that is at step {about['step']} ({path.name})"
        if "rows" in about:
            return f"a run that has {len(about['rows'])} rows ({path.name})"
    return ", ".join(path.name for path, _ in found)


def _files(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Checkpoints and results in a folder, the newest last, with their descriptions: empty for what is none."""
    for path in sorted(folder.glob("*.npz"), key=lambda path: path.lstat().st_mtime):
        try:
            yield path, load_arrays(path)[0]
        except CheckpointError:
            yield path, {}


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return what reads a whole number from ``least`` to ``most``, for the ``type`` of an argparse option."""
    should = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"is {text}, should be {should}")
        if most is None and number > LARGEST:
            raise argparse.ArgumentTypeError(f"is {text}, should be at most {LARGEST:,}")
        return number

    return read
