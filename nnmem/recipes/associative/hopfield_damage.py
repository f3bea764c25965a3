"""A memory spread over all connections (分布式存储), damaged: connections cut, neurons removed; what is recalled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.learning import hebbian_weights_forward
from nnmem.associative.retrieval import hopfield_retrieve
from nnmem.recipes.associative.half_load import exact_and_close
from nnmem.recipes.measurement import mean_and_error, measure, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.patterns import flip, random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("connections", "neurons")
LOADS = (0.02, 0.05, 0.1)
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def run(run: Run, m: int = 400, trials: int = 10, probes: int = 20) -> Result:
    """Cut a share of the connections, or remove a share of the neurons; recall from 10 % flips by what is left."""
    settings = [
        {"damaged": kind, "m": m, "load": load, "share": share, "trials": trials, "probes": probes}
        for kind in KINDS
        for load in LOADS
        for share in SHARES
    ]
    return measure("hopfield-damage", settings, _row, run)


def damage(W: np.ndarray, kind: str, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The weights that are left, and the places of the neurons that are.

    A connection is cut in both directions at once, so what is left is symmetric.
    """
    m = len(W)
    if kind == "connections":
        cut = np.triu(rng.random((m, m)) < share, 1)
        return np.where(cut | cut.T, 0.0, W), np.arange(m)
    kept = np.sort(rng.permutation(m)[round(share * m) :])
    return W[np.ix_(kept, kept)], kept


def _row(
    rng: np.random.Generator, damaged: str, m: int, load: float, share: float, trials: int, probes: int
) -> dict[str, Any]:
    exact, close, overlaps = [], [], []
    for _ in range(trials):
        X = random_patterns(round(load * m), m, rng)
        W, kept = damage(hebbian_weights_forward(X)[0], damaged, share, rng)
        chosen = X[rng.integers(len(X), size=probes)][:, kept]
        final = hopfield_retrieve(flip(chosen, 0.1, rng), W, np.zeros(len(kept)), rng=rng)[0][-1]
        both = exact_and_close(final, chosen)
        exact.append(both[0])
        close.append(both[1])
        overlaps.append(float((final * chosen).mean()))
    found = {"exact": exact, "close": close, "overlap": overlaps}
    return {
        name: value
        for key, shares in found.items()
        for name, value in zip((key, f"{key} error"), mean_and_error(shares), strict=True)
    }


def plot(result: Result) -> Figure:
    """Share recalled from 10 % flips against the share that is cut or removed, for each load."""
    from nnmem.plots import COLOURS, new_figure

    assert isinstance(result.metrics, list)
    figure, panels = new_figure(1, 2, (9.0, 3.4), sharey=True)
    for axes, kind in zip(panels, KINDS, strict=True):
        for load, colour, marker in zip(LOADS, COLOURS, "osD", strict=False):
            share, mean = series(result.metrics, "share", "close", damaged=kind, load=load)
            _, error = series(result.metrics, "share", "close error", damaged=kind, load=load)
            patterns = result.metrics[0]["m"] * load
            axes.errorbar(
                share,
                mean,
                error,
                marker=marker,
                color=colour,
                capsize=3,
                label=f"load {load}: {patterns:.0f} patterns",
            )
        axes.set(xlabel=f"share of {kind} " + ("cut" if kind == "connections" else "removed"))
    panels[0].set(ylabel="recalled with overlap 0.95", ylim=(-0.03, 1.05))
    panels[0].legend(fontsize=9)
    return figure


RECIPE = Recipe(
    "hopfield-damage", "associative memories", "recall after connections are cut or neurons removed", run, plot=plot
)
