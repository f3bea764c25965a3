"""The attention GRU over packed stories against the pair, one story at a time."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.attention.attention_gru import attention_gru_backward, attention_gru_forward
from nnmem.attention.attention_gru_kernels import read_packed_backward, read_packed_forward
from nnmem.nn.packed import pack_lengths

LENGTHS = np.array([2, 5, 0, 4])


def draw(rng):
    packed = pack_lengths(LENGTHS)
    return rng.normal(size=(len(packed.step), 4)), rng.random(len(packed.step)), rng.normal(size=(4, 2)), packed


def test_it_is_the_pair_where_facts_bring_themselves(rng):
    """With W_r = [1, 0] and W = [0, 1] and no biases a fact is what it brings along."""
    A, g, U, packed = draw(rng)
    eye, zero = np.eye(4), np.zeros(2)
    c, cache = read_packed_forward(A, g, U, packed)
    dc = rng.normal(size=c.shape)
    dA, dg, dU = read_packed_backward(dc, cache)
    total = np.zeros_like(U)
    for story in range(len(LENGTHS)):
        rows = packed.sequence == story
        own, alone = attention_gru_forward(A[rows], g[rows], eye[:2], U[:2], zero, eye[2:], U[2:], zero)
        assert_allclose(c[story], own, rtol=1e-12)
        dX, dg_alone, _, dU_r, _, _, dU_own, _ = attention_gru_backward(dc[story], alone)
        assert_allclose(dA[rows], dX, rtol=1e-11, atol=1e-14)
        assert_allclose(dg[rows], dg_alone, rtol=1e-11, atol=1e-14)
        total += np.concatenate([dU_r, dU_own])
    assert_allclose(dU, total, rtol=1e-11, atol=1e-14)


def test_gradients_against_every_oracle(rng):
    A, g, U, packed = draw(rng)
    report = check_gradients(lambda A, g, U: read_packed_forward(A, g, U, packed), read_packed_backward, A, g, U)
    assert report, report


def test_what_came_down_is_not_modified(rng):
    A, g, U, packed = draw(rng)
    c, cache = read_packed_forward(A, g, U, packed)
    dc = rng.normal(size=c.shape)
    dc.flags.writeable = False
    first, again = read_packed_backward(dc, cache), read_packed_backward(dc, cache)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
