"""Layer normalisation against the formula written out in loops, and on rows that have no spread."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem
from nnmem.nn.layer_norm import layer_norm_backward, layer_norm_forward, layer_norm_init


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_it_is_the_formula_in_loops(rng, lead):
    X, gain, bias = rng.normal(size=(*lead, 5)), rng.normal(size=5), rng.normal(size=5)
    Y, _ = layer_norm_forward(X, gain, bias, eps=0.3)
    for x, y in zip(X.reshape(-1, 5), Y.reshape(-1, 5), strict=True):
        mean = sum(x) / 5
        sigma = math.sqrt(sum((v - mean) ** 2 for v in x) / 5 + 0.3)
        assert_allclose(y, [gain[i] * (x[i] - mean) / sigma + bias[i] for i in range(5)], rtol=1e-13)
    report = nnmem.check_gradients(layer_norm_forward, layer_norm_backward, X, gain, bias, eps=0.3)
    assert report, report
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_a_row_without_spread_is_the_bias(rng):
    bias = rng.normal(size=3)
    X = np.array([[0.0, 0, 0], [7, 7, 7], [1, 2, 3]])
    Y, cache = layer_norm_forward(X, np.ones(3), bias)
    assert_array_equal(Y[:2], [bias, bias])
    dX, _, _ = layer_norm_backward(rng.normal(size=(3, 3)), cache)
    assert np.isfinite(dX).all()
    assert_allclose(dX.sum(axis=1), 0, atol=1e-12)


def test_the_gradient_of_a_row_of_zeros_is_the_limit(rng):
    dy = rng.normal(size=3)
    _, cache = layer_norm_forward(np.zeros(3), np.ones(3), np.zeros(3), eps=1e-4)
    assert_allclose(layer_norm_backward(dy, cache)[0], (dy - dy.mean()) / 1e-2, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_stays_and_scale_does_not_matter(rng, dtype):
    X, (gain, bias) = rng.normal(size=(4, 6)).astype(dtype), layer_norm_init(6, dtype)
    Y, cache = layer_norm_forward(1e4 * X, gain, bias)
    assert Y.dtype == dtype
    assert all(gradient.dtype == dtype for gradient in layer_norm_backward(Y, cache))
    assert_allclose(Y, layer_norm_forward(1e3 * X, gain, bias)[0], rtol=1e-4)
    assert_allclose(Y.mean(axis=1), 0, atol=1e-6)


def test_no_rows_at_all():
    Y, cache = layer_norm_forward(np.ones((0, 3)), np.ones(3), np.ones(3))
    dX, dgain, dbias = layer_norm_backward(Y, cache)
    assert dX.shape == (0, 3) and not dgain.any() and not dbias.any()


def test_nan_stays_in_its_row():
    X = np.array([[1.0, np.nan], [1, 2]])
    Y, _ = layer_norm_forward(X, np.ones(2), np.zeros(2))
    assert np.isnan(Y[0]).all() and np.isfinite(Y[1]).all()


@pytest.mark.parametrize(
    ("args", "eps", "message"),
    [
        ((np.ones((2, 3)), np.ones(2), np.ones(3)), 1e-5, r"gain has shape \(2,\), should be \(d,\) = \(3,\)"),
        ((np.ones((2, 3)), np.ones(3), np.ones((1, 3))), 1e-5, r"bias has shape \(1, 3\)"),
        ((np.ones((2, 0)), np.ones(0), np.ones(0)), 1e-5, r"X has shape \(2, 0\), should be .*, d at least 1"),
        ((np.ones(2), np.ones(2), np.ones(2)), 0, "eps is 0, should be above 0"),
    ],
)
def test_wrong_input_is_named(args, eps, message):
    with pytest.raises(ValueError, match=f"layer_norm_forward: {message}"):
        layer_norm_forward(*args, eps=eps)


@pytest.mark.parametrize(("dtype", "size"), [(np.float32, 1e30), (np.float64, 1e300)])
def test_rows_whose_squares_are_beyond_the_dtype(rng, dtype, size):
    """n does not depend on the size of a row, dx goes as its inverse; the common rows beside them stay as they are."""
    X, dY, gain, bias = (rng.normal(size=shape).astype(dtype) for shape in ((4, 6), (4, 6), 6, 6))
    X[3] = 0
    size = np.array([[1], [size], [-size], [1]], dtype)
    with np.errstate(over="raise", invalid="raise"):
        wanted, cache = layer_norm_forward(X, gain, bias, eps=1e-30)
        dX, *_ = layer_norm_backward(dY, cache)
        found, cache = layer_norm_forward(X * size, gain, bias, eps=1e-30)
        dlarge, *_ = layer_norm_backward(dY, cache)
    assert_allclose((found - bias) * np.sign(size), wanted - bias, rtol=1e-4, atol=1e-5)
    assert_allclose(dlarge[:3] * np.abs(size[:3]), dX[:3], rtol=1e-4, atol=1e-5 * np.abs(dX[:3]).max())
    assert_allclose(dlarge[3], dX[3], rtol=1e-6)
