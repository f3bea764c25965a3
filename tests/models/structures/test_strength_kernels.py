"""The kernels of a model's loop against the pairs of the formulas, forward and backward, kinks included."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.structures.strength_kernels import in_the_way, pop, pop_gradient, take, take_gradient


def strengths(rng, quarters, t=5):
    s = rng.integers(1, 5, (3, t)) / 4 if quarters else rng.random((3, t))
    return s, np.pad(s, ((0, 0), (1, 1)))


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("quarters", [True, False])
@pytest.mark.parametrize("t", [0, 1, 5])
def test_a_pop_is_the_formulas(top, quarters, t, rng):
    kind = "stack" if top else "queue"
    s, window = strengths(rng, quarters, t)
    u, g = rng.integers(0, 5, 3) / 4 if quarters else rng.random(3), rng.normal(size=(3, t + 1))
    expected, cache = getattr(nnmem, f"{kind}_update_forward")(s, u, u)
    got, popped = pop(window, u[:, None], top)
    assert_allclose(got, expected[:, :-1], atol=1e-15)
    ds, du, _ = getattr(nnmem, f"{kind}_update_backward")(g, cache)
    got_ds, got_du = pop_gradient(g[:, :-1], popped, top)
    assert_allclose(got_ds, ds, atol=1e-14)
    assert_allclose(got_du[:, 0], du, atol=1e-14)


@pytest.mark.parametrize("top", [True, False])
@pytest.mark.parametrize("quarters", [True, False])
def test_a_read_is_the_formulas(top, quarters, rng):
    kind = "stack" if top else "queue"
    s, window = strengths(rng, quarters)
    V, dr = rng.normal(size=(3, 5, 2)), rng.normal(size=(3, 2))
    r, cache = getattr(nnmem, f"{kind}_read_forward")(V, s)
    taken = take(window, top)
    assert_allclose((taken.k[:, None, :] @ V)[:, 0], r, atol=1e-15)
    _, ds = getattr(nnmem, f"{kind}_read_backward")(dr, cache)
    assert_allclose(take_gradient((V @ dr[..., None])[..., 0], taken, top), ds, atol=1e-14)


def test_what_lies_in_the_way_leaves_out_the_entry_itself():
    window = np.array([[0, 1, 2, 4, 0.0]])
    assert_allclose(in_the_way(window, True), [[6, 4, 0]])
    assert_allclose(in_the_way(window, False), [[0, 1, 3]])
