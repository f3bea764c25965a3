import numpy as np
import pytest

import nnmem
from nnmem.nn.linear import glorot_uniform, linear_backward, linear_forward, outer, project


def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_linear(lead):
    r = rng()
    X, W, b = r.normal(size=(*lead, 3)), r.normal(size=(5, 3)), r.normal(size=5)
    assert nnmem.check_gradients(linear_forward, linear_backward, X, W, b)
    Y, _ = linear_forward(X, W, b)
    np.testing.assert_allclose(Y, np.einsum("...d,kd->...k", X, W) + b)
    np.testing.assert_allclose(project(X, W), Y - b)


def test_linear_names_the_weights_that_do_not_fit():
    with pytest.raises(ValueError, match=r"linear_forward: W has shape"):
        linear_forward(np.ones(2), np.ones((3, 3)), np.ones(3))


def test_project_of_nothing():
    assert project(np.ones((0, 2, 3)), np.ones((5, 3))).shape == (0, 2, 5)


def test_glorot_keeps_the_variance():
    W = glorot_uniform(rng(), (300, 200), np.float64)
    np.testing.assert_allclose(W.var(), 2 / 500, rtol=0.02)


@pytest.mark.parametrize("N", [2, 5000])
def test_outer_and_numpys_flag_where_it_overflows(N):
    alpha, x = rng().normal(size=(3, N)), rng().normal(size=(3, 4))
    np.testing.assert_array_equal(outer(alpha, x), alpha[:, :, None] * x[:, None, :])
    alpha[1, 1], x[2, 3] = 1e200, np.nan  # in different rows: no product of the two
    with np.errstate(over="raise"):
        found = outer(alpha, x)
    np.testing.assert_array_equal(found, alpha[:, :, None] * x[:, None, :])
    x[1, 0] = 1e200
    with pytest.raises(FloatingPointError), np.errstate(over="raise"):
        outer(alpha, x)
