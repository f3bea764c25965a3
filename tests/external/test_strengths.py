"""Sums of strengths against loops, at sizes 0, 1 and 5."""

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.external.strengths import check_strengths, sum_above, sum_below


@pytest.mark.parametrize("t", [0, 1, 5])
def test_sums_leave_out_the_entry_itself(t, rng):
    s = rng.random((2, t))
    above, below = np.zeros((2, t)), np.zeros((2, t))
    for i in range(t):
        above[:, i], below[:, i] = s[:, i + 1 :].sum(axis=1), s[:, :i].sum(axis=1)
    assert_allclose(sum_above(s), above, atol=1e-15)
    assert_allclose(sum_below(s), below, atol=1e-15)


def test_what_is_no_number_goes_through_and_what_is_outside_does_not():
    check_strengths("f", s=np.array([np.nan, 0, 1]))
    with pytest.raises(ValueError, match=r"f: u has the entry 1.25, should be from 0 to 1"):
        check_strengths("f", s=np.ones(2), u=np.array([[0.5, 1.25]]))


def test_the_cost_is_linear_in_the_entries(rng):
    """Sixteen times the entries in less than sixty times the time: a square would be 256 times."""
    seconds = []
    for t in (80_000, 1_280_000):
        s, u, d = rng.random(t), 0.5, 0.5
        best = np.inf
        for _ in range(2):
            start = time.process_time()
            for _ in range(6):  # a few alone are shorter than the tick of some clocks
                s_next, cache = nnmem.stack_update_forward(s, u, d)
                nnmem.stack_update_backward(s_next, cache)
            best = min(best, time.process_time() - start)
        seconds.append(best)
    assert seconds[1] < 60 * seconds[0]
