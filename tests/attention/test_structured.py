"""The marginals of a chain against every sequence of states there is, and against what they must be by reason."""

import itertools
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem


def enumerate_states(unary, pairwise):
    """Marginals as sums over all C^n sequences of states."""
    n, C = unary.shape
    sequences = np.array(list(itertools.product(range(C), repeat=n)))
    scores = unary[np.arange(n), sequences].sum(axis=1) + pairwise[sequences[:, :-1], sequences[:, 1:]].sum(axis=1)
    p = np.exp(scores - scores.real.max())
    p /= p.sum()
    return np.array([[p[sequences[:, i] == c].sum() for c in range(C)] for i in range(n)])


@pytest.mark.parametrize(("n", "C"), [(1, 3), (2, 2), (5, 3), (11, 2), (4, 1)])
def test_marginals_are_those_of_all_sequences(n, C, rng):
    unary, pairwise = 2 * rng.normal(size=(3, n, C)), 2 * rng.normal(size=(C, C))
    marginals, _ = nnmem.chain_marginals_forward(unary, pairwise)
    for one, expected in zip(unary, marginals, strict=True):
        assert_allclose(enumerate_states(one, pairwise), expected, rtol=0, atol=1e-12)


def walk(unary, pairwise):
    """The forward-backward algorithm as it stands in the docstring: position by position, state by state."""
    n, C = unary.shape
    F, B = np.zeros((2, n, C), unary.dtype)
    for i in range(n - 1):
        F[i + 1] = [np.log(sum(np.exp(F[i, c] + unary[i, c] + pairwise[c, d]) for c in range(C))) for d in range(C)]
    for i in reversed(range(1, n)):
        B[i - 1] = [np.log(sum(np.exp(pairwise[c, d] + unary[i, d] + B[i, d]) for d in range(C))) for c in range(C)]
    mu = np.exp(F + unary + B)
    return mu / mu.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n", [8, 9, 10, 11, 17, 18, 19, 20, 36, 39, 64])
def test_a_chain_that_is_halved_is_one_that_is_walked(n, rng):
    unary, pairwise, g = (rng.normal(size=shape) for shape in ((n, 3), (3, 3), (n, 3)))
    marginals, cache = nnmem.chain_marginals_forward(unary, pairwise)
    assert_allclose(marginals, walk(unary, pairwise), rtol=0, atol=1e-12)
    for i, own in enumerate(nnmem.chain_marginals_backward(g, cache)):
        args, direction = [unary.astype(complex), pairwise.astype(complex)], rng.normal(size=own.shape)
        args[i] += 1e-30j * direction
        assert_allclose((own * direction).sum(), (walk(*args) * g).sum().imag / 1e-30, rtol=1e-10, atol=1e-13)


def test_what_is_forbidden_far_away_decides_a_long_chain():
    """All 0 or all 1: the left half speaks for 0, the right half as loudly for 1, far beyond what exp can hold."""
    unary = np.zeros((100, 2))
    unary[:50, 0] = unary[50:, 1] = 1e4
    never = np.array([[0, -np.inf], [-np.inf, 0]])
    marginals, cache = nnmem.chain_marginals_forward(unary, never)
    assert_allclose(marginals, 0.5, rtol=1e-9)
    dunary, dpairwise = nnmem.chain_marginals_backward(np.tile([0.0, 1.0], (100, 1)), cache)
    assert_allclose(dunary, np.tile([-25.0, 25.0], (100, 1)), rtol=1e-9)  # p (1 - p) for each of the hundred
    assert_allclose(dpairwise, np.diag([-25.0 * 99, 25.0 * 99]), rtol=1e-9)


def test_gradients_are_those_of_the_enumeration(rng):
    unary, pairwise, g = (rng.normal(size=shape) for shape in ((6, 2), (2, 2), (6, 2)))
    _, cache = nnmem.chain_marginals_forward(unary, pairwise)
    for i, own in enumerate(nnmem.chain_marginals_backward(g, cache)):
        expected = np.empty_like(own)
        for entry in np.ndindex(own.shape):
            args = [unary.astype(complex), pairwise.astype(complex)]
            args[i][entry] += 1e-30j
            expected[entry] = (enumerate_states(*args) * g).sum().imag / 1e-30
        assert_allclose(own, expected, rtol=1e-12, atol=1e-15)


