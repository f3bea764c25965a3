import numpy as np
import pytest

from nnmem.nn.softmax import log_softmax, log_sum_exp, softmax


def rng():
    return np.random.default_rng(3)


def test_log_softmax():
    scores = rng().normal(size=(3, 4)) * 1e4
    log_p = log_softmax(scores)
    np.testing.assert_allclose(np.logaddexp.reduce(log_p, axis=-1), 0, atol=1e-12)
    mask = np.array([[True, False, True, True], [False] * 4, [False, False, True, False]])
    log_p = log_softmax(scores, mask)
    assert (np.exp(log_p)[~mask] == 0).all() and log_p[2, 2] == 0


def test_log_sum_exp_and_its_gradient():
    scores = rng().normal(size=(3, 4)) * 1e4
    value, gradient = log_sum_exp(scores)
    np.testing.assert_allclose(value, np.logaddexp.reduce(scores, axis=-1), rtol=1e-14)
    np.testing.assert_allclose(gradient, softmax(scores), rtol=1e-14)


def test_a_difference_beyond_the_dtype_is_no_weight_and_a_flagged_logarithm():
    scores = np.array([1e308, -1e308, 1e308])
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_array_equal(softmax(scores), [0.5, 0, 0.5])
        np.testing.assert_array_equal(log_sum_exp(scores)[1], [0.5, 0, 0.5])
        np.testing.assert_array_equal(
            log_softmax(scores, np.array([True, False, True])) == -np.inf, [False, True, False]
        )
    with pytest.raises(FloatingPointError), np.errstate(over="raise"):
        log_softmax(scores)
