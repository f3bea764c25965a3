"""Dense, modern, continuous, bidirectional and holographic memories, and the Boltzmann machine."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnmem
from nnmem.associative.dense import _rise


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape)


def noisy(rng, X, share):
    return np.where(rng.random(X.shape) < share, -X, X)


# dense associative memory


def test_the_square_is_the_hopfield_network(rng):
    X = signs(rng, 8, 40)
    W, _ = nnmem.hebbian_weights_forward(X)
    probes = signs(rng, 6, 40)
    dense = nnmem.dense_retrieve(probes, X, 2)
    hopfield = nnmem.hopfield_retrieve(probes, W, np.zeros(40))
    np.testing.assert_array_equal(dense[0], hopfield[0])
    assert dense[2].all() and hopfield[2].all()


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 3, 4, 5, "exp"]))
def test_dense_updates_take_the_lower_energy(seed, interaction):
    rng = np.random.default_rng(seed)
    X, s = signs(rng, 5, 9), signs(rng, 9)
    F = np.exp if interaction == "exp" else lambda o: o**interaction
    trajectory, energies, converged = nnmem.dense_retrieve(s, X, interaction)
    for sweep in range(len(trajectory) - 1):
        for i in range(9):
            up, down = s.copy(), s.copy()
            up[i], down[i] = 1, -1
            gain = sum(F(x @ up) - F(x @ down) for x in X)
            if abs(gain) < 1e-9 * F(9.0):
                return  # a tie, which rounding decides
            s = up if gain > 0 else down
        np.testing.assert_array_equal(trajectory[sweep + 1], s)
    assert converged
    assert (np.diff(energies) <= 1e-9).all()


def test_the_rise_is_a_difference_of_energies(rng):
    rest = rng.normal(size=50) * 3
    for K in (2, 3, 4, 5):
        np.testing.assert_allclose(2 * _rise(rest, K), (rest + 1) ** K - (rest - 1) ** K, atol=1e-9)
    ratio = _rise(rest, "exp") / (np.exp(rest + 1) - np.exp(rest - 1))
    np.testing.assert_allclose(ratio, ratio[0])


def test_dense_energy_is_its_sum(rng):
    X, s = signs(rng, 4, 6), rng.normal(size=6)
    for K in (2, 3, 4):
        E, _ = nnmem.dense_energy_forward(s, X, K)
        np.testing.assert_allclose(E, -sum((x @ s) ** K for x in X))
    E, _ = nnmem.dense_energy_forward(s, X, "exp")
    assert np.exp(-E) == pytest.approx(sum(np.exp(x @ s) for x in X))
    E, _ = nnmem.dense_energy_forward(1e4 * s, X, "exp")
    assert np.isfinite(E)


def test_higher_orders_hold_more(rng):
    X = signs(rng, 200, 60)
    recalled = [
        (nnmem.dense_retrieve(noisy(rng, X[:20], 0.1), X, K, rng)[0][-1] == X[:20]).all(axis=1).mean()
        for K in (2, 3, "exp")
    ]
    assert recalled[0] < 0.1 and recalled[1] > 0.5 and recalled[2] == 1


# modern Hopfield network


@pytest.mark.parametrize("lead", [(), (2, 3)])
def test_one_modern_update_is_key_value_attention(rng, lead):
    X, s = rng.normal(size=(*lead, 7, 5)), rng.normal(size=(*lead, 5))
    for beta in (0.3, 1.0, 8.0):
        s_next, alpha, _ = nnmem.modern_hopfield_forward(X, s, beta)
        r, weights, _ = nnmem.key_value_attention_forward(X, X, beta * s)
        np.testing.assert_allclose(s_next, r, rtol=0, atol=1e-12)
        np.testing.assert_allclose(alpha, weights, rtol=0, atol=1e-12)
    scaled, _, _ = nnmem.key_value_attention_forward(X, X, s, score="scaled_dot")
    np.testing.assert_allclose(nnmem.modern_hopfield_forward(X, s, 5**-0.5)[0], scaled, rtol=0, atol=1e-12)


def test_the_modern_energy_falls_and_its_gradient_is_the_step(rng):
    X, s = rng.normal(size=(9, 6)), rng.normal(size=(4, 6))
    trajectory, energies, converged = nnmem.modern_hopfield_retrieve(s, np.broadcast_to(X, (4, 9, 6)), 2.0, 500)
    assert converged.all() and (np.diff(energies, axis=0) <= 1e-12).all()
    _, cache = nnmem.modern_hopfield_energy_forward(X, s[0], 2.0)
    _, ds = nnmem.modern_hopfield_energy_backward(np.float64(1.0), cache)
    np.testing.assert_allclose(s[0] - ds, trajectory[1, 0], atol=1e-12)


def test_modern_retrieval_reports_when_it_gives_up(rng):
    X, s = rng.normal(size=(5, 4)), rng.normal(size=4)
    trajectory, _, converged = nnmem.modern_hopfield_retrieve(s, X, 0.9, max_steps=2)
    assert len(trajectory) == 3 and not converged


def test_well_separated_patterns_return_in_one_step(rng):
    X = rng.normal(size=(100, 64))
    s_next, _, _ = nnmem.modern_hopfield_forward(X, X[7] + 0.3 * rng.normal(size=64), 1.0)
    np.testing.assert_allclose(s_next, X[7], atol=1e-5)


# continuous Hopfield network and the travelling salesman


def test_the_continuous_energy_is_its_integral(rng):
    m, beta = 5, 1.7
    u, W, b = rng.normal(size=m), rng.normal(size=(m, m)), rng.normal(size=m)
    v = np.tanh(beta * u)
    E = -0.5 * v @ W @ v - b @ v
    for v_i in v:
        x = np.linspace(0, v_i, 200_001)
        E += np.trapezoid(np.arctanh(x) / beta, x)
    assert nnmem.continuous_hopfield_energy_forward(u, W, b, beta)[0] == pytest.approx(E, rel=1e-8)
    assert np.isfinite(nnmem.continuous_hopfield_energy_forward(1e4 * u, W, b, beta)[0])


def test_the_continuous_energy_falls_to_a_fixed_point(rng):
    W = rng.normal(size=(8, 8))
    W, b, u = W + W.T, rng.normal(size=8), rng.normal(size=(6, 8))
    trajectory, energies, converged = nnmem.continuous_hopfield_retrieve(u, W, b, 2.0, 0.01, 20_000)
    assert converged.all()
    assert (np.diff(energies, axis=0) <= 1e-12).all()
    v = trajectory[-1]
    np.testing.assert_allclose(v, np.tanh(2.0 * (v @ W.T + b)), atol=1e-5)


def test_steep_neurons_rest_where_the_discrete_network_does(rng):
    X = signs(rng, 3, 60)
    W, _ = nnmem.hebbian_weights_forward(X)
    probe = noisy(rng, X, 0.1)
    trajectory, _, _ = nnmem.continuous_hopfield_retrieve(probe, W, np.zeros(60), 5.0)
    np.testing.assert_array_equal(np.sign(trajectory[-1]), X)


def test_tour_weights_are_the_energy_of_hopfield_and_tank(rng):
    n, A, B, C, D, stops = 4, 3.0, 5.0, 2.0, 7.0, 4.5
    cities = rng.random((n, 2))
    W, b = nnmem.tour_weights(cities, A, B, C, D, stops)
    distance = [[float(np.hypot(*(x - y))) for y in cities] for x in cities]

    def paper(V):
        E = C / 2 * (V.sum() - stops) ** 2
        for x, y, i, j in itertools.product(range(n), repeat=4):
            E += A / 2 * V[x, i] * V[x, j] * (x == y and i != j)
            E += B / 2 * V[x, i] * V[y, i] * (x != y and i == j)
        for x, y, i in itertools.product(range(n), repeat=3):
            E += D / 2 * (x != y) * distance[x][y] * V[x, i] * (V[y, (i + 1) % n] + V[y, i - 1])
        return E

    states = rng.uniform(-1, 1, size=(5, n * n))
    ours = nnmem.hopfield_energy_forward(states, W, b)[0]
    theirs = np.array([paper((1 + v.reshape(n, n)) / 2) for v in states])
    np.testing.assert_allclose(ours - ours[0], 2 * (theirs - theirs[0]))


def test_tours_are_read():
    v = -np.ones((3, 9))
    v[0, [1, 3, 8]] = 1  # city 1 first, then city 0, then city 2
    v[1, [0, 1, 8]] = 1  # city 0 at two stops
    v[2, [0, 3, 8]] = 1  # two cities at stop 0
    tour, valid = nnmem.read_tour(v)
    assert tour[0].tolist() == [1, 0, 2] and valid.tolist() == [True, False, False]


# Boltzmann machine


def test_probabilities_sum_to_one(rng):
    W, b = rng.normal(size=(6, 6)), rng.normal(size=6)
    every = np.array(list(itertools.product([-1.0, 1.0], repeat=6)))
    log_p, _ = nnmem.boltzmann_log_likelihood_forward(every, W, b)
    assert np.exp(log_p).sum() == pytest.approx(1)
    E, _ = nnmem.hopfield_energy_forward(every, W, b)
    np.testing.assert_allclose(log_p + E, (log_p + E)[0])


def test_gibbs_sampling_reaches_the_distribution(rng):
    W = rng.normal(size=(4, 4))
    W, b = (W + W.T) / 2, 0.5 * rng.normal(size=4)
    np.fill_diagonal(W, 0)
    every = np.array(list(itertools.product([-1.0, 1.0], repeat=4)))
    log_p, _ = nnmem.boltzmann_log_likelihood_forward(every, W, b)
    s = nnmem.boltzmann_sample(signs(rng, 40_000, 4), W, b, rng, np.ones(30))
    shares = (s[:, None] == every).all(axis=-1).mean(axis=0)
    np.testing.assert_allclose(shares, np.exp(log_p), atol=0.012)
    cold = nnmem.boltzmann_sample(signs(rng, 500, 4), W, b, rng, np.geomspace(3, 0.05, 60))
    assert (cold == every[log_p.argmax()]).all(axis=1).mean() > np.exp(log_p.max()) + 0.2


def test_the_boltzmann_rule_makes_patterns_likely_and_stable(rng):
    X = signs(rng, 5, 12)
    W, b = nnmem.boltzmann_train(X, rng, steps=1500, lr=0.1)
    nnmem.check_hopfield_weights(W)
    log_p, _ = nnmem.boltzmann_log_likelihood_forward(X, W, b)
    assert np.exp(log_p).sum() > 0.8
    np.testing.assert_array_equal(nnmem.hopfield_update_forward(X, W, b)[0], X)


# bidirectional associative memory


def test_pairs_are_recalled_both_ways_and_the_energy_falls(rng):
    X, Y = signs(rng, 4, 100), signs(rng, 4, 60)
    W = nnmem.bidirectional_weights(X, Y)
    np.testing.assert_allclose(W, sum(np.outer(x, y) for x, y in zip(X, Y, strict=True)) / 4)
    x, y, energies, converged = nnmem.bidirectional_retrieve(noisy(rng, X, 0.15), W)
    assert converged.all() and (np.diff(energies, axis=0) <= 0).all()
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    back, _, _, _ = nnmem.bidirectional_retrieve(noisy(rng, Y, 0.15), W.T)
    np.testing.assert_array_equal(back, Y)
    assert not nnmem.bidirectional_retrieve(-np.ones(100), W, max_steps=1)[3]


# holographic reduced representations


def test_binding_is_circular_convolution(rng):
    a, b = rng.normal(size=7), rng.normal(size=7)
    c, _ = nnmem.bind_forward(a, b)
    y, _ = nnmem.unbind_forward(c, a)
    np.testing.assert_allclose(c, [sum(a[j] * b[(k - j) % 7] for j in range(7)) for k in range(7)])
    np.testing.assert_allclose(y, [sum(a[j] * c[(k + j) % 7] for j in range(7)) for k in range(7)])
    np.testing.assert_allclose(nnmem.bind_forward(b, a)[0], c)


@pytest.mark.parametrize("d", [16, 17])
def test_unitary_items_unbind_exactly(rng, d):
    a, b = nnmem.holographic_items(2, d, rng)
    np.testing.assert_allclose(np.abs(np.fft.fft([a, b])), 1)
    np.testing.assert_allclose(nnmem.unbind_forward(nnmem.bind_forward(a, b)[0], a)[0], b, atol=1e-14)
    assert np.linalg.norm(a) == pytest.approx(1)


def test_superposed_pairs_are_cleaned_up(rng):
    roles, fillers = nnmem.holographic_items(5, 512, rng), nnmem.holographic_items(40, 512, rng, unitary=False)
    trace = nnmem.bind_forward(roles, fillers[:5])[0].sum(axis=0)
    y = nnmem.unbind_forward(np.tile(trace, (5, 1)), roles)[0]
    assert nnmem.clean_up(y, fillers).tolist() == [0, 1, 2, 3, 4]


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


def test_a_zero_field_switches_on_in_both_layers():
    x, y, _, converged = nnmem.bidirectional_retrieve(-np.ones(3), np.zeros((3, 2)))
    assert (x == 1).all() and (y == 1).all() and converged


ONES, EYE = np.ones(3), np.eye(3)
BAD = {
    "order 1": (lambda: nnmem.dense_retrieve(ONES, np.ones((2, 3)), 1), "interaction is 1"),
    "no patterns": (lambda: nnmem.dense_energy_forward(ONES, np.ones((0, 3))), "no patterns"),
    "dense state": (lambda: nnmem.dense_retrieve(0.5 * ONES, np.ones((2, 3))), r"x\[0\] is 0\.5"),
    "dense patterns": (lambda: nnmem.dense_retrieve(ONES, EYE), r"2 \* patterns - 1"),
    "dense m": (lambda: nnmem.dense_retrieve(ONES, np.ones((2, 4))), r"patterns has shape \(2, 4\)"),
    "modern beta": (lambda: nnmem.modern_hopfield_forward(EYE, ONES, -1.0), r"beta is -1\.0"),
    "modern empty": (lambda: nnmem.modern_hopfield_forward(np.ones((0, 3)), ONES), "no patterns"),
    "continuous beta": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, 0.0), r"beta is 0\.0"),
    "continuous step": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, step=0.0), r"step is 0\.0"),
    "continuous rows": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, every=0), "every is 0"),
    "continuous steps": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, max_steps=0), "max_steps is 0"),
    "modern steps": (lambda: nnmem.modern_hopfield_retrieve(ONES, EYE, max_steps=-1), "max_steps is -1"),
    "chains": (lambda: nnmem.boltzmann_train(ONES[None], np.random.default_rng(0), chains=0), "chains is 0"),
    "items": (lambda: nnmem.holographic_items(0, 3, np.random.default_rng(0)), "count is 0"),
    "two cities": (lambda: nnmem.tour_weights(np.ones((2, 2))), r"cities has shape \(2, 2\)"),
    "no square": (lambda: nnmem.read_tour(np.ones(5)), r"v has shape \(5,\)"),
    "too many": (
        lambda: nnmem.boltzmann_log_likelihood_forward(np.ones(21), np.eye(21), np.ones(21)),
        r"should have at most 20 neurons",
    ),
    "temperature": (
        lambda: nnmem.boltzmann_sample(ONES, EYE, ONES, None, (1.0, 0.0)),
        r"temperatures has the entry 0\.0",
    ),
    "boltzmann empty": (lambda: nnmem.boltzmann_train(np.ones((0, 3)), None), "no patterns"),
    "bidirectional": (lambda: nnmem.bidirectional_weights(EYE, np.ones((3, 2))), r"2 \* X - 1"),
    "pairs": (lambda: nnmem.bidirectional_weights(np.ones((3, 2)), np.ones((4, 2))), r"Y has shape \(4, 2\)"),
    "rounds": (lambda: nnmem.bidirectional_retrieve(ONES, EYE, max_steps=0), "max_steps is 0"),
    "bind": (lambda: nnmem.bind_forward(ONES, np.ones(4)), r"b has shape \(4,\)"),
    "clean up": (lambda: nnmem.clean_up(ONES, np.ones((0, 3))), "no items"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()


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
