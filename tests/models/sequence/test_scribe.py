"""The network that writes: steps, gradients, and what it does when it writes by itself."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.reading import READINGS
from nnmem.models.sequence.scribe import Scribe
from nnmem.nn.losses import sigmoid
from nnmem.nn.mixture_density import sample_movement
from nnmem.nn.tree import leaves, tree_map


def draw(rng, reading="window"):
    model = Scribe(symbols=4, hidden_size=5, curves=2, components=2, reading=reading)
    params = tree_map(lambda leaf: leaf + 0.3 * rng.normal(size=leaf.shape), model.init(rng, np.float64))
    C = np.eye(4)[rng.integers(0, 4, (3, 3))]
    C[1, 2] = 0
    return model, params, rng.normal(size=(4, 3, 3)), C


@pytest.mark.parametrize("reading", READINGS)
def test_gradients(reading, rng):
    model, params, strokes, C = draw(rng, reading)
    report = nnmem.check_gradients(model.forward, model.backward, params, strokes=strokes, C=C)
    assert report, str(report)


def test_it_is_the_papers_equations(rng):
    model, params, strokes, C = draw(rng)
    Y, (*_, looks) = model.forward(params, strokes, C)
    for i in range(3):
        h, c, kappa, w = np.zeros(5), np.zeros(5), np.zeros(2), np.zeros(4)
        for t in range(4):
            x = np.concatenate([strokes[t - 1, i] if t else np.zeros(3), w])
            o, into, forget, g = np.split(params.lstm.W_x @ x + params.lstm.W_h @ h + params.lstm.b, 4)
            c = sigmoid(forget) * c + sigmoid(into) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            alpha, beta, step = np.split(np.exp(params.reading.W @ h + params.reading.b), 3)
            kappa = kappa + step
            phi = np.array([sum(alpha * np.exp(-beta * (kappa - u) ** 2)) for u in (1, 2, 3)])
            w = phi @ C[i]
            assert_allclose(looks[t, i], phi, rtol=1e-11)
            assert_allclose(Y[t, i], params.output.W @ np.concatenate([h, w]) + params.output.b, rtol=1e-11)


def test_the_batch_and_the_padding_do_not_matter(rng):
    model, params, strokes, C = draw(rng)
    Y, _ = model.forward(params, strokes, C)
    alone, _ = model.forward(params, strokes[:, 1:2], C[1:2, :2])
    assert_allclose(alone[:, 0], Y[:, 1], rtol=1e-12)


@pytest.mark.parametrize("pen", [50, -50])
def test_it_stops_where_it_rests_on_the_last_symbol_whether_the_pen_is_up_or_not(pen, rng):
    model, params, _, C = draw(rng)
    bias = params.output.b.copy()
    bias[:] = 0
    bias[0] = pen  # its logit of being lifted
    bias[7:11] = -50  # and does not move
    still = params._replace(output=params.output._replace(W=np.zeros_like(params.output.W), b=bias))
    window = params.reading._replace(W=np.zeros_like(params.reading.W), b=np.log([1, 1, 4, 4, 0.5, 0.5]))
    strokes, lengths, looks = model.write(still._replace(reading=window), C[:1], rng, 20)
    assert lengths[0] == 6  # half a letter a step: nearest to the third and last from 2.5 + on
    assert looks[5, 0].argmax() == 2 and looks[3, 0].argmax() == 1 and len(strokes) == 6


@pytest.mark.parametrize("bias", [0.0, 1.5])
def test_what_is_written_is_drawn_from_what_is_expected_after_it(bias, rng, monkeypatch):
    """The movements, read with teacher forcing, give the distributions they were drawn from, and say where it ends."""
    monkeypatch.setattr("nnmem.models.sequence.scribe.RESTING", 0.8)
    model, params, _, C = draw(rng)
    onward = params.reading._replace(W=0.3 * params.reading.W, b=np.log([1, 1, 4, 4, 0.4, 0.4]))
    params = params._replace(reading=onward)
    C = np.concatenate([C, C, C])
    strokes, lengths, looks = model.write(params, C, np.random.default_rng(4), 12, bias)
    Y, (*_, expected) = model.forward(params, strokes, C)
    assert_allclose(looks, expected, rtol=1e-10)
    same = np.random.default_rng(4)
    for y, stroke in zip(Y, strokes, strict=True):
        assert_allclose(sample_movement(y, same, bias), stroke, rtol=1e-9)
    for i in range(9):
        last = max(u for u in range(3) if C[i, u].any())
        ends = [
            t + 1
            for t in range(len(strokes))
            if max(abs(strokes[t, i, 0]), abs(strokes[t, i, 1])) < 0.8 and looks[t, i].argmax() == last
        ]
        assert lengths[i] == min([*ends, 12])
    assert len(set(lengths.tolist())) > 1 and len(strokes) == lengths.max()


def test_a_hand_that_never_rests_is_stopped_at_the_limit(rng):
    model, params, _, C = draw(rng)
    restless = params._replace(output=params.output._replace(b=params.output.b + 5))
    strokes, lengths, _ = model.write(restless, C, rng, 7)
    assert (lengths == 7).all() and strokes.shape == (7, 3, 3)


def test_float32_stays(rng):
    model = Scribe(4, 5, 2, 2)
    params = model.init(rng)
    Y, cache = model.forward(params, np.ones((4, 3, 3), np.float32), np.ones((3, 2, 4), np.float32))
    grads = model.backward(Y, cache)
    assert Y.dtype == np.float32 and all(leaf.dtype == np.float32 for _, leaf in leaves(grads))


def test_nan_stays_in_the_word_that_has_it(rng):
    model, params, strokes, C = draw(rng)
    strokes[1, 0] = np.nan
    Y, _ = model.forward(params, strokes, C)
    assert np.isfinite(Y[:2, 0]).all() and np.isnan(Y[2:, 0]).all() and np.isfinite(Y[:, 1:]).all()


def test_no_movements_give_no_gradients(rng):
    model, params, strokes, C = draw(rng)
    Y, cache = model.forward(params, strokes[:0], C)
    assert Y.shape == (0, 3, 13) and not any(leaf.any() for _, leaf in leaves(model.backward(Y, cache)))


@pytest.mark.parametrize(
    ("shape", "limit", "message"),
    [
        ((3, 0, 4), 5, r"C has shape \(3, 0, 4\), should be \(B, U, 4\) with U at least 1"),
        ((3, 2, 5), 5, r"C has shape \(3, 2, 5\), should be \(B, U, 4\)"),
        ((2, 4), 5, r"C has shape \(2, 4\)"),
        ((3, 2, 4), 0, "limit is 0, should be an int of at least 1"),
    ],
)
def test_what_cannot_be_written(shape, limit, message, rng):
    model, params, _, _ = draw(rng)
    with pytest.raises(ValueError, match=message):
        model.write(params, np.ones(shape), rng, limit)


@pytest.mark.parametrize(
    ("strokes", "C", "message"),
    [
        (np.zeros((4, 3, 2)), np.zeros((3, 3, 4)), r"strokes has shape \(4, 3, 2\)"),
        (np.zeros((4, 3, 3)), np.zeros((2, 3, 4)), r"C has shape \(2, 3, 4\)"),
        (np.zeros((4, 3, 3)), np.zeros((3, 0, 4)), r"should be \(B, U, 4\) with U at least 1"),
        (np.zeros((4, 3, 3)), np.zeros((3, 3, 5)), r"should be \(B, U, 4\)"),
    ],
)
def test_wrong_input(strokes, C, message, rng):
    model, params, _, _ = draw(rng)
    with pytest.raises(ValueError, match=message):
        model.forward(params, strokes, C)
