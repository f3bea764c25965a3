"""Soft and key-value attention against their formulas in loops."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


def cases(function):
    return [pytest.param(example, id=example.case) for example in examples(function)]


def score_of(name, x, q, *params):
    if name == "additive":
        W, U, v = params
        hidden = [math.tanh(sum(W[k] * x) + sum(U[k] * q)) for k in range(len(v))]
        return sum(v[k] * hidden[k] for k in range(len(v)))
    if name == "bilinear":
        (W,) = params
        return sum(x[i] * W[i, j] * q[j] for i in range(len(x)) for j in range(len(q)))
    return sum(x[i] * q[i] for i in range(len(x))) / (math.sqrt(len(x)) if name == "scaled_dot" else 1)


def softmax_of(scores, mask=None):
    kept = [i for i in range(len(scores)) if mask is None or mask[i]]
    exponentials = {i: math.exp(scores[i]) for i in kept}
    total = sum(exponentials.values()) or 1.0
    return np.array([exponentials.get(i, 0.0) / total for i in range(len(scores))])


@pytest.mark.parametrize("example", cases("soft_attention"))
def test_soft_attention(example):
    X, q, *params = example.args
    r, alpha, _ = nnmem.soft_attention_forward(*example.args, **example.options)
    for b in np.ndindex(X.shape[:-2]):
        scores = [score_of(example.options["score"], x, q[b], *params) for x in X[b]]
        weights = softmax_of(scores, example.options["mask"][b] if "mask" in example.options else None)
        assert_allclose(alpha[b], weights, rtol=1e-12)
        assert_allclose(r[b], sum(a * x for a, x in zip(weights, X[b], strict=True)), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("example", cases("key_value_attention"))
def test_key_value_attention(example):
    K, V, q, *params = example.args
    r, alpha, _ = nnmem.key_value_attention_forward(*example.args, **example.options)
    for b in np.ndindex(K.shape[:-2]):
        scores = [score_of(example.options["score"], k, q[b], *params) for k in K[b]]
        weights = softmax_of(scores, example.options["mask"][b] if "mask" in example.options else None)
        assert_allclose(alpha[b], weights, rtol=1e-12)
        assert_allclose(r[b], sum(a * v for a, v in zip(weights, V[b], strict=True)), rtol=1e-12, atol=1e-15)
