"""Capacity of holographic reduced representations (全息缩减表示) against dimension, real and complex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.holographic import bind_forward, clean_up, holographic_items, unbind_forward
from nnmem.recipes.measurement import mean_and_error, measure, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.patterns import random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIMENSIONS = (64, 128, 256, 512, 1024, 2048)
KINDS = ("normal", "unitary", "signs")
ITEMS = 1000


def run(run: Run, trials: int = 5) -> Result:
    """Superpose k pairs of role and filler, unbind every role, and look the filler up among 1,000 items."""
    settings = [
        {"kind": kind, "d": d, "pairs": k, "trials": trials}
        for kind in KINDS
        for d in DIMENSIONS
        for k in sorted({max(1, round(d * load)) for load in (0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.12)})
    ]
    return measure("holographic-capacity", settings, _row, run)


def _row(rng: np.random.Generator, kind: str, d: int, pairs: int, trials: int) -> dict[str, Any]:
    shares = []
    for _ in range(trials):
        if kind == "signs":  # no complex numbers: entries of ±1, bound and unbound by multiplying them
            roles, items = random_patterns(pairs, d, rng), random_patterns(ITEMS, d, rng)
            answers = (roles * items[:pairs]).sum(axis=0) * roles
        else:
            roles, items = (holographic_items(count, d, rng, kind == "unitary") for count in (pairs, ITEMS))
            trace = bind_forward(roles, items[:pairs])[0].sum(axis=0)
            answers, _ = unbind_forward(np.broadcast_to(trace, roles.shape), roles)
        shares.append(float((clean_up(answers, items) == np.arange(pairs)).mean()))
    mean, error = mean_and_error(shares)
    return {"right": mean, "error": error}


def capacity(rows: list[dict[str, Any]], kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Dimensions, and the pairs that are still decoded with at most 5 % of errors, by interpolation."""
    found = []
    for d in DIMENSIONS:
        pairs, right = series(rows, "pairs", "right", kind=kind, d=d)
        falling = np.minimum.accumulate(right)
        found.append(np.interp(-0.95, -falling, pairs) if falling[0] >= 0.95 else np.nan)
    return np.array(DIMENSIONS), np.array(found)


def plot(result: Result) -> Figure:
    """Pairs in one trace against dimension, for each way to bind."""
    from nnmem.plots import new_figure

    assert isinstance(result.metrics, list)
    figure, axes = new_figure()
    names = {
        "normal": "convolved, normal entries",
        "unitary": "convolved, unitary: d/2 phases",
        "signs": "multiplied, signs",
    }
    for kind, marker in zip(KINDS, "osD", strict=True):
        d, pairs = capacity(result.metrics, kind)
        axes.plot(d, pairs, marker=marker, label=names[kind])
    axes.set(xscale="log", yscale="log", xlabel="dimension d (real numbers in a trace)")
    axes.set_ylabel("pairs decoded, 95 % right")
    axes.set_xticks(DIMENSIONS, [str(d) for d in DIMENSIONS])
    axes.set_xticks([], minor=True)
    axes.legend(title=f"{ITEMS:,} items to choose from")
    return figure


RECIPE = Recipe(
    "holographic-capacity", "associative memories", "pairs bound in one vector, real and complex", run, plot=plot
)
