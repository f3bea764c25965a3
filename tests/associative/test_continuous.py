"""Continuous Hopfield networks: the energy is its integral and falls."""

import numpy as np
import pytest
from networks import noisy, signs

import nnmem


def test_the_continuous_energy_is_its_integral(rng):
    m, beta = 5, 1.7
    u, W, b = rng.normal(size=m), rng.normal(size=(m, m)), rng.normal(size=m)
    v = np.tanh(beta * u)
    E = -0.5 * v @ W @ v - b @ v
    for v_i in v:
        x = np.linspace(0, v_i, 200_001)
        E += ((y := np.arctanh(x) / beta)[1:] + y[:-1]) @ np.diff(x) / 2
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


def test_a_step_is_eulers_with_asymmetric_weights(rng):
    """Neuron i listens to row i of W, not to column i."""
    u, W, b, beta, step = rng.normal(size=4), rng.normal(size=(4, 4)), rng.normal(size=4), 1.3, 0.2
    trajectory, energies, converged = nnmem.continuous_hopfield_retrieve(u, W, b, beta, step, max_steps=2)
    assert len(trajectory) == len(energies) == 3 and not converged
    for row in trajectory:
        v = [np.tanh(beta * x) for x in u]
        np.testing.assert_allclose(row, v, rtol=1e-12)
        u = u + step * np.array([-u[i] + sum(W[i, j] * v[j] for j in range(4)) + b[i] for i in range(4)])


@pytest.mark.parametrize("every", [1, 2, 3, 7, 50])
def test_every_so_many_steps_a_row_is_kept_and_the_last(every, rng):
    u, W, b = rng.normal(size=(2, 4)), rng.normal(size=(4, 4)), rng.normal(size=4)
    all_rows, all_energies, _ = nnmem.continuous_hopfield_retrieve(u, W, b, max_steps=7, tolerance=0.0)
    rows, energies, _ = nnmem.continuous_hopfield_retrieve(u, W, b, max_steps=7, tolerance=0.0, every=every)
    kept = sorted({*range(0, 8, every), 7})
    assert len(all_rows) == 8
    np.testing.assert_array_equal(rows, all_rows[kept])
    np.testing.assert_array_equal(energies, all_energies[kept])


def test_it_stops_where_no_velocity_is_above_the_tolerance(rng):
    u, b = np.zeros((3, 2)), np.array([0.5, -0.25])
    u[1], u[2] = b, (0.5, -0.125)  # without weights the velocity is b − u
    rows, _, converged = nnmem.continuous_hopfield_retrieve(u, np.zeros((2, 2)), b, step=0.5, tolerance=0.125)
    assert converged.all() and len(rows) == 1 + 2, "0.5, 0.25, 0.125"
    rows, _, converged = nnmem.continuous_hopfield_retrieve(u[:2], np.zeros((2, 2)), b, step=0.5, max_steps=1)
    assert converged.tolist() == [False, True] and len(rows) == 2


ONES, EYE = np.ones(3), np.eye(3)


def test_it_gives_up_after_a_thousand_steps():
    trajectory, _, converged = nnmem.continuous_hopfield_retrieve(
        np.array([1.0, 0.0]), np.array([[0.0, 9.0], [-9.0, 0.0]]), np.zeros(2)
    )
    assert len(trajectory) == 1001 and not converged, "two neurons of which one follows and one flees turn for ever"


BAD = {
    "continuous beta": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, 0.0), r"beta is 0\.0"),
    "continuous step": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, step=0.0), r"step is 0\.0"),
    "continuous rows": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, every=0), "every is 0"),
    "continuous steps": (lambda: nnmem.continuous_hopfield_retrieve(ONES, EYE, ONES, max_steps=0), "max_steps is 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
