"""The IRNN against its formula, step by step."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.models.recurrent.irnn import IRNN
from nnmem.nn.tree import tree_map


def test_it_is_its_formula_in_a_loop(rng):
    model = IRNN(3, 2, 4)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    X = rng.normal(size=(5, 2, 3))
    for b in range(2):
        h = [0.0] * 4
        for x in X[:, b]:
            h = [max(0, params.W[i] @ h + params.C[i] @ x + params.b[i]) for i in range(4)]
        assert_allclose(model.forward(params, X)[0][b], params.output.W @ h + params.output.b, rtol=1e-12)


def test_its_first_weights_keep_what_comes_in(rng):
    model = IRNN(3, 2, 4)
    params = model.init(rng)
    assert_array_equal(params.W, np.eye(4))
    X = np.zeros((50, 3), np.float32)
    X[0] = 1
    now, later = (model.forward(params, part)[0] for part in (X[:1], X))
    assert_allclose(later, now, rtol=1e-5)
