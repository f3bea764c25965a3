"""Update rule, energy and weight conditions, against loops written from the formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import network, signs

import nnmem


def test_energy_is_the_double_sum_of_8_17(rng):
    m = 7
    W, b, s = rng.normal(size=(m, m)), rng.normal(size=m), rng.normal(size=(2, 3, m))
    E, _ = nnmem.hopfield_energy_forward(s, W, b)
    for n in np.ndindex(2, 3):
        double_sum = 0.0
        for i in range(m):
            double_sum -= b[i] * s[n][i]
            for j in range(m):
                double_sum -= 0.5 * W[i, j] * s[n][i] * s[n][j]
        assert E[n] == pytest.approx(double_sum, rel=1e-13)


def test_update_is_8_14_neuron_by_neuron(rng):
    W, b = network(rng, 9)
    s = signs(rng, 4, 9)
    s_next, _ = nnmem.hopfield_update_forward(s, W, b)
    for n in range(4):
        for i in range(9):
            assert s_next[n, i] == (1 if sum(W[i, j] * s[n, j] for j in range(9)) + b[i] >= 0 else -1)


def test_a_zero_field_switches_on():
    s_next, _ = nnmem.hopfield_update_forward(-np.ones(3), np.zeros((3, 3)), np.zeros(3))
    assert (s_next == 1).all()


def test_tanh_tends_to_the_step_function(rng):
    W, b = network(rng, 6)
    s = signs(rng, 5, 6)
    b += 0.5
    step, _ = nnmem.hopfield_update_forward(s, W, b)
    steep, _ = nnmem.hopfield_update_forward(s, W, b, beta=100.0)
    np.testing.assert_allclose(steep, step, atol=1e-12)


@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_gradients(rng, lead):
    s, W, b = rng.normal(size=(*lead, 5)), rng.normal(size=(5, 5)), rng.normal(size=5)
    assert nnmem.check_gradients(nnmem.hopfield_energy_forward, nnmem.hopfield_energy_backward, s, W, b)
    assert nnmem.check_gradients(nnmem.hopfield_update_forward, nnmem.hopfield_update_backward, s, W, b, beta=0.7)
    patterns = rng.normal(size=(4, 6))
    assert nnmem.check_gradients(nnmem.hebbian_weights_forward, nnmem.hebbian_weights_backward, patterns)


def test_the_step_function_has_no_gradient(rng):
    s_next, cache = nnmem.hopfield_update_forward(signs(rng, 4), *network(rng, 4))
    with pytest.raises(ValueError, match=r"hopfield_update_backward: the step function has no gradient"):
        nnmem.hopfield_update_backward(s_next, cache)


def test_weight_conditions_name_the_worst_entry(rng):
    W, _ = network(rng, 600, exact=False)
    nnmem.check_hopfield_weights(W)
    nnmem.check_hopfield_weights(W * (1 + 1e-15 * rng.normal(size=W.shape)))
    bad = W.copy()
    bad[3, 5] += 1e-3
    bad[17, 580] += 1e-2
    with pytest.raises(ValueError, match=r"check_hopfield_weights: W is not symmetric, W\[17, 580\]"):
        nnmem.check_hopfield_weights(bad)
    bad = W.copy()
    bad[4, 4], bad[400, 400] = 0.1, -0.2
    with pytest.raises(ValueError, match=r"W has a diagonal, its largest entry is W\[400, 400\] = -0\.2"):
        nnmem.check_hopfield_weights(bad)
    bad = W.copy()
    bad[2, 9] = np.nan
    with pytest.raises(ValueError, match=r"W\[2, 9\] is nan"):
        nnmem.check_hopfield_weights(bad)
    with pytest.raises(ValueError, match=r"W has shape \(3, 4\)"):
        nnmem.check_hopfield_weights(np.zeros((3, 4)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(rng, dtype):
    X = signs(rng, 3, 8).astype(dtype)
    W, cache = nnmem.hebbian_weights_forward(X)
    assert W.dtype == nnmem.hebbian_weights_backward(rng.normal(size=(8, 8)), cache).dtype == dtype
    for rule in (nnmem.pseudo_inverse_weights, nnmem.storkey_weights):
        assert rule(X).dtype == dtype
        nnmem.check_hopfield_weights(rule(X))
    b = np.zeros(8, dtype)
    for pair, options in (("update", {}), ("update", {"beta": 2.0}), ("energy", {})):
        out, cache = getattr(nnmem, f"hopfield_{pair}_forward")(X, W, b, **options)
        assert out.dtype == dtype
        if pair == "energy" or options:
            gradients = getattr(nnmem, f"hopfield_{pair}_backward")(out, cache)
            assert [g.dtype for g in gradients] == [dtype] * 3
    trajectory, energies, _ = nnmem.hopfield_retrieve(X, W, b)
    assert trajectory.dtype == energies.dtype == dtype


BAD = {
    "W not square": (
        lambda: nnmem.hopfield_energy_forward(np.ones(3), np.ones((3, 4)), np.ones(3)),
        r"W has shape \(3, 4\)",
    ),
    "m differs": (
        lambda: nnmem.hopfield_update_forward(np.ones(4), np.ones((3, 3)), np.ones(3)),
        r"W has shape \(3, 3\)",
    ),
    "state 0": (
        lambda: nnmem.hopfield_update_forward(np.array([1, -1, 0]), np.ones((3, 3)), np.ones(3)),
        r"s\[2\] is 0\.0",
    ),
    "beta 0": (
        lambda: nnmem.hopfield_update_forward(np.ones(3), np.ones((3, 3)), np.ones(3), beta=0.0),
        r"beta is 0\.0",
    ),
    "beta nan": (
        lambda: nnmem.hopfield_update_forward(np.ones(3), np.ones((3, 3)), np.ones(3), beta=np.nan),
        r"beta is nan",
    ),
    "beta infinite": (
        lambda: nnmem.hopfield_update_forward(np.ones(3), np.ones((3, 3)), np.ones(3), beta=np.inf),
        r"beta is inf, should be above 0 and finite",
    ),
    "W nan, update": (
        lambda: nnmem.hopfield_update_forward(np.ones(3), np.diag([1, np.nan, 1]), np.ones(3)),
        r"hopfield_update_forward: the local field of neuron 1 is nan",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("beta", ["1", [1.0, 2.0], np.ones(2)])
def test_a_beta_that_is_no_number_is_named(beta):
    with pytest.raises(TypeError, match=r"hopfield_update_forward: beta is .*, should be a number above 0"):
        nnmem.hopfield_update_forward(np.ones(3), np.ones((3, 3)), np.ones(3), beta=beta)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_one_flip_changes_the_energy_by_twice_the_field(seed, m):
    rng = np.random.default_rng(seed)
    W, b = network(rng, m)
    s = signs(rng, m)
    i = rng.integers(m)
    flipped = s.copy()
    flipped[i] *= -1
    (before, after), _ = nnmem.hopfield_energy_forward(np.array([s, flipped]), W, b)
    assert after - before == 2 * s[i] * (W[i] @ s + b[i])


@pytest.mark.parametrize("lead", [(), (3,)])
def test_an_energy_beyond_the_dtype_is_flagged(lead):
    s, W = np.full((*lead, 2), 1e100), np.array([[0, 1e150], [1e150, 0]])
    with pytest.raises(FloatingPointError), np.errstate(over="raise"):
        nnmem.hopfield_energy_forward(s, W, np.zeros(2))
