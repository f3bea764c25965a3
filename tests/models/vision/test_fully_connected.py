"""The fully connected network against its formula."""

from numpy.testing import assert_allclose

from nnmem.models.vision.fully_connected import FullyConnected
from nnmem.nn.tree import tree_map


def test_it_is_its_formula(rng):
    model = FullyConnected(3, 12, 4)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    picture = rng.normal(size=(3, 4))
    a = picture.ravel()
    for W, b in params[:2]:
        a = [max(0, row @ a + c) for row, c in zip(W, b, strict=True)]
    assert_allclose(model.forward(params, picture)[0], params.output.W @ a + params.output.b, rtol=1e-12)
