"""Three kinds of attention over segments: gradients, and what each can say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.segment_network import SegmentNetwork
from nnmem.nn.linear import LinearParams
from nnmem.nn.tree import tree_map


def draw(rng, attention):
    model = SegmentNetwork(3, 2, attention)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    return model, params, rng.normal(size=(4, 5, 3)), rng.normal(size=(4, 5, 2))


@pytest.mark.parametrize("attention", ["chain", "sigmoid", "softmax"])
def test_gradients(attention, rng):
    model, params, features, X = draw(rng, attention)
    report = nnmem.check_gradients(model.forward, model.backward, params, features=features, X=X)
    assert report, str(report)


def test_without_ties_the_chain_is_a_sigmoid_for_each_item(rng):
    model, params, features, X = draw(rng, "chain")
    params = params._replace(pairwise=np.zeros((2, 2)))
    y, _ = model.forward(params, features, X)
    assert_allclose(y, SegmentNetwork(3, 2, "sigmoid").forward(params, features, X)[0], rtol=1e-12)


def test_a_tie_fills_what_lies_between(rng):
    model = SegmentNetwork(1, 1)
    params = model.init(rng, np.float64)
    params = params._replace(unary=LinearParams(np.array([[-6.0], [6.0]]), np.zeros(2)), pairwise=5 * np.eye(2))
    features = np.array([-1.0, 1, 0, 0, 1, -1])[None, :, None]
    _, (*_, alpha) = model.forward(params, features, np.ones((1, 6, 1)))
    assert (alpha[0, 1:5] > 0.98).all() and (alpha[0, [0, 5]] < 0.02).all()


def test_wrong_input(rng):
    model, params, features, X = draw(rng, "chain")
    with pytest.raises(ValueError, match=r"SegmentNetwork: X has shape \(4, 4, 2\), should be"):
        model.forward(params, features, X[:, :4])
