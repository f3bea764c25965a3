"""Update rule, energy, weight conditions and learning rules, against loops written from the formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnmem


def network(rng, m, exact=True):
    """A symmetric network without diagonal and its bias; exact: small whole numbers, so that sums have no rounding."""
    W = rng.integers(-4, 5, (m, m)).astype(float) if exact else rng.normal(size=(m, m))
    W = np.triu(W, 1) + np.triu(W, 1).T
    return W, rng.integers(-2, 3, m).astype(float) if exact else rng.normal(size=m)


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape)


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


def test_hebbian_weights_are_8_19(rng):
    X = signs(rng, 5, 8)
    W, _ = nnmem.hebbian_weights_forward(X)
    for i in range(8):
        for j in range(8):
            expected = 0 if i == j else sum(X[n, i] * X[n, j] for n in range(5)) / 5
            assert W[i, j] == pytest.approx(expected, abs=1e-15)
    nnmem.check_hopfield_weights(W)
    assert W.flags.f_contiguous


def test_one_over_m_instead_of_one_over_N_retrieves_the_same(rng):
    X = signs(rng, 8, 64)
    W, _ = nnmem.hebbian_weights_forward(X)
    probe, b = signs(rng, 3, 64), np.zeros(64)
    ours, _, _ = nnmem.hopfield_retrieve(probe, W, b)
    theirs, _, _ = nnmem.hopfield_retrieve(probe, W * 8 / 64, b)
    np.testing.assert_array_equal(ours, theirs)


def test_storkey_is_its_rule_entry_by_entry(rng):
    X, m = signs(rng, 4, 7), 7
    W = np.zeros((m, m))
    for x in X:
        old = W.copy()
        for i in range(m):
            for j in range(m):
                if i == j:
                    continue
                h_ij = sum(old[i, k] * x[k] for k in range(m) if k not in (i, j))
                h_ji = sum(old[j, k] * x[k] for k in range(m) if k not in (i, j))
                W[i, j] += (x[i] * x[j] - x[i] * h_ji - h_ij * x[j]) / m
    np.testing.assert_allclose(nnmem.storkey_weights(X), W, atol=1e-14)


def test_pseudo_inverse_projects_onto_the_patterns(rng):
    X = signs(rng, 5, 12)
    X = np.vstack([X, X[:1]])
    W = nnmem.pseudo_inverse_weights(X)
    projection = np.linalg.pinv(X) @ X
    np.testing.assert_allclose(W, projection - np.diag(projection.diagonal()), atol=1e-13)
    nnmem.check_hopfield_weights(W)


def test_pseudo_inverse_holds_correlated_patterns_where_hebb_does_not(rng):
    common = signs(rng, 100)
    X = np.where(rng.random((30, 100)) < 0.15, -common, common)
    b = np.zeros(100)
    held = {
        rule.__name__: (nnmem.hopfield_update_forward(X, rule(X), b)[0] == X).all(axis=1).mean()
        for rule in (nnmem.pseudo_inverse_weights, lambda X: nnmem.hebbian_weights_forward(X)[0])
    }
    assert held["pseudo_inverse_weights"] == 1
    assert held["<lambda>"] < 0.1


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
    "b differs": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(4)),
        r"b has shape \(4,\)",
    ),
    "state 0": (
        lambda: nnmem.hopfield_update_forward(np.array([1, -1, 0]), np.ones((3, 3)), np.ones(3)),
        r"s\[2\] is 0\.0",
    ),
    "probe 0/1": (
        lambda: nnmem.hopfield_retrieve(np.array([1, 0, 0]), np.ones((3, 3)), np.ones(3)),
        r"2 \* x - 1",
    ),
    "patterns 0/1": (lambda: nnmem.hebbian_weights_forward(np.eye(3)), r"2 \* patterns - 1"),
    "pseudo-inverse 0/1": (lambda: nnmem.pseudo_inverse_weights(np.eye(3)), r"2 \* patterns - 1"),
    "storkey real": (lambda: nnmem.storkey_weights(np.full((2, 3), 0.5)), r"patterns\[0, 0\] is 0\.5"),
    "no patterns": (lambda: nnmem.hebbian_weights_forward(np.ones((0, 3))), r"no patterns"),
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
    "W nan, async": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.full((3, 3), np.nan), np.ones(3)),
        r"hopfield_retrieve: the local field of neuron 0 is nan",
    ),
    "b infinite, sync": (
        lambda: nnmem.hopfield_retrieve(np.ones((2, 3)), np.ones((3, 3)), np.array([0, 0, np.inf]), mode="sync"),
        r"the local field of neuron 2 is inf; W\[2\] and b\[2\] should be finite",
    ),
    "no neurons": (lambda: nnmem.pseudo_inverse_weights(np.ones((2, 0))), r"patterns has shape \(2, 0\)"),
    "mode": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), mode="both"),
        r"mode is 'both'",
    ),
    "record": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), mode="sync", record="flip"),
        r"record is 'flip'",
    ),
    "max_sweeps": (
        lambda: nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), max_sweeps=0),
        r"max_sweeps is 0",
    ),
    "trajectory": (lambda: nnmem.hopfield_period(np.ones(3)), r"trajectory has shape \(3,\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_wrong_rng_is_named():
    with pytest.raises(TypeError, match=r"rng is 3, should be a numpy\.random\.Generator"):
        nnmem.hopfield_retrieve(np.ones(3), np.ones((3, 3)), np.ones(3), rng=3)


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
