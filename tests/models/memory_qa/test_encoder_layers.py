"""A layer of the encoder against multi-head attention, layer norm and GELU put together by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.attention.multi_head import multi_head_attention_forward
from nnmem.models.memory_qa.encoder_layers import (
    encoder_layer_forward,
    encoder_layer_init,
    self_attention_backward,
    self_attention_forward,
)
from nnmem.nn.gelu import gelu_forward
from nnmem.nn.layer_norm import layer_norm_forward
from nnmem.nn.tree import tree_map


def draw(rng, d=6, wide=8):
    return tree_map(lambda leaf: rng.normal(size=leaf.shape), encoder_layer_init(rng, d, wide))


@pytest.mark.parametrize("masked", [False, True])
def test_self_attention_is_multi_head_attention_with_biases(rng, masked):
    """A bias is a weight for an input that is always 1."""
    X, params, d = rng.normal(size=(2, 5, 6)), draw(rng).attention, 6
    mask = np.array([[True] * 5, [True, True, True, False, False]]) if masked else None
    X1 = np.concatenate([X, np.ones((2, 5, 1))], axis=-1)
    W = np.concatenate([params.heads.W, params.heads.b[:, None]], axis=1)
    out, alpha, _ = multi_head_attention_forward(X1, X1, X1, W[:d], W[d : 2 * d], W[2 * d :], params.output.W, 3, mask)
    Y, weights, _ = self_attention_forward(X, params, 3, mask)
    assert_allclose(Y, out + params.output.b, rtol=1e-12)
    assert_allclose(weights, alpha, rtol=1e-12, atol=1e-300)


def test_a_layer_is_its_formula(rng):
    X, params = rng.normal(size=(2, 5, 6)), draw(rng)
    attended, _, _ = self_attention_forward(X, params.attention, 2)
    A, _ = layer_norm_forward(X + attended, *params.attention_norm, eps=1e-12)
    G, _ = gelu_forward(A @ params.widen.W.T + params.widen.b)
    wanted, _ = layer_norm_forward(A + G @ params.narrow.W.T + params.narrow.b, *params.norm, eps=1e-12)
    assert_allclose(encoder_layer_forward(X, params, 2)[0], wanted, rtol=1e-10)


def test_a_masked_word_is_looked_at_by_none(rng):
    params, mask = draw(rng).attention, np.array([True, True, False])
    X = rng.normal(size=(3, 6))
    Y, alpha, cache = self_attention_forward(X, params, 2, mask)
    assert not alpha[..., 2].any()
    dY = rng.normal(size=Y.shape) * mask[:, None]
    assert not self_attention_backward(dY, cache)[0][2].any()


def test_wrong_input_is_named(rng):
    params = draw(rng).attention
    with pytest.raises(ValueError, match="self_attention_forward: num_heads is 4, should divide 6"):
        self_attention_forward(rng.normal(size=(3, 6)), params, 4)
    with pytest.raises(ValueError, match=r"heads.W has shape \(18, 6\), should be \(12, 4\)"):
        self_attention_forward(rng.normal(size=(3, 4)), params, 2)
