"""The kernel of GELU against the pair."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem.nn.gelu import gelu_backward, gelu_forward
from nnmem.nn.gelu_kernels import gelu_and_slope


def computed(x):
    Y, slope, room = (np.full_like(x, np.nan) for _ in range(3))
    with np.errstate(all="raise", over="warn", under="ignore"):
        gelu_and_slope(x, Y, slope, room)
    return Y, slope


def test_in_float32_it_is_the_pair_to_rounding(rng):
    x = np.concatenate([np.linspace(-15, 15, 3000), 3 * rng.normal(size=596), [1e4, -1e4, 1e6, -1e18]])
    x = x.reshape(2, 3, 600).astype(np.float32)
    Y, slope = computed(x)
    x = x.astype(float)
    wanted, cache = gelu_forward(x)
    assert Y.dtype == slope.dtype == np.float32
    assert_allclose(Y, wanted, rtol=2e-7, atol=3e-7)
    assert_allclose(slope, gelu_backward(np.ones_like(x), cache), atol=3e-7)


def test_elsewhere_it_is_the_pair(rng):
    x = rng.normal(size=(4, 5))
    Y, slope = computed(x)
    wanted, cache = gelu_forward(x)
    assert_allclose(Y, wanted, rtol=0)
    assert_allclose(slope, gelu_backward(np.ones_like(x), cache), rtol=0)


def test_nan_stays_where_it_is_and_nothing_is_nothing():
    Y, slope = computed(np.array([1, np.nan, -1], np.float32))
    assert np.isnan(Y).tolist() == np.isnan(slope).tolist() == [False, True, False]
    assert computed(np.empty((0, 4), np.float32))[0].shape == (0, 4)
