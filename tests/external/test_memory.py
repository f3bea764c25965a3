"""Equations (8.23) and (8.24): worked values and edge cases."""

import numpy as np
from numpy.testing import assert_array_equal

import nnmem


def test_one_write_by_hand():
    M = np.array([[1.0, 2.0], [3.0, 4.0]])
    M_next, _ = nnmem.memory_write_forward(M, [0.5, 1.0], [1.0, 0.0], [10.0, 20.0])
    assert_array_equal(M_next, [[0.5 + 5, 2 + 10], [0 + 10, 4 + 20]])


def test_erase_of_zero_keeps_and_of_one_clears_exactly(rng):
    M, a = rng.normal(size=(4, 3)), rng.normal(size=3)
    M[0] = 1e30
    one = np.eye(4)[0]
    assert_array_equal(nnmem.memory_write_forward(M, one, np.zeros(3), a)[0][1:], M[1:])
    assert_array_equal(nnmem.memory_write_forward(M, one, np.zeros(3), np.zeros(3))[0], M)
    assert_array_equal(nnmem.memory_write_forward(M, one, np.ones(3), a)[0], [a, *M[1:]])
    _, cache = nnmem.memory_write_forward(M, one, np.ones(3), a)
    dM, *_ = nnmem.memory_write_backward(np.ones((4, 3)), cache)
    assert_array_equal(dM, [[0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]])
