"""Each score but the additive one is the dot product with a vector that its ``query`` makes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.attention.score_table import SCORES, find_score


@pytest.mark.parametrize("score", [name for name in SCORES if SCORES[name].query])
def test_what_is_made_of_the_query_gives_the_score_and_its_gradients(rng, score):
    X, q = rng.normal(size=(2, 7, 5)), rng.normal(size=(2, 5))
    params = (rng.normal(size=(5, 5)),) if score == "bilinear" else ()
    made, (scores, cache) = SCORES[score].query(q, *params), SCORES[score].forward(X, q, *params)
    assert_allclose(np.einsum("bnd,bd->bn", X, made), scores, rtol=1e-13)
    dscores = rng.normal(size=(2, 7))
    _, *expected = SCORES[score].backward(dscores, cache)
    gradients = SCORES[score].query_backward(np.einsum("bn,bnd->bd", dscores, X), q, *params)
    for gradient, same in zip(gradients, expected, strict=True):
        assert_allclose(gradient, same, rtol=1e-12)


def test_every_score_is_the_public_pair():
    for name, score in SCORES.items():
        assert score.forward is getattr(nnmem, f"{name}_score_forward")
        assert score.backward is getattr(nnmem, f"{name}_score_backward")


def test_an_unknown_score_lists_those_there_are():
    with pytest.raises(ValueError, match=r"f: score is 'cosine', should be one of 'additive', 'dot'"):
        find_score("f", "cosine")
