"""The kernel of GELU against the pair."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn import gelu_kernels
from nnmem.nn.gelu import gelu_backward, gelu_forward
from nnmem.nn.gelu_kernels import gelu_in_place


def computed(X, bias):
    Y, b = X.copy(), bias.copy()
    b.setflags(write=False)
    slope = gelu_in_place(Y, b)
    return Y, slope


@pytest.mark.parametrize("block", [7, 1300, 3000, 2**15])  # a row, two, five and all at once
def test_in_float32_it_is_the_pair_to_rounding(rng, monkeypatch, block):
    monkeypatch.setattr(gelu_kernels, "BLOCK", block)
    x = np.concatenate([np.linspace(-15, 15, 3000), 3 * rng.normal(size=597), [1e4, -1e4, 1e6]]).reshape(2, 3, 600)
    bias = np.linspace(-1, 1, 600).astype(np.float32)
    Y, slope = computed(x.astype(np.float32) - bias, bias)
    x = ((x.astype(np.float32) - bias) + bias).astype(float)
    wanted, cache = gelu_forward(x)
    assert Y.dtype == slope.dtype == np.float32
    assert_allclose(Y, wanted, rtol=2e-7, atol=3e-7)
    assert_allclose(slope, gelu_backward(np.ones_like(x), cache), atol=3e-7)


def test_elsewhere_it_is_the_pair(rng):
    x, bias = rng.normal(size=(4, 5)), rng.normal(size=5)
    Y, slope = computed(x, bias)
    wanted, cache = gelu_forward(x + bias)
    assert_allclose(Y, wanted, rtol=0)
    assert_allclose(slope, gelu_backward(np.ones_like(x), cache), rtol=0)


def test_nan_stays_where_it_is_and_nothing_is_nothing():
    Y, slope = computed(np.array([1, np.nan, -1], np.float32), np.zeros(3, np.float32))
    assert np.isnan(Y).tolist() == np.isnan(slope).tolist() == [False, True, False]
    assert computed(np.empty((0, 4), np.float32), np.zeros(4, np.float32))[0].shape == (0, 4)
