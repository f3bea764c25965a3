"""Several queries and several heads, each against attention with one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


def cases(function):
    return [pytest.param(example, id=example.case) for example in examples(function)]


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


def test_values_beyond_the_dtype_are_flagged():
    """Scores beyond it are refused by name; what becomes of values is NumPy's to tell."""
    some, large = np.ones((2, 2)), np.full((2, 2), 1e200)
    with pytest.raises(FloatingPointError), np.errstate(over="raise"):
        nnmem.multi_head_attention_forward(some, some, large, some, some, large, some, num_heads=1)
