"""The document network: gradients in both forms, padding, and what its parts are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.document_network import DocumentNetwork
from nnmem.nn.tree import tree_map

LENGTHS = np.array([[2, 4, 1], [3, 3, 4]])


def draw(rng, values):
    model = DocumentNetwork(9, 3, embedding_size=3, hidden_size=2, values=values)
    return model, tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng)), rng.integers(0, 9, (2, 3, 4))


@pytest.mark.parametrize("values", ["states", "embeddings"])
def test_gradients(values, rng):
    model, params, words = draw(rng, values)
    report = nnmem.check_gradients(model.forward, model.backward, params, words=words, lengths=LENGTHS)
    assert report, str(report)


@pytest.mark.parametrize("values", ["states", "embeddings"])
def test_what_stands_in_the_padding_does_not_matter(values, rng):
    model, params, words = draw(rng, values)
    logits, (*_, alpha, _) = model.forward(params, words, LENGTHS)
    padded = np.arange(4) >= LENGTHS[..., None]
    other = np.where(padded, (words + 1) % 9, words)
    assert_allclose(model.forward(params, other, LENGTHS)[0], logits, rtol=1e-12)
    assert not alpha[padded].any() and np.allclose(alpha.sum(axis=-1), 1)


def test_with_embeddings_the_document_is_an_average_of_words(rng):
    model, params, words = draw(rng, "embeddings")
    logits, (*_, alpha, beta) = model.forward(params, words, LENGTHS)
    document = np.einsum("bs,bsn,bsne->be", beta, alpha, params.embedding[words])
    assert_allclose(logits, document @ params.output.W.T + params.output.b, rtol=1e-11)


@pytest.mark.parametrize(
    ("words", "lengths", "message"),
    [
        (np.zeros((2, 0, 4), int), None, r"words has shape \(2, 0, 4\), should be \(B, S, N\), each at least 1"),
        (np.full((2, 3, 4), 9), None, "words has the entry 9, should be in 0 to 8"),
        (np.zeros((2, 3, 4), int), np.zeros((2, 3), int), "lengths has the entry 0, should be in 1 to 4"),
        (np.zeros((2, 3, 4), int), np.ones(2, int), r"lengths has shape \(2,\), should be \(B, S\) = \(2, 3\)"),
    ],
)
def test_wrong_input(words, lengths, message, rng):
    model, params, _ = draw(rng, "states")
    with pytest.raises(ValueError, match=message):
        model.forward(params, words, lengths)


@pytest.mark.parametrize("values", ["states", "embeddings"])
def test_at_first_all_weights_are_even(values, rng):
    model, _, words = draw(rng, values)
    _, (*_, alpha, beta) = model.forward(model.init(rng), words, LENGTHS)
    assert_allclose(alpha, (np.arange(4) < LENGTHS[..., None]) / LENGTHS[..., None], rtol=1e-6)
    assert_allclose(beta, 1 / 3, rtol=1e-6)
