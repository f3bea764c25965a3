"""The travelling-salesman network (求解旅行商问题的 Hopfield 网络): continuous, its valleys are tours.

n cities take n² neurons; neuron (x, i) is on if city x is the i-th stop. Hopfield and Tank 1985.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.arguments import arrays

__all__ = ["read_tour", "tour_weights"]

CITIES = "cities (n, 2)"


def tour_weights(
    cities: np.ndarray, A: float = 500.0, B: float = 500.0, C: float = 200.0, D: float = 500.0, stops: float = 15.0
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of the travelling-salesman network (求解旅行商问题的 Hopfield 网络).

    Section 8.2.3's history; Hopfield and Tank 1985, whose constants are the defaults. With V = (1 + v) / 2 in 0 to 1::

        E = A/2 Σₓ Σᵢ≠ⱼ Vₓᵢ Vₓⱼ                     a city is one stop
          + B/2 Σᵢ Σₓ≠ᵧ Vₓᵢ Vᵧᵢ                     a stop is one city
          + C/2 (Σₓᵢ Vₓᵢ − stops)²                  there are as many as there should be
          + D/2 Σₓ≠ᵧ Σᵢ dₓᵧ Vₓᵢ (Vᵧ,ᵢ₊₁ + Vᵧ,ᵢ₋₁)     and the tour is short, i ± 1 modulo n

    so V's weights are T = −A, −B, −C and −D d where two neurons meet in these terms, its bias C stops, and the same
    velocities in terms of v come from W = T / 2 and b = C stops + T 1 / 2, whose energy
    (8.18) is 2 E but for a constant.

    Parameters
    ----------
    cities : (n, 2) array
        At least three points.
    A, B, C, D : float
    stops : float
        More than n, since the smooth neurons pull towards the middle: 15 for ten cities in the paper.

    Returns
    -------
    W : (n², n²) array
        Neuron (x, i) is row x n + i. Symmetric; its diagonal is −C / 2.
    b : (n²,) array

    Raises
    ------
    ValueError, TypeError
        cities has another shape, or fewer than three rows.

    Departs from the text: the chapter has no such network; the paper's outputs are from 0 to 1, here they are from −1
    to 1 as everywhere in this floor.
    """
    (cities,) = arrays("tour_weights", CITIES, cities)
    n = len(cities)
    if cities.shape[1] != 2 or n < 3:
        raise ValueError(f"tour_weights: cities has shape {cities.shape}, should be (n, 2), n at least 3")
    distance = np.linalg.norm(cities[:, None] - cities, axis=-1)
    same = np.eye(n)
    other = 1 - same
    beside = np.roll(same, 1, axis=0) + np.roll(same, -1, axis=0)
    T = -A * np.kron(same, other) - B * np.kron(other, same) - C - D * np.kron(distance, beside)
    W = T / 2
    return W.astype(cities.dtype), (C * stops + W.sum(axis=1)).astype(cities.dtype)


def read_tour(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tour that a state spells, and whether it is one.

    Parameters
    ----------
    v : (..., n²) array
        Outputs of the network; neuron (x, i), city x at stop i, is entry x n + i. It is on if v > 0.

    Returns
    -------
    tour : (..., n) int array
        The city of each stop: that of the largest output, the first of equal ones.
    valid : (...,) bool array
        True where exactly one neuron is on for every city and for every stop.

    Raises
    ------
    ValueError
        The last axis is not a square number.
    """
    [v] = arrays("read_tour", "v (...)", v)
    n = math.isqrt(v.shape[-1]) if v.ndim else 0
    if not v.ndim or n * n != v.shape[-1]:
        raise ValueError(f"read_tour: v has shape {v.shape}, should be (..., n * n)")
    grid = v.reshape(*v.shape[:-1], n, n)
    on = grid > 0
    valid = (on.sum(axis=-1) == 1).all(axis=-1) & (on.sum(axis=-2) == 1).all(axis=-1)
    return grid.argmax(axis=-2), valid
