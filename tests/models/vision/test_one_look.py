"""The network of one look: its formulas in loops, and both halves of its gradient."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.models.vision.one_look import OneLook
from nnmem.nn.tree import tree_map

MODEL = OneLook(4, 3, 5)


@pytest.fixture
def params(rng):
    return tree_map(lambda leaf: rng.normal(size=leaf.shape), MODEL.init(rng))


def test_it_is_its_formulas(rng, params):
    X, w = rng.normal(size=(2, 6, 4)), rng.dirichlet(np.ones(6), 2)
    scores, _ = MODEL.scores(params, X)
    logits, _ = MODEL.answer(params, X, w)
    for b in range(2):
        for i in range(6):
            assert_allclose(scores[b, i], params.v @ np.tanh(params.hidden.W @ X[b, i] + params.hidden.b))
        r = sum(w[b, i] * X[b, i] for i in range(6))
        assert_allclose(logits[b], params.output.W @ r + params.output.b)


@pytest.mark.parametrize("batch", [(), (2,)])
def test_the_gradient_of_where_to_look(rng, params, batch):
    X = rng.normal(size=(*batch, 6, 4))

    def forward(hidden, v):
        return MODEL.scores(params._replace(hidden=hidden, v=v), X)

    report = check_gradients(forward, MODEL.scores_backward, params.hidden, params.v)
    assert report.ok, report


@pytest.mark.parametrize("batch", [(), (2,)])
def test_the_gradient_of_what_it_is(rng, params, batch):
    X, w = rng.normal(size=(*batch, 6, 4)), rng.normal(size=(*batch, 6))

    def forward(w, output):
        return MODEL.answer(params._replace(output=output), X, w)

    report = check_gradients(forward, MODEL.answer_backward, w, params.output)
    assert report.ok, report
