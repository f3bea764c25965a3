"""A trace holds every step, and is a copy."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.models.turing.turing_machine import NTM
from nnmem.models.turing.turing_trace import trace
from nnmem.nn.tree import leaves, tree_map

SMALL = {"input_size": 3, "output_size": 2, "hidden_size": 4, "slots": 6, "width": 3, "memory_start": 0.3}


def small(rng, dtype=np.float64, **changes):
    """A small machine and parameters that are nowhere special."""
    model = NTM(**{**SMALL, **changes})
    params = tree_map(lambda a: (a + 0.4 * rng.normal(size=a.shape)).astype(dtype), model.init(rng, np.float64))
    return model, params


def test_the_trace_holds_everything_and_is_a_copy(rng):
    model, params = small(rng, reads=2)
    Y, cache = model.forward(params, rng.normal(size=(5, 2, 3)))
    dY = rng.normal(size=Y.shape)
    before = model.backward(dY, cache)
    seen = trace(cache)
    shapes = {"memory": (6, 2, 6, 3), "weights": (5, 2, 3, 6), "content": (5, 2, 3, 6), "reads": (5, 2, 2, 3)}
    assert {name: getattr(seen, name).shape for name in shapes} == shapes
    assert seen.hidden.shape == (5, 2, 4) and seen.control.erase.shape == (5, 2, 1, 3)
    assert_allclose(seen.reads[:, :, 1], np.einsum("tbn,tbnd->tbd", seen.weights[:, :, 1], seen.memory[:-1]))
    for _, leaf in leaves(seen):
        leaf[...] = 7
    for (name, leaf), (_, wanted) in zip(leaves(model.backward(dY, cache)), leaves(before), strict=True):
        assert_array_equal(leaf, wanted, err_msg=name)
