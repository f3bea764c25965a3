import itertools

import numpy as np
import pytest

from nnmem.tasks.convex_hull import convex_hull, hull_batch, is_simple, polygon_area, same_polygon
from nnmem.tasks.sorting import sorting_batch
from nnmem.tasks.tsp import shortest_tours, signed_area, tour_lengths, tsp_batch


def cross(a, b, c):
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def hull_by_definition(points):
    """An edge of the hull has all other points on its left; follow the edges."""
    n = len(points)
    after = {
        i: j
        for i, j in itertools.permutations(range(n), 2)
        if all(cross(points[i], points[j], points[k]) > 0 for k in range(n) if k not in (i, j))
    }
    start = min(after)
    chain = [start]
    while after[chain[-1]] != start:
        chain.append(after[chain[-1]])
    return chain


def test_sorting():
    X, targets = sorting_batch(np.random.default_rng(0), 50, 7)
    assert X.shape == (50, 7, 1) and X.dtype == np.float32
    for x, order in zip(X[..., 0], targets, strict=True):
        assert sorted(order) == list(range(7)) and (np.diff(x[order]) >= 0).all()


@pytest.mark.parametrize("n", [3, 4, 5, 10, 25])
def test_hull_is_the_hull_by_definition(n):
    rng = np.random.default_rng(n)
    for _ in range(40):
        points = rng.random((n, 2))
        assert convex_hull(points).tolist() == hull_by_definition(points)


def test_hull_of_awkward_points():
    square = [[0, 0], [1, 0], [1, 1], [0, 1]]
    assert convex_hull(np.array(square)).tolist() == [0, 1, 2, 3]
    assert convex_hull(np.array([*square, [0.5, 0], [0.5, 0.5], [1, 0.25]])).tolist() == [0, 1, 2, 3]
    assert convex_hull(np.array([[0.5, 0.5], *square, *square, [0.5, 0.5]])).tolist() == [1, 2, 3, 4]
    assert convex_hull(np.array([[1, 1], [0, 0], [0, 0], [1, 0], [1, 1]])).tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((2, 2)), r"points has shape \(2, 2\), should be \(n, 2\) with n at least 3"),
        (np.zeros((4, 3)), r"points has shape \(4, 3\)"),
        (np.zeros(4), r"points has shape \(4,\)"),
        (np.array([[0, 0], [1, 1], [2, 2], [3, 3.0]]), "all points lie on one line"),
        (np.zeros((4, 2)), "all points lie on one line"),
        (np.array([[0, 0], [1, 0], [np.nan, 1]]), r"point 2 is \[nan, 1.0\], should be finite"),
    ],
)
def test_no_hull(points, message):
    with pytest.raises(ValueError, match=f"convex_hull: {message}"):
        convex_hull(points)


def test_hull_batch_pads_with_the_end_token():
    X, targets, lengths = hull_batch(np.random.default_rng(0), 30, 8)
    for points, row, length in zip(X, targets, lengths, strict=True):
        assert row[: length - 1].tolist() == convex_hull(points).tolist()
        assert (row[length - 1 :] == 8).all()
    assert targets.shape == (30, lengths.max())


def test_same_polygon():
    assert same_polygon([0, 1, 2, 3], [2, 3, 0, 1])
    assert same_polygon([0, 1, 2, 3], [1, 0, 3, 2])
    assert not same_polygon([0, 1, 2, 3], [0, 2, 1, 3])
    assert not same_polygon([0, 1, 2], [0, 1, 2, 3])
    assert not same_polygon([0, 1, 1], [0, 1, 1])
    assert not same_polygon([], [])


def test_area_and_simplicity():
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2.0]])
    assert polygon_area(square) == 4 and polygon_area(square[::-1]) == -4
    assert is_simple(square) and is_simple(square[:3])
    assert not is_simple(square[[0, 2, 1, 3]])
    assert not is_simple(square[[0, 1]]) and not is_simple(square[[0, 1, 2, 1]])
    assert is_simple(np.array([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4.0]]))


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7])
def test_tours_are_shortest(n):
    rng = np.random.default_rng(n)
    cities = rng.random((10, n, 2))
    tours, lengths = shortest_tours(cities)
    assert (np.sort(tours, axis=1) == np.arange(n)).all() and (tours[:, 0] == 0).all()
    assert (signed_area(cities, tours) >= 0).all()
    np.testing.assert_allclose(lengths, tour_lengths(cities, tours))
    for c, length in zip(cities, lengths, strict=True):
        orders = [[0, *p] for p in itertools.permutations(range(1, n))]
        best = min(tour_lengths(np.broadcast_to(c, (len(orders), n, 2)), np.array(orders)))
        np.testing.assert_allclose(length, best, rtol=1e-12)


def test_tour_of_more_sets_than_one_chunk():
    cities = np.random.default_rng(0).random((600, 5, 2))
    tours, _ = shortest_tours(cities)
    np.testing.assert_array_equal(tours[599:], shortest_tours(cities[599:])[0])
    assert shortest_tours(cities[:0])[0].shape == (0, 5)


def test_tsp_batch():
    X, targets = tsp_batch(np.random.default_rng(0), 4, 6)
    assert X.dtype == np.float32
    np.testing.assert_array_equal(targets, shortest_tours(X)[0])


@pytest.mark.parametrize("shape", [(2, 1, 2), (2, 13, 2), (5, 2), (2, 5, 3)])
def test_wrong_cities(shape):
    with pytest.raises(ValueError, match="shortest_tours: cities has shape"):
        shortest_tours(np.zeros(shape))
    with pytest.raises(ValueError, match="not finite"):
        shortest_tours(np.full((1, 5, 2), np.nan))
