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
    with pytest.raises(ValueError, match=r"maxout_forward: X has shape \(2, 3\), should be \(..., 2k\)"):
        maxout_forward(np.zeros((2, 3)))


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_it_is_the_formula_in_loops_and_pytorchs_maximum(lead, rng):
    torch = pytest.importorskip("torch")
    X, dY = rng.normal(size=(*lead, 8)), rng.normal(size=(*lead, 4))
    Y, cache = maxout_forward(X)
    for place in np.ndindex(lead):
        assert Y[place].tolist() == [max(X[place][2 * i], X[place][2 * i + 1]) for i in range(4)]
    theirs = torch.tensor(X, requires_grad=True)
    torch.maximum(theirs[..., ::2], theirs[..., 1::2]).backward(torch.tensor(dY))
    np.testing.assert_array_equal(maxout_backward(dY, cache), theirs.grad)


def test_nan_comes_out_wherever_it_stands():
    Y, _ = maxout_forward(np.array([np.nan, 1, 1, np.nan, 2, 1]))
    np.testing.assert_array_equal(Y, [np.nan, np.nan, 2])
