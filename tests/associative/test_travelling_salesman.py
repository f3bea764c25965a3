"""The weights of Hopfield and Tank, and the tours that states stand for."""

import itertools

import numpy as np
import pytest

import nnmem


def test_tour_weights_are_the_energy_of_hopfield_and_tank(rng):
    n, A, B, C, D, stops = 4, 3.0, 5.0, 2.0, 7.0, 4.5
    cities = rng.random((n, 2))
    W, b = nnmem.tour_weights(cities, A, B, C, D, stops)
    distance = [[float(np.hypot(*(x - y))) for y in cities] for x in cities]

    def paper(V):
        E = C / 2 * (V.sum() - stops) ** 2
        for x, y, i, j in itertools.product(range(n), repeat=4):
            E += A / 2 * V[x, i] * V[x, j] * (x == y and i != j)
            E += B / 2 * V[x, i] * V[y, i] * (x != y and i == j)
        for x, y, i in itertools.product(range(n), repeat=3):
            E += D / 2 * (x != y) * distance[x][y] * V[x, i] * (V[y, (i + 1) % n] + V[y, i - 1])
        return E

    states = rng.uniform(-1, 1, size=(5, n * n))
    ours = nnmem.hopfield_energy_forward(states, W, b)[0]
    theirs = np.array([paper((1 + v.reshape(n, n)) / 2) for v in states])
    np.testing.assert_allclose(ours - ours[0], 2 * (theirs - theirs[0]))


def test_the_defaults_are_the_papers_constants(rng):
    cities = rng.random((4, 2))
    for ours, papers in zip(
        nnmem.tour_weights(cities), nnmem.tour_weights(cities, 500, 500, 200, 500, 15), strict=True
    ):
        np.testing.assert_array_equal(ours, papers)


def test_tours_are_read():
    v = -np.ones((3, 9))
    v[0, [1, 3, 8]] = 1  # city 1 first, then city 0, then city 2
    v[1, [0, 1, 8]] = 1  # city 0 at two stops
    v[2, [0, 3, 8]] = 1  # two cities at stop 0
    tour, valid = nnmem.read_tour(v)
    assert tour[0].tolist() == [1, 0, 2] and valid.tolist() == [True, False, False]


def test_the_stops_of_a_tour_are_in_its_order(rng):
    for n in (1, 4, 5):
        tours = np.array([rng.permutation(n) for _ in range(6)]).reshape(2, 3, n)
        v = rng.uniform(-1, 0, size=(2, 3, n, n))
        np.put_along_axis(v, tours[..., None, :], rng.uniform(0.1, 1, size=(2, 3, 1, n)), axis=-2)
        found, valid = nnmem.read_tour(v.reshape(2, 3, n * n))
        np.testing.assert_array_equal(found, tours)
        assert valid.shape == (2, 3) and valid.all()
    tour, valid = nnmem.read_tour(np.zeros(4))  # nothing is on, and all are equal
    assert tour.tolist() == [0, 0] and not valid


def test_the_weights_have_the_dtype_of_the_cities(rng):
    for dtype in (np.float32, np.float64):
        W, b = nnmem.tour_weights(rng.random((3, 2)).astype(dtype))
        assert W.dtype == b.dtype == dtype and W.shape == (9, 9)


ONES, EYE = np.ones(3), np.eye(3)


BAD = {
    "two cities": (lambda: nnmem.tour_weights(np.ones((2, 2))), r"cities has shape \(2, 2\)"),
    "no square": (lambda: nnmem.read_tour(np.ones(5)), r"v has shape \(5,\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
