"""The fully connected network against its formula."""

import numpy as np
import pytest
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


@pytest.mark.parametrize("shape", [(2, 3, 3), (2, 3, 4, 2), (12,)])
def test_a_picture_of_another_size_or_with_colours_is_named(shape, rng):
    model = FullyConnected(3, 12, 4)
    message = rf"pictures has shape \({', '.join(map(str, shape))},?\), should be \(\.\.\., H, W\) with H W = 12"
    with pytest.raises(ValueError, match=message):
        model.forward(model.init(rng), np.zeros(shape))
