"""The travelling-salesman network (旅行商网络): how often is its state a tour, and how long is that?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.continuous import continuous_hopfield_retrieve
from nnmem.associative.travelling_salesman import read_tour, tour_weights
from nnmem.recipes.measurement import measure, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.tsp import shortest_tours, tour_lengths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CITIES = (6, 10)
PAPER = {"D": 500.0, "stops": 1.5}
GENTLER = tuple({"D": D, "stops": 1.2} for D in (100.0, 150.0, 200.0, 250.0, 300.0))
STEEPNESS, STEP, STEPS = 50.0, 1e-5, 6000


def run(run: Run, maps: int = 10, starts: int = 20) -> Result:
    """Random maps of 6 and of 10 cities, by the paper's constants and with less weight D on length."""
    settings = [
        {"cities": n, **constants, "maps": maps, "starts": starts} for n in CITIES for constants in (PAPER, *GENTLER)
    ]
    return measure("hopfield-tsp", settings, _row, run)


def settle(
    cities: np.ndarray, D: float, stops: float, starts: int, rng: np.random.Generator, every: int = STEPS
) -> np.ndarray:
    """Let the network for these cities settle from states near the middle: outputs (rows, starts, n²)."""
    n = len(cities)
    W, b = tour_weights(cities, D=D, stops=stops * n)
    middle = np.arctanh(2 / n - 1)  # where all neurons together say n stops
    u = (middle + rng.uniform(-0.1, 0.1, (starts, n * n))) / STEEPNESS
    return continuous_hopfield_retrieve(u, W, b, STEEPNESS, STEP, STEPS, every=every)[0]


def lengths(cities: np.ndarray, tours: np.ndarray) -> np.ndarray:
    """Lengths (B,) of round trips (B, n) through the same cities (n, 2)."""
    return tour_lengths(np.broadcast_to(cities, (len(tours), *cities.shape)), tours)


def _row(rng: np.random.Generator, cities: int, D: float, stops: float, maps: int, starts: int) -> dict[str, Any]:
    share, ratios, best, chance = [], [], [], []
    for _ in range(maps):
        points = rng.random((cities, 2))
        shortest = shortest_tours(points[None])[1][0]
        tours, valid = read_tour(settle(points, D, stops, starts, rng)[-1])
        share.append(valid.mean())
        ratio = lengths(points, tours[valid]) / shortest
        ratios += ratio.tolist()
        best += [ratio.min()] if valid.any() else []
        shuffled = np.array([rng.permutation(cities) for _ in range(starts)])
        chance.append(lengths(points, shuffled).mean() / shortest)
    none = float("nan")
    return {
        "valid": np.mean(share),
        "ratio": np.mean(ratios) if ratios else none,
        "best of starts": np.mean(best) if best else none,
        "maps solved": len(best) / maps,
        "random": np.mean(chance),
    }


def plot(result: Result) -> Figure:
    """Share of valid tours and their length against the weight on length."""
    from nnmem.plots import COLOURS, GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, (left, right) = new_figure(1, 2, (9.0, 3.4))
    for n, colour, marker in zip(CITIES, COLOURS, "os", strict=False):
        for stops, fill in ((GENTLER[0]["stops"], colour), (PAPER["stops"], "white")):
            where = {"cities": n, "stops": stops}
            label = f"{n} cities" + (", paper's constants" if fill == "white" else "")
            style = {"color": colour, "marker": marker, "markerfacecolor": fill, "label": label}
            left.plot(*series(result.metrics, "D", "valid", **where), **style)
            right.plot(*series(result.metrics, "D", "ratio", **where), **style)
        _, chance = series(result.metrics, "D", "random", cities=n)
        right.axhline(chance.mean(), color=colour, linestyle=":")
        right.text(510, chance.mean(), "random tours", color=GREY, fontsize=9, ha="right", va="bottom")
    left.set(xlabel="weight D on length", ylabel="share of states that are tours", ylim=(-0.03, 1.05))
    right.set(xlabel="weight D on length", ylabel="length of valid tours / shortest")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=9)
    return figure


RECIPE = Recipe("hopfield-tsp", "associative memories", "travelling-salesman network, 6 and 10 cities", run, plot=plot)
