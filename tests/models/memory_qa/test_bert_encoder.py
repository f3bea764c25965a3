"""The encoder of BERT's architecture: padding, order, what it refuses. Its numbers are in test_bert_checkpoint.py."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.memory_qa.bert_encoder import BertEncoder
from nnmem.nn.tree import tree_map

MODEL = BertEncoder(9, 6, num_layers=2, num_heads=3, wide_size=8, longest=5)


def params(rng):
    return tree_map(lambda leaf: rng.normal(size=leaf.shape), MODEL.init(rng))


def test_padding_changes_no_word(rng):
    weights, words = params(rng), np.array([[3, 1, 4]])
    alone, _, _ = MODEL.forward(weights, words)
    X, alphas, _ = MODEL.forward(weights, np.array([[3, 1, 4, 8, 0]]), mask=np.array([[True] * 3 + [False] * 2]))
    assert_allclose(X[:, :3], alone, rtol=1e-10)
    assert all(not alpha[..., 3:].any() for alpha in alphas)
    full, _, _ = MODEL.forward(weights, words, mask=np.ones((1, 3), bool))
    assert_allclose(full, alone, rtol=0)


def test_segments_and_order_count(rng):
    weights = params(rng)
    X = MODEL.forward(weights, np.array([3, 1, 4]))[0]
    assert np.abs(X - MODEL.forward(weights, np.array([3, 1, 4]), segments=np.array([0, 0, 1]))[0]).max() > 1e-3
    assert np.abs(X[0] - MODEL.forward(weights, np.array([4, 1, 3]))[0][2]).max() > 1e-3
    assert_allclose(X, MODEL.forward(weights, np.array([3, 1, 4]), segments=np.zeros(3, int))[0])


def test_first_parameters_are_those_of_the_paper(rng):
    weights = BertEncoder(300, 64, num_layers=1, num_heads=2, wide_size=128, longest=16).init(rng)
    assert weights.words.std() == pytest.approx(0.02, rel=0.05) and weights.words.dtype == np.float32
    assert not weights.layers[0].widen.b.any() and (weights.norm.gain == 1).all()


@pytest.mark.parametrize(
    ("words", "more", "message"),
    [
        ([[9]], {}, "words has the entry 9, should be in 0 to 8"),
        ([[0] * 6], {}, r"words has shape \(1, 6\), should be \(..., L\), L 1 to 5"),
        (np.zeros((2, 0), int), {}, r"words has shape \(2, 0\)"),
        ([[1, 2]], {"segments": [[0, 2]]}, "segments has the entry 2"),
        ([[1, 2]], {"segments": [[0]]}, r"segments has shape \(1, 1\), should be \(1, 2\)"),
        ([[1, 2]], {"mask": np.ones((2, 1), bool)}, r"mask has shape \(2, 1\), should be \(1, 2\)"),
    ],
)
def test_wrong_input_is_named(rng, words, more, message):
    with pytest.raises(ValueError, match=f"BertEncoder: {message}"):
        MODEL.forward(params(rng), words, **more)


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match="BertEncoder: num_heads is 5, should divide 6"):
        BertEncoder(9, 6, num_heads=5)
    with pytest.raises(ValueError, match="BertEncoder: num_layers is 0"):
        BertEncoder(9, 6, num_layers=0, num_heads=2)
