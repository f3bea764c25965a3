"""The LSTM that answers after the last input is the one that answers at every step, read at its last."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.recurrent.lstm_reader import LSTMReader
from nnmem.nn.tree import leaves, tree_map


def test_it_is_the_last_answer_of_the_other(rng):
    model, other = LSTMReader(3, 2, 4), LSTMModel(3, 2, 4)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    X, dY = rng.normal(size=(5, 2, 3)), rng.normal(size=(2, 2))
    (Y, cache), (Ys, all_cache) = model.forward(params, X), other.forward(params, X)
    assert_allclose(Y, Ys[-1], rtol=1e-12)
    dYs = np.zeros_like(Ys)
    dYs[-1] = dY
    for (_, a), (_, b) in zip(leaves(model.backward(dY, cache)), leaves(other.backward(dYs, all_cache)), strict=True):
        assert_allclose(a, b, rtol=1e-10, atol=1e-12)
