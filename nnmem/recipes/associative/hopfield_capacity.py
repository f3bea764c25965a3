"""Storage capacity of the Hopfield network (存储容量), 0.14 m: overlap after retrieval against load, beside theory."""

from __future__ import annotations

import argparse
from math import erf, exp, pi, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.learning import hebbian_weights_forward
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.recipes.associative.half_load import half_load
from nnmem.recipes.measurement import mean_and_error, measure, series, values
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.patterns import random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = 6  # neurons at which every load is a pattern at least
HALFWAY = 0.65  # of the overlap, between the 0.967 at the edge and the 0.3 or so that is left beyond it
LOADS = (0.10, 0.12, 0.13, 0.138, 0.145, 0.15, 0.16, 0.18, 0.20)
TRIALS = {1000: 10, 2000: 6, 5000: 3, 10000: 2}
CLIFF = (0.138, 0.15)  # the loads between these alone are measured with 10,000 neurons


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sizes", type=whole_number(LEAST), nargs="+", default=list(TRIALS), metavar="M", help="numbers of neurons"
    )
    parser.add_argument(
        "--trials", type=whole_number(1), default=None, help="networks a load (10, 6, 3 and 2 for the four sizes)"
    )


def run(
    run: Run,
    sizes: list[int] | tuple[int, ...] = tuple(TRIALS),
    trials: int | None = None,
    probes: int = 16,
) -> Result:
    """Store random patterns by Hebb's rule, start at 16 of them, and see how much is left when the network rests."""
    settings = [
        {"m": m, "load": load, "trials": trials or TRIALS.get(m, 3), "probes": probes}
        for m in sizes
        for load in LOADS
        if m < max(TRIALS) or CLIFF[0] <= load <= CLIFF[1]
    ]
    return measure("hopfield-capacity", settings, _row, run)


def _row(rng: np.random.Generator, m: int, load: float, trials: int, probes: int) -> dict[str, Any]:
    runs = [overlap(rng, m, load, probes) for _ in range(trials)]
    mean, error = mean_and_error([o for o, _ in runs])
    theory = float(np.interp(load, *theory_curve(), right=0.0))
    return {"overlap": mean, "error": error, "theory": theory, "converged": np.mean([c for _, c in runs])}


def overlap(rng: np.random.Generator, m: int, load: float, probes: int) -> tuple[float, float]:
    """Store load · m patterns and let the network go from some of them: mean overlap at rest, share that rested."""
    X = random_patterns(round(load * m), m, rng).astype(np.float32)
    W, _ = hebbian_weights_forward(X)
    trajectory, _, converged = hopfield_retrieve(X[:probes], W, np.zeros(m, np.float32), rng=rng, max_sweeps=1000)
    return float((trajectory[-1] * X[:probes]).mean()), float(converged.mean())


def theory_curve() -> tuple[np.ndarray, np.ndarray]:
    """Loads and the overlap to which retrieval leads for m → ∞ (Amit, Gutfreund and Sompolinsky 1985, T = 0).

    With y the signal in units of √2 times the noise, overlap = erf(y) and √(2α) = erf(y)/y − (2/√π) exp(−y²); α has
    its largest value, 0.138, where retrieval ends.
    """
    y = np.linspace(1.0, 6.0, 5001)
    overlap = np.array([erf(v) for v in y])
    root = overlap / y - 2 / sqrt(pi) * np.array([exp(-v * v) for v in y])
    load = root**2 / 2
    stable = slice(int(load.argmax()), None)
    return load[stable][::-1], overlap[stable][::-1]


def half_loads(rows: list[dict[str, Any]]) -> dict[int, float]:
    """Load at which the overlap crosses 0.65, halfway down the cliff, for each size: where finite size has moved it."""
    return {m: at for m, (at, _) in cliffs(rows).items()}


def cliffs(rows: list[dict[str, Any]]) -> dict[int, tuple[float, float]]:
    """Load at which the overlap crosses 0.65, for each size, and its standard error."""
    found = {}
    for m in values(rows, "m"):
        load, overlap = series(rows, "load", "overlap", m=m)
        _, error = series(rows, "load", "error", m=m)
        found[m] = half_load(load, overlap - HALFWAY + 0.5, error)
    return found


def plot(result: Result) -> Figure:
    """Overlap against load for every size, with error bars and the theory for infinitely many neurons."""
    from nnmem.plots import GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, axes = new_figure()
    load, overlap = theory_curve()
    axes.plot([*load, load[-1]], [*overlap, 0], color=GREY, linestyle="--", label="theory, m → ∞")
    for m, marker in zip(values(result.metrics, "m"), "osD^v", strict=False):
        x, mean = series(result.metrics, "load", "overlap", m=m)
        _, error = series(result.metrics, "load", "error", m=m)
        axes.errorbar(x, mean, error, marker=marker, capsize=3, label=f"m = {m}")
    axes.set(xlabel="load N / m", ylabel="overlap with the pattern at rest", xlim=(0.09, 0.21), ylim=(0, 1.03))
    axes.legend()
    return figure


RECIPE = Recipe(
    "hopfield-capacity",
    "associative memories",
    "Hopfield network: overlap against load, 0.14 m",
    run,
    options,
    plot=plot,
)
