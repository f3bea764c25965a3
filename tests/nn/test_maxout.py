"""Of every two features the larger one."""

import numpy as np
import pytest

from nnmem.nn.maxout import maxout_backward, maxout_forward


def test_the_larger_of_each_two_and_the_first_of_equals():
    Y, cache = maxout_forward(np.array([[1.0, 3, -2, -5], [4, 4, 0, 1]]))
    assert (Y == [[3, -2], [4, 1]]).all()
    dX = maxout_backward(np.array([[1.0, 2], [3, 4]]), cache)
    assert (dX == [[0, 1, 2, 0], [3, 0, 0, 4]]).all()


def test_an_odd_number_of_features_is_refused():
    with pytest.raises(ValueError, match=r"X has shape \(2, 3\), its last axis should be even"):
        maxout_forward(np.zeros((2, 3)))
