"""Equation (8.22) and cosine addressing: worked values, edge cases, properties."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.external.content import unit


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


@pytest.mark.parametrize("size", [1e30, 1e18, 1e-20, 1e-25, 1e-30])
def test_the_scale_of_a_row_or_a_key_changes_no_weight(size, rng):
    M, k, dw_c = (rng.normal(size=shape).astype(np.float32) for shape in ((7, 5), (5,), (7,)))
    beta, size = np.float32(3), np.float32(size)
    w_c, cache = nnmem.cosine_content_addressing_forward(M, k, beta)
    dM, dk, dbeta = nnmem.cosine_content_addressing_backward(dw_c, cache)
    for M_size, k_size in ((size, np.float32(1)), (np.float32(1), size), (size, size)):
        scaled, cache = nnmem.cosine_content_addressing_forward(M * M_size, k * k_size, beta)
        assert_allclose(scaled, w_c, rtol=1e-5)
        gradients = nnmem.cosine_content_addressing_backward(dw_c, cache)
        assert_allclose(gradients[0] * M_size, dM, rtol=1e-4, atol=1e-6)
        assert_allclose(gradients[1] * k_size, dk, rtol=1e-4, atol=1e-6)
        assert_allclose(gradients[2], dbeta, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_below_the_least_ordinary_number_counts_as_zero(dtype):
    least = np.finfo(dtype).tiny
    rows, per_row = unit(np.array([[3, -4], [0, -least], [0, least / 2], [0, 0]], dtype))
    assert rows.dtype == per_row.dtype == dtype
    assert_allclose(rows, [[0.6, -0.8], [0, -1], [0, 0], [0, 0]], rtol=1e-6)
    assert_allclose(per_row, np.array([[0.2], [1 / least], [0], [0]], dtype), rtol=1e-6)
    assert unit(np.ones((2, 0), dtype))[0].shape == (2, 0)


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


def test_permuting_the_memory_permutes_what_content_finds(rng):
    M, k, order = rng.normal(size=(7, 5)), rng.normal(size=5), rng.permutation(7)
    for found in (
        lambda M: nnmem.cosine_content_addressing_forward(M, k, 2.0)[0],
        lambda M: nnmem.content_addressing_forward(M, k)[0],
    ):
        assert_allclose(found(M[order]), found(M)[order], rtol=1e-12)
