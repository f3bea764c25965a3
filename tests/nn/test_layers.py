import numpy as np
import pytest

import nnmem
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.linear import glorot_uniform, linear_backward, linear_forward, project
from nnmem.nn.losses import (
    binary_cross_entropy_backward,
    binary_cross_entropy_forward,
    cross_entropy_backward,
    cross_entropy_forward,
    sigmoid,
)
from nnmem.nn.softmax import log_softmax_in_place

ONES = np.ones((2, 3))


def rng():
    return np.random.default_rng(3)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_linear(lead):
    r = rng()
    X, W, b = r.normal(size=(*lead, 3)), r.normal(size=(5, 3)), r.normal(size=5)
    assert nnmem.check_gradients(linear_forward, linear_backward, X, W, b)
    Y, _ = linear_forward(X, W, b)
    np.testing.assert_allclose(Y, np.einsum("...d,kd->...k", X, W) + b)
    np.testing.assert_allclose(project(X, W), Y - b)


def test_project_of_nothing():
    assert project(np.ones((0, 2, 3)), np.ones((5, 3))).shape == (0, 2, 5)


def test_glorot_keeps_the_variance():
    W = glorot_uniform(rng(), (300, 200), np.float64)
    np.testing.assert_allclose(W.var(), 2 / 500, rtol=0.02)


@pytest.mark.parametrize("ids", [2, [0, 4, 4, 1, 4], [[], []], [[1, 1], [0, 3]]])
def test_embedding(ids):
    ids = np.array(ids, dtype=int)
    E = rng().normal(size=(5, 3))
    report = nnmem.check_gradients(embedding_forward, embedding_backward, E, ids)
    assert report, report
    Y, cache = embedding_forward(E, ids)
    assert Y.shape == (*ids.shape, 3)
    dY = rng().normal(size=Y.shape)
    expected = np.zeros_like(E)
    np.add.at(expected, ids, dY)
    np.testing.assert_allclose(embedding_backward(dY, cache), expected, atol=1e-15)


@pytest.mark.parametrize("ids", [[0, 5], [-1, 0]])
def test_embedding_refuses_ids_outside_the_table(ids):
    with pytest.raises(ValueError, match=r"embedding_forward: ids has the entry (5|-1), should be in 0 to 4"):
        embedding_forward(np.ones((5, 3)), ids)
    with pytest.raises(TypeError, match="float64"):
        embedding_forward(np.ones((5, 3)), [0.0])


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
        (lambda: linear_forward(np.ones(2), np.ones((3, 3)), np.ones(3)), ValueError, r"linear_forward: W has shape"),
    ],
)
def test_wrong_input(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_log_softmax():
    scores = rng().normal(size=(3, 4)) * 1e4
    log_p = scores.copy()
    log_softmax_in_place(log_p)
    np.testing.assert_allclose(np.logaddexp.reduce(log_p, axis=-1), 0, atol=1e-12)
    mask = np.array([[True, False, True, True], [False] * 4, [False, False, True, False]])
    log_p = scores.copy()
    log_softmax_in_place(log_p, mask)
    assert (np.exp(log_p)[~mask] == 0).all() and log_p[2, 2] == 0
