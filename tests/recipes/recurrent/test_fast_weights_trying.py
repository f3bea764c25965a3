"""A person's own sequence: answered, drawn, and refused with words where it is none."""

import numpy as np
import pytest

from nnmem import recipes
from nnmem.models.recurrent.fast_weights_network import implied_attention
from nnmem.recipes import InputError
from nnmem.recipes.recurrent import fast_weights_trying
from nnmem.tasks.associative_retrieval import SYMBOLS, places_of


@pytest.mark.parametrize(("text", "digit"), [("c9k8j3f1??k", "8"), ("J0A5S5Z2??A", "5"), ("c9 k8 j3 f1 ?? f", "1")])
def test_it_answers(text, digit):
    answer = recipes.load("fast-weights").answer(text)
    assert answer.facts["answer"] == digit and answer.facts["right"] and not answer.notices
    figure = answer.plot()
    assert figure.axes[0].get_xlabel() and len(figure.axes[0].get_xticks()) == 11


def test_the_weights_are_those_of_the_read():
    trained = recipes.load("fast-weights")
    X = np.eye(len(SYMBOLS), dtype=np.float32)[places_of("c9k8j3f1??k")]
    _, alpha = implied_attention(trained.model, trained.params, X)
    _, (_, _, H, caches, _) = trained.model.forward(trained.params, X)
    read = caches[10][1][0]  # the read's cache: states, query, strength, weights
    np.testing.assert_allclose(alpha[10, :10], read[3], rtol=1e-5)
    assert np.isnan(alpha[np.triu_indices(11)]).all() and np.isfinite(alpha[np.tril_indices(11, -1)]).all()
    assert H.shape == (12, 50)


def test_more_pairs_than_it_has_learned_from_are_noticed():
    assert recipes.load("fast-weights").answer("a1b2c3d4e5f6??a").notices == ("6 pairs: it has learned from 4",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "is no sequence; wanted: letters and digits in turn"),
        ("c9k8?k", "is no sequence"),
        ("??k", "is no sequence"),
        ("9ck8??k", "letters and digits should take turns"),
        ("c9k8??z", "the letter asked for should have come before"),
        ("c9c8??c", "no letter twice"),
        ("é9k8??k", "is no sequence"),
    ],
)
def test_what_is_no_sequence(text, message):
    with pytest.raises(InputError, match=message):
        recipes.load("fast-weights").answer(text)


def test_what_was_forgotten_most_is_as_dark_as_what_was_read_most(monkeypatch):
    alpha = np.array([[np.nan, np.nan], [-3.0, 2.0]])
    monkeypatch.setattr(fast_weights_trying, "implied_attention", lambda *_: (np.eye(10)[8], alpha))
    answer = recipes.load("fast-weights").answer("c9??c")
    assert answer.facts["answer"] == "8" and not answer.facts["right"] and "wrong, should be 9" in answer.text
    ax, bar = answer.plot().axes
    assert ax.images[0].get_clim() == (-3, 3) and bar.get_ylabel() == "implied weight (no softmax)"
    np.testing.assert_array_equal(np.ma.filled(ax.images[0].get_array(), np.nan), alpha)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == [*"c9??c"]
