"""GELU against its formula number by number, and at its ends."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.nn.gelu import gelu_backward, gelu_forward


def test_it_is_the_formula(rng):
    X = 3 * rng.normal(size=(2, 3, 4))
    Y, cache = gelu_forward(X)
    assert_allclose(Y, np.vectorize(lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2)(X), rtol=1e-12, atol=1e-16)
    dY = rng.normal(size=X.shape)
    slope = np.vectorize(
        lambda x: (1 + math.erf(x / math.sqrt(2))) / 2 + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    )
    assert_allclose(gelu_backward(dY, cache), dY * slope(X), rtol=1e-12, atol=1e-16)
    assert nnmem.check_gradients(gelu_forward, gelu_backward, X)


def test_its_only_minimum_is_near_minus_three_quarters():
    X = np.linspace(-5, 8, 13001)[None]
    Y, cache = gelu_forward(X)
    rising = np.flatnonzero(np.diff(Y[0]) > 0)
    assert X[0, rising[0]] == pytest.approx(-0.7518, abs=1e-3) and Y.min() == pytest.approx(-0.16997, abs=1e-5)
    assert np.sign(gelu_backward(np.ones_like(X), cache)[0, [rising[0] - 50, rising[0] + 50]]).tolist() == [-1, 1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_it_is_the_number_or_zero(dtype, rng):
    X = np.array([[1e4, -1e4, 1e30, -1e30, 0]], dtype)
    Y, cache = gelu_forward(X)
    assert_allclose(Y, [[X[0, 0], 0, X[0, 2], 0, 0]])
    dY = rng.normal(size=X.shape).astype(dtype)
    assert_allclose(gelu_backward(dY, cache), dY * [1, 0, 1, 0, 0.5], atol=1e-30)


def test_the_form_with_tanh_is_another(rng):
    X = rng.normal(size=(1, 50))
    tanh = X / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X**3)))
    assert 1e-5 < np.abs(gelu_forward(X)[0] - tanh).max() < 1e-3
