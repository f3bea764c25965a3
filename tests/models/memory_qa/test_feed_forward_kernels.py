"""The kernels of two linear maps with GELU between them, against the pairs."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.memory_qa import feed_forward_kernels
from nnmem.models.memory_qa.feed_forward_kernels import feed_forward, feed_forward_backward
from nnmem.nn.gelu import gelu_backward, gelu_forward
from nnmem.nn.linear import LinearParams, linear_backward, linear_forward


def drawn(rng, dtype=np.float64, lead=(3, 7)):
    shapes = (*lead, 4), (6, 4), (6,), (4, 6), (4,), (*lead, 4)
    A, W1, b1, W2, b2, dY = (rng.normal(size=shape).astype(dtype) for shape in shapes)
    for array in (A, W1, b1, W2, b2, dY):
        array.setflags(write=False)
    return A, LinearParams(W1, b1), LinearParams(W2, b2), dY


def by_pairs(A, widen, narrow, dY):
    X, of_widen = linear_forward(A, *widen)
    G, of_gelu = gelu_forward(X)
    Y, of_narrow = linear_forward(G, *narrow)
    dG, *dnarrow = linear_backward(dY, of_narrow)
    dA, *dwiden = linear_backward(gelu_backward(dG, of_gelu), of_widen)
    return [Y, dA, *dwiden, *dnarrow]


@pytest.mark.parametrize("block", [1, 6, 35, 60, 2**17])  # rows of 6: one, one, five, ten and all 21 at a time
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_kernels_are_the_pairs_whatever_the_block(rng, monkeypatch, block, dtype, rtol):
    monkeypatch.setattr(feed_forward_kernels, "BLOCK", block)
    A, widen, narrow, dY = drawn(rng, dtype)
    Y, cache = feed_forward(A, widen, narrow)
    dA, dwiden, dnarrow = feed_forward_backward(dY, cache)
    for found, wanted in zip([Y, dA, *dwiden, *dnarrow], by_pairs(A, widen, narrow, dY), strict=True):
        assert found.dtype == dtype and found.shape == wanted.shape
        assert_allclose(found, wanted, rtol=rtol, atol=rtol)


def test_one_row_and_none(rng):
    for lead in ((), (0, 5)):
        A, widen, narrow, dY = drawn(rng, lead=lead)
        Y, cache = feed_forward(A, widen, narrow)
        dA, dwiden, dnarrow = feed_forward_backward(dY, cache)
        for found, wanted in zip([Y, dA, *dwiden, *dnarrow], by_pairs(A, widen, narrow, dY), strict=True):
            assert_allclose(found, wanted, rtol=1e-12, atol=1e-13)


def test_maps_that_do_not_fit_are_named(rng):
    A, widen, narrow, _ = drawn(rng)
    with pytest.raises(ValueError, match=r"feed_forward: W2 has shape \(6, 4\), should be \(d, m\) = \(4, 6\)"):
        feed_forward(A, widen, narrow._replace(W=narrow.W.T))
    with pytest.raises(TypeError, match="feed_forward: arrays of different dtype"):
        feed_forward(A.astype(np.float32), widen, narrow)
