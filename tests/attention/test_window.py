"""The window that slides, against its formula in loops."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.study.index.lookup import examples


@pytest.mark.parametrize("example", [pytest.param(e, id=e.case) for e in examples("gaussian_window")])
def test_against_loops(example):
    a, b, kappa, C = example.args
    w, phi, _ = nnmem.gaussian_window_forward(*example.args)
    for i in np.ndindex(C.shape[:-2]):
        for u in range(1, C.shape[-2] + 1):
            curves = zip(a[i], b[i], kappa[i], strict=True)
            assert math.isclose(
                phi[i][u - 1], sum(x * math.exp(-y * (k - u) ** 2) for x, y, k in curves), rel_tol=1e-12
            )
        assert_allclose(w[i], sum(phi[i][u] * C[i][u] for u in range(C.shape[-2])), rtol=1e-12)


def test_positions_count_from_one():
    a, b = np.ones(1), np.full(1, 50.0)
    for place in (1, 2, 3):
        w, phi, _ = nnmem.gaussian_window_forward(a, b, np.array([float(place)]), np.eye(3))
        assert phi.argmax() == place - 1
        assert_allclose(w, np.eye(3)[place - 1], atol=1e-12)


def test_padding_with_zeros_changes_nothing_that_is_read(rng):
    a, b = np.exp(rng.normal(size=(2, 4, 3)))
    kappa, C = rng.uniform(1, 5, (4, 3)), rng.normal(size=(4, 5, 6))
    padded = np.concatenate([C, np.zeros((4, 2, 6))], axis=1)
    w, phi, _ = nnmem.gaussian_window_forward(a, b, kappa, C)
    again, longer, _ = nnmem.gaussian_window_forward(a, b, kappa, padded)
    assert_allclose(again, w, rtol=1e-13)
    assert_allclose(longer[:, :5], phi, rtol=1e-13)


def test_an_empty_text_reads_nothing():
    w, phi, cache = nnmem.gaussian_window_forward(np.ones(2), np.ones(2), np.ones(2), np.zeros((0, 3)))
    assert phi.shape == (0,) and not w.any()
    da, _, _, dC = nnmem.gaussian_window_backward(np.ones(3), phi, cache)
    assert not da.any() and dC.shape == (0, 3)


def test_nan_goes_where_it_is_read_and_no_further():
    kappa = np.array([[np.nan], [1.0]])
    w, _, _ = nnmem.gaussian_window_forward(np.ones((2, 1)), np.ones((2, 1)), kappa, np.ones((2, 3, 2)))
    assert np.isnan(w[0]).all() and np.isfinite(w[1]).all()


def test_a_bell_that_reaches_nothing_has_no_gradient_however_high_and_sharp():
    a, b, C = np.array([1e200]), np.array([1e200]), np.ones((3, 2))
    with np.errstate(over="raise", invalid="raise"):
        _, phi, cache = nnmem.gaussian_window_forward(a, b, np.array([1.5]), C)
        da, db, dkappa, _ = nnmem.gaussian_window_backward(np.ones(2), np.ones(3), cache)
    assert not phi.any() and not da and not db and not dkappa
