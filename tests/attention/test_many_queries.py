"""Blocks that fit into the processor's cache change nothing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.attention import many_queries
from nnmem.attention.pointing import (
    pointer_distribution_backward,
    pointer_distribution_forward,
)


def test_blocks_change_no_head(rng, monkeypatch):
    args = [rng.normal(size=(3, 2, n, 6)) for n in (5, 7, 7)] + [rng.normal(size=(6, 6)) for _ in range(4)]
    whole = nnmem.multi_head_attention_forward(*args, 2)
    gradients = nnmem.multi_head_attention_backward(np.cos(whole[0]), whole[-1])
    monkeypatch.setattr("nnmem.attention.many_queries.BLOCK_BYTES", 1)
    blocks = nnmem.multi_head_attention_forward(*args, 2)
    assert_allclose(blocks[0], whole[0], rtol=1e-13)
    for one, other in zip(nnmem.multi_head_attention_backward(np.cos(blocks[0]), blocks[-1]), gradients, strict=True):
        assert_allclose(one, other, rtol=1e-12, atol=1e-14)


def example(lead=(2,), m=3, n=5, d=4, d_e=6, h=7, dtype=np.float64):
    rng = np.random.default_rng(0)
    shapes = (*lead, n, d), (*lead, m, d_e), (h, d), (h, d_e), (h,)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("block", [1, 600, 10**9])
def test_blocks_change_no_pointer(block, monkeypatch):
    args = example((2, 3))
    log_p, cache = pointer_distribution_forward(*args)
    dlog_p = np.random.default_rng(1).normal(size=log_p.shape)
    whole = pointer_distribution_backward(dlog_p, cache)
    monkeypatch.setattr(many_queries, "BLOCK_BYTES", block)
    cut, cache = pointer_distribution_forward(*args)
    np.testing.assert_allclose(cut, log_p, rtol=1e-13)
    for a, b in zip(whole, pointer_distribution_backward(dlog_p, cache), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-14)
