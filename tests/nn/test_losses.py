import numpy as np
import pytest

import nnmem
from nnmem.nn.losses import (
    binary_cross_entropy_backward,
    binary_cross_entropy_forward,
    cross_entropy_backward,
    cross_entropy_forward,
    sigmoid,
)

ONES = np.ones((2, 3))


def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_cross_entropy(lead, masked):
    r = rng()
    logits, targets = r.normal(size=(*lead, 5)), r.integers(0, 5, lead)
    mask = r.random(lead) < 0.6 if masked else None
    report = nnmem.check_gradients(cross_entropy_forward, cross_entropy_backward, logits, targets, mask=mask)
    assert report, report
    losses, _ = cross_entropy_forward(logits, targets, mask)
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = -np.log(np.take_along_axis(p, np.asarray(targets)[..., None], -1)[..., 0])
    np.testing.assert_allclose(losses, expected if mask is None else expected * mask)


@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (0, 2, 1)])
def test_cross_entropy_of_logits_that_are_not_contiguous(order):
    r = rng()
    logits, targets = r.normal(size=(2, 3, 4)).transpose(order), r.integers(0, 2, np.array((2, 3, 4))[[*order[:2]]])
    losses, cache = cross_entropy_forward(logits, targets)
    wanted, same = cross_entropy_forward(np.ascontiguousarray(logits), targets)
    np.testing.assert_array_equal(losses, wanted)
    dlosses = r.normal(size=losses.shape)
    np.testing.assert_array_equal(cross_entropy_backward(dlosses, cache), cross_entropy_backward(dlosses, same))
    assert nnmem.check_gradients(cross_entropy_forward, cross_entropy_backward, logits, targets)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
@pytest.mark.parametrize("masked", [False, True])
def test_binary_cross_entropy(lead, masked):
    r = rng()
    logits, targets = r.normal(size=lead), r.random(lead)
    mask = r.random(lead) < 0.6 if masked else None

    def forward(z):
        return binary_cross_entropy_forward(z, targets, mask)

    assert nnmem.check_gradients(forward, binary_cross_entropy_backward, np.asarray(logits))
    losses, _ = forward(logits)
    p = 1 / (1 + np.exp(-logits))
    expected = -targets * np.log(p) - (1 - targets) * np.log(1 - p)
    np.testing.assert_allclose(losses, expected if mask is None else expected * mask)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_of_extreme_logits_are_finite(dtype):
    logits = np.array([[1e4, -1e4, 0]], dtype)
    losses, cache = cross_entropy_forward(logits, [1])
    assert losses.dtype == dtype and losses == 2e4
    assert cross_entropy_backward(np.ones(1, dtype), cache).dtype == dtype
    losses, cache = binary_cross_entropy_forward(logits[0], [0, 1, 1])
    np.testing.assert_allclose(losses, [1e4, 1e4, np.log(2)], rtol=1e-6)
    gradient = binary_cross_entropy_backward(np.ones(3, dtype), cache)
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, [1, -1, -0.5])
    np.testing.assert_array_equal(sigmoid(logits[0]), [1, 0, 0.5])


def test_no_prediction_is_no_loss():
    losses, cache = cross_entropy_forward(np.zeros((2, 0, 3)), np.zeros((2, 0), int))
    assert losses.shape == (2, 0) and cross_entropy_backward(losses, cache).shape == (2, 0, 3)
    losses, cache = binary_cross_entropy_forward(np.zeros((2, 0)), np.zeros((2, 0)))
    assert losses.shape == (2, 0) and binary_cross_entropy_backward(losses, cache).shape == (2, 0)


def test_masked_rows_hide_even_nan():
    logits = np.array([[1.0, 2.0], [np.nan, 0.0]])
    losses, _ = cross_entropy_forward(logits, [0, 1], np.array([True, False]))
    assert np.isfinite(losses).all() and losses[1] == 0
    with np.errstate(invalid="ignore"):
        assert np.isfinite(binary_cross_entropy_forward(logits[1], [1, 1], np.array([False, True]))[0]).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: cross_entropy_forward(ONES, [0, 3]), ValueError, "targets has the entry 3, should be in 0 to 2"),
        (lambda: cross_entropy_forward(ONES, [0]), ValueError, r"targets has shape \(1,\), should be \(2,\)"),
        (lambda: cross_entropy_forward(ONES, [0.0, 1.0]), TypeError, "targets has dtype float64"),
        (lambda: cross_entropy_forward(ONES, [0, 1], [1, 1]), TypeError, "mask has dtype int64"),
        (lambda: binary_cross_entropy_forward(np.ones(2), [0, 2]), ValueError, "the entry 2.0, should be in 0 to 1"),
        (lambda: binary_cross_entropy_forward(np.ones(2), [0, np.nan]), ValueError, "targets has the entry nan"),
        (lambda: binary_cross_entropy_forward(np.ones(2), [[0, 1]]), ValueError, r"targets has shape \(1, 2\)"),
    ],
)
def test_wrong_input(call, error, message):
    with pytest.raises(error, match=message):
        call()
