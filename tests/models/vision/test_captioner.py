"""The writer of captions against the equations of the paper, one picture and one word at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.vision.captioner import Captioner
from nnmem.nn.losses import sigmoid
from nnmem.nn.tree import leaves, tree_map
from nnmem.study.index.expectation import Chosen

TARGETS = np.array([[2, 4, 0], [1, 3, 0]])


def draw(rng):
    model = Captioner(5, 3, embedding_size=2, hidden_size=4, alignment_size=6)
    return model, tree_map(lambda leaf: 0.7 * rng.normal(size=leaf.shape), model.init(rng)), rng.normal(size=(2, 7, 3))


def written(params, X, targets, uniform=None):
    """Logits and weights of one caption, in loops: with numbers from 0 to 1 attention is hard."""
    h, c = (np.tanh(layer.W @ X.mean(axis=0) + layer.b) for layer in (params.start_h, params.start_c))
    read, logits, alphas = 0, [], []
    W, U, v = params.alignment
    for t, word in enumerate(targets):
        z, alpha, _ = nnmem.gated_attention_forward(X, h, U, W, v, params.gate.W[0], params.gate.b)
        if uniform is not None:
            s = next(i for i in range(len(X)) if alpha[: i + 1].sum() > uniform[t])
            z = sigmoid(params.gate.W[0] @ h + params.gate.b[0]) * X[s]
        y = params.words[read]
        gates = params.lstm.W_x @ np.concatenate([y, z]) + params.lstm.W_h @ h + params.lstm.b
        o, i, f, g = np.split(gates, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        logits.append(params.output.W @ np.concatenate([h, y, z]) + params.output.b)
        alphas.append(alpha)
        read = word
    return np.array(logits), np.array(alphas)


@pytest.mark.parametrize("hard", [False, True])
def test_it_is_the_papers_equations(hard, rng):
    model, params, X = draw(rng)
    uniform = np.array([0.2, 0.7])
    logits, log_alpha, cache = model.forward(params, X, TARGETS, Chosen(uniform) if hard else None)
    assert (cache.choice is not None) == hard
    for b in range(2):
        expected, alpha = written(params, X[b], TARGETS[b], uniform[[b, b, b]] if hard else None)
        assert_allclose(logits[b], expected, rtol=1e-10)
        assert_allclose(np.exp(log_alpha[b]), alpha, rtol=1e-10)


def test_dropout_reaches_the_output_alone(rng):
    model, params, X = draw(rng)
    kept = rng.integers(0, 2, (3, 2, 4 + 2 + 3)) * 2.0
    logits, log_alpha, cache = model.forward(params, X, TARGETS, kept=kept)
    plain, same, whole = model.forward(params, X, TARGETS)
    assert_allclose(log_alpha, same)
    assert_allclose(cache.H, whole.H)
    assert not np.allclose(logits, plain)


def test_what_is_drawn_follows_the_weights(rng):
    model, params, X = draw(rng)
    pictures, words = np.repeat(X[:1], 20_000, axis=0), np.repeat(TARGETS[:1, :1], 20_000, axis=0)
    _, log_alpha, cache = model.forward(params, pictures, words, np.random.default_rng(3))
    shares = np.bincount(cache.choice[0], minlength=7) / 20_000
    assert_allclose(shares, np.exp(log_alpha[0, 0]), atol=5 * np.sqrt(0.25 / 20_000))


def test_in_float64_the_gradients_agree_with_every_oracle(rng):
    model, params, X = draw(rng)
    for options in ({}, {"chance": Chosen(np.array([0.4, 0.9]))}):
        report = nnmem.check_gradients(model.forward, model.backward, params, X, targets=TARGETS, **options)
        assert report, str(report)


def test_float32_stays_and_inputs_too(rng):
    model = Captioner(5, 3, 2, 4, 6)
    params, X = model.init(rng), rng.normal(size=(2, 7, 3)).astype(np.float32)
    X.flags.writeable = False
    logits, log_alpha, cache = model.forward(params, X, TARGETS)
    grads, dX = model.backward(logits, log_alpha, cache)
    assert logits.dtype == log_alpha.dtype == dX.dtype == np.float32
    assert all(leaf.dtype == np.float32 for _, leaf in leaves(grads))


def test_pictures_that_are_given_need_no_gradient(rng):
    model, params, X = draw(rng)
    logits, log_alpha, cache = model.forward(params, X, TARGETS)
    dlogits, dlog_alpha = rng.normal(size=logits.shape), rng.normal(size=log_alpha.shape)
    whole, dX = model.backward(dlogits, dlog_alpha, cache)
    grads, none = model.backward(dlogits, dlog_alpha, cache, of_X=False)
    assert none is None and dX.shape == X.shape
    for (_, leaf), (_, same) in zip(leaves(grads), leaves(whole), strict=True):
        assert_allclose(leaf, same)


def test_a_caption_of_one_word(rng):
    model, params, X = draw(rng)
    logits, _, cache = model.forward(params, X, TARGETS[:, :1])
    assert_allclose(logits[1], written(params, X[1], [1])[0], rtol=1e-10)
    grads, _ = model.backward(logits, np.zeros((2, 1, 7)), cache)
    assert all(np.isfinite(leaf).all() for _, leaf in leaves(grads))


@pytest.mark.parametrize(
    ("X", "targets", "message"),
    [
        (np.zeros((2, 7, 3)), np.zeros((2, 0), int), r"targets has shape \(2, 0\), .* m at least 1"),
        (np.zeros((2, 7, 3)), np.zeros((1, 3), int), r"targets has shape \(1, 3\), should be \(B, m\) = \(2, m\)"),
        (np.zeros((2, 7, 3)), np.full((2, 3), 5), "targets has the entry 5, should be in 0 to 4"),
        (np.zeros((2, 0, 3)), TARGETS, r"X has shape \(2, 0, 3\), should be \(B, N, 3\) with N at least 1"),
        (np.zeros((2, 7, 4)), TARGETS, r"X has shape \(2, 7, 4\), should be \(B, N, 3\)"),
    ],
)
def test_wrong_input(X, targets, message, rng):
    model, params, _ = draw(rng)
    with pytest.raises(ValueError, match=message):
        model.forward(params, X, targets)
