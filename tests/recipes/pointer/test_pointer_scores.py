"""What the pointer networks' scores say, of answers that are given here, and the blocks of tours."""

from types import SimpleNamespace

import numpy as np
import pytest

from nnmem.recipes.pointer import hull, round_trip, sort_numbers
from nnmem.recipes.pointer.pointer_training import SIZES


def answers(module, monkeypatch, change):
    """Let the decoder of a recipe answer with ``change(number of the set, right answer)``; return what it was asked."""
    asked, drawn, sample = [], [], module.sample

    def sampled(*given):
        drawn.append(sample(*given))
        return drawn[-1]

    def decode(model, params, X, **how):
        np.testing.assert_array_equal(X, drawn[-1].X)
        asked.append((drawn[-1], how))
        right = [true[:length] for true, length in zip(drawn[-1].targets, drawn[-1].lengths, strict=True)]
        found = np.full((len(X), X.shape[1] + 1), -1)
        for i, true in enumerate(right):
            given = change(i, true)
            found[i, : len(given)] = given
        return SimpleNamespace(indices=found[:, : X.shape[1]])

    monkeypatch.setattr(module, "sample", sampled)
    monkeypatch.setattr(module, "decode", decode)
    return asked


def swapped(order):
    order = np.array(order)
    order[[0, 1]] = order[[1, 0]]
    return order


def around(cities, order):
    """The length of a round trip, city after city."""
    return sum(float(np.linalg.norm(cities[order[i]] - cities[order[i - 1]])) for i in range(len(order)))


def test_tours_are_scored_by_their_length_and_by_whether_they_are_the_shortest(monkeypatch, rng):
    # every fourth tour is changed; the others run the other way round, which is as short
    change = lambda i, true: swapped(true) if i % 4 == 0 else np.roll(true[::-1], 1)  # noqa: E731
    asked = answers(round_trip, monkeypatch, change)
    metrics = round_trip.score(None, None, rng)
    assert [how for _, how in asked] == 2 * [{"beam": 4, "no_repeat": True}]
    for n, (problems, _) in zip(SIZES, asked, strict=True):
        assert problems.X.shape == (2000, n, 2) and (problems.lengths == n).all()
        cities = problems.X.astype(np.float64)
        assert cities.min() > -4 and cities.max() < 4 and np.ptp(cities) > 7
        shortest = [around(points, true) for points, true in zip(cities, problems.targets, strict=True)]
        found = [
            around(points, swapped(true)) if i % 4 == 0 else best
            for i, (points, true, best) in enumerate(zip(cities, problems.targets, shortest, strict=True))
        ]
        as_short = np.mean([a < b * (1 + 1e-9) for a, b in zip(found, shortest, strict=True)])
        assert metrics[f"length_ratio_{n}"] == pytest.approx(np.mean(found) / np.mean(shortest)) and as_short >= 0.75
        assert metrics[f"optimal_{n}"] == as_short
    assert len(metrics) == 4


def test_a_block_of_tours_has_as_many_batches_of_each_size(monkeypatch):
    monkeypatch.setattr(round_trip, "BLOCK", 12)
    round_trip._block.cache_clear()
    block = round_trip._block(3, 1)
    assert round_trip._block(3, 1) is block and len(block) == 12
    sizes = [batch.X.shape[1] for batch in block]
    assert sorted(sizes) == [n for n in range(5, 11) for _ in range(2)] and sizes != sorted(sizes)
    for batch in block:
        n = batch.X.shape[1]
        assert batch.X.shape == (32, n, 2) and batch.targets.shape == (32, n) and (batch.lengths == n).all()
        assert all(sorted(tour) == list(range(n)) for tour in batch.targets)
    drawn = [batch.X[0].tobytes() for batch in block]
    drawn += [batch.X[0].tobytes() for seed, number in ((3, 2), (4, 1)) for batch in round_trip._block(seed, number)]
    assert len(set(drawn)) == 36, "no batch is another's"
    round_trip._block.cache_clear()


def area(corners):
    """Of a polygon, by its triangles around the origin."""
    return abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True))) / 2


def test_hulls_are_scored_by_polygon_area_and_by_those_that_cross_themselves(monkeypatch, rng):
    def change(i, true):
        corners = true[:-1]  # without the end
        return np.roll(corners, 1) if i % 2 else corners[:3] if i % 4 else corners[[0, 2, 1, *range(3, len(corners))]]

    asked = answers(hull, monkeypatch, change)
    metrics = hull.score(None, None, rng, sizes=(6,))
    [(problems, how)] = asked
    right, areas = 0, []
    for i, (points, true, length) in enumerate(zip(problems.X, problems.targets, problems.lengths, strict=True)):
        corners = true[: length - 1]
        triangle = len(corners) == 3
        whole = points[corners].astype(np.float64)
        if i % 2 or triangle:
            right += 1
            areas.append(1.0)
        elif i % 4:
            areas.append(area(whole[:3]) / area(whole))
    assert not how and metrics["accuracy_6"] == right / 2000 and metrics["invalid_6"] == 1 - len(areas) / 2000
    assert metrics["area_6"] == pytest.approx(np.mean(areas), rel=1e-5) and len(metrics) == 3


def test_sorting_is_scored_by_sequences_whose_every_index_is_right(monkeypatch, rng):
    asked = answers(sort_numbers, monkeypatch, lambda i, true: swapped(true) if i % 5 == 0 else true)
    assert sort_numbers.score(None, None, rng) == {"exact_5": 0.8, "exact_10": 0.8}
    assert [problems.X.shape for problems, _ in asked] == [(2000, 5, 1), (2000, 10, 1)]
