"""Every score function against its formula, written out in loops over single numbers."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


def score_of(name, x, q, *params):
    if name == "additive":
        W, U, v = params
        hidden = [math.tanh(sum(W[k] * x) + sum(U[k] * q)) for k in range(len(v))]
        return sum(v[k] * hidden[k] for k in range(len(v)))
    if name == "bilinear":
        (W,) = params
        return sum(x[i] * W[i, j] * q[j] for i in range(len(x)) for j in range(len(q)))
    return sum(x[i] * q[i] for i in range(len(x))) / (math.sqrt(len(x)) if name == "scaled_dot" else 1)


@pytest.mark.parametrize("name", ["additive", "dot", "scaled_dot", "bilinear"])
@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_scores(name, batch):
    [example] = examples(f"{name}_score", batches=(batch,))
    X, q, *params = example.args
    scores, _ = getattr(nnmem, f"{name}_score_forward")(X, q, *params)
    assert scores.shape == (*batch, 7)
    for b in np.ndindex(batch):
        assert_allclose(scores[b], [score_of(name, x, q[b], *params) for x in X[b]], rtol=1e-13)


def test_a_scaled_gradient_that_fits_though_the_plain_one_does_not():
    X, q = np.full((1, 4), 1.5e308), np.ones(4)
    with np.errstate(over="raise"):
        _, cache = nnmem.scaled_dot_score_forward(X, 1e-10 * q)
        assert_allclose(nnmem.scaled_dot_score_backward(np.array([1.5]), cache)[1], np.full(4, 1.125e308))
