"""The associative LSTM against the paper's equations in Python's own complex numbers."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.models.recurrent.associative_lstm import AssociativeLSTM
from nnmem.nn.tree import leaves, tree_map


def sigma(z):
    return 1 / (1 + math.exp(-z))


def bound(z):
    return z / max(1, abs(z))


def in_loops(model, params, X):
    """One sequence, number by number."""
    p, P, outputs = model.hidden_size // 2, model.permutations(), []
    h, c = [0j] * p, [[0j] * p for _ in P]
    for x in X:
        said = [v.real for v in h] + [v.imag for v in h]
        z = params.W_x @ x + params.W_h @ said + params.b
        f, i, o = ([sigma(v) for v in z[k * p : (k + 1) * p]] for k in range(3))
        u, write, read = ([bound(complex(z[(3 + k) * p + j], z[(6 + k) * p + j])) for j in range(p)] for k in range(3))
        c = [[f[j] * c[s][j] + write[P[s, j]] * i[j] * u[j] for j in range(p)] for s in range(len(P))]
        mean = [sum(read[P[s, j]] * c[s][j] for s in range(len(P))) / len(P) for j in range(p)]
        h = [o[j] * bound(mean[j]) for j in range(p)]
        outputs.append(params.output.W @ ([v.real for v in h] + [v.imag for v in h]) + params.output.b)
    return np.array(outputs)


@pytest.mark.parametrize("copies", [1, 3])
def test_it_is_the_paper_in_loops(rng, copies):
    model = AssociativeLSTM(3, 2, 8, copies)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    X = rng.normal(size=(5, 2, 3))
    Y, _ = model.forward(params, X)
    for b in range(2):
        assert_allclose(Y[:, b], in_loops(model, params, X[:, b]), rtol=1e-10)


def test_copies_cost_no_parameters_and_float32_stays(rng):
    model = AssociativeLSTM(3, 2, 8, 4)
    params = model.init(rng)
    assert [a.shape for _, a in leaves(params)] == [a.shape for _, a in leaves(AssociativeLSTM(3, 2, 8, 1).init(rng))]
    Y, cache = model.forward(params, rng.normal(size=(5, 2, 3)).astype(np.float32))
    grads, dX = model.backward(Y, cache)
    assert {Y.dtype, dX.dtype, *(leaf.dtype for _, leaf in leaves((params, grads)))} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((3, 2, 7), "AssociativeLSTM: hidden_size is 7, should be even"),
        ((3, 2, 0), "AssociativeLSTM: hidden_size is 0, should be even"),
        ((3, 2, 8, 0), "copies is 0, should be an int of at least 1"),
    ],
)
def test_sizes_that_do_not_fit(sizes, message):
    with pytest.raises(ValueError, match=message):
        AssociativeLSTM(*sizes)
