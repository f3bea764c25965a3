"""The dynamic memory network beside its formulas, one story at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.models.memory_qa.dynamic_memory_network import DMN
from nnmem.models.memory_qa.told import Told
from nnmem.nn.tree import leaves, tree_map

MODEL = DMN(6, 5, 3, 3)


def example(dtype=np.float64, size=0.8):
    rng = np.random.default_rng(2)
    params = tree_map(lambda leaf: (size * rng.normal(size=leaf.shape)).astype(dtype), MODEL.init(rng))
    lengths = np.array([4, 2, 0])
    S = rng.normal(size=(3, 4, 6)) * (np.arange(4) < lengths[:, None])[..., None]
    return params, Told(S.astype(dtype), lengths, rng.normal(size=(3, 6)).astype(dtype))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gru(params, x, h):
    """The house's GRU: z, r and the candidate, the reset gate before the product."""
    n = len(h)
    a, u = params.W @ x + params.b, params.U[: 2 * n] @ h
    z, r = sigmoid(a[:n] + u[:n]), sigmoid(a[n : 2 * n] + u[n:])
    return (1 - z) * h + z * np.tanh(a[2 * n :] + params.U[2 * n :] @ (r * h))


def answer(params, S, question):
    """Logits and gates of one story."""
    n, d = len(S), MODEL.embedding_size
    X, q = [params.E @ s for s in S], params.E @ question
    onward, back = [np.zeros(d)], [np.zeros(d)]
    for x in X:
        onward.append(gru(params.fusion.onward, x, onward[-1]))
    for x in X[::-1]:
        back.append(gru(params.fusion.backward, x, back[-1]))
    F = [X[i] + onward[i + 1] + back[n - i] for i in range(n)]
    m, gates, g = q, [], np.zeros(n)
    for t in range(MODEL.episodes):
        scores = []
        for i, f in enumerate(F):
            z = np.concatenate([f * q, f * m, abs(f - q), abs(f - m), [g[i + 1 :].sum() - g[:i].sum()]])
            scores.append(params.gates.v @ np.tanh(params.gates.Z @ z + params.gates.b))
        g = np.exp(scores) / np.exp(scores).sum() if n else np.zeros(0)
        h = np.zeros(d)
        for f, gate in zip(F, g, strict=True):
            p = params.reading
            r = sigmoid(p.W_r @ f + p.U_r @ h + p.b_r)
            h = (1 - gate) * h + gate * np.tanh(p.W @ f + r * (p.U @ h) + p.b)
        m = np.maximum(params.M[t] @ np.concatenate([m, h, q]) + params.b[t], 0)
        gates.append(g)
    return params.answer.W @ np.concatenate([m, q]) + params.answer.b, gates


def test_logits_and_gates_are_the_formulas_in_loops():
    params, told = example()
    logits, scores, cache = MODEL.forward(params, told)
    assert scores.shape == (3, 3, 4)
    for b, n in enumerate(told.lengths):
        expected, gates = answer(params, told.S[b, :n], told.Q[b])
        assert_allclose(logits[b], expected, rtol=1e-12, atol=1e-14)
        for episode, g in zip(cache[-1], gates, strict=True):
            assert_allclose(episode.gates[b, :n], g, rtol=1e-12)
            assert not episode.gates[b, n:].any()


def test_gradients_against_every_oracle():
    params, told = example()
    report = check_gradients(MODEL.forward, MODEL.backward, params, told=told, keep=np.full((3, 4, 3), 1.3))
    assert report, report
    assert {row.argument for row in report.rows} == {name for name, _ in leaves(params, "params")}
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_padding_changes_nothing():
    params, told = example()
    wider = Told(np.concatenate([told.S, np.ones((3, 2, 6))], axis=1), told.lengths, told.Q)
    assert_allclose(MODEL.forward(params, wider)[0], MODEL.forward(params, told)[0], rtol=1e-12)


def test_what_is_dropped_is_not_read():
    params, told = example()
    keep = np.ones((3, 4, 3))
    keep[0, 1] = 0
    changed = told.S.copy()
    changed[0, 1] = 7
    one = MODEL.forward(params, told, keep)[0]
    assert_allclose(MODEL.forward(params, told._replace(S=changed), keep)[0], one)
    assert np.abs(MODEL.forward(params, told)[0] - one).max() > 1e-6


def test_a_question_before_any_fact_is_answered_from_itself_alone():
    params, told = example()
    logits, _, _ = MODEL.forward(params, told)
    assert_allclose(logits[2], answer(params, [], told.Q[2])[0])


def test_float32_stays_and_large_scores_are_finite():
    params, told = example(np.float32, 50)
    logits, scores, cache = MODEL.forward(params, told)
    for _, array in leaves((logits, scores, MODEL.backward(logits, scores, cache))):
        assert array.dtype == np.float32 and np.isfinite(array).all()


def test_nan_is_not_lost():
    params, told = example()
    S = told.S.copy()
    S[1, 0, 2] = np.nan
    logits, _, _ = MODEL.forward(params, told._replace(S=S))
    assert np.isnan(logits).all(axis=1).tolist() == [False, True, False]


def test_wrong_input_is_named():
    params, told = example()
    with pytest.raises(ValueError, match=r"DMN: S has shape \(3, 4, 5\), should be \(3, 4, 6\)"):
        MODEL.forward(params, told._replace(S=told.S[..., :5], Q=told.Q[:, :5]))
    with pytest.raises(ValueError, match="DMN: lengths has the entry 5, should be in 0 to 4"):
        MODEL.forward(params, told._replace(lengths=[4, 5, 1]))
    with pytest.raises(ValueError, match="DMN: episodes is 0, should be an int of at least 1"):
        DMN(6, 5, 0)
