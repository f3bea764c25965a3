"""Capacity with higher-order connections (高阶连接), O(m^(K−1)): dense associative memory against its formula."""

from __future__ import annotations

import argparse
from math import log, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.dense import dense_retrieve
from nnmem.recipes.measurement import mean_and_error, measure, recalled, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.patterns import flip, random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = (32, 48, 64, 96, 128)
LEAST = 4  # neurons at which every setting has a pattern
ORDERS = (2, 3, 4)
MULTIPLES = (0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
EXPONENTIAL = ((20, 1000), (20, 10_000), (20, 100_000), (40, 10_000), (40, 100_000), (100, 50_000))


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sizes", type=whole_number(LEAST), nargs="+", default=list(SIZES), metavar="M", help="numbers of neurons"
    )


def run(run: Run, sizes: list[int] | tuple[int, ...] = SIZES, trials: int = 3, probes: int = 20) -> Result:
    """Recall from 10 % flips, at multiples of the theoretical capacity."""
    more = {"trials": trials, "probes": probes}
    settings: list[dict[str, Any]] = [
        {"interaction": K, "m": m, "multiple": multiple, "N": round(multiple * theory(K, m)), **more}
        for K in ORDERS
        for m in sizes
        for multiple in MULTIPLES
    ]
    settings += [{"interaction": "exp", "m": m, "multiple": 0.0, "N": N, **more} for m, N in EXPONENTIAL]
    return measure("dense-capacity", settings, _row, run)


def theory(K: int, m: int) -> float:
    """Patterns held without error (Krotov and Hopfield 2016): m^(K−1) / (2 (2K − 3)!! ln m)."""
    return m ** (K - 1) / (2 * prod(range(2 * K - 3, 0, -2)) * log(m))


def _row(
    rng: np.random.Generator, interaction: Any, m: int, multiple: float, N: int, trials: int, probes: int
) -> dict[str, Any]:
    exact = []
    for _ in range(trials):
        X = random_patterns(N, m, rng)
        chosen = X[:probes]
        final = dense_retrieve(flip(chosen, 0.1, rng), X, interaction, rng)[0][-1]
        exact.append(recalled(final, chosen))
    mean, error = mean_and_error(exact)
    return {"recalled": mean, "error": error}


def half_counts(rows: list[dict[str, Any]], K: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of neurons, and how many patterns there are when half of them are recalled (NaN if never reached)."""
    sizes = np.array(sorted({row["m"] for row in rows if row["interaction"] == K}))
    counts = []
    for m in sizes:
        N, share = series(rows, "N", "recalled", interaction=K, m=int(m))
        falling = np.minimum.accumulate(share)
        reached = falling[0] >= 0.5 >= falling[-1]
        counts.append(np.exp(np.interp(-0.5, -falling, np.log(N))) if reached else np.nan)
    return sizes, np.array(counts)


def slope(sizes: np.ndarray, counts: np.ndarray) -> float:
    """Exponent p of counts ∼ mᵖ, least squares on logarithms."""
    known = np.isfinite(counts)
    return float(np.polyfit(np.log(sizes[known]), np.log(counts[known]), 1)[0])


def plot(result: Result) -> Figure:
    """Patterns at which half are recalled, against m: measured and by the formula."""
    from nnmem.plots import COLOURS, GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, axes = new_figure()
    for K, colour, marker in zip(ORDERS, COLOURS, "osD", strict=False):
        sizes, counts = half_counts(result.metrics, K)
        p = slope(sizes, counts)
        axes.plot(sizes, counts, marker, color=colour, label=f"$x^{K}$: measured, grows as $m^{{{p:.1f}}}$")
        axes.plot(sizes, [theory(K, int(m)) for m in sizes], color=colour)
    full = [row for row in result.metrics if row["interaction"] == "exp" and row["recalled"] >= 0.95]
    axes.plot([r["m"] for r in full], [r["N"] for r in full], "^", color=GREY, label="exp: still recalls all but 5 %")
    axes.set(xscale="log", yscale="log", xlabel="neurons m", ylabel="patterns N")
    axes.set_xticks([20, 32, 48, 64, 96, 128], ["20", "32", "48", "64", "96", "128"], minor=False)
    axes.set_xticks([], minor=True)
    axes.legend(fontsize=9, title="lines: formula", loc="upper left", bbox_to_anchor=(1, 1))
    return figure


RECIPE = Recipe(
    "dense-capacity", "associative memories", "higher-order connections, O(m^(K-1)) patterns", run, options, plot=plot
)
