"""Fast weights against the matrix that they stand for, built and multiplied in loops."""

import numpy as np
import pytest

import nnmem


def by_the_matrix(H, q, decay, rate):
    """Decay the matrix, add each state's outer product, and multiply, entry by entry."""
    d = len(q)
    A = [[0.0] * d for _ in range(d)]
    for h in H:
        for i in range(d):
            for j in range(d):
                A[i][j] = decay * A[i][j] + rate * h[i] * h[j]
    return [sum(A[i][j] * q[j] for j in range(d)) for i in range(d)]


@pytest.mark.parametrize(("T", "d"), [(1, 3), (6, 4), (4, 4), (2, 7)])
@pytest.mark.parametrize(("decay", "rate"), [(0.9, 0.5), (1, 2), (0, 0.3), (0.5, 1.0)])
def test_it_reads_the_matrix_without_making_it(rng, T, d, decay, rate):
    H, q = rng.normal(size=(2, T, d)), rng.normal(size=(2, d))
    r, _ = nnmem.fast_weight_read_forward(H, q, decay=decay, rate=rate)
    np.testing.assert_allclose(r, [by_the_matrix(*pair, decay, rate) for pair in zip(H, q, strict=True)], rtol=1e-12)


def test_the_gradient_is_that_of_the_matrix(rng):
    """dq = A dr for the symmetric A; every state's gradient from the matrix's: dhₜ = cₜ (dA + dAᵀ) hₜ, dA = dr qᵀ."""
    H, q, dr = rng.normal(size=(5, 4)), rng.normal(size=4), rng.normal(size=4)
    _, cache = nnmem.fast_weight_read_forward(H, q, decay=0.7, rate=0.4)
    dH, dq = nnmem.fast_weight_read_backward(dr, cache)
    np.testing.assert_allclose(dq, by_the_matrix(H, dr, 0.7, 0.4), rtol=1e-12)
    dA = [[dr[i] * q[j] for j in range(4)] for i in range(4)]
    for t, h in enumerate(H):
        c = 0.4 * 0.7 ** (4 - t)
        expected = [c * sum((dA[i][j] + dA[j][i]) * h[j] for j in range(4)) for i in range(4)]
        np.testing.assert_allclose(dH[t], expected, rtol=1e-12)


def test_without_decay_it_is_attention_with_linear_weights(rng):
    H, q = rng.normal(size=(5, 4)), rng.normal(size=4)
    scores, _ = nnmem.dot_score_forward(H, q)
    r, _ = nnmem.weighted_sum_forward(scores, H)
    np.testing.assert_allclose(nnmem.fast_weight_read_forward(H, q, decay=1, rate=1)[0], r, rtol=1e-12)


def test_no_states_answer_nothing(rng):
    r, cache = nnmem.fast_weight_read_forward(np.zeros((3, 0, 4), np.float32), np.ones((3, 4), np.float32))
    assert r.dtype == np.float32 and r.shape == (3, 4) and not r.any()
    dH, dq = nnmem.fast_weight_read_backward(rng.normal(size=(3, 4)), cache)
    assert dH.shape == (3, 0, 4) and not dq.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_pasts_and_large_scores_stay_finite(rng, dtype):
    H = (rng.normal(size=(100_000, 3)) * 100).astype(dtype)
    r, cache = nnmem.fast_weight_read_forward(H, (H[-1] * 1.0).astype(dtype), decay=0.9)
    gradients = nnmem.fast_weight_read_backward(np.ones(3, dtype), cache)
    assert np.isfinite(r).all() and all(np.isfinite(g).all() and g.dtype == dtype for g in gradients)
    last = [nnmem.fast_weight_read_forward(H[-k:], H[-1], decay=0.9)[0] for k in (400, 800)]
    np.testing.assert_allclose(r, last[1], rtol=1e-4)
    np.testing.assert_allclose(*last, rtol=1e-4)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"decay": 1.1}, ValueError, "decay is 1.1, should be from 0 to 1"),
        ({"decay": -0.1}, ValueError, "decay is -0.1, should be from 0 to 1"),
        ({"decay": float("nan")}, ValueError, "decay is nan, should be from 0 to 1"),
        ({"decay": "1"}, TypeError, "decay is '1', should be a number from 0 to 1"),
        ({"rate": 0}, ValueError, "rate is 0, should be above 0"),
        ({"rate": None}, TypeError, "rate is None, should be a number above 0"),
    ],
)
def test_wrong_options_are_named(options, error, message):
    with pytest.raises(error, match=f"fast_weight_read_forward: {message}"):
        nnmem.fast_weight_read_forward(np.ones((2, 3)), np.ones(3), **options)
