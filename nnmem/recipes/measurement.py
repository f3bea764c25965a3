"""Measurements: one row after another, each from a generator of its own, so that a stopped run goes on to the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.nn.checkpoint import CheckpointError, load_arrays, save_arrays
from nnmem.recipes.result import Result
from nnmem.recipes.run import Run


def measure(
    recipe: str,
    settings: list[dict[str, Any]],
    row: Callable[..., dict[str, Any]],
    run: Run,
) -> Result:
    """Call ``row(rng, **setting)`` for every setting; a row of the result is the setting and what it returned.

    Rows are kept in ``run.out`` as they come; with ``run.resume`` those that are there are not measured again.
    """
    from rich.console import Console
    from rich.progress import track

    rows: list[dict[str, Any]] = []
    seconds = 0.0
    path = run.checkpoint("rows")
    ours = {"recipe": recipe, "seed": run.seed, "settings": settings}
    if run.resume and path is not None and path.exists():
        about, _ = load_arrays(path)
        if about.get("run") != ours:
            raise CheckpointError(f"{path} is of another run, with other settings; --overwrite begins anew")
        if not isinstance(about.get("rows"), list) or not isinstance(about.get("seconds"), int | float):
            raise CheckpointError(f"{path} is no measurement on its way: it has no rows or no seconds")
        rows, seconds = about["rows"], about["seconds"]
    start = time.perf_counter() - seconds
    left = list(enumerate(settings))[len(rows) :]
    for index, setting in track(left, recipe, console=Console(stderr=True), disable=not run.bar, transient=True):
        found = row(np.random.default_rng([run.seed, index]), **setting)
        rows.append({**setting, **{k: None if np.isnan(v) else round(float(v), 5) for k, v in found.items()}})
        seconds = time.perf_counter() - start
        if path is not None:
            save_arrays(path, {"run": ours, "rows": rows, "seconds": seconds}, {})
    return Result(recipe, run.seed, seconds, len(settings), rows)


def recalled(final: np.ndarray, patterns: np.ndarray) -> float:
    """Share of the patterns that were recalled without a single error."""
    return float((final == patterns).all(axis=-1).mean())


def mean_and_error(values: list[float]) -> tuple[float, float]:
    """Mean, and its standard error over independent trials (0 for one)."""
    error = np.std(values, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return float(np.mean(values)), float(error)


def series(rows: list[dict[str, Any]], x: str, y: str, **where: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return columns x and y of the rows that have these values."""
    chosen = [row for row in rows if all(row[key] == value for key, value in where.items())]
    return np.array([row[x] for row in chosen], float), np.array([row[y] for row in chosen], float)


def values(rows: list[dict[str, Any]], name: str) -> list[Any]:
    """Return the different values of a column in the order in which they appear."""
    return list(dict.fromkeys(row[name] for row in rows))
