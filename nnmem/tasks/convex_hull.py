"""Convex hulls (凸包) of points in the plane, and how good a predicted one is."""

from __future__ import annotations

import numpy as np


def convex_hull(points: np.ndarray) -> np.ndarray:
    """Return the corners of the convex hull, by Andrew's monotone chain (1979).

    Parameters
    ----------
    points : (n, 2) array

    Returns
    -------
    corners : (m,) array of int
        Counter-clockwise, from the corner of lowest index, as in Vinyals et al. 2015, section 3.1. A point on an edge
        is no corner; of equal points the first counts.

    Raises
    ------
    ValueError
        Fewer than three points, points that are not finite, or all on one line.
    """
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise ValueError(f"convex_hull: points has shape {points.shape}, should be (n, 2) with n at least 3")
    if not np.isfinite(points).all():
        bad = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise ValueError(f"convex_hull: point {bad} is {points[bad].tolist()}, should be finite")
    xy = points.tolist()
    order = sorted(range(len(xy)), key=xy.__getitem__)
    chain = _half_hull(order, xy)[:-1] + _half_hull(order[::-1], xy)[:-1]
    if len(chain) < 3:
        raise ValueError("convex_hull: all points lie on one line, should span an area")
    first: dict[tuple[float, ...], int] = {}
    for i, point in enumerate(xy):
        first.setdefault(tuple(point), i)
    corners = [first[tuple(xy[i])] for i in chain]
    start = corners.index(min(corners))
    return np.array(corners[start:] + corners[:start])


def _half_hull(order: list[int], xy: list[list[float]]) -> list[int]:
    """Walk along the points; a corner that is no left turn was none, nor was the first of two equal points."""
    chain: list[int] = []
    for i in order:
        x, y = xy[i]
        while len(chain) > 1:
            (ax, ay), (bx, by) = xy[chain[-2]], xy[chain[-1]]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append(i)
    return chain


def hull_batch(rng: np.random.Generator, batch: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw sets of n points, uniform in the unit square, with their hulls.

    Returns
    -------
    X : (batch, n, 2) float32 array
    targets : (batch, m) array of int
        Corners, then n, the end token, to the end of the row; m is what the largest hull needs.
    lengths : (batch,) array of int
        Steps that count: corners and one end token.
    """
    X = rng.random((batch, n, 2), dtype=np.float32)
    targets = np.full((batch, n + 1), n)
    lengths = np.empty(batch, np.intp)
    for row, points in enumerate(X):
        corners = convex_hull(points)
        targets[row, : len(corners)] = corners
        lengths[row] = len(corners) + 1
    return X, targets[:, : lengths.max(initial=0)], lengths


def same_polygon(a: np.ndarray, b: np.ndarray) -> bool:
    """True if two sequences of corners go around the same polygon, wherever they start and in either direction."""
    first, second = list(a), list(b)
    if len(first) != len(second) or set(first) != set(second) or len(set(first)) != len(first) or not first:
        return False
    start = second.index(first[0])
    turned = second[start:] + second[:start]
    return first in (turned, turned[:1] + turned[:0:-1])


def polygon_area(points: np.ndarray) -> float:
    """Return the area of a polygon with these corners (m, 2), counter-clockwise positive: the shoelace formula."""
    x, y = np.asarray(points, np.float64).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def is_simple(points: np.ndarray) -> bool:
    """True if a polygon (m, 2) has at least three corners and no two of its edges meet but where they join.

    Two edges meet if each has an end on either side of the other's line, or on it, and the boxes around them meet.
    """
    points = np.asarray(points, np.float64)
    m = len(points)
    if m < 3 or len(np.unique(points, axis=0)) < m:
        return False
    start, stop = points, np.roll(points, -1, axis=0)

    def side(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        return np.sign((b - a)[..., 0] * (c - a)[..., 1] - (b - a)[..., 1] * (c - a)[..., 0])

    a, b, c, d = start[:, None], stop[:, None], start[None], stop[None]
    crossing = (side(a, b, c) * side(a, b, d) <= 0) & (side(c, d, a) * side(c, d, b) <= 0)
    crossing &= ((np.minimum(a, b) <= np.maximum(c, d)) & (np.minimum(c, d) <= np.maximum(a, b))).all(axis=-1)
    i, j = np.indices((m, m))
    apart = np.minimum((i - j) % m, (j - i) % m) > 1
    before = np.roll(points, 1, axis=0)
    back = (side(before, start, stop) == 0) & (((start - before) * (stop - start)).sum(axis=-1) < 0)
    return not (crossing & apart).any() and not back.any()
