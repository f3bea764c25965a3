"""The kernels for many queries give what the formulas give, however the work is cut into blocks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.attention import query_kernels
from nnmem.nn.softmax import log_softmax, log_softmax_gradient, softmax

TOLERANCE = {np.float32: {"rtol": 2e-4, "atol": 2e-5}, np.float64: {"rtol": 1e-11, "atol": 1e-13}}


@pytest.fixture(params=[1, 600, 10**9])
def block(request, monkeypatch):
    monkeypatch.setattr(query_kernels, "BLOCK_BYTES", request.param)
    return request.param


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lead", [(), (3,), (3, 2)])
@pytest.mark.parametrize("masked", [False, True])
def test_attend_is_softmax_of_products_times_values(block, dtype, lead, masked, rng):
    P, K, V = (rng.normal(size=(*lead, n, d)).astype(dtype) for n, d in ((4, 6), (7, 6), (7, 5)))
    mask = rng.random((*lead, 4, 7)) < 0.7 if masked else None
    r, alpha = query_kernels.attend(P, K, V, mask)
    expected = softmax(np.einsum("...md,...nd->...mn", P, K), mask)
    assert r.dtype == alpha.dtype == dtype
    assert_allclose(alpha, expected, **TOLERANCE[dtype])
    assert_allclose(r, np.einsum("...mn,...nd->...md", expected, V), **TOLERANCE[dtype])
    dr, dalpha = rng.normal(size=r.shape).astype(dtype), rng.normal(size=alpha.shape).astype(dtype)
    for extra in (None, dalpha):
        gradients = query_kernels.attend_backward(dr, extra, P, K, V, alpha)
        dalpha_of_r = np.einsum("...md,...nd->...mn", dr, V) + (0 if extra is None else extra)
        dS = expected * (dalpha_of_r - (expected * dalpha_of_r).sum(axis=-1, keepdims=True))
        plain = (
            np.einsum("...mn,...nd->...md", dS, K),
            np.einsum("...mn,...md->...nd", dS, P),
            np.einsum("...mn,...md->...nd", expected, dr),
        )
        for got, right in zip(gradients, plain, strict=True):
            assert got.dtype == dtype
            assert_allclose(got, right, **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_the_additive_score_matrix_points_as_the_pointer_distribution_does(block, dtype, lead, masked, rng):
    shapes = (*lead, 5, 4), (*lead, 3, 2), (6, 4), (6, 2), (6,)
    args = [rng.normal(size=shape).astype(dtype) for shape in shapes]
    mask = rng.random((*lead, 3, 5)) < 0.7 if masked else None
    log_p, text = nnmem.pointer_distribution_forward(*args, mask=mask)
    scores, cache = query_kernels.additive_score_matrix_forward(*args)
    assert scores.dtype == dtype
    assert_allclose(log_softmax(scores, mask), log_p, **TOLERANCE[dtype])
    dlog_p = rng.normal(size=log_p.shape).astype(dtype)
    gradients = query_kernels.additive_score_matrix_backward(log_softmax_gradient(dlog_p, log_p), cache)
    for got, right in zip(gradients, nnmem.pointer_distribution_backward(dlog_p, text), strict=True):
        assert got.dtype == dtype
        assert_allclose(got, right, **TOLERANCE[dtype])


def test_multi_head_attention_does_not_depend_on_the_blocks(rng, monkeypatch):
    args = [rng.normal(size=(3, 2, n, 6)) for n in (5, 7, 7)] + [rng.normal(size=(6, 6)) for _ in range(4)]
    whole = nnmem.multi_head_attention_forward(*args, 2)
    gradients = nnmem.multi_head_attention_backward(np.cos(whole[0]), whole[-1])
    monkeypatch.setattr(query_kernels, "BLOCK_BYTES", 1)
    blocks = nnmem.multi_head_attention_forward(*args, 2)
    assert_allclose(blocks[0], whole[0], rtol=1e-13)
    for one, other in zip(nnmem.multi_head_attention_backward(np.cos(blocks[0]), blocks[-1]), gradients, strict=True):
        assert_allclose(one, other, rtol=1e-12, atol=1e-14)
