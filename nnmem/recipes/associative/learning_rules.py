"""Learning rules (学习规则) on the same axes: Hebb, Storkey, pseudo-inverse; random patterns and digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.learning import hebbian_weights_forward, pseudo_inverse_weights, storkey_weights
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.recipes.associative.half_load import exact_and_close, half_load
from nnmem.recipes.measurement import mean_and_error, measure, series, values
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
LOADS = {
    "Hebb": (0.06, 0.08, 0.09, 0.1, 0.11, 0.12, 0.14, 0.16, 0.18, 0.22),
    "Storkey": (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7),
    "pseudo-inverse": (0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.97, 1.0),
}
SIZES = {"Hebb": (100, 200, 400, 800, 1600), "Storkey": (50, 100, 200, 400, 800), "pseudo-inverse": (50, 100, 200, 400)}
FEWER = {800: 3, 1600: 2}  # trials, of large networks
COUNTS = {
    "correlated": (5, 10, 20, 28, 40, 60, 80, 100, 120, 140),
    "digits": (2, 4, 6, 8, 10, 15, 20, 25, 30, 35),
}
TITLES = {"correlated": "correlated patterns", "digits": "handwritten digits"}
NEURONS = {"correlated": 200, "digits": 64}
COMMON = 0.3
PROBES = 20
STARTS = {"pattern": 0.0, "flipped": 0.1}
MEASURES = tuple(f"{start} {criterion}" for start in STARTS for criterion in ("exact", "close"))


def run(run: Run, trials: int = 5) -> Result:
    """Store patterns by every rule; start at 20 of them, and at 20 probes with 10 % of the entries flipped."""
    settings: list[dict[str, Any]] = [
        {
            "patterns": "random",
            "m": m,
            "load": load,
            "N": round(load * m),
            "rule": rule,
            "trials": min(trials, FEWER.get(m, trials)),
        }
        for rule in RULES
        for m in SIZES[rule]
        for load in LOADS[rule]
    ]
    settings += [
        {"patterns": kind, "m": m, "load": round(N / m, 4), "N": N, "rule": rule, "trials": trials}
        for kind, m in NEURONS.items()
        for rule in RULES
        for N in COUNTS[kind]
    ]
    return measure("learning-rules", settings, _row, run)


def draw(kind: str, N: int, m: int, rng: np.random.Generator) -> np.ndarray:
    """Patterns of a kind: independent, differing from a common one in 30 % of the entries, or different digits."""
    if kind == "digits":
        different = np.unique(binary_digits()[0], axis=0)
        return different[rng.choice(len(different), N, replace=False)]
    return random_patterns(N, m, rng, 0.5 if kind == "random" else COMMON)


def _row(
    rng: np.random.Generator, patterns: str, m: int, load: float, N: int, rule: str, trials: int
) -> dict[str, Any]:
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    for _ in range(trials):
        X = draw(patterns, N, m, rng)
        W, b = RULES[rule](X), np.zeros(m)
        chosen = X[rng.permutation(N)[:PROBES]]
        for start, share in STARTS.items():
            final = hopfield_retrieve(flip(chosen, share, rng), W, b, rng=rng)[0][-1]
            exact, close = exact_and_close(final, chosen)
            found[f"{start} exact"].append(exact)
            found[f"{start} close"].append(close)
    means = {name: mean_and_error(shares) for name, shares in found.items()}
    return {name: mean for name, (mean, _) in means.items()} | {f"{n} error": e for n, (_, e) in means.items()}


def half_loads_of(rows: list[dict[str, Any]], rule: str, measure: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sizes, half-loads and their standard errors of a rule with independent patterns, by one of ``MEASURES``."""
    of_rule = [row for row in rows if row["patterns"] == "random" and row["rule"] == rule]
    sizes = values(of_rule, "m")
    found = []
    for m in sizes:
        load, share = series(of_rule, "load", measure, m=m)
        _, error = series(of_rule, "load", f"{measure} error", m=m)
        found.append(half_load(load, share, error, FEWER.get(m, of_rule[0]["trials"]) * PROBES))
    at, error = np.array(found).T
    return np.array(sizes), at, error


def plot(result: Result) -> Figure:
    """Half-loads against the number of neurons for each rule and criterion; below, patterns that are correlated."""
    from nnmem.plots import COLOURS, new_figure

    assert isinstance(result.metrics, list)
    figure, panels = new_figure(2, 2, (10.0, 6.6))
    for axes, start in zip(panels[0], STARTS, strict=True):
        for rule, colour, marker in zip(RULES, COLOURS, "osD", strict=False):
            for criterion, style, fill in (("exact", "-", colour), ("close", "--", "white")):
                m, at, error = half_loads_of(result.metrics, rule, f"{start} {criterion}")
                how = {"marker": marker, "markersize": 5, "markerfacecolor": fill, "color": colour, "capsize": 3}
                axes.errorbar(m, at, error, linestyle=style, **how, label=f"{rule}, {criterion}")
        axes.set(xscale="log", yscale="log", xlabel="neurons m", ylabel="load N / m at which half is left")
        axes.set(title="start at the pattern" if start == "pattern" else "start with 10 % flipped", ylim=(0.05, 1.2))
        axes.set_xticks([50, 100, 200, 400, 800, 1600], ["50", "100", "200", "400", "800", "1600"], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1.0], ["0.05", "0.1", "0.2", "0.5", "1"], minor=False)
        axes.set_yticks([], minor=True)
    panels[0][1].legend(fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    for axes, kind in zip(panels[1], COUNTS, strict=True):
        for rule, colour, marker in zip(RULES, COLOURS, "osD", strict=False):
            load, mean = series(result.metrics, "load", "flipped exact", patterns=kind, rule=rule)
            _, error = series(result.metrics, "load", "flipped exact error", patterns=kind, rule=rule)
            axes.errorbar(load, mean, error, marker=marker, color=colour, capsize=3, markersize=5, label=rule)
        axes.set(xlabel="load N / m", title=f"{TITLES[kind]}, m = {NEURONS[kind]}", ylim=(-0.03, 1.05))
        axes.set_ylabel("recalled exactly from 10 % flips")
    panels[1][1].legend(fontsize=9)
    return figure


RECIPE = Recipe(
    "learning-rules", "associative memories", "Hebb, Storkey and pseudo-inverse: half-loads by size", run, plot=plot
)
