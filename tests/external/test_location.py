"""Addressing by location: worked values, edge cases, naive loops."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem


def test_interpolation_goes_from_the_last_weights_to_the_content(rng):
    w_c, w_prev = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
    for g in (0.0, 0.25, 1.0):
        assert_allclose(nnmem.interpolate_forward(w_c, w_prev, g)[0], g * w_c + (1 - g) * w_prev, atol=1e-16)


@pytest.mark.parametrize("S", [1, 3, 5, 7])
def test_a_shift_is_the_papers_circular_convolution(S, rng):
    N, R = 7, S // 2
    w, s = rng.dirichlet(np.ones(N)), rng.dirichlet(np.ones(S))
    expected = np.zeros(N)
    for i in range(N):
        for j in range(S):
            expected[i] += s[j] * w[(i - (j - R)) % N]
    got, _ = nnmem.shift_forward(w, s)
    assert_allclose(got, expected, rtol=1e-12)
    assert_allclose(got.sum(), 1)


def test_a_shift_wraps_around_both_ends():
    last, first = np.eye(4)[3], np.eye(4)[0]
    assert_array_equal(nnmem.shift_forward(last, [0, 0, 1])[0], first)
    assert_array_equal(nnmem.shift_forward(first, [1, 0, 0])[0], last)
    _, cache = nnmem.shift_forward(last, [0.0, 0, 1])
    assert_array_equal(nnmem.shift_backward(np.array([5.0, 0, 0, 0]), cache)[0], 5 * last)


@pytest.mark.parametrize("s", [np.ones(2) / 2, np.ones(9) / 9])
def test_shifts_that_are_even_or_wider_than_the_memory_are_refused(s):
    with pytest.raises(ValueError, match=rf"shift_forward: s has shape \({len(s)},\), .*odd number.* at most N = 7"):
        nnmem.shift_forward(np.ones(7) / 7, s)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [1.0, 2.5, 50.0])
def test_sharpening_a_one_hot_changes_nothing(dtype, gamma):
    one_hot = np.eye(5, dtype=dtype)[2]
    y, cache = nnmem.sharpen_forward(one_hot, dtype(gamma))
    assert_allclose(y, one_hot, atol=1e-37)
    dw, dgamma = nnmem.sharpen_backward(np.array([1, 2, 3, 4, 5], dtype), cache)
    # y = wᵞ / Σ wᵞ: at zero the slope of w¹ is 1, that of a higher power 0
    assert_allclose(dw, np.array([-2, -1, 0, 1, 2]) * (gamma == 1), atol=1e-5)
    assert abs(dgamma) < 1e-30


def test_sharpening_is_the_papers_formula(rng):
    w = rng.dirichlet(np.ones(6), size=3)
    y, _ = nnmem.sharpen_forward(w, [1.0, 2.0, 7.5])
    powers = w ** np.array([[1.0], [2.0], [7.5]])
    assert_allclose(y, powers / powers.sum(-1, keepdims=True), rtol=1e-12)
    assert_allclose(y[0], w[0])


def test_sharpening_undoes_the_blur_of_a_shift():
    w = np.eye(9)[4]
    for _ in range(20):
        moved, _ = nnmem.shift_forward(w, [0.05, 0.05, 0.9])
        w, _ = nnmem.sharpen_forward(moved, 10.0)
    assert w.argmax() == (4 + 20) % 9 and w.max() > 0.999


def test_weights_that_do_not_sum_to_one_do_what_the_docstrings_say(rng):
    M, w = rng.normal(size=(4, 3)), np.array([0.5, 2.0, 0.0, -1.0])
    assert_allclose(nnmem.memory_read_forward(M, 2 * w)[0], 2 * (w @ M))
    assert_allclose(nnmem.sharpen_forward(np.array([1.0, 3.0]), 2.0)[0], [0.1, 0.9])
    assert_allclose(nnmem.sharpen_forward(w, 1.0)[0], [0.2, 0.8, 0, 0], atol=1e-300)
    assert_allclose(nnmem.sharpen_forward(np.zeros(4), 3.0)[0], np.full(4, 0.25))
    written, _ = nnmem.memory_write_forward(M, w, np.ones(3), np.ones(3))
    assert_allclose(written, M * (1 - w[:, None]) + w[:, None])
