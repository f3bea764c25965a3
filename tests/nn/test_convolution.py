"""A convolution is a loop over places, rows, columns, filters and channels; PyTorch says the same, of pooling too."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.convolution import (
    convolution_backward,
    convolution_forward,
    convolution_init,
    max_pooling_backward,
    max_pooling_forward,
)


def convolved(X, W, b, stride):
    """One picture, every number by itself."""
    (H, width, c), (k, s, _, _) = X.shape, W.shape
    h, w = (H - s) // stride + 1, (width - s) // stride + 1
    Y = np.zeros((h, w, k))
    for i, j, f in np.ndindex(h, w, k):
        Y[i, j, f] = b[f]
        for u, v, a in np.ndindex(s, s, c):
            Y[i, j, f] += W[f, u, v, a] * X[i * stride + u, j * stride + v, a]
    return Y


@pytest.mark.parametrize("batch", [(), (2, 2)])
@pytest.mark.parametrize(("size", "stride"), [(1, 1), (3, 1), (2, 2), (3, 2)])
def test_it_is_the_loops(rng, batch, size, stride):
    X, W, b = rng.normal(size=(*batch, 6, 5, 3)), rng.normal(size=(4, size, size, 3)), rng.normal(size=4)
    Y, _ = convolution_forward(X, W, b, stride)
    for i in np.ndindex(batch):
        assert_allclose(Y[i], convolved(X[i], W, b, stride), rtol=1e-12, atol=1e-12)


def test_every_place_is_taken_unless_a_stride_is_named(rng):
    X, W, b = rng.normal(size=(6, 5, 3)), rng.normal(size=(4, 2, 2, 3)), rng.normal(size=4)
    assert_allclose(convolution_forward(X, W, b)[0], convolved(X, W, b, 1), rtol=1e-12, atol=1e-12)


def test_filters_start_with_the_variance_of_he_and_biases_with_zero():
    W, b = convolution_init(np.random.default_rng(0), 300, 3, 5)
    assert W.shape == (300, 3, 3, 5) and b.shape == (300,) and W.dtype == b.dtype == np.float32 and not b.any()
    assert_allclose(W.var(), 2 / 45, rtol=0.05)
    assert abs(W.mean()) < 0.01


def test_squares_of_one_are_no_view_of_the_picture(rng):
    X = rng.normal(size=(4, 4, 2))
    Y, _ = max_pooling_forward(X, 1)
    assert not np.shares_memory(X, Y)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_gradients_are_those_of_torch(rng, stride):
    torch = pytest.importorskip("torch")
    X, W, b = rng.normal(size=(2, 7, 6, 3)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
    Y, cache = convolution_forward(X, W, b, stride)
    dY = rng.normal(size=Y.shape)
    X_t, W_t, b_t, dY_t = (torch.tensor(a, requires_grad=True) for a in (X, W, b, dY))
    Y_t = torch.nn.functional.conv2d(X_t.permute(0, 3, 1, 2), W_t.permute(0, 3, 1, 2), b_t, stride=stride)
    assert_allclose(Y, Y_t.detach().permute(0, 2, 3, 1), rtol=1e-12)
    expected = torch.autograd.grad(Y_t, (X_t, W_t, b_t), dY_t.detach().permute(0, 3, 1, 2))
    for found, wanted in zip(convolution_backward(dY, cache), expected, strict=True):
        assert_allclose(found, wanted, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pooling_takes_the_largest_of_every_square(rng, size):
    X = rng.integers(-3, 4, (2, 7, 8, 3)).astype(float)
    Y, cache = max_pooling_forward(X, size)
    dY = rng.normal(size=Y.shape)
    expected = np.zeros_like(X)
    for b, i, j, c in np.ndindex(Y.shape):
        square = X[b, i * size : (i + 1) * size, j * size : (j + 1) * size, c]
        assert Y[b, i, j, c] == square.max()
        u, v = np.unravel_index(square.argmax(), square.shape)  # the first of equals
        expected[b, i * size + u, j * size + v, c] = dY[b, i, j, c]
    assert_allclose(max_pooling_backward(dY, cache), expected)


def test_float32_stays_and_nan_is_not_lost(rng):
    X = rng.normal(size=(2, 6, 6, 1)).astype(np.float32)
    Y, cache = convolution_forward(X, np.ones((2, 3, 3, 1), np.float32), np.zeros(2, np.float32))
    assert all(array.dtype == np.float32 for array in (Y, *convolution_backward(Y, cache)))
    X[0, 3, 3] = np.nan
    pooled, cache = max_pooling_forward(X)
    assert np.isnan(pooled[0, 1, 1]).all() and pooled.dtype == np.float32
    assert max_pooling_backward(pooled, cache).dtype == np.float32


def test_wrong_input():
    X, W, b = np.zeros((4, 4, 1)), np.zeros((2, 5, 5, 1)), np.zeros(2)
    with pytest.raises(ValueError, match=r"convolution_forward: X has shape \(4, 4, 1\), .* at least 5, the size"):
        convolution_forward(X, W, b)
    with pytest.raises(ValueError, match=r"W has shape \(2, 3, 2, 1\), should be \(k, s, s, c\)"):
        convolution_forward(X, np.zeros((2, 3, 2, 1)), b)
    with pytest.raises(ValueError, match=r"W has shape \(2, 3, 3, 3\), should be \(k, s, s, c\)"):
        convolution_forward(X, np.zeros((2, 3, 3, 3)), b)
    with pytest.raises(ValueError, match="at least 5, the size"):
        max_pooling_forward(X, 5)
    with pytest.raises(ValueError, match=r"^convolution_forward: W has shape \(2, 0, 0, 1\), .* with s at least 1"):
        convolution_forward(X, np.zeros((2, 0, 0, 1)), b)
    with pytest.raises(ValueError, match=r"^convolution_forward: stride is 0, should be an int of at least 1"):
        convolution_forward(np.zeros((5, 5, 1)), W, b, 0)
