"""The softmax in place gives what the softmax gives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.softmax import softmax, softmax_gradient
from nnmem.nn.softmax_kernels import MANY, softmax_gradient_in_place, softmax_in_place


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5,), (3, 5), (2, 3, 5), (2, 0)])
@pytest.mark.parametrize("masked", [False, True])
def test_in_place_is_the_text(dtype, shape, masked, rng):
    scores = (10 * rng.normal(size=shape)).astype(dtype)
    mask = rng.random(shape) < 0.6 if masked else None
    alpha, dalpha = scores.copy(), rng.normal(size=shape).astype(dtype)
    softmax_in_place(alpha, mask)
    rtol = 1e-5 if dtype is np.float32 else 1e-14
    assert alpha.dtype == softmax(scores, mask).dtype == dtype
    assert_allclose(alpha, softmax(scores, mask), rtol=rtol)
    dscores = dalpha.copy()
    softmax_gradient_in_place(dscores, alpha)
    assert softmax_gradient(dalpha, alpha).dtype == dtype
    assert_allclose(dscores, softmax_gradient(dalpha, alpha), rtol=100 * rtol, atol=rtol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_scores_at_the_ends_of_the_dtype_give_weights_without_a_warning(dtype):
    largest = np.finfo(dtype).max
    alpha = softmax(np.array([[largest, -largest], [-np.inf, -largest], [-np.inf, -np.inf]], dtype))
    assert_allclose(alpha, [[1, 0], [0, 1], [0, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("spread", [5, 25, 1e4, np.inf])
def test_of_many_scores_rows_far_below_the_largest_are_right_too(dtype, spread, rng):
    """The largest of all serves every row where it is near; where it is not, each row has its own."""
    scores = (rng.normal(size=(MANY // 8, 16)) - np.linspace(0, 1, MANY // 8)[:, None]).astype(dtype)
    scores[0] += spread if np.isfinite(spread) else 0
    scores[1:3] -= dtype(spread)
    alpha = scores.copy()
    softmax_in_place(alpha)
    assert_allclose(alpha, softmax(scores), rtol=1e-5 if dtype is np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("ends", [(-50, 50), (-59, -55), (55, 59), (-900, -800), (800, 900), (-900, 50), (-50, 900)])
@pytest.mark.parametrize("rows", [2, MANY // 8])
def test_wherever_the_scores_lie_they_have_their_softmax(dtype, ends, rows, rng):
    scores = rng.uniform(*ends, size=(rows, 16)).astype(dtype)
    scores[0], scores[1] = np.linspace(*ends, 16), ends[0]
    alpha = scores.copy()
    softmax_in_place(alpha)
    assert_allclose(alpha, softmax(scores), rtol=1e-4 if dtype is np.float32 else 1e-12, atol=np.finfo(dtype).tiny)
    assert_allclose(alpha.sum(axis=-1), 1, rtol=1e-5)
