"""The continuous deque: an ordinary one, a stack and a queue as its halves, the order of its pops."""

from collections import deque

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem


def test_with_whole_numbers_it_is_an_ordinary_deque(rng):
    s, V, ordinary = np.zeros(0), np.zeros((0, 3)), deque()
    for _ in range(60):
        pop_top, push_top, pop_bottom, push_bottom = rng.integers(0, 2, 4)
        top, bottom = rng.normal(size=(2, 3))
        if pop_top and ordinary:
            ordinary.pop()
        if pop_bottom and ordinary:
            ordinary.popleft()
        if push_top:
            ordinary.append(top)
        if push_bottom:
            ordinary.appendleft(bottom)
        s, _ = nnmem.deque_update_forward(s, pop_top, push_top, pop_bottom, push_bottom)
        V = np.concatenate([bottom[None], V, top[None]])
        r_top, r_bottom, _ = nnmem.deque_read_forward(V, s)
        assert_array_equal(r_top, ordinary[-1] if ordinary else np.zeros(3))
        assert_array_equal(r_bottom, ordinary[0] if ordinary else np.zeros(3))


def in_loops(s, u_top, d_top, u_bottom, d_bottom):
    """Strength is taken from the top down, then from the bottom up."""
    s = list(s)
    for order, u in ((range(len(s) - 1, -1, -1), u_top), (range(len(s)), u_bottom)):
        for i in order:
            taken = min(s[i], u)
            s[i], u = s[i] - taken, u - taken
    return [d_bottom, *s, d_top]


def test_it_is_two_pops_in_loops(rng):
    for t in (1, 2, 7):
        s, commands = 0.6 * rng.random(t), rng.random(4)
        assert_allclose(nnmem.deque_update_forward(s, *commands)[0], in_loops(s, *commands), atol=1e-15)


def test_one_end_alone_is_a_stack_and_both_together_a_queue(rng):
    s, V, u, d = rng.random(5), rng.normal(size=(5, 3)), 0.75, 0.5
    stack, _ = nnmem.stack_update_forward(s, u, d)
    queue, _ = nnmem.queue_update_forward(s, u, d)
    assert_allclose(nnmem.deque_update_forward(s, u, d, 0.0, 0.0)[0], [0, *stack], atol=1e-15)
    assert_allclose(nnmem.deque_update_forward(s, 0.0, d, u, 0.0)[0], [0, *queue], atol=1e-15)
    r_top, r_bottom, _ = nnmem.deque_read_forward(V, s)
    assert_array_equal(r_top, nnmem.stack_read_forward(V, s)[0])
    assert_array_equal(r_bottom, nnmem.queue_read_forward(V, s)[0])


def test_at_kinks_the_gradient_is_the_derivative_towards_less(rng):
    step, s = 2.0**-10, np.array([0.5, 0.5, 0.25, 0.75])
    ds_next = rng.integers(-4, 5, size=6).astype(float)
    for u_top, u_bottom in ((0.25, 0.5), (0.5, 0.5)):
        s_next, cache = nnmem.deque_update_forward(s, u_top, 0.5, u_bottom, 0.5)
        ds, du_top, _, du_bottom, _ = nnmem.deque_update_backward(ds_next, cache)
        for j in range(4):
            less = nnmem.deque_update_forward(s - step * np.eye(4)[j], u_top, 0.5, u_bottom, 0.5)[0]
            assert ds[j] == ds_next @ (s_next - less) / step
        more = nnmem.deque_update_forward(s, u_top, 0.5, u_bottom + step, 0.5)[0]
        assert du_bottom == ds_next @ (more - s_next) / step
        more = nnmem.deque_update_forward(s, u_top + step, 0.5, u_bottom, 0.5)[0]
        assert du_top == ds_next @ (more - s_next) / step


@pytest.mark.parametrize("place", range(5))
def test_strengths_outside_0_to_1_are_refused(place):
    args = [np.array([0.5, 0.5]), *(np.array(0.5) for _ in range(4))]
    args[place] = args[place] + 1
    name = ("s", "u_top", "d_top", "u_bottom", "d_bottom")[place]
    with pytest.raises(ValueError, match=f"deque_update_forward: {name} has the entry 1.5, should be from 0 to 1"):
        nnmem.deque_update_forward(*args)
    with pytest.raises(ValueError, match=r"deque_read_forward: s has the entry 1\.5"):
        nnmem.deque_read_forward(np.ones((1, 2)), [1.5])
