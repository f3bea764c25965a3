"""The end-to-end memory network beside the same network with its memories built."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients, key_value_attention_forward
from nnmem.models.memory_qa.memn2n import MemN2N, MemN2NParams, Stories

B, N, V, D = 3, 6, 5, 4


def example(dtype=np.float64, **sizes):
    model = MemN2N(V, N, D, **sizes)
    rng = np.random.default_rng(2)
    F = model.features
    occupied = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0]])
    S = rng.normal(size=(B, N, F)) * occupied[..., None]
    stories = Stories(*(array.astype(dtype) for array in (S, occupied, rng.normal(size=(B, F)))))
    params = MemN2NParams(*(array * 6 for array in model.init(rng, dtype)))
    return model, params, stories


def built(model, params, stories):
    """Keys, values and first query as the paper writes them: every memory vector in full."""
    b = (np.arange(1, D + 1) - (D + 1) / 2) / D
    S, Q, times = stories.S, stories.Q, stories.occupied[..., None]

    def embed(features, E):
        counts, weighted = features[..., :V], features[..., V:]
        if model.position_encoding == "paper":
            k = np.arange(1, D + 1)
            return (counts @ E + (weighted @ E) * (1 - 2 * k / D)) / 2
        return counts @ E + (weighted @ E) * b if model.position_encoding == "code" else counts @ E

    memories = [embed(S, E) + times * T for E, T in zip(params.E, params.T, strict=False)]
    if model.tying == "adjacent":
        return memories[:-1], memories[1:], embed(Q, params.E[0]), params.E[-1], np.eye(D)
    return [memories[0]] * model.hops, [memories[1]] * model.hops, embed(Q, params.E[2]), params.W, params.H


@pytest.mark.parametrize("tying", ["adjacent", "layer_wise"])
@pytest.mark.parametrize("position_encoding", ["code", "paper", "none"])
@pytest.mark.parametrize("hops", [1, 3])
def test_a_hop_is_key_value_attention(tying, position_encoding, hops):
    """(8.21), to 1e-12, hop after hop."""
    model, params, stories = example(tying=tying, position_encoding=position_encoding, hops=hops)
    logits, alpha, _ = model.forward(params, stories)
    keys, values, q, W, H = built(model, params, stories)
    for hop in range(hops):
        r, weights, _ = key_value_attention_forward(keys[hop], values[hop], q)
        assert_allclose(alpha[:, hop], weights, rtol=1e-12, atol=1e-14)
        q = q @ H.T + r
    assert_allclose(logits, q @ W.T, rtol=1e-12, atol=1e-12)


def test_a_linear_hop_is_the_same_without_softmax():
    model, params, stories = example(hops=2)
    logits, alpha, _ = model.forward(params, stories, linear=True)
    keys, values, q, W, _ = built(model, params, stories)
    for hop in range(2):
        scores = np.einsum("bnd,bd->bn", keys[hop], q)
        assert_allclose(alpha[:, hop], scores, rtol=1e-12, atol=1e-12)
        q = q + np.einsum("bn,bnd->bd", scores, values[hop])
    assert_allclose(logits, q @ W.T, rtol=1e-11, atol=1e-11)


def test_an_empty_memory_gives_even_attention_and_no_reading():
    model, params, stories = example()
    logits, alpha, _ = model.forward(params, stories)
    assert_allclose(alpha[2], 1 / N)
    _, _, q, W, _ = built(model, params, stories)
    assert_allclose(logits[2], q[2] @ W.T)


@pytest.mark.parametrize("tying", ["adjacent", "layer_wise"])
def test_gradients_against_both_oracles(tying):
    model, params, stories = example(tying=tying)
    report = check_gradients(model.forward, model.backward, params, stories=stories)
    assert report, report
    learned = {"params.E", "params.T"} | ({"params.W", "params.H"} if tying == "layer_wise" else set())
    assert {row.argument for row in report.rows} == learned
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_a_forgotten_tie_is_seen():
    model, params, stories = example()

    def forgets_the_output(dlogits, cache):
        gradients = model.backward(dlogits, cache)
        q = cache[-3][-1]
        E = gradients.E.copy()
        E[-1] -= dlogits.T @ q
        return gradients._replace(E=E)

    report = check_gradients(model.forward, forgets_the_output, params, stories=stories)
    assert {row.argument for row in report.rows if not row.ok} == {"params.E"}


def test_float32_stays_and_large_scores_are_finite():
    model, params, stories = example(np.float32)
    params = MemN2NParams(*(array * np.float32(100) for array in params))
    logits, alpha, cache = model.forward(params, stories)
    for array in (logits, alpha, *model.backward(np.ones_like(logits), cache)):
        assert array.dtype == np.float32 and np.isfinite(array).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p, s: (p, s._replace(S=s.S[..., :3])), r"MemN2N: Q has shape \(3, 10\), should be .*\(3, 3\)"),
        (
            lambda p, s: (p, s._replace(S=s.S[..., :3], Q=s.Q[:, :3])),
            r"S has shape \(3, 6, 3\), should be \(3, 6, 10\)",
        ),
        (lambda p, s: (p, s._replace(occupied=s.occupied[:, :5])), r"MemN2N: occupied has shape \(3, 5\)"),
        (lambda p, s: (p._replace(E=p.E[:2]), s), r"MemN2N: E has shape \(2, 5, 4\), should be \(4, 5, 4\)"),
        (lambda p, s: (p._replace(H=p.T[0]), s), r"MemN2N: H has shape \(6, 4\), should be \(0, 4\)"),
    ],
)
def test_wrong_shapes_are_named(change, message):
    model, params, stories = example()
    with pytest.raises(ValueError, match=message):
        model.forward(*change(params, stories))


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match="tying is 'all', should be one of 'adjacent', 'layer_wise'"):
        MemN2N(V, N, tying="all")
    with pytest.raises(ValueError, match="hops is 0, should be an int of at least 1"):
        MemN2N(V, N, hops=0)
