"""The machine's sizes, first state and slots."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.tree import leaves, tree_map

SMALL = {"input_size": 3, "output_size": 2, "hidden_size": 4, "slots": 6, "width": 3, "memory_start": 0.3}


def small(rng, dtype=np.float64, **changes):
    """A small machine and parameters that are nowhere special."""
    model = NTM(**{**SMALL, **changes})
    params = tree_map(lambda a: (a + 0.4 * rng.normal(size=a.shape)).astype(dtype), model.init(rng, np.float64))
    return model, params


def test_the_first_state_is_what_the_docstring_says(rng):
    full = NTM(**SMALL)
    state = full.start(full.init(rng), (2,))
    assert_array_equal(state.memory, np.full((2, 6, 3), 0.3, np.float32))
    assert (state.weights.argmax(-1) == 0).all() and state.weights.max() > 0.99
    assert_allclose(state.weights.sum(-1), 1, rtol=1e-6)
    assert not state.reads.any() and not state.controller.h.any() and not state.controller.c.any()
    content = NTM(**SMALL, addressing="content", controller="feedforward")
    params = content.init(rng)
    state = content.start(params, ())
    assert_array_equal(state.memory, params.start)
    assert len(np.unique(state.memory, axis=0)) == 6 and state.controller == ()


def test_the_output_starts_four_times_as_large_as_the_rest(rng):
    model = NTM(8, 8, slots=16, width=10)
    params = model.init(rng)
    for weights, times in ((params.output.W, 4), (params.heads.W, 1)):
        bound = times * np.sqrt(6 / sum(weights.shape))
        assert 0.97 * bound < np.abs(weights).max() <= bound


def test_fewer_slots_make_the_smaller_machine(rng):
    model, params = small(rng, slots=9)
    X = rng.normal(size=(3, 2, 3))
    fewer = NTM(**{**SMALL, "slots": 5})
    Y, _ = fewer.forward(params._replace(start=params.start[:, [0, 1, 2, -2, -1]]), X)
    assert_array_equal(model.forward(params, X, 5)[0], Y)
    assert nnmem.check_gradients(model.forward, model.backward, params, X, rng=rng, slots=5)


def test_slots_that_a_machine_cannot_have(rng):
    for changes, slots in (({}, 7), ({}, 2), ({"addressing": "content"}, 5)):
        model, params = small(rng, **changes)
        with pytest.raises(ValueError, match=f"NTM: slots is {slots} with {model.addressing} addressing, should be 6"):
            model.forward(params, np.zeros((1, 3)), slots)


def test_more_slots_hold_what_has_been_learned_and_no_head_starts_in_them(rng):
    model, params = small(rng)
    more, moved = model.with_slots(params, 9)
    least = np.full((2, 3), params.start.min())
    assert_array_equal(moved.start, np.hstack([params.start[:, :3], least, params.start[:, 3:]]))
    assert more.slots == 9 and model.slots == 6 and moved.start.dtype == params.start.dtype
    X = rng.normal(size=(3, 2, 3))
    assert_array_equal(more.forward(moved, X, 6)[0], model.forward(params, X)[0])
    assert not np.allclose(more.forward(moved, X)[0], model.forward(params, X)[0])
    for wrong, changes in ((5, {}), (9, {"addressing": "content"})):
        model, params = small(rng, **changes)
        with pytest.raises(ValueError, match=rf"NTM.with_slots: slots is {wrong} with {model.addressing} addressing"):
            model.with_slots(params, wrong)


def test_float32_stays_float32_and_is_close(rng):
    model, params = small(rng, np.float32)
    X = rng.normal(size=(6, 2, 3)).astype(np.float32)
    Y, cache = model.forward(params, X)
    dparams, dX = model.backward(Y, cache)
    assert {a.dtype for _, a in leaves((Y, dX, dparams, cache[1]))} == {np.dtype(np.float32)}
    exact, _ = model.forward(tree_map(lambda a: a.astype(float), params), X.astype(float))
    assert_allclose(Y, exact, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"slots": 0}, "slots is 0, should be an int of at least 1"),
        ({"reads": 0}, "reads is 0, should be an int of at least 1"),
        ({"shift_range": 3}, r"shift_range is 3, should be 0 to 2, so that 7 shifts fit into 6 slots"),
        ({"controller": "gru"}, "controller is 'gru', should be one of"),
        ({"addressing": "both"}, "addressing is 'both', should be one of"),
    ],
)
def test_sizes_that_make_no_machine(changes, message):
    with pytest.raises(ValueError, match=f"NTM: {message}"):
        NTM(**{**SMALL, **changes})
