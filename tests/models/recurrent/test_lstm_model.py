"""The model without a memory: gradients, its step written out, and a size that is like another's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.lstm import LSTMState, lstm_step_forward
from nnmem.nn.tree import leaves, tree_map


def example(rng):
    model = LSTMModel(3, 2, 4)
    return model, tree_map(lambda a: rng.normal(size=a.shape), model.init(rng)), rng.normal(size=(5, 2, 3))


def test_gradients(rng):
    model, params, X = example(rng)
    report = nnmem.check_gradients(model.forward, model.backward, params, X)
    assert report, report


def test_it_is_a_loop_of_steps_and_a_linear_layer(rng):
    model, params, X = example(rng)
    Y, _ = model.forward(params, X)
    state = LSTMState(np.zeros((2, 4)), np.zeros((2, 4)))
    for x, y in zip(X, Y, strict=True):
        state, _ = lstm_step_forward(x, state, params.lstm)
        assert_allclose(y, state.h @ params.W.T + params.b, rtol=1e-12)


@pytest.mark.parametrize("hidden", [10, 100])
def test_it_has_as_many_parameters_as_another_or_just_fewer(rng, hidden):
    def size(model):
        return sum(leaf.size for _, leaf in leaves(model.init(rng)))

    other = NTM(input_size=10, output_size=8, hidden_size=hidden)
    like = LSTMModel.like(other)
    larger = LSTMModel(10, 8, like.hidden_size + 1)
    assert size(like) <= size(other) < size(larger)
