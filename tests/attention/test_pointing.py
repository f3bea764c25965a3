"""Pointer distributions and likelihoods, against the scores for one query and loops over sequences."""

import numpy as np
import pytest

import nnmem
from nnmem.attention.pointing import (
    pointer_distribution_backward,
    pointer_distribution_forward,
    pointer_log_likelihood_backward,
    pointer_log_likelihood_forward,
)


def example(lead=(2,), m=3, n=5, d=4, d_e=6, h=7, dtype=np.float64):
    rng = np.random.default_rng(0)
    shapes = (*lead, n, d), (*lead, m, d_e), (h, d), (h, d_e), (h,)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize("masked", [None, "each", "all"])
def test_every_row_is_softmax_of_additive_scores(lead, masked):
    X, E, W, U, v = example(lead)
    shape = E.shape[:-1] + X.shape[-2:-1]
    rng = np.random.default_rng(1)
    mask = None if masked is None else rng.random(shape if masked == "each" else X.shape[:-1]) < 0.6
    log_p, _ = pointer_distribution_forward(X, E, W, U, v, mask)
    assert log_p.shape == shape
    for i in range(E.shape[-2]):
        scores, _ = nnmem.additive_score_forward(X, E[..., i, :], W, U, v)
        row = mask if masked != "each" else mask[..., i, :]
        alpha, _ = nnmem.attention_distribution_forward(scores, row)
        np.testing.assert_allclose(np.exp(log_p[..., i, :]), alpha, rtol=1e-12)


def test_a_row_with_nothing_left_is_impossible_and_passes_nothing_back():
    X, E, W, U, v = example()
    mask = np.ones((2, 3, 5), bool)
    mask[0, 1] = False
    log_p, cache = pointer_distribution_forward(X, E, W, U, v, mask)
    assert (log_p[0, 1] == -np.inf).all() and np.isfinite(log_p[mask]).all()
    dlog_p = np.random.default_rng(1).normal(size=log_p.shape)
    dlog_p[mask] = 0
    for gradient in pointer_distribution_backward(dlog_p, cache):
        assert not gradient.any()


def test_extremes_stay_finite_and_float32_stays():
    X, E, W, U, v = example(dtype=np.float32)
    log_p, cache = pointer_distribution_forward(X, E, W, U, v * np.float32(1e4))
    assert log_p.dtype == np.float32 and np.isfinite(log_p).all()
    for gradient in pointer_distribution_backward(np.ones_like(log_p) * np.float32(0.3), cache):
        assert gradient.dtype == np.float32 and np.isfinite(gradient).all()


def test_likelihood_is_the_product_of_the_chosen_probabilities():
    log_p, _ = pointer_distribution_forward(*example())
    targets = np.array([[0, 3, 1], [4, 2, 2]])
    value, _ = pointer_log_likelihood_forward(log_p, targets)
    p = np.exp(log_p)
    product = [p[b, 0, t[0]] * p[b, 1, t[1]] * p[b, 2, t[2]] for b, t in enumerate(targets)]
    np.testing.assert_allclose(np.exp(value), product)
    short, _ = pointer_log_likelihood_forward(log_p, targets, [1, 3])
    np.testing.assert_allclose(short, [log_p[0, 0, 0], value[1]])


def test_all_sequences_together_have_probability_one():
    log_p, _ = pointer_distribution_forward(*example(lead=(), m=3, n=4))
    sequences = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)
    value, _ = pointer_log_likelihood_forward(np.broadcast_to(log_p, (64, 3, 4)), sequences)
    np.testing.assert_allclose(np.exp(value).sum(), 1, rtol=1e-12)


def test_the_chapters_example():
    """For 3, 1, 2 the chapter gives 1, 3, 2: places from 1, the largest number first. It is one of the six targets."""
    numbers = np.array([3, 1, 2])
    largest_first = np.argsort(-numbers)
    assert (largest_first + 1).tolist() == [1, 3, 2]
    assert np.argsort(numbers).tolist() == [1, 2, 0]
    log_p = np.log(np.full((3, 3), 0.1) + 0.7 * np.eye(3)[largest_first])
    value, _ = pointer_log_likelihood_forward(log_p, largest_first)
    np.testing.assert_allclose(np.exp(value), 0.8**3)


