"""Modern Hopfield networks: one update is attention, and the energy falls."""

import numpy as np
import pytest

import nnmem


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


ONES, EYE = np.ones(3), np.eye(3)


BAD = {
    "modern beta": (lambda: nnmem.modern_hopfield_forward(EYE, ONES, -1.0), r"beta is -1\.0"),
    "modern empty": (lambda: nnmem.modern_hopfield_forward(np.ones((0, 3)), ONES), "no patterns"),
    "modern steps": (lambda: nnmem.modern_hopfield_retrieve(ONES, EYE, max_steps=-1), "max_steps is -1"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
