"""Modern Hopfield networks: one update is attention, and the energy falls."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_many_probes_are_one_probe_after_the_other(dtype, lead, rng):
    X, S = (rng.normal(size=(*lead, n, 4)).astype(dtype) for n in (7, 5))
    dS, dalpha = rng.normal(size=S.shape).astype(dtype), rng.normal(size=(*lead, 5, 7)).astype(dtype)
    dE = rng.normal(size=(*lead, 5)).astype(dtype)
    s_next, alpha, cache = nnmem.modern_hopfield_forward(X, S, 1.5)
    E, energy_cache = nnmem.modern_hopfield_energy_forward(X, S, 1.5)
    dX, ds = nnmem.modern_hopfield_backward(dS, cache, dalpha)
    dX_E, ds_E = nnmem.modern_hopfield_energy_backward(dE, energy_cache)
    close = {"rtol": 1e-4, "atol": 1e-5} if dtype is np.float32 else {"rtol": 1e-12, "atol": 1e-13}
    sums = np.zeros_like(X), np.zeros_like(X)
    for p in range(5):
        one = nnmem.modern_hopfield_forward(X, S[..., p, :], 1.5)
        assert_allclose(s_next[..., p, :], one[0], **close)
        assert_allclose(alpha[..., p, :], one[1], **close)
        dX_one, ds_one = nnmem.modern_hopfield_backward(dS[..., p, :], one[2], dalpha[..., p, :])
        assert_allclose(ds[..., p, :], ds_one, **close)
        E_one, cache_one = nnmem.modern_hopfield_energy_forward(X, S[..., p, :], 1.5)
        assert_allclose(E[..., p], E_one, **close)
        dX_E_one, ds_E_one = nnmem.modern_hopfield_energy_backward(dE[..., p], cache_one)
        assert_allclose(ds_E[..., p, :], ds_E_one, **close)
        sums[0][...] += dX_one
        sums[1][...] += dX_E_one
    assert_allclose(dX, sums[0], **close)
    assert_allclose(dX_E, sums[1], **close)
    assert {a.dtype for a in (s_next, alpha, E, dX, ds, dX_E, ds_E)} == {np.dtype(dtype)}


def test_many_probes_are_retrieved_together(rng):
    X = rng.normal(size=(20, 16))
    probes = X[:6] + 0.1 * rng.normal(size=(6, 16))
    trajectory, energies, converged = nnmem.modern_hopfield_retrieve(probes, X, beta=4.0)
    assert trajectory.shape[1:] == (6, 16) and energies.shape == trajectory.shape[:2] and converged.all()
    for p in range(6):
        alone, energy, _ = nnmem.modern_hopfield_retrieve(probes[p], X, beta=4.0)
        assert_allclose(trajectory[: len(alone), p], alone, rtol=1e-12)
        assert_allclose(energies[: len(alone), p], energy, rtol=1e-12)


@pytest.mark.parametrize(
    ("X", "s"),
    [((7, 4), (2, 5, 4)), ((2, 7, 4), (4,)), ((2, 7, 4), (3, 5, 4)), ((7, 4), (5, 3)), ((1, 7, 4), (2, 5, 4))],
)
def test_nothing_broadcasts(X, s):
    with pytest.raises(ValueError, match=r"modern_hopfield_forward: s has shape .*, should be \("):
        nnmem.modern_hopfield_forward(np.ones(X), np.ones(s))


@pytest.mark.parametrize("max_steps", [1, 2, 5])
def test_a_retrieval_is_so_many_updates_at_most(max_steps, rng):
    X, x = rng.normal(size=(6, 4)), rng.normal(size=(3, 4))
    states, energies, converged = nnmem.modern_hopfield_retrieve(x, X, 0.7, max_steps, tolerance=0.0)
    assert len(states) == len(energies) == max_steps + 1 and not converged.any()
    for before, after, energy in zip(states, [*states[1:], None], energies, strict=True):
        for i in range(3):
            assert_allclose(energy[i], nnmem.modern_hopfield_energy_forward(X, before[i], 0.7)[0], rtol=1e-12)
            if after is not None:
                p = np.exp(0.7 * X @ before[i])
                assert_allclose(after[i], p / p.sum() @ X, rtol=1e-12)


def test_a_retrieval_ends_where_no_entry_moves_by_more_than_the_tolerance(rng):
    X, x = rng.normal(size=(6, 4)), rng.normal(size=(2, 3, 4))
    whole, _, _ = nnmem.modern_hopfield_retrieve(x, np.broadcast_to(X, (2, 6, 4)), 0.7, 30, tolerance=0.0)
    moved = np.abs(np.diff(whole, axis=0)).max(axis=-1)
    for tolerance in (moved[3].max(), moved[6].max(), np.nextafter(moved[6].max(), 0)):
        states, _, converged = nnmem.modern_hopfield_retrieve(x, np.broadcast_to(X, (2, 6, 4)), 0.7, 30, tolerance)
        ends = next(t for t in range(30) if (moved[t] <= tolerance).all())
        assert len(states) == ends + 2 and converged.all() and converged.shape == (2, 3)
    _, _, converged = nnmem.modern_hopfield_retrieve(x, np.broadcast_to(X, (2, 6, 4)), 0.7, 4, moved[3, 0, 1])
    assert np.array_equal(converged, moved[3] <= moved[3, 0, 1])


def test_patterns_of_no_entries_rest_at_once():
    trajectory, _, converged = nnmem.modern_hopfield_retrieve(np.ones(0), np.ones((3, 0)))
    assert trajectory.shape == (2, 0) and converged.all()
