"""The error function against Python's own, number by number."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnmem.nn.error_function import TERMS, _through, erf, horner, polynomials

X = np.concatenate([np.linspace(-7, 7, 8001), 10.0 ** np.arange(-300, 0, 7), [1.0, -1.0, np.nextafter(1, 0)]])


def worst(computed, x):
    return max(abs(a - math.erf(b)) / abs(math.erf(b)) for a, b in zip(computed.tolist(), x.tolist(), strict=True) if b)


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 7e-16), (np.float32, 2e-7)])
def test_it_is_pythons_erf_to_rounding(dtype, bound):
    x = X[np.abs(X) > 1e-37].astype(dtype)  # float32 has fewer digits below
    assert erf(x).dtype == dtype
    assert worst(erf(x), x) < bound


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fewer_terms_would_not_do(dtype, monkeypatch):
    x = np.linspace(-6, 6, 1001).astype(dtype)
    good = worst(erf(x), x)
    for fewer in ((-4, 0), (0, -(9 if dtype is np.float64 else 3))):
        p, q = (np.array(TERMS[np.dtype(dtype)]) + fewer).tolist()
        monkeypatch.setitem(TERMS, np.dtype(dtype), (p, q))
        polynomials.cache_clear()
        assert worst(erf(x), x) > 1.5 * good
        monkeypatch.undo()
        polynomials.cache_clear()


def test_it_is_odd_and_ends_at_one():
    assert_array_equal(erf(-X), -erf(X))
    assert_array_equal(erf(np.array([np.inf, -np.inf, 1e300, -1e4, 0.0])), [1, -1, 1, -1, 0])
    assert np.isnan(erf(np.array([np.nan, 1.0]))).tolist() == [True, False]
    assert erf(np.float64(0.5)).shape == () and erf(np.empty((0, 3))).shape == (0, 3)


def test_the_imaginary_part_is_the_slope(rng):
    x = rng.normal(size=50)
    slope = erf(x + 1e-30j).imag / 1e-30
    np.testing.assert_allclose(slope, 2 / math.sqrt(math.pi) * np.exp(-x * x), rtol=1e-13)


def test_a_polynomial_by_its_powers():
    assert horner([1.0, -2.0, 3.0], np.array([2.0, -1.0])).tolist() == [9, 6]
    assert horner([4.0, 5.0], np.array([2.0])).tolist() == [14]


def test_the_polynomial_through_a_polynomial_is_that_polynomial(rng):
    for terms in (1, 2, 5, 8):
        coefficients = rng.normal(size=terms).tolist()
        found = _through(lambda u, c=coefficients: sum(a * u**i for i, a in enumerate(c)), terms)
        np.testing.assert_allclose(found, coefficients, rtol=1e-10, atol=1e-13)
