"""Hulls against their definition."""

import itertools

import numpy as np
import pytest

from nnmem.tasks.convex_hull import convex_hull, hull_batch, is_simple, polygon_area, same_polygon


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


def test_a_hull_of_lists_of_copies_and_of_points_on_its_edges():
    assert convex_hull([[0, 0], [2, 0], [0, 2], [1, 1]]).tolist() == [0, 1, 2]
    assert convex_hull([[0, 0], [0, 0], [1, 0], [1, 0], [0, 1], [0, 1]]).tolist() == [0, 2, 4]
    with pytest.raises(ValueError, match="all points lie on one line"):
        convex_hull([[0, 0], [1, 2], [1, 2]])
    corners = [[0, 0], [3, 0], [3, 3], [0, 3]]
    on_edges = [[x, y] for x in range(4) for y in range(4) if (x in (0, 3)) != (y in (0, 3))]
    for order in itertools.islice(itertools.permutations(on_edges), 0, 40_000, 997):
        assert convex_hull([*corners, *order]).tolist() == [0, 1, 2, 3]
        assert convex_hull([*order, *corners]).tolist() == [8, 9, 10, 11]


def test_edges_on_one_line_are_simple_where_they_do_not_touch():
    notched = np.array([(0, 0), (1, 0), (1, 1), (2, 1), (2, 0), (3, 0), (3, 3), (0, 3)])
    for turned in (notched, notched[::-1], notched[:, ::-1], np.roll(notched, 3, axis=0)):
        assert is_simple(turned)
    touching = np.array([(0, 0), (2, 0), (2, 1), (1, 1), (1, 0), (3, 0), (3, 3), (0, 3)])
    assert not is_simple(touching) and not is_simple(touching[:, ::-1])
    assert not is_simple([(0, 0), (4, 0), (4, 4), (2, 0), (0, 4)]), "a corner on another edge"
    assert not is_simple([(0, 0), (2, 0), (1, 0)]) and not is_simple([(0, 0), (1, 0), (2, 0)]), "nothing inside"
    assert not is_simple([(0, 0), (4, 0), (2, 0), (2, 4)]), "an edge that turns back"
    assert is_simple([(0, 0), (2, 0), (4, 0), (2, 4)]), "a corner that is none"


def test_what_is_too_little_for_a_polygon_is_not_simple():
    for points in (np.zeros((0, 2)), [(1, 2)], [(0, 0), (1, 0)], [(0, 0), (0, 0), (1, 0), (0, 1)], [(2, 1)] * 3):
        assert not is_simple(points)


def test_no_sets_have_no_hulls(rng):
    X, targets, lengths = hull_batch(rng, 0, 5)
    assert X.shape == (0, 5, 2) and targets.shape == (0, 0) and lengths.shape == (0,)


def test_random_polygons_are_simple_where_no_two_edges_cross(rng):
    """Against the definition, two edges at a time; corners in general position."""

    def meet(a, b, c, d):
        return (cross(a, b, c) > 0) != (cross(a, b, d) > 0) and (cross(c, d, a) > 0) != (cross(c, d, b) > 0)

    seen = set()
    for _ in range(300):
        m = int(rng.integers(3, 7))
        points = rng.random((m, 2)) * rng.uniform(0.1, 9, 2) - 3
        edges = [(i, (i + 1) % m) for i in range(m)]
        apart = [(e, f) for e, f in itertools.combinations(edges, 2) if not {*e} & {*f}]
        simple = not any(meet(*(points[i] for i in (*e, *f))) for e, f in apart)
        assert is_simple(points) == simple
        seen.add((m, simple))
        triangles = sum(cross(points[0], points[i], points[i + 1]) for i in range(1, m - 1)) / 2
        assert polygon_area(points) == pytest.approx(triangles)
    assert {(4, True), (4, False), (6, True), (6, False)} <= seen


def test_polygons_are_the_same_from_any_corner_in_both_directions_and_in_no_other_order():
    for n in (3, 4, 5):
        corners = list(range(n))
        turns = {tuple(corners[k:] + corners[:k]) for k in range(n)}
        turns |= {turn[::-1] for turn in turns}
        for order in itertools.permutations(corners):
            assert same_polygon(corners, order) == (order in turns)
