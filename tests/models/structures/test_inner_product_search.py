"""Search by inner product: exact against sorting, clusters against exact, and what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.models.structures.inner_product_search import (
    cluster,
    exact,
    largest,
    same_length,
    spherical_means,
)


def test_exact_is_sorting_all(rng):
    X, q = rng.normal(size=(50, 4)), rng.normal(size=4)
    for k in (1, 7, 50, 80):
        assert_array_equal(exact(X, q, k), sorted(range(50), key=lambda i: -(X[i] @ q))[:k])


def test_equal_keys_come_in_order(rng):
    assert_array_equal(largest(np.array([1.0, 3, 3, 0, 3]), 2), [1, 2])
    X = np.repeat(rng.normal(size=(1, 3)), 6, axis=0)
    assert_array_equal(exact(X, X[0], 3), [0, 1, 2])
    groups = cluster(X, 2, rng)
    assert set(groups.search(X, X[0], 3, 2)) <= set(range(6)) and len(groups.search(X, X[0], 6, 2)) == 6


def test_the_transformation_turns_inner_products_into_cosines(rng):
    X, q = rng.normal(size=(30, 4)) * rng.exponential(size=(30, 1)), rng.normal(size=4)
    P = same_length(X)
    assert_allclose((P * P).sum(axis=1), 1)
    longest = np.sqrt((X * X).sum(axis=1)).max()
    assert_allclose(P[:, :-1] @ q / np.linalg.norm(q), X @ q / (longest * np.linalg.norm(q)), atol=1e-14)
    assert np.isfinite(same_length(np.zeros((3, 2)))).all()


def test_all_clusters_find_what_exact_finds(rng):
    X = rng.normal(size=(300, 6)) * rng.exponential(size=(300, 1))
    groups = cluster(X, 12, rng)
    assert_array_equal(np.sort(groups.places), np.arange(300))
    for q in rng.normal(size=(20, 6)):
        assert_array_equal(groups.search(X, q, 5, 12), exact(X, q, 5))


def test_each_row_is_with_its_nearest_centre_and_each_centre_is_its_rows_direction(rng):
    P = same_length(rng.normal(size=(200, 3)))
    centres, of_row = spherical_means(P, 6, rng, 40)
    assert_array_equal(of_row, (P @ centres.T).argmax(axis=1))
    for c in range(6):
        total = P[of_row == c].sum(axis=0)
        assert_allclose(centres[c], total / np.linalg.norm(total), atol=1e-6)


@pytest.mark.parametrize("sweeps", [0, 1, 3])
def test_spherical_means_row_by_row(sweeps):
    """A row goes to the nearest centre; a centre turns to its rows' sum, or stays where it was if it has none."""
    P = same_length(np.repeat(np.random.default_rng(1).normal(size=(9, 3)), 3, axis=0))  # equal rows: centres lose all
    found, of_row = spherical_means(P, 8, np.random.default_rng(2), sweeps)
    centres = P[np.random.default_rng(2).choice(27, 8, replace=False)]
    lost = 0
    for sweep in range(sweeps + 1):
        nearest = [max(range(8), key=lambda c, x=x: x @ centres[c]) for x in P]
        if sweep < sweeps:
            groups = [[x for x, n in zip(P, nearest, strict=True) if n == c] for c in range(8)]
            centres = [sum(g) / np.linalg.norm(sum(g)) if g else old for g, old in zip(groups, centres, strict=True)]
            lost += sum(not g for g in groups)
    assert_allclose(found, centres, rtol=1e-12)
    assert of_row.tolist() == nearest and (lost > 0 or not sweeps)


def test_a_search_looks_into_the_nearest_clusters_alone(rng):
    X = rng.normal(size=(60, 3)) * rng.exponential(size=(60, 1))
    groups = cluster(X, 7, rng)
    for q in rng.normal(size=(10, 3)):
        order = np.argsort(-(groups.centres[:, :3] @ q))
        for looked_at in (1, 3, 7):
            seen = np.concatenate([groups.places[groups.starts[c] : groups.starts[c + 1]] for c in order[:looked_at]])
            expected = sorted(seen.tolist(), key=lambda i: -(X[i] @ q))[:4]
            assert groups.search(X, q, 4, looked_at).tolist() == expected
    assert groups.starts[0] == 0 and groups.starts[-1] == 60 and groups.centres.shape == (7, 4)
    assert_array_equal(groups.rows, X[groups.places])


def test_rows_of_nothing_can_be_clustered(rng):
    groups = cluster(np.zeros((5, 2)), 2, rng, sweeps=2)
    assert np.isfinite(groups.centres).all() and sorted(groups.search(np.zeros((5, 2)), np.ones(2), 5, 2)) == [
        *range(5)
    ]


def test_few_clusters_find_most(rng):
    """Rows that lie in bunches: one cluster of ten is nearly always the right one."""
    bunches = rng.normal(size=(10, 8))
    X = (bunches[rng.integers(10, size=1000)] + 0.1 * rng.normal(size=(1000, 8))).astype(np.float32)
    groups = cluster(X, 10, rng, sweeps=10)
    queries = X[rng.integers(1000, size=100)]
    found = np.mean([exact(X, q, 1)[0] == groups.search(X, q, 1, 3)[0] for q in queries])
    assert found > 0.9 and groups.rows.dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda X, g: cluster(X, 21, np.random.default_rng(0)), "cluster: clusters is 21, should be at most 20"),
        (
            lambda X, g: cluster(X, 0, np.random.default_rng(0)),
            "cluster: clusters is 0, should be an int of at least 1",
        ),
        (lambda X, g: exact(X, X[0], 0), "exact: k is 0, should be an int of at least 1"),
        (lambda X, g: g.search(X, X[0], 0, 1), r"Clusters\.search: k is 0"),
        (lambda X, g: g.search(X, X[0], 1, 9), r"Clusters\.search: looked_at is 9, should be at most 4"),
        (
            lambda X, g: g.search(X[:19], X[0], 1, 1),
            r"X has shape \(19, 3\), the clusters are of \(20, 3\): cluster it",
        ),
        (lambda X, g: exact(X, X[0, :2], 1), r"exact: q has shape \(2,\), should be"),
    ],
)
def test_what_does_not_fit_is_refused(call, message, rng):
    X = rng.normal(size=(20, 3))
    with pytest.raises(ValueError, match=message):
        call(X, cluster(X, 4, rng))
