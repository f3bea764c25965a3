"""What every memory of this floor owes: float32 stays, and a wrong type is named."""

import inspect

import numpy as np
import pytest
from networks import signs

import nnmem


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(rng, dtype):
    X, s, W, b = (np.asarray(a, dtype) for a in (signs(rng, 4, 6), signs(rng, 6), np.zeros((6, 6)), np.zeros(6)))
    outputs = [
        *nnmem.dense_retrieve(s, X, 4)[:2],
        *nnmem.dense_energy_forward(s, X, "exp")[:1],
        *nnmem.modern_hopfield_retrieve(s, X, 2.0)[:2],
        *nnmem.continuous_hopfield_retrieve(s, W, b, 2.0)[:2],
        nnmem.boltzmann_sample(s, W, b, rng, (2.0, 1.0)),
        *nnmem.boltzmann_train(X, rng, steps=2),
        nnmem.boltzmann_log_likelihood_forward(s, W, b)[0],
        nnmem.bidirectional_weights(X, X),
        *nnmem.bidirectional_retrieve(s, W)[:3],
        nnmem.bind_forward(s, s)[0],
        nnmem.unbind_forward(s, s)[0],
        *nnmem.tour_weights(X[:, :2]),
    ]
    assert {out.dtype for out in outputs} == {np.dtype(dtype)}


ONES, EYE = np.ones(3), np.eye(3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: nnmem.boltzmann_sample(ONES, EYE, ONES, None),
        lambda: nnmem.boltzmann_train(ONES[None], None),
        lambda: nnmem.holographic_items(2, 3, None),
        lambda: nnmem.modern_hopfield_forward(EYE, ONES, None),
    ],
)
def test_wrong_type_is_named(call):
    with pytest.raises(TypeError, match=r"(rng|beta) is None, should be a (numpy\.random\.Generator|number above 0)"):
        call()


@pytest.mark.parametrize(
    ("function", "defaults"),
    [
        (nnmem.hopfield_retrieve, {"mode": "async", "max_sweeps": 100, "record": "sweep"}),
        (nnmem.dense_retrieve, {"max_sweeps": 100}),
        (nnmem.bidirectional_retrieve, {"max_steps": 100}),
        (nnmem.modern_hopfield_retrieve, {"beta": 1.0, "max_steps": 100, "tolerance": 1e-9}),
        (
            nnmem.continuous_hopfield_retrieve,
            {"beta": 1.0, "step": 0.1, "max_steps": 1000, "tolerance": 1e-6, "every": 1},
        ),
    ],
)
def test_how_long_a_retrieval_may_take_by_default(function, defaults):
    """A published figure that names no limit was measured with these."""
    parameters = inspect.signature(function).parameters
    assert {name: parameters[name].default for name in defaults} == defaults
