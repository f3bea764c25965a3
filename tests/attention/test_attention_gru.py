"""The attention GRU against its formula in loops, and between a weighted average and a GRU."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.attention.attention_gru import attention_gru_backward, attention_gru_forward


def example(lead=(2, 3), N=4, d=3, h=2, seed=0):
    rng = np.random.default_rng(seed)
    params = (rng.normal(size=shape) for shape in 2 * ((h, d), (h, h), (h,)))
    return rng.normal(size=(*lead, N, d)), rng.random((*lead, N)), *params


def read(X, g, *params):
    """One story, number by number."""
    n = len(params[2])

    def sums(x, h):
        """W x + b and U h of the reset gate, then of the candidate."""
        for W, U, b in (params[:3], params[3:]):
            yield [sum(W[k][j] * x[j] for j in range(len(x))) + b[k] for k in range(n)]
            yield [sum(U[k][j] * h[j] for j in range(n)) for k in range(n)]

    h = [0.0] * n
    for x, gate in zip(X, g, strict=True):
        of_reset, kept_reset, a, kept = sums(x, h)
        r = [1 / (1 + math.exp(-(of_reset[k] + kept_reset[k]))) for k in range(n)]
        candidate = [math.tanh(a[k] + r[k] * kept[k]) for k in range(n)]
        h = [gate * c + (1 - gate) * old for c, old in zip(candidate, h, strict=True)]
    return h


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_it_is_the_formula_in_loops(lead):
    X, g, *params = example(lead)
    c, _ = attention_gru_forward(X, g, *params)
    for place in np.ndindex(lead):
        assert_allclose(c[place], read(X[place], g[place], *params), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("lead", [(), (4,), (2, 3)])
def test_gradients_against_every_oracle(lead):
    report = check_gradients(attention_gru_forward, attention_gru_backward, *example(lead))
    assert report, report
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}


def test_one_open_gate_reads_one_item_and_order_counts():
    X, _, *params = example(())
    hard = np.array([0.0, 0, 1, 0])
    c, _ = attention_gru_forward(X, hard, *params)
    assert_allclose(c, attention_gru_forward(X[2:3], np.ones(1), *params)[0])
    assert not attention_gru_forward(X, 0 * hard, *params)[0].any()
    forth, back = (attention_gru_forward(Y, np.full(4, 0.5), *params)[0] for Y in (X, X[::-1]))
    assert np.abs(forth - back).max() > 1e-3


def test_no_items_long_stories_and_float32():
    X, g, *params = (array.astype(np.float32) for array in example((2,), N=2000))
    c, cache = attention_gru_forward(1e4 * X, g, *params)
    for array in (c, *attention_gru_backward(c, cache)):
        assert array.dtype == np.float32 and np.isfinite(array).all()
    c, cache = attention_gru_forward(X[:, :0], g[:, :0], *params)
    assert c.shape == (2, 2) and not c.any()
    assert [array.shape for array in attention_gru_backward(c, cache)[:2]] == [(2, 0, 3), (2, 0)]


def test_wrong_shapes_are_named():
    X, g, *params = example(())
    with pytest.raises(ValueError, match=r"attention_gru_forward: U has shape \(2, 3\)"):
        attention_gru_forward(X, g, *params[:4], np.ones((2, 3)), params[5])
    with pytest.raises(ValueError, match=r"attention_gru_forward: g has shape \(3,\)"):
        attention_gru_forward(X, g[:3], *params)


def test_the_first_state_asks_for_no_gradient_of_its_own():
    """It would be beyond the dtype; h₀ is 0, and nothing warns."""
    X, zero, one = np.zeros((1, 1)), np.zeros((1, 1)), np.ones((1, 1))
    with np.errstate(over="raise", invalid="raise"):
        _, cache = attention_gru_forward(X, np.ones(1), zero, zero, np.zeros(1), one, 1e200 * one, np.zeros(1))
        found = attention_gru_backward(np.array([1e200]), cache)
    assert_allclose(found[-1], [1e200])
