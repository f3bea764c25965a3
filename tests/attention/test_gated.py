"""Gated attention is the paper's lines in loops; the penalty counts how often each region was looked at."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


@pytest.mark.parametrize("example", list(examples("gated_attention")), ids=lambda e: e.case)
def test_it_is_the_papers_lines(example):
    X, q, W, U, v, w, b = example.args
    mask = example.options.get("mask")
    r, alpha, _ = nnmem.gated_attention_forward(*example.args, **example.options)
    for place in np.ndindex(X.shape[:-2]):
        exps = []
        for i, x in enumerate(X[place]):
            score = sum(v[k] * math.tanh(W[k] @ x + U[k] @ q[place]) for k in range(len(v)))
            exps.append(math.exp(score) if mask is None or mask[place][i] else 0.0)
        weights = [e / sum(exps) if any(exps) else 0.0 for e in exps]
        beta = 1 / (1 + math.exp(-(w @ q[place] + b[0])))
        assert_allclose(alpha[place], weights, rtol=1e-12)
        assert_allclose(r[place], beta * sum(a * x for a, x in zip(weights, X[place], strict=True)), rtol=1e-11)


def test_the_gate_scales_what_soft_attention_gives(rng):
    X, q, W, U, v = (rng.normal(size=s) for s in ((2, 5, 3), (2, 4), (6, 3), (6, 4), 6))
    soft, alpha, _ = nnmem.soft_attention_forward(X, q, W, U, v, score="additive")
    for b, share in ((-800.0, 0.0), (0.0, 0.5), (800.0, 1.0)):
        r, same, _ = nnmem.gated_attention_forward(X, q, W, U, v, np.zeros(4), np.array([b]))
        assert_allclose(r, share * soft, atol=1e-300)
        assert_allclose(same, alpha)


@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_the_penalty_is_the_sum_over_regions(rng, batch):
    alpha = rng.dirichlet(np.ones(5), (*batch, 4))
    P, _ = nnmem.doubly_stochastic_forward(alpha)
    for place in np.ndindex(batch):
        expected = 0.0
        for i in range(5):
            looked = sum(alpha[place][t, i] for t in range(4))
            expected += (1 - looked) ** 2
        assert_allclose(P[place], expected)


def test_each_region_once_costs_nothing_and_uneven_looks_cost_more():
    assert_allclose(nnmem.doubly_stochastic_forward(np.eye(4))[0], 0)
    assert_allclose(nnmem.doubly_stochastic_forward(np.full((4, 4), 0.25))[0], 0)
    assert_allclose(nnmem.doubly_stochastic_forward(np.eye(4)[[0, 0, 0, 0]])[0], 9 + 3)


def test_no_words_leave_every_region_unseen():
    P, cache = nnmem.doubly_stochastic_forward(np.zeros((2, 0, 3)))
    assert_allclose(P, [3, 3])
    assert nnmem.doubly_stochastic_backward(np.ones(2) * 0.3, cache).shape == (2, 0, 3)
