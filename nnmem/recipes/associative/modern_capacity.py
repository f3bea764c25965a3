"""Capacity of the modern Hopfield network (现代 Hopfield 网络): one attention step from a noisy probe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.modern import modern_hopfield_forward
from nnmem.recipes.measurement import measure, series, values
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIMENSIONS = (4, 8, 16, 24, 32, 48, 64)
COUNTS = (10, 100, 1000, 10_000)
NOISE = 0.3


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
    return {"error": np.mean(errors), "right": np.mean(hits), "within": np.mean(np.array(errors) < 0.1)}


def plot(result: Result) -> Figure:
    """Share retrieved within 10 % against dimension, for each number of patterns."""
    from nnmem.plots import new_figure

    assert isinstance(result.metrics, list)
    figure, axes = new_figure()
    for N, marker in zip(values(result.metrics, "N"), "osD^", strict=False):
        d, within = series(result.metrics, "d", "within", N=N)
        axes.plot(d, within, marker=marker, label=f"{N:,} patterns")
    axes.set(xlabel="dimension d", ylabel="share within 10 % after one step", ylim=(-0.03, 1.05))
    axes.legend()
    return figure


RECIPE = Recipe(
    "modern-capacity", "associative memories", "modern Hopfield network: one attention step", run, plot=plot
)
