"""What holds for attention whatever the numbers: properties over generated inputs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

import nnmem

numbers = st.floats(-1e4, 1e4, allow_nan=False, width=32)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 5))


@st.composite
def memories(draw):
    batch, N, d = draw(sizes)
    X = draw(arrays(np.float64, (batch, N, d), elements=st.floats(-5, 5)))
    q = draw(arrays(np.float64, (batch, d), elements=st.floats(-5, 5)))
    mask = draw(arrays(np.bool_, (batch, N)))
    return X, q, mask, draw(st.permutations(range(N)))


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=numbers))
def test_weights_are_a_distribution(scores):
    alpha, _ = nnmem.attention_distribution_forward(scores)
    assert (alpha >= 0).all()
    assert_allclose(alpha.sum(axis=-1), 1, rtol=1e-12)
    assert (alpha[np.arange(len(scores)), scores.argmax(-1)] == alpha.max(-1)).all()


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=st.floats(-30, 30)), numbers)
def test_a_constant_added_to_all_scores_changes_nothing(scores, constant):
    alpha, cache = nnmem.attention_distribution_forward(scores)
    shifted, _ = nnmem.attention_distribution_forward(scores + constant)
    assert_allclose(shifted, alpha, rtol=1e-10, atol=1e-14)
    ds = nnmem.attention_distribution_backward(np.cos(scores), cache)
    assert_allclose(ds.sum(axis=-1), 0, atol=1e-14)


@settings(deadline=None)
@given(memories())
def test_permuting_the_memory_permutes_the_weights_alone(case):
    X, q, mask, order = case
    r, alpha, cache = nnmem.soft_attention_forward(X, q, mask=mask)
    r2, alpha2, cache2 = nnmem.soft_attention_forward(X[:, order], q, mask=mask[:, order])
    assert_allclose(alpha2, alpha[:, order], rtol=1e-9, atol=1e-12)
    assert_allclose(r2, r, rtol=1e-9, atol=1e-9)
    dr = np.cos(np.arange(r.size)).reshape(r.shape)
    dX, dq = nnmem.soft_attention_backward(dr, cache)
    dX2, dq2 = nnmem.soft_attention_backward(dr, cache2)
    assert_allclose(dX2, dX[:, order], rtol=1e-7, atol=1e-8)
    assert_allclose(dq2, dq, rtol=1e-7, atol=1e-7)


@settings(deadline=None)
@given(memories())
def test_what_is_masked_might_as_well_not_be_there(case):
    X, q, mask, _ = case
    r, alpha, cache = nnmem.soft_attention_forward(X, q, mask=mask)
    assert not alpha[~mask].any()
    for b in range(len(X)):
        kept = mask[b]
        r_b, alpha_b, _ = nnmem.soft_attention_forward(X[b, kept], q[b])
        assert_allclose(alpha[b, kept], alpha_b, rtol=1e-9, atol=1e-12)
        assert_allclose(r[b], r_b, rtol=1e-9, atol=1e-9)
    dX, _ = nnmem.soft_attention_backward(np.ones_like(r) * 2, cache)
    assert not dX[~mask].any()


@settings(deadline=None)
@given(memories())
def test_the_result_is_inside_the_memory(case):
    X, q, _, _ = case
    r, _, _ = nnmem.soft_attention_forward(X, q)
    assert (r <= X.max(axis=1) + 1e-9).all() and (r >= X.min(axis=1) - 1e-9).all()


@settings(deadline=None)
@given(memories())
def test_cold_soft_attention_is_hard_attention(case):
    X, q, _, _ = case
    scores, _ = nnmem.dot_score_forward(X, q)
    best = np.sort(scores, axis=-1)
    if X.shape[1] > 1 and (best[:, -1] - best[:, -2] < 1e-3).any():
        return
    alpha, _ = nnmem.attention_distribution_forward(scores * 1e6)
    soft, _ = nnmem.weighted_sum_forward(alpha, X)
    hard, _ = nnmem.hard_attention_forward(X, alpha)
    assert_allclose(soft, hard, atol=1e-9)
