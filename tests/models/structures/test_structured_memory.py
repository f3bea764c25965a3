"""The controller against the same network made of formula pairs, step by step; its kinds and its first biases."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem
from nnmem.models.structures.structured_memory import READ_AT, StructuredMemory
from nnmem.nn.lstm import LSTMState, lstm_step_forward
from nnmem.nn.tree import leaves, tree_map


def sigma(z):
    return 1 / (1 + np.exp(-z))


def step_by_step(model, params, X):
    """The network of formula pairs; a queue is a deque that is never popped at the top nor pushed at the bottom."""
    n, m, ends = model.hidden_size, model.width, len(READ_AT[model.kind])
    B = X.shape[1]
    state = LSTMState(np.zeros((B, n)), np.zeros((B, n)))
    read, s, V, outputs = np.zeros((B, ends * m)), np.zeros((B, 0)), np.zeros((B, 0, m)), []
    W_x, W_fed, b = params.controller
    stacked = params.controller._replace(W_x=np.concatenate([W_x, W_fed[:, n:]], axis=1), W_h=W_fed[:, :n], b=b)
    for x in X:
        state, _ = lstm_step_forward(np.concatenate([x, read], axis=-1), state, stacked)
        a = state.h @ params.memory.W.T + params.memory.b
        u, d, v = sigma(a[:, :ends]), sigma(a[:, ends : 2 * ends]), np.tanh(a[:, 2 * ends :]).reshape(B, ends, m)
        if model.kind == "deque":
            s, _ = nnmem.deque_update_forward(s, u[:, 0], d[:, 0], u[:, 1], d[:, 1])
            V = np.concatenate([v[:, 1:], V, v[:, :1]], axis=1)
            read = np.concatenate(nnmem.deque_read_forward(V, s)[:2], axis=-1)
        else:
            s, _ = getattr(nnmem, f"{model.kind}_update_forward")(s, u[:, 0], d[:, 0])
            V = np.concatenate([V, v], axis=1)
            read, _ = getattr(nnmem, f"{model.kind}_read_forward")(V, s)
        outputs.append(np.concatenate([state.h, read], axis=-1) @ params.output.W.T + params.output.b)
    return np.array(outputs), s, V


@pytest.mark.parametrize("kind", READ_AT)
def test_it_is_the_formulas_put_together(kind, rng):
    model = StructuredMemory(3, 2, 4, 3, kind)
    params = tree_map(lambda leaf: rng.normal(size=leaf.shape), model.init(rng))
    X = rng.normal(size=(7, 2, 3))
    Y, cache = model.forward(params, X)
    expected, s, V = step_by_step(model, params, X)
    assert_allclose(Y, expected, rtol=1e-10)
    trace = model.trace(cache)
    assert_allclose(trace.strengths[-1], s, atol=1e-12)
    assert_allclose(trace.vectors, V, atol=1e-12)
    assert_allclose(trace.pushes[-1], s[:, [-1, 0]] if kind == "deque" else s[:, -1:], atol=1e-12)


@pytest.mark.parametrize("kind", READ_AT)
def test_float32_stays_and_inputs_are_left_alone(kind, rng):
    model = StructuredMemory(3, 2, 4, 3, kind)
    params, X = model.init(rng), rng.normal(size=(5, 2, 3)).astype(np.float32)
    X.flags.writeable = False
    before = tree_map(np.copy, params)
    Y, cache = model.forward(params, X)
    dY = rng.normal(size=Y.shape).astype(np.float32)
    kept = dY.copy()
    (first, dX), (again, _) = model.backward(dY, cache), model.backward(dY, cache)
    assert {Y.dtype, dX.dtype, *(leaf.dtype for _, leaf in leaves((params, first)))} == {np.dtype(np.float32)}
    for tree, same in ((params, before), (first, again), ((dY,), (kept,))):
        for (_, a), (_, b) in zip(leaves(tree), leaves(same), strict=True):
            assert_array_equal(a, b)


def test_it_starts_with_the_biases_of_its_kind(rng):
    params = StructuredMemory(3, 2, 4, 3, "deque").init(rng)
    assert_array_equal(params.memory.b, [-2, -2, 2, -4, *[0] * 6])


def test_another_kind_is_refused():
    with pytest.raises(
        ValueError, match="StructuredMemory: kind is 'heap', should be one of 'stack', 'queue', 'deque'"
    ):
        StructuredMemory(3, 2, 4, 3, "heap")