def test_targets_behind_the_length_are_not_looked_at():
    log_p, _ = pointer_distribution_forward(*example())
    value, cache = pointer_log_likelihood_forward(log_p, [[0, -7, 99], [1, 2, 3]], [1, 2])
    np.testing.assert_allclose(value, [log_p[0, 0, 0], log_p[1, 0, 1] + log_p[1, 1, 2]])
    gradient = pointer_log_likelihood_backward(np.array([2.0, 3.0]), cache)
    assert gradient[0, 0, 0] == 2 and gradient[1, 1, 2] == 3 and gradient.sum() == 2 + 3 + 3


def test_an_impossible_target_gives_minus_infinity():
    X, E, W, U, v = example()
    log_p, _ = pointer_distribution_forward(X, E, W, U, v, np.array([[True] * 4 + [False]] * 2))
    value, cache = pointer_log_likelihood_forward(log_p, [[0, 4, 1], [1, 2, 3]])
    assert value[0] == -np.inf and np.isfinite(value[1])
    assert np.isfinite(pointer_log_likelihood_backward(np.array([1.0, 1.0]), cache)).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"targets": [[0, 3, 5], [1, 2, 3]]}, ValueError, "targets has the entry 5, should be in 0 to 4"),
        ({"targets": [[0, 3, -1], [1, 2, 3]]}, ValueError, "targets has the entry -1, should be in 0 to 4"),
        ({"targets": [[0, 3], [1, 2]]}, ValueError, r"targets has shape \(2, 2\), should be \(2, 3\)"),
        ({"targets": [[0.0, 3, 1], [1, 2, 3]]}, TypeError, "targets has dtype float64, should be integers"),
        ({"lengths": [0, 3]}, ValueError, "lengths has the entry 0, should be in 1 to 3"),
        ({"lengths": [4, 3]}, ValueError, "lengths has the entry 4, should be in 1 to 3"),
        ({"lengths": [3]}, ValueError, r"lengths has shape \(1,\), should be \(2,\)"),
    ],
)
def test_wrong_targets_and_lengths(change, error, message):
    log_p, _ = pointer_distribution_forward(*example())
    with pytest.raises(error, match=f"pointer_log_likelihood_forward: {message}"):
        pointer_log_likelihood_forward(**{"log_p": log_p, "targets": [[0, 3, 1], [1, 2, 3]], **change})


@pytest.mark.parametrize(
    ("place", "shape", "message"),
    [
        (0, (2, 5, 3), r"W has shape \(7, 4\), should be \(h, d\) = \(7, 3\)"),
        (1, (3, 3, 6), r"E has shape \(3, 3, 6\), should be \(\.\.\., m, d_e\) = \(2, m, d_e\)"),
        (3, (6, 6), r"U has shape \(6, 6\), should be \(h, d_e\) = \(7, 6\)"),
        (4, (6,), r"v has shape \(6,\), should be \(h,\) = \(7,\)"),
    ],
)
def test_wrong_shapes(place, shape, message):
    args = example()
    args[place] = np.ones(shape)
    with pytest.raises(ValueError, match=f"pointer_distribution_forward: {message}"):
        pointer_distribution_forward(*args)


def test_wrong_masks():
    args = example()
    with pytest.raises(ValueError, match=r"mask has shape \(2, 4\), should be \(2, 5\)"):
        pointer_distribution_forward(*args, mask=np.ones((2, 4), bool))
    with pytest.raises(ValueError, match=r"mask has shape \(2, 5, 3\), should be \(2, 3, 5\)"):
        pointer_distribution_forward(*args, mask=np.ones((2, 5, 3), bool))
    with pytest.raises(TypeError, match="mask has dtype int64"):
        pointer_distribution_forward(*args, mask=np.ones((2, 5), int))
