"""The loop over time: gradients, the formulas one by one as an oracle, wrong input."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem
from nnmem.models.turing.turing_kernels import written
from nnmem.models.turing.turing_loop import NTMState, ntm_backward, ntm_forward
from nnmem.models.turing.turing_machine import NTM
from nnmem.models.turing.turing_trace import trace
from nnmem.nn.linear import LinearParams
from nnmem.nn.losses import sigmoid
from nnmem.nn.lstm import LSTMState, lstm_step_forward
from nnmem.nn.tree import leaves, tree_map

SMALL = {"input_size": 3, "output_size": 2, "hidden_size": 4, "slots": 6, "width": 3, "memory_start": 0.3}


def small(rng, dtype=np.float64, **changes):
    """A small machine and parameters that are nowhere special."""
    model = NTM(**{**SMALL, **changes})
    params = tree_map(lambda a: (a + 0.4 * rng.normal(size=a.shape)).astype(dtype), model.init(rng, np.float64))
    return model, params


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cell_clip": 0.2},
        {"reads": 2, "writes": 2, "shift_range": 2},
        {"controller": "feedforward", "reads": 3},
        {"addressing": "content", "writes": 2},
        {"addressing": "content", "controller": "feedforward"},
    ],
)
@pytest.mark.parametrize(("T", "batch"), [(1, (2,)), (4, ())])
def test_gradients_from_the_first_state(changes, T, batch, rng):
    model, params = small(rng, **changes)
    report = nnmem.check_gradients(model.forward, model.backward, params, rng.normal(size=(T, *batch, 3)))
    assert report, str(report)
    assert any(row.argument == "params.start" for row in report.rows) and len(report.rows) % 3 == 0


def test_a_longer_sequence(rng):
    model, params = small(rng)
    X = rng.normal(size=(12, 2, 3))
    report = nnmem.check_gradients(lambda X: model.forward(params, X), lambda dY, c: model.backward(dY, c)[1], X)
    assert report, str(report)


@pytest.mark.parametrize("lstm", [True, False])
def test_the_step_is_the_composition_of_the_public_formulas(lstm, rng):
    model, params = small(rng, controller="lstm" if lstm else "feedforward", reads=2)
    X = rng.normal(size=(5, 3))
    Y, cache = model.forward(params, X)
    state = model.start(params, ())
    M, w, r, controller = state
    for x, y in zip(X, Y, strict=True):
        seen = np.concatenate([x, r.ravel()])
        if lstm:
            controller, _ = lstm_step_forward(seen, controller, params.controller)
            h = controller.h
        else:
            h = np.tanh(params.controller.W @ seen + params.controller.b)
        z = model.heads.cut(params.heads.W @ h + params.heads.b)
        new = []
        for head in range(3):
            strength, sharpness = np.log1p(np.exp([z.strength[head], z.sharpness[head]]))
            content, _ = nnmem.cosine_content_addressing_forward(M, np.tanh(z.key[head]), strength)
            gated, _ = nnmem.interpolate_forward(content, w[head], sigmoid(z.gate[head]))
            moved, _ = nnmem.shift_forward(gated, nnmem.attention_distribution_forward(z.shift[head])[0])
            new.append(nnmem.sharpen_forward(moved, 1 + sharpness)[0])
        w = np.array(new)
        r = np.array([nnmem.memory_read_forward(M, w[head])[0] for head in range(2)])
        M, _ = nnmem.memory_write_forward(M, w[2], sigmoid(z.erase[0]), np.tanh(z.add[0]))
        assert_allclose(y, params.output.W @ np.concatenate([r.ravel(), h]) + params.output.b, rtol=1e-11)
    assert_allclose(trace(cache).memory[-1], M, rtol=1e-11)


def test_content_alone_is_equation_8_22(rng):
    model, params = small(rng, addressing="content")
    _, cache = model.forward(params, rng.normal(size=(4, 2, 3)))
    seen = trace(cache)
    for t, head in np.ndindex(4, 2):
        alpha, _ = nnmem.content_addressing_forward(seen.memory[t], seen.control.key[t, :, head])
        assert_allclose(seen.weights[t, :, head], alpha, rtol=1e-12)


def test_the_order_of_writing_heads_does_not_matter(rng):
    M, W, E, A = (rng.normal(size=shape) for shape in ((5, 3), (2, 5), (2, 3), (2, 3)))
    assert_allclose(written(M, W, E, A)[0], written(M, W[::-1], E[::-1], A[::-1])[0], rtol=1e-12)


def test_a_run_in_two_halves_is_the_run(rng):
    model, params = small(rng)
    X = rng.normal(size=(6, 2, 3))
    state = model.start(params, (2,))
    whole, last, _ = ntm_forward(X, state, params, model.heads)
    first, middle, _ = ntm_forward(X[:4], state, params, model.heads)
    second, end, _ = ntm_forward(X[4:], middle, params, model.heads)
    assert_allclose(np.concatenate([first, second]), whole, rtol=1e-12)
    for (_, a), (_, b) in zip(leaves(last), leaves(end), strict=True):
        assert_allclose(a, b, rtol=1e-12)


def test_a_sequence_without_a_step_and_wrong_shapes_are_named(rng):
    model, params = small(rng)
    with pytest.raises(ValueError, match=r"ntm_forward: X has shape \(0, 2, 3\) .* at least one step"):
        model.forward(params, np.zeros((0, 2, 3)))
    with pytest.raises(ValueError, match=r"ntm_forward: the controller's first matrix has size 6, should be 7"):
        model.forward(params, np.zeros((4, 2, 4)))
    with pytest.raises(ValueError, match=r"ntm_forward: b_heads has shape \(1,\), should be "):
        model.forward(params._replace(heads=LinearParams(params.heads.W, np.zeros(1))), np.zeros((4, 2, 3)))
    state = model.start(params, (2,))
    with pytest.raises(ValueError, match=r"ntm_forward: weights has size 1, should be 2 for Heads"):
        ntm_forward(np.zeros((4, 2, 3)), state._replace(weights=np.ones((2, 1, 6))), params, model.heads)
    with pytest.raises(ValueError, match="at least 3 slots"):
        empty = NTMState(np.zeros((2, 0, 3)), np.zeros((2, 2, 0)), np.zeros((2, 1, 3)), state.controller)
        ntm_forward(np.zeros((4, 2, 3)), empty, params, model.heads)
    content, content_params = small(rng, addressing="content")
    with pytest.raises(ValueError, match="at least 1 slots"):
        ntm_forward(np.zeros((4, 2, 3)), empty, content_params, content.heads)
    Y, cache = model.forward(params, np.zeros((4, 2, 3)))
    with pytest.raises(ValueError, match=r"ntm_backward: dY has shape \(4, 2\), should be \(4, 2, 2\)"):
        model.backward(Y[..., 0], cache)


def test_weights_that_do_not_sum_to_one_are_read_as_they_are_and_sharpened_to_one(rng):
    model, params = small(rng)
    state = model.start(params, ())
    _, last, _ = ntm_forward(rng.normal(size=(2, 3)), state._replace(weights=5 * state.weights), params, model.heads)
    assert_allclose(last.weights.sum(-1), 1)


def test_nothing_is_modified(rng):
    model, params = small(rng)
    state = model.start(params, (2,))
    X, dY = rng.normal(size=(3, 2, 3)), rng.normal(size=(3, 2, 2))
    dlast = tree_map(lambda a: rng.normal(size=a.shape), state)
    before = tree_map(np.copy, (X, dY, dlast, state, params))
    _, _, cache = ntm_forward(X, state, params, model.heads)
    ntm_backward(dY, dlast, cache)
    for (_, a), (_, b) in zip(leaves(before), leaves((X, dY, dlast, state, params)), strict=True):
        assert_array_equal(a, b)
    assert isinstance(state.controller, LSTMState)


@pytest.mark.parametrize("changes", [{}, {"controller": "feedforward"}, {"addressing": "content", "reads": 2}])
def test_what_is_returned_is_the_callers_to_write_to(changes, rng):
    model, params = small(rng, **changes)
    state = model.start(params, (2,))
    Y, last, cache = ntm_forward(rng.normal(size=(3, 2, 3)), state, params, model.heads)
    dY, dlast = rng.normal(size=Y.shape), tree_map(lambda a: rng.normal(size=a.shape), last)
    before = ntm_backward(dY, dlast, cache)
    for leaf in (Y, *(leaf for _, leaf in leaves(last))):
        leaf[...] = np.nan
    again = ntm_backward(dY, dlast, cache)
    for (name, a), (_, b) in zip(leaves(again), leaves(before), strict=True):
        assert_array_equal(a, b, err_msg=name)
        a[...] = np.nan
    for name, a in leaves(ntm_backward(dY, dlast, cache)):
        assert np.isfinite(a).all(), name
