"""Capacity of the Boltzmann machine (玻尔兹曼机), said to be 0.6 m: trained by its rule, retrieved by annealing."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.boltzmann import boltzmann_sample, boltzmann_train
from nnmem.associative.learning import hebbian_weights_forward
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.recipes.associative.half_load import exact_and_close, half_load
from nnmem.recipes.measurement import mean_and_error, measure, series, values
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.patterns import flip, random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = (16, 32, 64, 100)
LOADS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2)
COOLING = np.geomspace(1.0, 0.1, 20)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=3000, help="learning steps (3000)")


def run(run: Run, sizes: tuple[int, ...] = SIZES, trials: int = 3, steps: int = 3000) -> Result:
    """Train on random patterns; are they kept, and are they recalled from 10 % flips, annealed or straight down?"""
    settings = [{"m": m, "load": load, "trials": trials, "steps": steps} for m in sizes for load in LOADS]
    return measure("boltzmann-capacity", settings, _row, run)


def _row(rng: np.random.Generator, m: int, load: float, trials: int, steps: int) -> dict[str, Any]:
    found: dict[str, list[float]] = {}
    for _ in range(trials):
        X = random_patterns(round(load * m), m, rng)
        W, b = boltzmann_train(X, rng, steps, lr=0.1)
        probes = flip(X, 0.1, rng)
        cooled = boltzmann_sample(probes, W, b, rng, COOLING)
        hebbian, none = hebbian_weights_forward(X)[0], np.zeros(m)
        ends = {
            "stable": hopfield_retrieve(X, W, b, rng=rng),
            "annealed": hopfield_retrieve(cooled, W, b, rng=rng),
            "descent": hopfield_retrieve(probes, W, b, rng=rng),
            "hebb": hopfield_retrieve(probes, hebbian, none, rng=rng),
        }
        for way, (trajectory, _, _) in ends.items():
            exact, close = exact_and_close(trajectory[-1], X)
            found.setdefault(way, []).append(exact)
            found.setdefault(f"{way} close", []).append(close)
    means = {name: mean_and_error(shares) for name, shares in found.items()}
    return {name: mean for name, (mean, _) in means.items()} | {f"{n} error": e for n, (_, e) in means.items()}


def half_loads_by_size(rows: list[dict[str, Any]], way: str) -> dict[int, tuple[float, float]]:
    """Load at which half of the patterns are left, and its standard error, for each size."""
    found = {}
    for m in values(rows, "m"):
        load, share = series(rows, "load", way, m=m)
        _, error = series(rows, "load", f"{way} error", m=m)
        found[m] = half_load(load, share, error, rows[0]["trials"] * m * 0.6)
    return found


def plot(result: Result) -> Figure:
    """Stable and recalled patterns against load, one panel for each size."""
    from nnmem.plots import GREY, new_figure

    assert isinstance(result.metrics, list)
    sizes = values(result.metrics, "m")
    figure, panels = new_figure(1, len(sizes), (10.0, 3.4), sharey=True, squeeze=False)
    labels = {
        "stable": "Boltzmann: fixed points",
        "annealed": "Boltzmann: recalled, annealed",
        "descent": "Boltzmann: recalled, descent",
        "hebb": "Hebb: recalled, descent",
    }
    for axes, m in zip(panels[0], sizes, strict=True):
        for (name, label), marker in zip(labels.items(), "osD^", strict=True):
            load, mean = series(result.metrics, "load", name, m=m)
            _, error = series(result.metrics, "load", f"{name} error", m=m)
            axes.errorbar(load, mean, error, marker=marker, capsize=3, label=label)
        axes.axvline(0.6, color=GREY, linestyle=":")
        axes.set(xlabel="load N / m", title=f"m = {m}")
    panels[0][0].set(ylabel="share of patterns", ylim=(-0.03, 1.05))
    figure.legend(*panels[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)
    return figure


RECIPE = Recipe("boltzmann-capacity", "associative memories", "Boltzmann machine, 0.6 m", run, options, plot=plot)
