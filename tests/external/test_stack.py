"""The continuous stack: the paper's figure, loops, an ordinary stack, kinks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem

EDGES = np.array([[0.5, 0.25, 0.25, 0.5], [1.0, 1.0, 0.5, 0.5], [0.25, 0.75, 0.25, 0.75], [1.0, 0.0, 1.0, 1.0]])
STEP = 2.0**-10  # with strengths in quarters every difference below is exact


def update_in_loops(s, u, d):
    """Equation (2) of the paper, entry by entry."""
    s_next = []
    for i in range(len(s)):
        above = 0.0
        for j in range(i + 1, len(s)):
            above += s[j]
        s_next.append(max(0.0, s[i] - max(0.0, u - above)))
    return [*s_next, d]


def read_in_loops(V, s):
    """Equation (3) of the paper, entry by entry."""
    r = np.zeros(V.shape[1])
    for i in range(len(s)):
        r += min(s[i], max(0.0, 1 - sum(s[i + 1 :]))) * V[i]
    return r


def test_it_is_the_paper_in_loops(rng):
    for t in (1, 2, 7):
        s, (u, d), V = rng.random(t), rng.random(2), rng.normal(size=(t, 3))
        assert_allclose(nnmem.stack_update_forward(s, u, d)[0], update_in_loops(s, u, d), atol=1e-15)
        assert_allclose(nnmem.stack_read_forward(V, s)[0], read_in_loops(V, s), atol=1e-14)


def test_the_papers_figure_1():
    V = np.eye(3)
    s, _ = nnmem.stack_update_forward(np.zeros(0), 0.0, 0.8)
    assert_allclose(nnmem.stack_read_forward(V[:1], s)[0], 0.8 * V[0])
    s, _ = nnmem.stack_update_forward(s, 0.1, 0.5)
    assert_allclose(s, [0.7, 0.5])
    assert_allclose(nnmem.stack_read_forward(V[:2], s)[0], [0.5, 0.5, 0])
    s, _ = nnmem.stack_update_forward(s, 0.9, 0.9)
    assert_allclose(s, [0.3, 0, 0.9])
    assert_allclose(nnmem.stack_read_forward(V, s)[0], [0.1, 0, 0.9])


def test_with_whole_numbers_it_is_an_ordinary_stack(rng):
    V, s, ordinary = rng.normal(size=(40, 3)), np.zeros(0), []
    for v in V:
        pop, push = rng.integers(0, 2, 2)
        if pop and ordinary:
            ordinary.pop()
        if push:
            ordinary.append(v)
        s, _ = nnmem.stack_update_forward(s, pop, push)
        top = ordinary[-1] if ordinary else np.zeros(3)
        assert_array_equal(nnmem.stack_read_forward(V[: len(s)], s)[0], top)


@pytest.mark.parametrize("s", EDGES)
@pytest.mark.parametrize("u", [0.0, 0.25, 0.5, 0.75])
def test_at_a_kink_the_gradient_is_the_derivative_towards_less(s, u, rng):
    ds_next = rng.integers(-4, 5, size=len(s) + 1).astype(float)
    s_next, cache = nnmem.stack_update_forward(s, u, 0.5)
    ds, du, dd = nnmem.stack_update_backward(ds_next, cache)
    for j in np.flatnonzero(s):
        less = nnmem.stack_update_forward(s - STEP * np.eye(len(s))[j], u, 0.5)[0]
        assert ds[j] == ds_next @ (s_next - less) / STEP
    more = nnmem.stack_update_forward(s, u + STEP, 0.5)[0]
    assert du == ds_next @ (more - s_next) / STEP and dd == ds_next[-1]


@pytest.mark.parametrize("s", EDGES)
def test_at_a_kink_of_the_read_too(s, rng):
    V, dr = rng.integers(-4, 5, size=(len(s), 2)).astype(float), np.array([1.0, -2.0])
    r, cache = nnmem.stack_read_forward(V, s)
    _, ds = nnmem.stack_read_backward(dr, cache)
    for j in np.flatnonzero(s):
        less = nnmem.stack_read_forward(V, s - STEP * np.eye(len(s))[j])[0]
        assert ds[j] == dr @ (r - less) / STEP


def test_what_is_gone_has_no_gradient_and_an_empty_stack_none_either():
    _, cache = nnmem.stack_update_forward([1.0, 0.0], 0.5, 0.0)
    ds, du, _ = nnmem.stack_update_backward([1.0, 5.0, 0.0], cache)
    assert_array_equal(ds, [1, 1])
    assert du == -1
    _, cache = nnmem.stack_update_forward(np.zeros(0), 0.5, 0.0)
    assert nnmem.stack_update_backward([3.0], cache)[1:] == (0, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nnmem.stack_update_forward([0.5, 1.5], 0.0, 0.0), "stack_update_forward: s has the entry 1.5"),
        (lambda: nnmem.stack_update_forward([0.5], -0.5, 0.0), "stack_update_forward: u has the entry -0.5"),
        (lambda: nnmem.stack_update_forward([0.5], 0.5, 2.0), "stack_update_forward: d has the entry 2.0"),
        (lambda: nnmem.stack_read_forward(np.ones((1, 2)), [-1.0]), "stack_read_forward: s has the entry -1.0"),
    ],
)
def test_strengths_outside_0_to_1_are_refused(call, message):
    with pytest.raises(ValueError, match=f"{message}, should be from 0 to 1"):
        call()
