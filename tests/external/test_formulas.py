"""Equations (8.22) to (8.24) and addressing by location: worked values, edge cases, properties, naive loops."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem


def similarity(u, v):
    return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))


def test_content_addressing_is_the_softmax_of_each_score(rng):
    M, q = rng.normal(size=(7, 5)), rng.normal(size=5)
    W, U, v = rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.normal(size=4)
    for score, params, s in (
        ("dot", (), M @ q),
        ("scaled_dot", (), M @ q / np.sqrt(5)),
        ("bilinear", (W.T @ U,), M @ W.T @ U @ q),
        ("additive", (W, U, v), np.tanh(M @ W.T + U @ q) @ v),
    ):
        alpha, _ = nnmem.content_addressing_forward(M, q, *params, score=score)
        assert_allclose(alpha, np.exp(s) / np.exp(s).sum(), rtol=1e-12)


def test_cosine_addressing_is_the_papers_formula(rng):
    M, k = rng.normal(size=(7, 5)), rng.normal(size=5)
    w, _ = nnmem.cosine_content_addressing_forward(M, k, 3.0)
    s = np.array([3 * similarity(k, m) for m in M])
    assert_allclose(w, np.exp(s) / np.exp(s).sum(), rtol=1e-12)
    for scale in (1e-6, 1e6):
        assert_allclose(nnmem.cosine_content_addressing_forward(M * scale, k, 3.0)[0], w, rtol=1e-9)


def test_a_zero_key_looks_everywhere_alike_and_has_no_gradient(rng):
    w, cache = nnmem.cosine_content_addressing_forward(rng.normal(size=(7, 5)), np.zeros(5), 3.0)
    assert_allclose(w, np.full(7, 1 / 7))
    dM, dk, dbeta = nnmem.cosine_content_addressing_backward(rng.normal(size=7), cache)
    assert not dM.any() and not dk.any() and dbeta == 0


@pytest.mark.parametrize("size", [1e30, 1e-30])
def test_lengths_whose_squares_are_no_numbers_are_refused(size, rng):
    M, k = rng.normal(size=(7, 5)).astype(np.float32), rng.normal(size=5).astype(np.float32)
    beta = np.float32(3)
    for name, args in (("M", (M * np.float32(size), k)), ("k", (M, k * np.float32(size)))):
        with np.errstate(all="ignore"), pytest.raises(ValueError, match=f"{name} has a row whose squared length"):
            nnmem.cosine_content_addressing_forward(*args, beta)


def test_a_zero_row_has_similarity_zero_and_no_gradient(rng):
    M, k = rng.normal(size=(3, 5)), rng.normal(size=5)
    M[1] = 0
    w, cache = nnmem.cosine_content_addressing_forward(M, k, 2.0)
    s = 2 * np.array([similarity(k, M[0]), 0, similarity(k, M[2])])
    assert_allclose(w, np.exp(s) / np.exp(s).sum())
    dM, dk, _ = nnmem.cosine_content_addressing_backward(rng.normal(size=3), cache)
    assert not dM[1].any() and dM[0].any() and dk.any() and np.isfinite(dM).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_key_strength_finds_the_one_row(dtype, rng):
    M = rng.normal(size=(7, 5)).astype(dtype)
    w, cache = nnmem.cosine_content_addressing_forward(M, 3 * M[4], dtype(1e4))
    assert_allclose(w, np.eye(7)[4], atol=1e-6)
    assert all(np.isfinite(g).all() for g in nnmem.cosine_content_addressing_backward(w, cache))


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


def test_one_write_by_hand():
    M = np.array([[1.0, 2.0], [3.0, 4.0]])
    M_next, _ = nnmem.memory_write_forward(M, [0.5, 1.0], [1.0, 0.0], [10.0, 20.0])
    assert_array_equal(M_next, [[0.5 + 5, 2 + 10], [0 + 10, 4 + 20]])


def test_erase_of_zero_keeps_and_of_one_clears_exactly(rng):
    M, a = rng.normal(size=(4, 3)), rng.normal(size=3)
    M[0] = 1e30
    one = np.eye(4)[0]
    assert_array_equal(nnmem.memory_write_forward(M, one, np.zeros(3), a)[0][1:], M[1:])
    assert_array_equal(nnmem.memory_write_forward(M, one, np.zeros(3), np.zeros(3))[0], M)
    assert_array_equal(nnmem.memory_write_forward(M, one, np.ones(3), a)[0], [a, *M[1:]])
    _, cache = nnmem.memory_write_forward(M, one, np.ones(3), a)
    dM, *_ = nnmem.memory_write_backward(np.ones((4, 3)), cache)
    assert_array_equal(dM, [[0, 0, 0], [1, 1, 1], [1, 1, 1], [1, 1, 1]])


def test_permuting_the_memory_permutes_what_content_finds(rng):
    M, k, order = rng.normal(size=(7, 5)), rng.normal(size=5), rng.permutation(7)
    for found in (
        lambda M: nnmem.cosine_content_addressing_forward(M, k, 2.0)[0],
        lambda M: nnmem.content_addressing_forward(M, k)[0],
    ):
        assert_allclose(found(M[order]), found(M)[order], rtol=1e-12)
