"""Binding and unbinding against the convolution written out."""

import numpy as np
import pytest

import nnmem


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


ONES, EYE = np.ones(3), np.eye(3)


@pytest.mark.parametrize("d", [1, 2, 7, 64])
def test_items_have_a_phase_at_every_frequency_or_independent_entries(d):
    unitary = nnmem.holographic_items(300, d, np.random.default_rng(3))
    np.testing.assert_allclose(np.abs(np.fft.fft(unitary)), 1, rtol=1e-10)
    np.testing.assert_allclose((unitary**2).sum(axis=1), 1)
    others = nnmem.holographic_items(300, d, np.random.default_rng(3), unitary=False)
    np.testing.assert_array_equal(others, np.random.default_rng(3).normal(size=(300, d)) / np.sqrt(d))
    same = np.fft.fft(unitary) / np.fft.fft(others)
    np.testing.assert_allclose(same.imag, 0, atol=1e-6 * np.abs(same).max())
    assert (same.real > 0).all() and unitary.shape == (300, d)


BAD = {
    "items": (lambda: nnmem.holographic_items(0, 3, np.random.default_rng(0)), "count is 0"),
    "bind": (lambda: nnmem.bind_forward(ONES, np.ones(4)), r"b has shape \(4,\)"),
    "clean up": (lambda: nnmem.clean_up(ONES, np.ones((0, 3))), "no items"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
