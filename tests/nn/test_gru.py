"""The gated recurrent unit against its equations written out, and its gradients."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.gru import GRUParams, gru_backward, gru_forward, gru_init, gru_step_backward, gru_step_forward
from nnmem.nn.losses import sigmoid


def draw(rng, T=5, B=3, d=4, h=2):
    return rng.normal(size=(T, B, d)), GRUParams(*(rng.normal(size=s) for s in ((3 * h, d), (3 * h, h), (3 * h,))))


def test_it_is_the_papers_equations(rng):
    X, params = draw(rng)
    W, U, b = (np.split(part, 3) for part in params)
    H, last, _ = gru_forward(X, None, params)
    for i in range(3):
        h = np.zeros(2)
        for t in range(5):
            z = sigmoid(W[0] @ X[t, i] + U[0] @ h + b[0])
            r = sigmoid(W[1] @ X[t, i] + U[1] @ h + b[1])
            candidate = np.tanh(W[2] @ X[t, i] + U[2] @ (r * h) + b[2])
            h = (1 - z) * h + z * candidate
            assert_allclose(H[t, i], h, rtol=1e-12)
        assert_allclose(last[i], h, rtol=1e-12)


def test_the_last_state_is_that_of_each_sequences_own_end(rng):
    X, params = draw(rng)
    H, last, _ = gru_forward(X, rng.normal(size=(3, 2)), params, lengths=[2, 5, 1])
    assert_allclose(last, H[[1, 4, 0], [0, 1, 2]])


def test_what_stands_behind_an_end_gets_no_gradient(rng):
    X, params = draw(rng)
    H, _, cache = gru_forward(X, None, params, lengths=[2, 5, 1])
    dX, _, _ = gru_backward(np.zeros_like(H), rng.normal(size=(3, 2)), cache)
    assert not dX[2:, 0].any() and not dX[1:, 2].any() and dX[0].all()


def test_one_step_is_a_sequence_of_one(rng):
    X, params = draw(rng)
    h = rng.normal(size=(3, 2))
    h_next, cache = gru_step_forward(X[0] @ params.W.T + params.b, h, params.U)
    H, _, whole = gru_forward(X[:1], h, params)
    assert_allclose(h_next, H[0], rtol=1e-13)
    dh_next = rng.normal(size=(3, 2))
    da, dh = gru_step_backward(dh_next, cache, params.U)
    dX, dstart, _ = gru_backward(dh_next[None], np.zeros((3, 2)), whole)
    assert_allclose(dh, dstart, rtol=1e-12)
    assert_allclose(da @ params.W, dX[0], rtol=1e-12)


def test_float32_stays_and_extremes_are_finite(rng):
    params = gru_init(rng, 4, 2)
    X = (1e4 * rng.normal(size=(5, 3, 4))).astype(np.float32)
    H, last, cache = gru_forward(X, None, params)
    gradients = gru_backward(H, last, cache)
    assert H.dtype == last.dtype == gradients[0].dtype == np.float32
    assert all(part.dtype == np.float32 and np.isfinite(part).all() for part in gradients[2])


def test_no_steps(rng):
    X, params = draw(rng, T=0)
    H, last, cache = gru_forward(X, None, params)
    assert H.shape == (0, 3, 2) and not last.any()
    dX, _, dparams = gru_backward(H, np.ones((3, 2)), cache)
    assert dX.shape == X.shape and not any(part.any() for part in dparams)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((5, 3, 7))}, r"gru_forward: W has shape \(6, 4\), should be \(3h, d\) = \(6, 7\)"),
        ({"h": np.zeros((2, 2))}, r"gru_forward: h has shape \(2, 2\)"),
        (
            {"params": GRUParams(np.zeros((6, 4)), np.zeros((6, 3)), np.zeros(6))},
            r"U has shape \(6, 3\), should be .* = \(6, 2\)",
        ),
        ({"lengths": [0, 1, 2]}, "lengths has the entry 0, should be in 1 to 5"),
        ({"lengths": [1, 2]}, r"lengths has shape \(2,\), should be \(3,\)"),
    ],
)
def test_wrong_input(change, message, rng):
    X, params = draw(rng)
    with pytest.raises(ValueError, match=message):
        gru_forward(**{"X": X, "h": None, "params": params, **change})
