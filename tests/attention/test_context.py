"""Attention with a learned query against its formula in loops, and as additive attention that is asked nothing."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


@pytest.mark.parametrize("example", [pytest.param(e, id=e.case) for e in examples("context_attention")])
def test_against_loops(example):
    X, W, b, u = example.args
    r, alpha, _ = nnmem.context_attention_forward(*example.args, **example.options)
    for i in np.ndindex(X.shape[:-2]):
        mask = example.options["mask"][i] if "mask" in example.options else [True] * len(X[i])
        scores = [sum(u[k] * math.tanh(sum(W[k] * x) + b[k]) for k in range(len(u))) for x in X[i]]
        weights = [math.exp(s) if open_ else 0 for s, open_ in zip(scores, mask, strict=True)]
        total = sum(weights) or 1
        assert_allclose(alpha[i], np.array(weights) / total, rtol=1e-12)
        assert_allclose(r[i], sum(a * x for a, x in zip(alpha[i], X[i], strict=True)), rtol=1e-12, atol=1e-15)


def test_it_is_additive_attention_whose_query_is_constant(rng):
    X, W, b, u = (rng.normal(size=shape) for shape in ((2, 5, 3), (4, 3), (4,), (4,)))
    r, alpha, _ = nnmem.context_attention_forward(X, W, b, u)
    again = nnmem.soft_attention_forward(X, np.ones((2, 1)), W, b[:, None], u, score="additive")
    assert_allclose(r, again[0], rtol=1e-12)
    assert_allclose(alpha, again[1], rtol=1e-12)


def test_a_gradient_of_the_weights_adds_to_that_of_the_average(rng):
    X, W, b, u = (rng.normal(size=shape) for shape in ((2, 5, 3), (4, 3), (4,), (4,)))
    dr, dalpha = rng.normal(size=(2, 3)), rng.normal(size=(2, 5))
    _, _, cache = nnmem.context_attention_forward(X, W, b, u)
    both = nnmem.context_attention_backward(dr, cache, dalpha)
    parts = [nnmem.context_attention_backward(*args) for args in ((dr, cache), (0 * dr, cache, dalpha))]
    for whole, *summands in zip(both, *parts, strict=True):
        assert_allclose(whole, sum(summands), rtol=1e-12, atol=1e-15)


def test_a_saturated_item_moves_no_parameter_however_large_what_its_slope_multiplies():
    X, W, u = np.array([[1e200], [2e200]]), np.ones((1, 1)), np.array([1e200])
    with np.errstate(over="raise", invalid="raise"):
        _, alpha, cache = nnmem.context_attention_forward(X, W, np.zeros(1), u)
        dX, dW, db, _ = nnmem.context_attention_backward(np.ones(1), cache)
    assert_allclose(alpha, [0.5, 0.5])
    assert_allclose(dX, [[0.5], [0.5]])
    assert not dW and not db
