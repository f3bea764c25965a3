"""The travelling salesman (旅行商问题): shortest round trips through cities in the plane, exact for few cities."""

from __future__ import annotations

import numpy as np

MOST_CITIES = 12
CHUNK = 256


def shortest_tours(cities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shortest round trips by dynamic programming over sets of cities (Bellman 1962; Held and Karp 1962).

    cost(S, j), the shortest way from city 0 through all of the set S that ends in its member j, is the least over k of
    cost(S without j, k) + distance(k, j). Work and memory double with each city.

    Parameters
    ----------
    cities : (B, n, 2) array
        n from 2 to 12.

    Returns
    -------
    tours : (B, n) array of int
        From city 0, counter-clockwise.
    lengths : (B,) array

    Raises
    ------
    ValueError
        The shape is another, or a coordinate is not finite.
    """
    cities = np.asarray(cities, np.float64)
    if cities.ndim != 3 or cities.shape[2] != 2 or not 2 <= cities.shape[1] <= MOST_CITIES:
        raise ValueError(f"shortest_tours: cities has shape {cities.shape}, should be (B, 2 to {MOST_CITIES}, 2)")
    if not np.isfinite(cities).all():
        raise ValueError("shortest_tours: cities has coordinates that are not finite")
    tours = np.concatenate([_chunk_of_tours(cities[i : i + CHUNK]) for i in range(0, max(len(cities), 1), CHUNK)])
    backwards = signed_area(cities, tours) < 0
    tours[backwards, 1:] = tours[backwards, :0:-1]
    return tours, tour_lengths(cities, tours)


def _chunk_of_tours(cities: np.ndarray) -> np.ndarray:
    """The table of costs for a few sets of cities at once, these on the last axis, then the way back through it."""
    B, n = cities.shape[:2]
    step = cities[:, :, None] - cities[:, None]
    distance = np.sqrt(np.sum(step * step, axis=-1)).transpose(1, 2, 0).copy()
    home, way, m = distance[0, 1:], distance[1:, 1:], n - 1
    cost = np.full((1 << m, m, B), np.inf)
    for subset in range(1, 1 << m):
        members = [j for j in range(m) if subset >> j & 1]
        if len(members) == 1:
            cost[subset, members] = home[members]
        for j in members if len(members) > 1 else ():
            cost[subset, j] = (cost[subset ^ 1 << j] + way[j]).min(axis=0)
    tours = np.zeros((B, n), np.intp)
    each, subset_left = np.arange(B), np.full(B, (1 << m) - 1)
    last: np.ndarray = (cost[-1] + home).argmin(axis=0)
    for place in range(n - 1, 0, -1):
        tours[:, place] = last + 1
        subset_left ^= 1 << last
        last = (cost[subset_left, :, each] + way[last, :, each]).argmin(axis=1)
    return tours


def tour_lengths(cities: np.ndarray, tours: np.ndarray) -> np.ndarray:
    """Return the length (B,) of round trips (B, n) through cities (B, n, 2)."""
    placed = np.take_along_axis(np.asarray(cities, np.float64), tours[..., None], axis=1)
    step = placed - np.roll(placed, -1, axis=1)
    return np.sqrt(np.sum(step * step, axis=-1)).sum(axis=1)


def signed_area(cities: np.ndarray, tours: np.ndarray) -> np.ndarray:
    """Return the area (B,) inside round trips, negative where they go clockwise."""
    x, y = np.moveaxis(np.take_along_axis(np.asarray(cities, np.float64), tours[..., None], axis=1), -1, 0)
    return np.sum(x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1), axis=1) / 2


def tsp_batch(rng: np.random.Generator, batch: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sets of n cities, uniform in the unit square, with shortest tours.

    Returns
    -------
    X : (batch, n, 2) float32 array
    targets : (batch, n) array of int
        From city 0, counter-clockwise: the direction is a matter of convention, and a fixed one is easier to learn.
    """
    X = rng.random((batch, n, 2), dtype=np.float32)
    return X, shortest_tours(X)[0]
