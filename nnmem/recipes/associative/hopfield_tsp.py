"""The Hopfield network for travelling salesmen (求解旅行商问题的 Hopfield 网络): how often a tour, how long?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.associative.continuous import continuous_hopfield_retrieve
from nnmem.associative.travelling_salesman import read_tour, tour_weights
from nnmem.recipes.measurement import mean_and_error, measure, series
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.tsp import shortest_tours, tour_lengths

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CITIES = (6, 10)
PAPER = {"D": 500.0, "stops": 1.5}
LENGTHS = (100.0, 200.0, 300.0, 500.0)
STOPS = (1.1, 1.2, 1.35, 1.5)
STEEPNESS, STEP, STEPS = 50.0, 1e-5, 6000


def run(run: Run, maps: int = 10, starts: int = 20) -> Result:
    """Random maps of 6 and of 10 cities: every weight D on length with every number of stops that is asked for.

    All rows with as many cities have the same maps, and so the same tours beside which theirs are measured.
    """
    settings = [
        {"cities": n, "D": D, "stops": stops, "maps": maps, "starts": starts, "drawn from": run.seed}
        for n in CITIES
        for D in LENGTHS
        for stops in STOPS
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


def nearest_neighbour(cities: np.ndarray) -> np.ndarray:
    """The round trip of one who always goes on to the nearest city not yet seen; the best of all starts."""
    n, apart = len(cities), np.linalg.norm(cities[:, None] - cities, axis=-1)
    tours = np.empty((n, n), int)
    for first in range(n):
        tours[first, 0], left = first, np.arange(n) != first
        for stop in range(1, n):
            tours[first, stop] = np.where(left, apart[tours[first, stop - 1]], np.inf).argmin()
            left[tours[first, stop]] = False
    return tours[lengths(cities, tours).argmin()]


def _row(
    rng: np.random.Generator, cities: int, D: float, stops: float, maps: int, starts: int, **drawn: int
) -> dict[str, Any]:
    share, ratios, best, greedy, chance = [], [], [], [], []
    for number in range(maps):
        of_map = np.random.default_rng([drawn["drawn from"], cities, number])
        points = of_map.random((cities, 2))
        shortest = shortest_tours(points[None])[1][0]
        shuffled = np.array([of_map.permutation(cities) for _ in range(100)])
        chance.append(lengths(points, shuffled).mean() / shortest)
        greedy.append(lengths(points, nearest_neighbour(points)[None])[0] / shortest)
        tours, valid = read_tour(settle(points, D, stops, starts, rng)[-1])
        share.append(valid.mean())
        ratio = lengths(points, tours[valid]) / shortest
        ratios += [ratio.mean()] if valid.any() else []
        best += [ratio.min()] if valid.any() else []
    found = {"valid": share, "ratio": ratios, "best of starts": best, "nearest neighbour": greedy, "random": chance}
    row: dict[str, Any] = {"maps solved": len(best) / maps}
    for name, per_map in found.items():
        mean, error = mean_and_error(per_map) if per_map else (float("nan"), float("nan"))
        row |= {name: mean, f"{name} error": error}
    return row


def plot(result: Result) -> Figure:
    """Share of valid tours and their length against the weight on length, for each number of stops asked for."""
    from nnmem.plots import COLOURS, GREY, new_figure

    assert isinstance(result.metrics, list)
    figure, panels = new_figure(2, 2, (9.0, 6.4), sharey="row")
    for n, (above, below) in zip(CITIES, panels.T, strict=True):
        for stops, colour, marker in zip(STOPS, COLOURS, "osD^", strict=False):
            for axes, name in ((above, "valid"), (below, "ratio")):
                D, mean = series(result.metrics, "D", name, cities=n, stops=stops)
                _, error = series(result.metrics, "D", f"{name} error", cities=n, stops=stops)
                axes.errorbar(D, mean, error, marker=marker, color=colour, capsize=3, label=f"{stops} n")
        for name in ("random", "nearest neighbour"):
            level = series(result.metrics, "D", name, cities=n)[1][0]
            below.axhline(level, color=GREY, linestyle=":")
            below.text(100, level, name, color=GREY, fontsize=9, va="bottom")
        above.set(title=f"{n} cities", xlabel="weight D on length", ylim=(-0.03, 1.05))
        below.set(xlabel="weight D on length")
    panels[0, 0].set(ylabel="share of states that are tours")
    panels[1, 0].set(ylabel="length of valid tours / shortest")
    panels[0, 1].legend(title="stops asked for", fontsize=9)
    return figure


RECIPE = Recipe("hopfield-tsp", "associative memories", "travelling-salesman network, 6 and 10 cities", run, plot=plot)
