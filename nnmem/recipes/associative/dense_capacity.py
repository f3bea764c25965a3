"""Capacity with higher-order connections (高阶连接), O(m^(K−1)): dense associative memory against its formula."""

from __future__ import annotations

import argparse
from math import log, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.dense import dense_retrieve
from nnmem.recipes.associative.half_load import exact_and_close, half_load
from nnmem.recipes.measurement import mean_and_error, measure, series, values
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.patterns import flip, random_patterns

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZES = (32, 48, 64, 96, 128)
LEAST = 4  # neurons at which every setting has a pattern
ORDERS = (2, 3, 4)
MULTIPLES = (0.4, 0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 3.0)
EXPONENTIAL = {  # neurons, ten for each flip, and the numbers of patterns that are tried
    10: (8, 12, 18, 27, 40, 60, 90),
    20: (200, 400, 700, 1000, 1500, 2500, 4000),
    30: (4000, 8000, 14_000, 20_000, 30_000, 50_000, 80_000, 130_000, 200_000),
}


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
    settings += [
        {"interaction": "exp", "m": m, "multiple": 0.0, "N": N, **more} for m in EXPONENTIAL for N in EXPONENTIAL[m]
    ]
    return measure("dense-capacity", settings, _row, run)


def theory(K: int, m: int) -> float:
    """Patterns held without error (Krotov and Hopfield 2016): m^(K−1) / (2 (2K − 3)!! ln m)."""
    return m ** (K - 1) / (2 * prod(range(2 * K - 3, 0, -2)) * log(m))


def _row(
    rng: np.random.Generator, interaction: Any, m: int, multiple: float, N: int, trials: int, probes: int
) -> dict[str, Any]:
    exact, close = [], []
    for _ in range(trials):
        X = random_patterns(N, m, rng)
        chosen = X[:probes]
        final = dense_retrieve(flip(chosen, 0.1, rng), X, interaction, rng)[0][-1]
        both = exact_and_close(final, chosen)
        exact.append(both[0])
        close.append(both[1])
    (mean, error), (near, near_error) = mean_and_error(exact), mean_and_error(close)
    return {"recalled": mean, "error": error, "close": near, "close error": near_error}


def half_counts(
    rows: list[dict[str, Any]], K: int | str, measured: str = "recalled"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers of neurons, the patterns at which half are recalled (NaN if never), and the error of their logarithm."""
    sizes = values([row for row in rows if row["interaction"] == K], "m")
    spread = "error" if measured == "recalled" else f"{measured} error"
    found = []
    for m in sizes:
        chosen = [row for row in rows if row["interaction"] == K and row["m"] == m]
        N, share = series(chosen, "N", measured)
        error = series(chosen, "N", spread)[1]
        found.append(half_load(np.log(N), share, error, chosen[0]["trials"] * chosen[0]["probes"]))
    log_count, error = np.array(found).T
    return np.array(sizes), np.exp(log_count), error


def slope(sizes: np.ndarray, counts: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Exponent p of counts ∼ mᵖ and its standard error: a line through logarithms, weighted by their errors."""
    return _line(np.log(sizes), counts, errors)


def growth(sizes: np.ndarray, counts: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Rate r of counts ∼ exp(r m) and its standard error."""
    return _line(np.asarray(sizes, float), counts, errors)


def _line(x: np.ndarray, counts: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """Slope of log counts against x and its error: of the points' errors, or of their scatter where that is larger."""
    known = np.isfinite(counts)
    x, y, sigma = x[known], np.log(counts[known]), errors[known]
    A = np.stack([x, np.ones_like(x)], axis=1) / sigma[:, None]
    inverse = np.linalg.inv(A.T @ A)
    fitted = inverse @ A.T @ (y / sigma)
    scatter = ((y / sigma - A @ fitted) ** 2).sum() / max(len(x) - 2, 1)
    return float(fitted[0]), float(np.sqrt(inverse[0, 0] * max(scatter, 1.0)))


def plot(result: Result) -> Figure:
    """Patterns at which half are recalled: against m on two logarithmic axes, and with the exponential on one."""
    from nnmem.plots import COLOURS, GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, (left, right) = new_figure(1, 2, (10.0, 3.8))
    for K, colour, marker in zip(ORDERS, COLOURS, "osD", strict=False):
        for measured, fill in (("recalled", colour), ("close", "white")):
            sizes, counts, errors = half_counts(result.metrics, K, measured)
            p, error = slope(sizes, counts, errors)
            label = f"$x^{K}$: $m^{{{p:.2f} \\pm {error:.2f}}}$" + ("" if measured == "recalled" else ", close")
            how = {"marker": marker, "color": colour, "markerfacecolor": fill, "linestyle": "", "capsize": 3}
            left.errorbar(sizes, counts, counts * errors, **how, label=label)
        left.plot(sizes, [theory(K, int(m)) for m in sizes], color=colour, linewidth=1)
    left.set(xscale="log", yscale="log", xlabel="neurons m", ylabel="patterns N, half recalled")
    left.set_xticks(SIZES, [str(m) for m in SIZES], minor=False)
    left.set_xticks([], minor=True)
    left.legend(fontsize=8, title="lines: formula", loc="upper left", bbox_to_anchor=(1, 1))
    sizes, counts, errors = half_counts(result.metrics, "exp")
    rate, error = growth(sizes, counts, errors)
    right.errorbar(sizes, counts, counts * errors, marker="^", color=GREY, linestyle="", capsize=3)
    right.plot(sizes, counts[1] * np.exp(rate * (sizes - sizes[1])), color=GREY, label=f"exp: ${np.exp(rate):.2f}^m$")
    right.set(yscale="log", xlabel="neurons m", ylabel="patterns N, half recalled")
    right.legend()
    return figure


RECIPE = Recipe(
    "dense-capacity", "associative memories", "higher-order connections, O(m^(K-1)) patterns", run, options, plot=plot
)
