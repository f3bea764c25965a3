"""The fast-weights network against the paper's loop, which forms A at every step."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.nn.tree import leaves, tree_map


def random(model, rng):
    return tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))


def normalised(z, norm):
    return norm.gain * (z - z.mean()) / np.sqrt(((z - z.mean()) ** 2).mean() + 1e-5) + norm.bias


def by_forming_a(model, params, X):
    """One sequence, the paper's equations with A as a matrix."""
    d = model.hidden_size
    A, h = np.zeros((d, d)), np.zeros(d)
    for x in X:
        A = model.decay * A + model.rate * np.outer(h, h)
        z = params.W @ h + params.C @ x + params.b
        h = np.tanh(normalised(z, params.first) if model.normalise else z)
        for _ in range(model.inner_steps):
            s = z + A @ h
            h = np.tanh(normalised(s, params.inner) if model.normalise else s)
    return params.output.W @ h + params.output.b


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("normalise", [True, False])
@pytest.mark.parametrize("decay", [0.9, 1.0])
def test_it_is_the_loop_that_forms_a(rng, steps, normalise, decay):
    model = FastWeightsNetwork(3, 2, 4, decay, rate=0.6, inner_steps=steps, normalise=normalise)
    params, X = random(model, rng), rng.normal(size=(6, 5, 3))
    Y, _ = model.forward(params, X)
    for b in range(5):
        assert_allclose(Y[b], by_forming_a(model, params, X[:, b]), rtol=1e-9)
    assert_allclose(model.forward(params, X[:, 2])[0], Y[2], rtol=1e-12)


def test_without_inner_steps_nothing_is_remembered_but_by_slow_weights(rng):
    model = FastWeightsNetwork(3, 2, 4, inner_steps=0)
    params, X = random(model, rng)._replace(W=np.zeros((4, 4))), rng.normal(size=(5, 3))
    other = X.copy()
    other[:-1] += 1
    assert_allclose(model.forward(params, X)[0], model.forward(params, other)[0])
    looking = FastWeightsNetwork(3, 2, 4, inner_steps=1)
    assert abs(looking.forward(params, X)[0] - looking.forward(params, other)[0]).max() > 1e-3


def test_float32_stays(rng):
    model = FastWeightsNetwork(3, 2, 4)
    params = model.init(rng)
    Y, cache = model.forward(params, rng.normal(size=(5, 2, 3)).astype(np.float32))
    grads, dX = model.backward(Y, cache)
    assert {Y.dtype, dX.dtype, *(leaf.dtype for _, leaf in leaves((params, grads)))} == {np.dtype(np.float32)}


@pytest.mark.parametrize("decay", [-0.1, 1.1, float("nan")])
def test_a_decay_that_is_none_is_refused(rng, decay):
    model = FastWeightsNetwork(3, 2, 4, decay)
    with pytest.raises(ValueError, match=r"decay is .*, should be"):
        model.forward(model.init(rng), np.ones((3, 2, 3), np.float32))
