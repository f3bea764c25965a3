"""Learning rules (学习规则) on the same axes: Hebb, Storkey, pseudo-inverse; random patterns and digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.learning import hebbian_weights_forward, pseudo_inverse_weights, storkey_weights
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.recipes.measurement import mean_and_error, measure, recalled, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.patterns import binary_digits, flip, random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RULES = {
    "Hebb": lambda X: hebbian_weights_forward(X)[0],
    "Storkey": storkey_weights,
    "pseudo-inverse": pseudo_inverse_weights,
}
COUNTS = {
    "random": (10, 20, 28, 40, 60, 80, 100, 120, 140, 160),
    "correlated": (5, 10, 20, 28, 40, 60, 80, 100, 120, 140),
    "digits": (2, 4, 6, 8, 10, 15, 20, 25, 30, 35),
}
NEURONS = {"random": 200, "correlated": 200, "digits": 64}
COMMON = 0.3


def run(run: Run, trials: int = 5) -> Result:
    """Store patterns by every rule and recall them from probes with 10 % of the entries flipped."""
    settings = [
        {"patterns": kind, "m": NEURONS[kind], "N": N, "rule": rule, "trials": trials}
        for kind in COUNTS
        for rule in RULES
        for N in COUNTS[kind]
    ]
    return measure("learning-rules", settings, _row, run)


def draw(kind: str, N: int, rng: np.random.Generator) -> np.ndarray:
    """Patterns of a kind: independent, differing from a common one in 30 % of the entries, or different digits."""
    if kind == "digits":
        different = np.unique(binary_digits()[0], axis=0)
        return different[rng.choice(len(different), N, replace=False)]
    return random_patterns(N, NEURONS[kind], rng, 0.5 if kind == "random" else COMMON)


def _row(rng: np.random.Generator, patterns: str, m: int, N: int, rule: str, trials: int) -> dict[str, Any]:
    exact, stable, overlaps = [], [], []
    for _ in range(trials):
        X = draw(patterns, N, rng)
        W, b = RULES[rule](X), np.zeros(m)
        final = hopfield_retrieve(flip(X, 0.1, rng), W, b, rng=rng)[0][-1]
        exact.append(recalled(final, X))
        overlaps.append(float((final * X).mean()))
        stable.append(float(((X @ W.T >= 0) == (X > 0)).all(axis=-1).mean()))
    mean, error = mean_and_error(exact)
    return {"recalled": mean, "error": error, "stable": np.mean(stable), "overlap": np.mean(overlaps)}


def plot(result: Result) -> Figure:
    """Share recalled against the number of patterns for each rule and kind of pattern."""
    from nnmem.plots import GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, panels = new_figure(1, 3, (10.0, 3.4), sharey=True)
    for axes, kind in zip(panels, COUNTS, strict=True):
        for rule, marker in zip(RULES, "osD", strict=True):
            N, mean = series(result.metrics, "N", "recalled", patterns=kind, rule=rule)
            _, error = series(result.metrics, "N", "error", patterns=kind, rule=rule)
            axes.errorbar(N / NEURONS[kind], mean, error, marker=marker, capsize=3, label=rule)
        axes.axvline(0.14, color=GREY, linestyle=":")
        axes.set(xlabel="load N / m", title=f"{kind}, m = {NEURONS[kind]}")
    panels[0].set(ylabel="share recalled from 10 % flips", ylim=(-0.03, 1.05))
    panels[0].legend(fontsize=9)
    return figure


RECIPE = Recipe(
    "learning-rules", "associative memories", "Hebb, Storkey and pseudo-inverse, to O(m) patterns", run, plot=plot
)
