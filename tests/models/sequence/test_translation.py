"""Decoding agrees with the forward: the same likelihoods, the same alignment, and a beam that finds no worse."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.sequence.translation import translate
from nnmem.models.sequence.translator import Translator
from nnmem.nn.losses import cross_entropy_forward
from nnmem.nn.tree import tree_map

SOURCE, LENGTHS = np.array([[1, 5, 2, 0], [3, 3, 4, 1]]), np.array([2, 4])


def draw(rng, attention=True):
    model = Translator(6, 5, embedding_size=3, hidden_size=4, attention=attention)
    return model, tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))


@pytest.mark.parametrize("attention", [True, False])
def test_teacher_forcing_gives_the_likelihood_of_the_forward(attention, rng):
    model, params = draw(rng, attention)
    targets = np.array([[2, 4, 1], [1, 3, 2]])
    found = translate(model, params, SOURCE, LENGTHS, targets=targets)
    logits, cache = model.forward(params, SOURCE, targets, LENGTHS)
    losses, _ = cross_entropy_forward(logits, targets)
    assert_allclose(found.log_likelihood, -losses.sum(axis=1), rtol=1e-11)
    if attention:
        looks = cache[5]
        assert_allclose(found.seen, looks.alpha.swapaxes(0, 1), rtol=1e-11)
        assert not found.seen[0, :, 2:].any()


def test_what_is_written_has_the_likelihood_that_is_said(rng):
    model, params = draw(rng)
    for beam in (1, 3):
        found = translate(model, params, SOURCE, LENGTHS, limit=5, beam=beam)
        for b, n in enumerate(LENGTHS):
            words = found.indices[b, : found.lengths[b]]
            ended = np.append(words, 0) if len(words) < 5 else words
            logits, _ = model.forward(params, SOURCE[b : b + 1, :n], ended[None])
            assert_allclose(found.log_likelihood[b], -cross_entropy_forward(logits, ended[None])[0].sum(), rtol=1e-11)


def test_a_wide_beam_is_never_worse_than_greedy(rng):
    for _ in range(10):
        model, params = draw(rng)
        scores = [translate(model, params, SOURCE, limit=4, beam=beam).log_likelihood for beam in (1, 600)]
        assert (scores[1] >= scores[0] - 1e-12).all()


def test_a_longer_source_than_any_before_works(rng):
    model, params = draw(rng)
    found = translate(model, params, rng.integers(0, 6, (1, 300)), limit=3)
    assert found.seen.shape[2] == 300 and np.isfinite(found.log_likelihood).all()


def test_wrong_input(rng):
    model, params = draw(rng)
    with pytest.raises(ValueError, match="beam is 0, should be at least 1"):
        translate(model, params, SOURCE, beam=0)
    with pytest.raises(ValueError, match=r"should be \(B, N\) with N at least 1"):
        translate(model, params, SOURCE[:, :0])
    with pytest.raises(ValueError, match="translate: limit is -1, should be an int of at least 0"):
        translate(model, params, SOURCE, limit=-1)
    with pytest.raises(ValueError, match="translate: targets has the entry 9, should be in -1 to 4"):
        translate(model, params, SOURCE, targets=[[9, 0]] * len(SOURCE))
    with pytest.raises(ValueError, match=r"translate: targets has shape \(1, 2\), should be \(B, m\)"):
        translate(model, params, SOURCE, targets=[[1, 0]])


def test_nothing_is_written_where_nothing_may_be(rng):
    model, params = draw(rng)
    found = translate(model, params, SOURCE, limit=0)
    assert found.indices.shape == (len(SOURCE), 0) and not found.lengths.any() and not found.log_likelihood.any()


@pytest.mark.parametrize("beam", [1, 3])
def test_nan_stays_in_the_sentence_that_has_it(beam, rng):
    model, params = draw(rng)
    params.source[1] = np.nan
    found = translate(model, params, np.array([[1, 2, 2], [2, 3, 2]]), limit=4, beam=beam)
    assert np.isnan(found.log_likelihood[0]) and np.isfinite(found.log_likelihood[1])
    alone = translate(model, params, np.array([[2, 3, 2]]), limit=4, beam=beam)
    assert alone.lengths[0] == found.lengths[1]
    np.testing.assert_allclose(alone.log_likelihood[0], found.log_likelihood[1], rtol=1e-5)
