"""Every forward against its formula, written out in loops over single numbers."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.examples import examples


def cases(function):
    return [pytest.param(example, id=example.case) for example in examples(function)]


def entries(example):
    """Yield, for each batch entry, its index and the arguments without batch axes."""
    lead = example.args[0].shape[:-2] if example.function != "attention_distribution" else example.args[0].shape[:-1]
    for b in np.ndindex(lead):
        args = [a[b] if a.shape[: len(lead)] == lead and a.ndim > 2 - (not lead) else a for a in example.args]
        mask = example.options.get("mask")
        yield b, args, None if mask is None else mask[b]


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


@pytest.mark.parametrize("name", ["additive", "dot", "scaled_dot", "bilinear"])
@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_scores(name, batch):
    [example] = examples(f"{name}_score", batches=(batch,))
    X, q, *params = example.args
    scores, _ = getattr(nnmem, f"{name}_score_forward")(X, q, *params)
    assert scores.shape == (*batch, 7)
    for b in np.ndindex(batch):
        assert_allclose(scores[b], [score_of(name, x, q[b], *params) for x in X[b]], rtol=1e-13)


@pytest.mark.parametrize("example", cases("attention_distribution"))
def test_attention_distribution(example):
    alpha, _ = nnmem.attention_distribution_forward(*example.args, **example.options)
    for b, (scores,), mask in entries(example):
        assert_allclose(alpha[b], softmax_of(scores, mask), rtol=1e-13)


@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_weighted_sum(batch):
    [example] = examples("weighted_sum", batches=(batch,))
    alpha, X = example.args
    r, _ = nnmem.weighted_sum_forward(alpha, X)
    for b in np.ndindex(batch):
        assert_allclose(r[b], sum(a * x for a, x in zip(alpha[b], X[b], strict=True)), rtol=1e-13)


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


@pytest.mark.parametrize("example", cases("multi_query_attention"))
def test_several_queries_are_key_value_attention_for_each(example):
    K, V, Q, *params = example.args
    r, alpha, _ = nnmem.multi_query_attention_forward(*example.args, **example.options)
    mask = example.options.get("mask")
    for j in range(Q.shape[-2]):
        own = None if mask is None else mask[..., j, :] if mask.ndim == alpha.ndim else mask
        r_j, alpha_j, _ = nnmem.key_value_attention_forward(
            K, V, Q[..., j, :], *params, score=example.options.get("score", "dot"), mask=own
        )
        assert_allclose(alpha[..., j, :], alpha_j, rtol=1e-12)
        assert_allclose(r[..., j, :], r_j, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("example", cases("multi_head_attention"))
def test_each_head_is_scaled_attention_in_its_own_space(example):
    Q, K, V, W_Q, W_K, W_V, W_O = example.args
    out, alpha, _ = nnmem.multi_head_attention_forward(*example.args, **example.options)
    heads, size = example.options["num_heads"], len(W_Q) // example.options["num_heads"]
    attended = []
    for a in range(heads):
        rows = slice(a * size, (a + 1) * size)
        r, alpha_a, _ = nnmem.multi_query_attention_forward(
            K @ W_K[rows].T,
            V @ W_V[rows].T,
            Q @ W_Q[rows].T,
            score="scaled_dot",
            mask=example.options.get("mask"),
        )
        assert_allclose(alpha[..., a, :, :], alpha_a, rtol=1e-12)
        attended.append(r)
    assert_allclose(out, np.concatenate(attended, axis=-1) @ W_O.T, rtol=1e-11, atol=1e-13)


def test_identity_projections_give_the_text_s_own_form(rng):
    K, V, Q = rng.normal(size=(7, 5)), rng.normal(size=(7, 5)), rng.normal(size=(4, 5))
    out, alpha, _ = nnmem.multi_head_attention_forward(Q, K, V, *[np.eye(5)] * 4, num_heads=1)
    r, alpha_text, _ = nnmem.multi_query_attention_forward(K, V, Q, score="scaled_dot")
    assert_allclose(out, r, rtol=1e-13)
    assert_allclose(alpha[0], alpha_text, rtol=1e-13)


def test_blocks_change_nothing(rng, monkeypatch):
    args = [rng.normal(size=(3, 2, n, 6)) for n in (5, 7, 7)] + [rng.normal(size=(6, 6)) for _ in range(4)]
    whole = nnmem.multi_head_attention_forward(*args, 2)
    gradients = nnmem.multi_head_attention_backward(np.cos(whole[0]), whole[-1])
    monkeypatch.setattr("nnmem.attention.many_queries.BLOCK_BYTES", 1)
    blocks = nnmem.multi_head_attention_forward(*args, 2)
    assert_allclose(blocks[0], whole[0], rtol=1e-13)
    for one, other in zip(nnmem.multi_head_attention_backward(np.cos(blocks[0]), blocks[-1]), gradients, strict=True):
        assert_allclose(one, other, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("example", cases("hard_attention"))
def test_hard_attention_takes_the_most_probable_item(example):
    (X,), alpha = example.args, example.options["alpha"]
    x_j, cache = nnmem.hard_attention_forward(X, alpha)
    dX = nnmem.hard_attention_backward(np.ones_like(x_j) * 3, cache)
    for b in np.ndindex(alpha.shape[:-1]):
        weights = list(alpha[b])
        j = weights.index(max(weights))
        nothing = max(weights) == 0
        assert_allclose(x_j[b], np.zeros(5) if nothing else X[b][j])
        expected = np.zeros((7, 5))
        expected[j] = 0 if nothing else 3
        assert_allclose(dX[b], expected)


def test_hard_attention_takes_the_first_of_equals():
    x_j, _ = nnmem.hard_attention_forward(np.arange(6.0).reshape(3, 2), np.array([0.2, 0.4, 0.4]))
    assert_allclose(x_j, [2, 3])
