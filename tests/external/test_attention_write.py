"""Writing by attention against the writes one after another."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.external.attention_write import attention_write_backward, attention_write_forward
from nnmem.external.memory import memory_write_forward


def draw(rng, *lead, T=6, N=4, d=5):
    return rng.normal(size=(*lead, N, d)), rng.uniform(size=(*lead, T, N)), rng.normal(size=(*lead, T, d))


@pytest.mark.parametrize("lead", [(), (2, 3)])
def test_it_is_one_write_after_another(rng, lead):
    M, w, V = draw(rng, *lead)
    after = M
    for t in range(6):
        after, _ = memory_write_forward(after, w[..., t, :], np.ones_like(V[..., t, :]), V[..., t, :])
    M_next, c, _ = attention_write_forward(M, w, V)
    assert_allclose(M_next, after, rtol=1e-12, atol=1e-15)
    for t in range(6):
        assert_allclose(c[..., t, :], w[..., t, :] * np.prod(1 - w[..., t + 1 :, :], axis=-2), rtol=1e-12)
    assert nnmem.check_gradients(attention_write_forward, attention_write_backward, M, w, V)


def test_shares_and_what_was_there_are_one_in_all(rng):
    M, w, V = draw(rng)
    _, c, _ = attention_write_forward(M, w, V)
    assert_allclose(c.sum(axis=-2) + np.prod(1 - w, axis=-2), 1, rtol=1e-12)


def test_a_weight_of_one_replaces_and_of_zero_leaves(rng):
    M, _, V = draw(rng, T=2)
    w = np.array([[1.0, 0, 0, 1], [0, 0, 1, 1]])
    M_next, c, cache = attention_write_forward(M, w, V)
    assert_allclose(M_next, [V[0], M[1], V[1], V[1]])
    assert_allclose(c, [[1, 0, 0, 0], [0, 0, 1, 1]])
    dM, dw, dV = attention_write_backward(rng.normal(size=M.shape), rng.normal(size=c.shape), cache)
    assert not dM[[0, 2, 3]].any() and dM[1].all()
    assert dw[0, 3] == 0 and dV.all()  # what is written over is worth nothing


def test_nothing_written_changes_nothing(rng):
    M, w, V = draw(rng, 2, T=0)
    M_next, c, cache = attention_write_forward(M, w, V)
    assert_allclose(M_next, M)
    dM_next = rng.normal(size=M.shape)
    dM, dw, dV = attention_write_backward(dM_next, np.zeros_like(c), cache)
    assert_allclose(dM, dM_next) and dw.shape == w.shape and dV.shape == V.shape


def test_the_last_of_ten_thousand_is_there(rng):
    M, V = np.zeros((1, 2)), rng.normal(size=(10**4, 2))
    M_next, c, cache = attention_write_forward(M, np.full((10**4, 1), 0.5), V)
    assert_allclose(M_next, c.T @ V) and c[-1] == 0.5
    assert all(np.isfinite(g).all() for g in attention_write_backward(np.ones((1, 2)), np.zeros_like(c), cache))
