"""The translator against the equations of the paper's appendix, one sentence and one step at a time."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.translator import Translator
from nnmem.nn.losses import sigmoid
from nnmem.nn.tree import leaves, tree_map

SOURCE, TARGETS, LENGTHS = np.array([[1, 5, 2, 0], [3, 3, 4, 1]]), np.array([[2, 4, 0], [1, 3, 2]]), np.array([2, 4])


def draw(rng, attention=True):
    model = Translator(6, 5, embedding_size=3, hidden_size=4, attention=attention)
    return model, tree_map(lambda leaf: 0.7 * rng.normal(size=leaf.shape), model.init(rng))


def gru(x, h, params):
    W, U, b = (np.split(part, 3) for part in params)
    z, r = (sigmoid(W[k] @ x + U[k] @ h + b[k]) for k in (0, 1))
    return (1 - z) * h + z * np.tanh(W[2] @ x + U[2] @ (r * h) + b[2])


def one_sentence(model, params, source, targets):
    """Appendix A of the paper, in loops."""
    X, n = params.source[source], model.hidden_size
    onward, backward = [np.zeros(n)], [np.zeros(n)]
    for x in X:
        onward.append(gru(x, onward[-1], params.encoder.onward))
    for x in X[::-1]:
        backward.append(gru(x, backward[-1], params.encoder.backward))
    H = np.column_stack([onward[1:], backward[:0:-1]])
    if not model.attention:
        H = np.concatenate([onward[-1], backward[-1]])[None]
    s = np.tanh(params.start.W @ backward[-1] + params.start.b)
    y, logits, alphas = params.target[0], [], []
    for word in targets:
        scores = [params.alignment.v @ np.tanh(params.alignment.W @ s + params.alignment.U @ h) for h in H]
        alpha = np.exp(scores) / np.exp(scores).sum()
        c = sum(a * h for a, h in zip(alpha, H, strict=True))
        t = (params.readout.W @ np.concatenate([s, y, c]) + params.readout.b).reshape(-1, 2).max(axis=1)
        logits.append(params.output.W @ t + params.output.b)
        alphas.append(alpha)
        s = gru(np.concatenate([y, c]), s, params.decoder)
        y = params.target[word]
    return np.array(logits), np.array(alphas)


@pytest.mark.parametrize("attention", [True, False])
def test_it_is_the_papers_equations(attention, rng):
    model, params = draw(rng, attention)
    logits, _ = model.forward(params, SOURCE, TARGETS, LENGTHS)
    for b, n in enumerate(LENGTHS):
        expected, _ = one_sentence(model, params, SOURCE[b, :n], TARGETS[b])
        assert_allclose(logits[b], expected, rtol=1e-11)


def test_what_stands_in_the_padding_does_not_matter(rng):
    model, params = draw(rng)
    other = SOURCE.copy()
    other[0, 2:] = 5
    one, _ = model.forward(params, SOURCE, TARGETS, LENGTHS)
    assert_allclose(model.forward(params, other, TARGETS, LENGTHS)[0], one, rtol=1e-13)


def test_in_float64_the_gradients_agree_with_every_oracle(rng):
    model, params = draw(rng)
    report = nnmem.check_gradients(
        model.forward, model.backward, params, source=SOURCE, targets=TARGETS, lengths=LENGTHS
    )
    assert report, str(report)


def test_float32_stays(rng):
    model = Translator(6, 5, embedding_size=3, hidden_size=4)
    params = model.init(rng)
    logits, cache = model.forward(params, SOURCE, TARGETS, LENGTHS)
    grads = model.backward(logits, cache)
    assert logits.dtype == np.float32 and all(leaf.dtype == np.float32 for _, leaf in leaves(grads))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": np.zeros((2, 0), int)}, r"source has shape \(2, 0\), should be \(B, N\) with N at least 1"),
        ({"source": np.array([[1, 9, 2, 0]] * 2)}, "source has the entry 9, should be in 0 to 5"),
        ({"lengths": [0, 3]}, "lengths has the entry 0, should be in 1 to 4"),
        ({"targets": np.array([[1, 7, 0]] * 2)}, "targets has the entry 7, should be in 0 to 4"),
        ({"targets": np.array([[1, 2]])}, r"targets has shape \(1, 2\), should be \(B, m\) = \(2, m\)"),
    ],
)
def test_wrong_input(change, message, rng):
    model, params = draw(rng)
    with pytest.raises(ValueError, match=message):
        model.forward(params, **{"source": SOURCE, "targets": TARGETS, "lengths": LENGTHS, **change})