def test_the_jacobian_is_symmetric(rng):
    unary, pairwise = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
    _, cache = nnmem.chain_marginals_forward(unary, pairwise)
    J = np.array([nnmem.chain_marginals_backward(row.reshape(4, 3), cache)[0].ravel() for row in np.eye(12)])
    assert_allclose(J, J.T, atol=1e-14)
    assert np.abs(J - np.diag(np.diag(J))).max() > 1e-3


def test_without_ties_between_neighbours_each_position_is_a_softmax(rng):
    unary = rng.normal(size=(2, 5, 3))
    marginals, _ = nnmem.chain_marginals_forward(unary, np.full((3, 3), 0.7))
    assert_allclose(marginals, nnmem.attention_distribution_forward(unary)[0], rtol=1e-12)


def test_the_chain_read_backwards_has_the_same_marginals(rng):
    unary, pairwise = rng.normal(size=(7, 3)), rng.normal(size=(3, 3))
    marginals, _ = nnmem.chain_marginals_forward(unary, pairwise)
    turned, _ = nnmem.chain_marginals_forward(unary[::-1], pairwise.T)
    assert_allclose(turned[::-1], marginals, rtol=1e-12)


def test_what_is_forbidden_never_happens(rng):
    unary, pairwise = rng.normal(size=(6, 3)), rng.normal(size=(3, 3))
    unary[2, 1] = pairwise[0, 2] = -np.inf
    marginals, cache = nnmem.chain_marginals_forward(unary, pairwise)
    assert_allclose(marginals, enumerate_states(unary, pairwise), atol=1e-12)
    assert marginals[2, 1] == 0
    dunary, dpairwise = nnmem.chain_marginals_backward(rng.normal(size=(6, 3)), cache)
    assert np.isfinite(dunary).all() and np.isfinite(dpairwise).all()
    assert dunary[2, 1] == 0 and dpairwise[0, 2] == 0


def test_where_nothing_is_possible_there_is_nothing_and_nothing_comes_back(rng):
    unary = rng.normal(size=(2, 4, 2))
    unary[0, 1] = -np.inf
    marginals, cache = nnmem.chain_marginals_forward(unary, rng.normal(size=(2, 2)))
    assert not marginals[0].any() and np.allclose(marginals[1].sum(axis=-1), 1)
    dunary, _ = nnmem.chain_marginals_backward(rng.normal(size=(2, 4, 2)), cache)
    assert not dunary[0].any() and dunary[1].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ten_thousand_positions_stay_finite_and_exact(dtype, rng):
    unary, pairwise = (rng.normal(size=shape).astype(dtype) for shape in ((10_000, 2), (2, 2)))
    marginals, cache = nnmem.chain_marginals_forward(unary, pairwise)
    assert marginals.dtype == dtype
    assert_allclose(marginals.sum(axis=-1), 1, atol=1e-6)
    middle = enumerate_states(unary[4994:5007].astype(float), pairwise.astype(float))[6]
    assert_allclose(marginals[5000], middle, atol=2e-3)  # 6 positions away the ends are all but forgotten
    for gradient in nnmem.chain_marginals_backward(rng.normal(size=unary.shape).astype(dtype), cache):
        assert np.isfinite(gradient).all() and gradient.dtype == dtype


def test_a_long_chain_in_float32_loses_no_digits(rng):
    unary, pairwise, g = rng.normal(size=(10_000, 2)), rng.normal(size=(2, 2)), rng.normal(size=(10_000, 2)) + 3
    exact, cache = nnmem.chain_marginals_forward(unary, pairwise)
    dexact, _ = nnmem.chain_marginals_backward(g, cache)
    single, cache = nnmem.chain_marginals_forward(unary.astype(np.float32), pairwise.astype(np.float32))
    dsingle, _ = nnmem.chain_marginals_backward(g.astype(np.float32), cache)
    assert_allclose(single, exact, atol=1e-5)
    assert_allclose(dsingle, dexact, atol=1e-5)


