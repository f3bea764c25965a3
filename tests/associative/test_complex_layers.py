"""Complex layers against Python's own complex numbers."""

import cmath
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnmem
from nnmem.associative.complex_layers import modulus_of


def parts(rng, *shape):
    return rng.normal(size=shape), rng.normal(size=shape)


def complexes(re, im):
    return [complex(a, b) for a, b in zip(re.ravel().tolist(), im.ravel().tolist(), strict=True)]


def test_linear_is_a_complex_product(rng):
    x, W = parts(rng, 2, 3), parts(rng, 4, 3)
    y_re, y_im, _ = nnmem.complex_linear_forward(*x, *W)
    for b in range(2):
        for i in range(4):
            terms = (complex(W[0][i, j], W[1][i, j]) * complex(x[0][b, j], x[1][b, j]) for j in range(3))
            assert complex(y_re[b, i], y_im[b, i]) == pytest.approx(sum(terms), rel=1e-13)


def test_the_gradient_of_the_input_is_the_conjugate_transpose(rng):
    x, W, dy = parts(rng, 3), parts(rng, 4, 3), parts(rng, 4)
    *_, cache = nnmem.complex_linear_forward(*x, *W)
    dx_re, dx_im, dW_re, dW_im = nnmem.complex_linear_backward(*dy, cache)
    W, dy, x = W[0] + 1j * W[1], dy[0] + 1j * dy[1], x[0] + 1j * x[1]
    assert_allclose(dx_re + 1j * dx_im, W.conj().T @ dy, rtol=1e-13)
    assert_allclose(dW_re + 1j * dW_im, np.outer(dy, x.conj()), rtol=1e-13)


def test_modrelu_keeps_the_phase_and_cuts_the_modulus(rng):
    z, b = parts(rng, 6, 5), np.linspace(-1.5, 0.5, 5)
    y = complexes(*nnmem.modrelu_forward(*z, b)[:2])
    silenced = 0
    for k, (before, after) in enumerate(zip(complexes(*z), y, strict=True)):
        length = abs(before) + b[k % 5]
        assert after == pytest.approx(max(length, 0) * cmath.exp(1j * cmath.phase(before)), abs=1e-13)
        silenced += length < 0
    assert 3 < silenced < 27


@pytest.mark.parametrize("b", [-0.5, 0.0, 0.5])
def test_modrelu_of_zero_is_zero_with_no_gradient(b):
    y_re, y_im, cache = nnmem.modrelu_forward(np.zeros(2), np.zeros(2), np.full(2, b))
    assert not y_re.any() and not y_im.any()
    assert all(not gradient.any() for gradient in nnmem.modrelu_backward(np.ones(2), np.ones(2), cache))


def test_what_modrelu_silences_has_no_gradient(rng):
    z = parts(rng, 3)
    *_, cache = nnmem.modrelu_forward(*z, np.full(3, -10.0))
    assert all(not gradient.any() for gradient in nnmem.modrelu_backward(*parts(rng, 3), cache))


def test_crelu_and_zrelu_by_quadrants():
    z_re, z_im = np.array([2.0, -2, -2, 2, 0, 3]), np.array([1.0, 1, -1, -1, 2, 0])
    y_re, y_im, cache = nnmem.crelu_forward(z_re, z_im)
    assert_array_equal(y_re, [2, 0, 0, 2, 0, 3])
    assert_array_equal(y_im, [1, 1, 0, 0, 2, 0])
    dz_re, dz_im = nnmem.crelu_backward(np.arange(1.0, 7), np.arange(7.0, 13), cache)
    assert_array_equal(dz_re, [1, 0, 0, 4, 5, 6])
    assert_array_equal(dz_im, [7, 8, 0, 0, 11, 12])
    y_re, y_im, cache = nnmem.zrelu_forward(z_re, z_im)
    passes = [0 <= cmath.phase(complex(a, b)) <= math.pi / 2 for a, b in zip(z_re, z_im, strict=True)]
    assert_array_equal(y_re, z_re * passes)
    assert_array_equal(y_im, z_im * passes)
    dz_re, dz_im = nnmem.zrelu_backward(np.arange(1.0, 7), np.arange(7.0, 13), cache)
    assert_array_equal(dz_re, [1, 0, 0, 0, 5, 6])
    assert_array_equal(dz_im, [7, 0, 0, 0, 11, 12])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moduli_whose_squares_overflow(dtype):
    big = np.array([1e30 if dtype == np.float32 else 1e300], dtype)
    y_re, y_im, cache = nnmem.modrelu_forward(3 * big, 4 * big, -5 * big / 2)
    assert_allclose([y_re, y_im], [1.5 * big, 2 * big], rtol=1e-6)
    assert all(np.isfinite(g).all() and g.dtype == dtype for g in nnmem.modrelu_backward(y_re / big, y_im / big, cache))
    assert modulus_of(3 * big, 4 * big) == pytest.approx(5 * big)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_threshold_far_beyond_the_modulus(dtype):
    """b / |z| is beyond the dtype, y is not."""
    tiny, b = np.array([3 * np.finfo(dtype).tiny], dtype), np.array([1e6], dtype)
    with np.errstate(all="raise"):
        y_re, y_im, _ = nnmem.modrelu_forward(tiny, 4 * tiny / 3, b)
    assert_allclose([y_re, y_im], [0.6 * b, 0.8 * b], rtol=1e-6)


