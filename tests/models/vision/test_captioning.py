"""Captions written word after word: greedily each word is the best after those before it, whatever attention is."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.attention.hard import sampled_attention_forward
from nnmem.models.vision.captioner import Captioner
from nnmem.models.vision.captioning import write_captions
from nnmem.nn.lstm_cell import lstm_cell_forward
from nnmem.nn.tree import tree_map

MODEL = Captioner(5, 3, embedding_size=2, hidden_size=4, alignment_size=6)


def draw(rng, B=6):
    params = tree_map(lambda leaf: 1.5 * rng.normal(size=leaf.shape), MODEL.init(rng))
    return params, rng.normal(size=(B, 7, 3))


def test_greedy_words_are_the_best_ones_under_teacher_forcing(rng):
    params, X = draw(rng)
    found = write_captions(MODEL, params, X, 8)
    read = np.maximum(found.indices, 0)
    logits, log_alpha, _ = MODEL.forward(params, X, read)
    for b, n in enumerate(found.lengths):
        best = logits[b].argmax(axis=-1)
        assert (best[:n] == found.indices[b, :n]).all() and (n == found.indices.shape[1] or best[n] == 0)
        assert_allclose(found.seen[b, :n], np.exp(log_alpha[b, :n]), rtol=1e-10)


def test_sharp_weights_make_all_kinds_of_attention_one(rng):
    params, X = draw(rng)
    alignment = params.alignment._replace(v=1e4 * params.alignment.v)
    sharp = params._replace(alignment=alignment)
    kinds = [write_captions(MODEL, sharp, X, 6, attention, rng).indices for attention in ("soft", "argmax", "sampled")]
    assert (kinds[0] == kinds[1]).all() and (kinds[0] == kinds[2]).all()
    other = write_captions(MODEL, params, X, 6, "argmax")
    assert not np.allclose(other.seen[:, 1], write_captions(MODEL, params, X, 6).seen[:, 1])


@pytest.mark.parametrize("attention", ["soft", "argmax", "sampled"])
def test_every_kind_is_its_steps_one_behind_the_other(attention, rng):
    """One picture at a time in loops: what is seen, the gate, the LSTM, and the most probable word."""
    params, X = draw(rng, B=1)
    drawn, same = np.random.default_rng(7), np.random.default_rng(7)
    found = write_captions(MODEL, params, X, 6, attention, drawn if attention == "sampled" else None)
    h, c, _ = MODEL.start(params, X)
    word, total = 0, 0.0
    for i in range(6):
        y = params.words[word]
        keys = X[0] @ params.alignment.U.T
        scores = np.tanh(keys + params.alignment.W @ h[0]) @ params.alignment.v
        alpha = np.exp(scores) / np.exp(scores).sum()
        assert_allclose(found.seen[0, i], alpha, rtol=1e-9)
        context = {
            "soft": lambda alpha=alpha: alpha @ X[0],
            "argmax": lambda alpha=alpha: X[0, alpha.argmax()],
            "sampled": lambda alpha=alpha: sampled_attention_forward(X, alpha[None], same)[0][0],
        }[attention]()
        z = context / (1 + np.exp(-(params.gate.W @ h[0] + params.gate.b)))
        gates = params.lstm.W_x @ np.concatenate([y, z]) + params.lstm.W_h @ h[0] + params.lstm.b
        h, c, _ = lstm_cell_forward(gates[None], c)
        logits = params.output.W @ np.concatenate([h[0], y, z]) + params.output.b
        total += logits.max() - np.log(np.exp(logits).sum())
        word = int(logits.argmax())
        if word == 0:
            break
        assert found.indices[0, i] == word
    assert found.lengths[0] == (i if word == 0 else 6)
    assert_allclose(found.log_likelihood[0], total, rtol=1e-9)


def test_a_beam_finds_what_is_at_least_as_probable(rng):
    params, X = draw(rng)
    greedy, wide = (write_captions(MODEL, params, X, 5, beam=beam).log_likelihood for beam in (1, 4))
    assert (wide >= greedy - 1e-12).all()


def test_wrong_input(rng):
    params, X = draw(rng)
    with pytest.raises(ValueError, match="attention is 'hard', should be one of 'soft', 'argmax', 'sampled'"):
        write_captions(MODEL, params, X, 5, "hard")
    with pytest.raises(TypeError, match="rng is None, should be"):
        write_captions(MODEL, params, X, 5, "sampled")
    with pytest.raises(ValueError, match=r"X has shape \(7, 3\), should be \(B, N, d\)"):
        write_captions(MODEL, params, X[0], 5)
    for shape in ((2, 0, 3), (2, 7, 4)):
        message = (
            rf"write_captions: X has shape \({', '.join(map(str, shape))}\), should be \(B, N, 3\) with N at least 1"
        )
        with pytest.raises(ValueError, match=message):
            write_captions(MODEL, params, np.zeros(shape), 5)
    for limit in (0, -1):
        with pytest.raises(ValueError, match=f"limit is {limit}, should be an int of at least 1"):
            write_captions(MODEL, params, X, limit)


def test_a_caption_may_have_one_word(rng):
    params, X = draw(rng)
    found = write_captions(MODEL, params, X, 1)
    assert found.indices.shape[1] <= 1 and found.seen.shape[1] == 1