def test_time_grows_with_the_length(rng):
    def seconds(n):
        unary = rng.normal(size=(n, 2))
        best = np.inf
        for _ in range(3):
            start = time.process_time()
            for _ in range(20):  # one alone is shorter than the tick of some clocks
                nnmem.chain_marginals_forward(unary, np.zeros((2, 2)))
            best = min(best, time.process_time() - start)
        return best

    assert seconds(16_000) < 8 * seconds(4_000)  # linear would be 4, quadratic 16


def test_scores_of_ten_thousand_and_no_positions():
    marginals, _ = nnmem.chain_marginals_forward(np.array([[1e4, -1e4], [-1e4, 1e4]]), np.full((2, 2), -1e4))
    assert_allclose(marginals, np.eye(2))
    marginals, cache = nnmem.chain_marginals_forward(np.zeros((3, 0, 2)), np.zeros((2, 2)))
    assert marginals.shape == (3, 0, 2)
    assert [g.shape for g in nnmem.chain_marginals_backward(marginals, cache)] == [(3, 0, 2), (2, 2)]


def test_structured_attention_to_nothing_is_zero():
    r, alpha, cache = nnmem.structured_attention_forward(np.zeros((3, 0, 4)), np.zeros((3, 0, 2)), np.zeros((2, 2)))
    assert r.shape == (3, 4) and not r.any() and alpha.shape == (3, 0)
    assert [g.shape for g in nnmem.structured_attention_backward(np.ones((3, 4)), cache)] == [
        (3, 0, 4),
        (3, 0, 2),
        (2, 2),
    ]


def test_transitions_of_minus_infinity_choose_all_or_nothing(rng):
    X, unary = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    never = np.array([[0.2, -np.inf], [-np.inf, -0.1]])
    r, alpha, cache = nnmem.structured_attention_forward(X, unary, never)
    one = 1 / (1 + np.exp(unary[:, 0].sum() - unary[:, 1].sum() + 0.3 * 11))
    assert_allclose(alpha, one, rtol=1e-9)
    assert_allclose(r, one * X.sum(axis=0), rtol=1e-9)
    dX, dunary, dpairwise = nnmem.structured_attention_backward(rng.normal(size=3), cache)
    assert all(np.isfinite(gradient).all() for gradient in (dX, dunary, dpairwise))
    assert dpairwise[0, 1] == dpairwise[1, 0] == 0 and dpairwise[0, 0]


def test_nan_stays_in_its_chain(rng):
    unary = rng.normal(size=(2, 4, 2))
    unary[0, 1, 1] = np.nan
    marginals, _ = nnmem.chain_marginals_forward(unary, np.zeros((2, 2)))
    assert np.isnan(marginals[0]).any() and np.isfinite(marginals[1]).all()


def test_structured_attention_is_the_expected_sum_over_all_choices(rng):
    X, unary, pairwise = (rng.normal(size=shape) for shape in ((5, 3), (5, 2), (2, 2)))
    r, alpha, _ = nnmem.structured_attention_forward(X, unary, pairwise)
    expected, total = np.zeros(3), 0.0
    for z in itertools.product((0, 1), repeat=5):
        p = np.exp(sum(unary[i, z[i]] for i in range(5)) + sum(pairwise[z[i], z[i + 1]] for i in range(4)))
        expected += p * sum(z[i] * X[i] for i in range(5))
        total += p
    assert_allclose(r, expected / total, rtol=1e-12)
    assert_allclose(alpha, enumerate_states(unary, pairwise)[:, 1], rtol=1e-12)


def test_a_gradient_of_the_weights_adds_to_that_of_the_sum(rng):
    args = [rng.normal(size=shape) for shape in ((4, 5, 3), (4, 5, 2), (2, 2))]
    dr, dalpha = rng.normal(size=(4, 3)), rng.normal(size=(4, 5))
    _, _, cache = nnmem.structured_attention_forward(*args)
    both = nnmem.structured_attention_backward(dr, cache, dalpha)
    parts = [nnmem.structured_attention_backward(*each) for each in ((dr, cache), (0 * dr, cache, dalpha))]
    for whole, *summands in zip(both, *parts, strict=True):
        assert_allclose(whole, sum(summands), rtol=1e-11, atol=1e-14)