def test_rayleigh_weights_have_their_spread_and_every_phase(rng):
    W_re, W_im = nnmem.rayleigh_weights(rng, 300, 200, np.float64)
    modulus, phase = np.hypot(W_re, W_im), np.arctan2(W_im, W_re)
    assert_allclose((modulus**2).mean(), 2 / 500, rtol=0.02)
    assert_allclose(modulus.mean(), math.sqrt(math.pi / 2 / 500), rtol=0.02)  # Rayleigh's mean, σ √(π/2)
    counts = np.histogram(phase, bins=8, range=(-np.pi, np.pi))[0]
    assert_allclose(counts, 60_000 / 8, rtol=0.05)
    for dtype in (np.float32, np.float64):
        assert [part.dtype for part in nnmem.rayleigh_weights(rng, 2, 3, dtype)] == [dtype] * 2
    assert [part.dtype for part in nnmem.rayleigh_weights(rng, 2, 3)] == [np.float32] * 2


ONES = np.ones((2, 3))
BAD = {
    "x": (lambda: nnmem.complex_linear_forward(ONES, np.ones((2, 4)), ONES, ONES), r"x_im has shape \(2, 4\)"),
    "W": (
        lambda: nnmem.complex_linear_forward(ONES, ONES, np.ones((5, 3)), np.ones((4, 3))),
        r"W_im has shape \(4, 3\)",
    ),
    "b": (lambda: nnmem.modrelu_forward(ONES, ONES, np.ones(2)), r"b has shape \(2,\), should be \(p,\) = \(3,\)"),
    "z": (lambda: nnmem.zrelu_forward(ONES, np.ones(3)), r"z_im has shape \(3,\)"),
    "sizes": (lambda: nnmem.rayleigh_weights(np.random.default_rng(0), 0, 3), "p is 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_unit_that_is_off_has_no_gradient_however_small_its_input():
    z, b = np.array([1e-40], np.float32), np.array([-1e6], np.float32)
    y_re, y_im, cache = nnmem.modrelu_forward(z, z, b)
    assert y_re == 0 and y_im == 0
    for gradient in nnmem.modrelu_backward(np.ones(1, np.float32), np.ones(1, np.float32), cache):
        np.testing.assert_array_equal(gradient, [0])


def test_zrelu_goes_by_signs_where_the_phase_would_round():
    z_re, z_im = np.array([-1.0, 1e20, -1e-300, np.nan, -1]), np.array([1e20, -1, 1, -1, np.nan])
    y_re, y_im, cache = nnmem.zrelu_forward(z_re, z_im)
    assert_array_equal(y_re, [0, 0, 0, np.nan, -1])
    assert_array_equal(y_im, [0, 0, 0, -1, np.nan])
    assert_array_equal(nnmem.zrelu_backward(np.ones(5), np.ones(5), cache)[0], [0, 0, 0, 1, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_does_not_turn_modrelus_phase_passes_however_steep_the_turn(dtype):
    """b / |z| is beyond the dtype, and nothing of dy is across z; beside it, z nearly on the axis."""
    tiny = np.array([2 * np.finfo(dtype).tiny], dtype)
    with np.errstate(over="raise", invalid="raise"):
        *_, cache = nnmem.modrelu_forward(tiny, 0 * tiny, np.array([1e6], dtype))
        dz_re, dz_im, db = nnmem.modrelu_backward(np.array([0.3], dtype), np.zeros(1, dtype), cache)
    assert_array_equal([dz_re, dz_im, db], np.array([[0.3], [0], [0.3]], dtype))
    z, b = np.array([1.3], dtype), np.array([1e6], dtype)
    *_, cache = nnmem.modrelu_forward(z, 1e-20 * z, b)
    dz_re, dz_im, _ = nnmem.modrelu_backward(np.array([0.3], dtype), np.array([0.7], dtype), cache)
    assert_allclose([dz_re, dz_im], [[0.3], 0.7 + 0.7 * b / z], rtol=1e-6)
