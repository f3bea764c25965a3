"""Capacity of the modern Hopfield network (现代 Hopfield 网络): one attention step from a noisy probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.modern import modern_hopfield_forward
from nnmem.recipes.associative.half_load import half_load
from nnmem.recipes.measurement import measure, series, values
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIMENSIONS = (4, 8, 16, 24, 32, 48, 64)
COUNTS = (10, 100, 1000, 10_000, 100_000)
NOISE = 0.3
WITHIN = 0.1  # of the norm of the pattern


def run(run: Run, probes: int = 100) -> Result:
    """Patterns of normal entries, so that ‖x‖ is about √d; probes have noise of 0.3 on every entry; β = 1."""
    settings = [{"d": d, "N": N, "probes": probes} for N in COUNTS for d in DIMENSIONS]
    return measure("modern-capacity", settings, _row, run)


def _row(rng: np.random.Generator, d: int, N: int, probes: int) -> dict[str, Any]:
    errors, hits = [], []
    for _ in range(probes):
        X = rng.normal(size=(N, d))
        s_next, alpha, _ = modern_hopfield_forward(X, X[0] + NOISE * rng.normal(size=d))
        errors.append(np.linalg.norm(s_next - X[0]) / np.linalg.norm(X[0]))
        hits.append(alpha.argmax() == 0)
    within = np.array(errors) < WITHIN
    return {
        "error": np.mean(errors),
        "right": np.mean(hits),
        "within": np.mean(within),
        "within error": np.sqrt(np.mean(within) * (1 - np.mean(within)) / probes),
    }


def half_dimensions(rows: list[dict[str, Any]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of patterns, the dimension at which half of the probes come within 10 %, and its standard error."""
    counts = values(rows, "N")
    found = []
    for N in counts:
        d, within = series(rows, "d", "within", N=N)
        at, error = half_load(-d[::-1], within[::-1], np.zeros(len(d)), rows[0]["probes"])
        found.append((-at, error))
    at, error = np.array(found).T
    return np.array(counts), at, error


def plot(result: Result) -> Figure:
    """Share retrieved within 10 % against dimension, for each number of patterns; and where it is one half."""
    from nnmem.plots import GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, (left, right) = new_figure(1, 2, (9.5, 3.6))
    for N, marker in zip(values(result.metrics, "N"), "osD^v", strict=False):
        d, within = series(result.metrics, "d", "within", N=N)
        _, error = series(result.metrics, "d", "within error", N=N)
        left.errorbar(d, within, error, marker=marker, capsize=3, label=f"{N:,} patterns")
    left.set(xlabel="dimension d", ylabel="share within 10 % after one step", ylim=(-0.03, 1.05))
    left.legend(fontsize=9)
    counts, at, error = half_dimensions(result.metrics)
    slope, level = np.polyfit(at, np.log(counts), 1)
    right.errorbar(at, counts, xerr=error, marker="o", linestyle="", capsize=3)
    right.plot(at, np.exp(level + slope * at), color=GREY, label=f"N grows as exp({slope:.2f} d)")
    right.set(yscale="log", xlabel="dimension d at which half are within 10 %", ylabel="patterns N")
    right.legend()
    return figure


RECIPE = Recipe(
    "modern-capacity", "associative memories", "modern Hopfield network: one attention step", run, plot=plot
)
