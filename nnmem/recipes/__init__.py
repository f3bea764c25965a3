"""Floor 4: one file for each experiment, from data and settings to a score.

A recipe is a file in one of the folders here that ends with ``RECIPE = Recipe(name, topic, about, run, ...)``, where
``run(run: Run, <its own options>) -> Result``. It is listed nowhere else: ``table()`` collects them.
``load`` returns a model that is trained already, ``run`` trains one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, find, start, table
from nnmem.recipes.trained import Answer, InputError, Trained, load

__all__ = ["Answer", "InputError", "Recipe", "Result", "Run", "Trained", "find", "load", "run", "table"]


def run(
    name: str,
    seed: int = 0,
    out: str | Path | None = None,
    resume: bool = False,
    bar: bool = False,
    overwrite: bool = False,
    **options: Any,
) -> Result:
    """Run a recipe by its name.

    Parameters
    ----------
    name : str
        As in ``nnmem train --help``.
    seed, out, resume, bar, overwrite
        See ``Run``.
    **options
        The recipe's own, such as ``steps``.

    Raises
    ------
    ValueError
        There is no recipe of this name.
    FileExistsError
        ``out`` holds a run, and neither ``resume`` nor ``overwrite`` is asked for.
    """
    return start(find(name), Run(seed, None if out is None else Path(out), resume, bar, overwrite), options)
