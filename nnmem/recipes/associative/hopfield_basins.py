"""Basins of attraction (吸引域) and spurious states (伪状态) of the Hopfield network against load."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.learning import hebbian_weights_forward
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.recipes.measurement import measure, series, values
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.patterns import flip, random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = 51  # neurons at which every load is a pattern at least
LOADS = (0.01, 0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16)
SHARES = tuple(round(0.05 * k, 2) for k in range(11))
ENDS = ("stored", "inverse", "mixture", "other")
ALIKE = 0.95


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=whole_number(LEAST), default=500, metavar="M", help="number of neurons (500)")


def run(run: Run, size: int = 500, trials: int = 5, probes: int = 20) -> Result:
    """For every load: recall from stored patterns with more and more entries flipped, then from random states."""
    settings = [{"m": size, "load": load, "trials": trials, "probes": probes} for load in LOADS]
    return measure("hopfield-basins", settings, _row, run)


def _row(rng: np.random.Generator, m: int, load: float, trials: int, probes: int) -> dict[str, Any]:
    found = dict.fromkeys([*(f"flip {share}" for share in SHARES), *ENDS], 0.0)
    for _ in range(trials):
        X = random_patterns(round(load * m), m, rng)
        W, _ = hebbian_weights_forward(X)
        b = np.zeros(m)
        chosen = X[rng.integers(len(X), size=probes)]
        for share in SHARES:
            final = hopfield_retrieve(flip(chosen, share, rng), W, b, rng=rng, max_sweeps=1000)[0][-1]
            found[f"flip {share}"] += ((final * chosen).mean(axis=-1) >= ALIKE).mean() / trials
        final = hopfield_retrieve(random_patterns(probes, m, rng), W, b, rng=rng, max_sweeps=1000)[0][-1]
        for end in ends(final, X):
            found[end] += 1 / (probes * trials)
    return found


def ends(final: np.ndarray, X: np.ndarray) -> list[str]:
    """What each state is: a stored pattern, an inverse, a mixture of an odd number of patterns, or something else.

    A mixture is the sign of a sum of three or five stored patterns or inverses, but for the noise of the others.
    """
    names = []
    for s in final:
        overlap = s @ X.T / X.shape[1]
        near = np.argsort(-np.abs(overlap))
        if np.abs(overlap[near[0]]) >= ALIKE:
            names.append("stored" if overlap[near[0]] > 0 else "inverse")
            continue
        mixtures = [np.sign(np.sign(overlap[near[:k]]) @ X[near[:k]]) for k in (3, 5) if k <= len(X)]
        names.append("mixture" if any((s * mixture).mean() >= ALIKE for mixture in mixtures) else "other")
    return names


def basin(row: dict[str, Any]) -> float:
    """Largest share of flipped entries from which at least half of the patterns are recalled."""
    recalled = [row[f"flip {share}"] for share in SHARES]
    return float(max((s for s, r in zip(SHARES, recalled, strict=True) if r >= 0.5), default=0.0))


def plot(result: Result) -> Figure:
    """Share recalled against load and noise, and where random states end."""
    from nnmem.plots import COLOURS, WEIGHTS, new_figure

    assert isinstance(result.metrics, list)
    rows = result.metrics
    figure, (left, right) = new_figure(1, 2, (9.0, 3.6))
    loads = values(rows, "load")
    recalled = [[row[f"flip {share}"] for row in rows] for share in SHARES]
    mesh = left.pcolormesh(range(len(loads)), SHARES, recalled, cmap=WEIGHTS, vmin=0, vmax=1, shading="nearest")
    left.contour(range(len(loads)), SHARES, recalled, [0.5], colors="white")
    ticks = range(0, len(loads), 2), [f"{load:g}" for load in loads[::2]]
    left.set_xticks(*ticks)
    left.set(xlabel="load N / m", ylabel="share of neurons flipped", title=f"basins, m = {rows[0]['m']}")
    figure.colorbar(mesh, ax=left, label="share recalled")
    bottom = np.zeros(len(loads))
    for end, colour in zip(ENDS, COLOURS, strict=False):
        _, share = series(rows, "load", end)
        right.bar(range(len(loads)), share, bottom=bottom, color=colour, label=end)
        bottom += share
    right.set_xticks(*ticks)
    right.set(xlabel="load N / m", ylabel="share of random starts", title="where random states end")
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4, fontsize=9)
    return figure


RECIPE = Recipe(
    "hopfield-basins", "associative memories", "Hopfield network: basins and spurious states", run, options, plot=plot
)
