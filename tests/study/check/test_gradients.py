"""The checker finds mistakes in any pair, says where they are, and does not cry wolf."""

import numpy as np
import pytest

import nnmem


def tanh_forward(X, w):
    out = np.tanh(X @ w)
    return out, (X, w, out)


def tanh_backward(dout, cache):
    X, w, out = cache
    dz = dout * (1 - out**2)
    return dz[:, None] * w, X.T @ dz


@pytest.fixture
def arguments(rng):
    return rng.normal(size=(6, 3)), rng.normal(size=3)


def test_a_right_pair_passes_with_three_oracles(arguments):
    report = nnmem.check_gradients(tanh_forward, tanh_backward, *arguments)
    assert report and report.ok
    assert {row.oracle for row in report.rows} == {"central difference", "random direction", "complex step"}
    assert [row.argument for row in report.rows if row.oracle == "complex step"] == ["X", "w"]
    assert "All gradients agree." in str(report)


def test_the_worst_element_is_named_with_both_values(arguments):
    def wrong(dout, cache):
        dX, dw = tanh_backward(dout, cache)
        dw = dw.copy()
        dw[1] *= 1.001
        return dX, dw

    report = nnmem.check_gradients(tanh_forward, wrong, *arguments)
    assert not report
    bad = [row for row in report.rows if not row.ok]
    assert {row.argument for row in bad} == {"w"}
    row = next(row for row in bad if row.oracle == "complex step")
    assert row.element == (1,) and row.got == pytest.approx(1.001 * row.expected, rel=1e-12)
    assert f"w[1]: expected {row.expected:.10g}, got {row.got:.10g}" in str(report)


@pytest.mark.parametrize(
    ("backward", "problem"),
    [
        (lambda dout, cache: tanh_backward(dout, cache)[0], r"returned 1 gradients for 2 arrays \(X, w\)"),
        (
            lambda dout, cache: (tanh_backward(dout, cache)[0].T, np.ones(3)),
            r"of X has shape \(3, 6\), should be \(6, 3\)",
        ),
        (
            lambda dout, cache: (tanh_backward(dout, cache)[0].astype("f"), np.ones(3)),
            "of X is float32, should be float64",
        ),
    ],
)
def test_what_breaks_the_contract_is_said(arguments, backward, problem):
    report = nnmem.check_gradients(tanh_forward, backward, *arguments)
    assert not report and any(__import__("re").search(problem, p) for p in report.problems)


def test_a_modified_argument_is_said(arguments):
    def rude(X, w):
        X *= 2
        return tanh_forward(X, w)

    report = nnmem.check_gradients(rude, tanh_backward, *arguments)
    assert not report and "X was modified in place" in report.problems


def test_a_backward_that_eats_its_cache_is_said(arguments):
    def greedy(dout, cache):
        gradients = tanh_backward(dout, cache)
        cache[2][:] = 0
        return gradients

    report = nnmem.check_gradients(tanh_forward, greedy, *arguments)
    assert not report and "a second backward from the same cache gives another gradient of X" in report.problems


def test_a_forward_without_complex_numbers_is_still_checked(arguments):
    def real_forward(X, w):
        X = np.asarray(X, dtype=np.float64)
        return tanh_forward(X, np.asarray(w, dtype=np.float64))

    report = nnmem.check_gradients(real_forward, tanh_backward, *arguments)
    assert report and {row.oracle for row in report.rows} == {"central difference", "random direction"}
    assert any("does not take complex numbers" in note for note in report.notes)


def test_a_forward_that_is_not_analytic_is_still_checked(rng):
    report = nnmem.check_gradients(lambda x: (np.abs(x), x), lambda d, x: d * np.sign(x), rng.normal(size=5) + 3)
    assert report and any("not analytic" in note for note in report.notes)


def test_ones_upstream_would_miss_what_random_ones_find(rng):
    scores = rng.normal(size=7)
    alpha, cache = nnmem.attention_distribution_forward(scores)
    zero = lambda dalpha, cache: np.zeros_like(cache)  # noqa: E731
    assert np.allclose(nnmem.attention_distribution_backward(np.ones(7), cache), zero(None, alpha))
    assert not nnmem.check_gradients(nnmem.attention_distribution_forward, zero, scores)


def test_a_gradient_that_is_really_zero_passes():
    report = nnmem.check_gradients(
        nnmem.attention_distribution_forward, nnmem.attention_distribution_backward, np.array([0.3])
    )
    assert report


def test_nan_is_wrong(arguments):
    report = nnmem.check_gradients(tanh_forward, lambda d, c: (np.full((6, 3), np.nan), np.ones(3)), *arguments)
    assert not report


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3, 1e6])
def test_the_step_follows_the_scale_of_the_argument(rng, scale):
    X, q = scale * rng.normal(size=(4, 3)), rng.normal(size=3)
    assert nnmem.check_gradients(nnmem.dot_score_forward, nnmem.dot_score_backward, X, q)


def test_large_arguments_are_sampled_and_still_caught(rng):
    X, q = rng.normal(size=(60, 50)), rng.normal(size=50)
    assert nnmem.check_gradients(nnmem.dot_score_forward, nnmem.dot_score_backward, X, q)

    def wrong(dscores, cache):
        dX, dq = nnmem.dot_score_backward(dscores, cache)
        dX[::7] *= 1.01
        return dX, dq

    assert not nnmem.check_gradients(nnmem.dot_score_forward, wrong, X, q)


def test_integers_and_options_get_no_gradient(rng):
    def forward(X, rows, scale=1.0):
        return scale * X[rows], (X.shape, rows, scale)

    def backward(dout, cache):
        shape, rows, scale = cache
        dX = np.zeros(shape)
        np.add.at(dX, rows, scale * dout)
        return dX

    assert nnmem.check_gradients(forward, backward, rng.normal(size=(5, 2)), np.array([0, 3, 3]), scale=2.5)


def test_a_forward_without_a_cache_is_told_the_convention(rng):
    with pytest.raises(TypeError, match=r"should return a tuple \(out, ..., cache\)"):
        nnmem.check_gradients(lambda x: x, lambda d, c: d, rng.normal(size=3))


def test_the_report_repeats_itself(arguments):
    reports = [str(nnmem.check_gradients(tanh_forward, tanh_backward, *arguments)) for _ in range(2)]
    assert reports[0] == reports[1]


def test_a_modified_upstream_gradient_is_said(arguments):
    def habit(dout, cache):
        X, w, out = cache
        dout *= 1 - out**2
        return dout[:, None] * w, X.T @ dout

    report = nnmem.check_gradients(tanh_forward, habit, *arguments)
    assert not report and "the upstream gradient 1 was modified in place" in report.problems
    assert all(row.ok for row in report.rows), "its mathematics is right, and is told so"


def test_odd_but_right_homework_passes(rng):
    x, w = rng.normal(size=4), rng.normal(size=4)
    scalar = lambda x, w: (float(np.sum(x * w)), (x, w))  # noqa: E731
    assert nnmem.check_gradients(scalar, lambda d, c: [d * c[1], d * c[0]], x, w).ok
    assert nnmem.check_gradients(lambda a: (a * a, a), lambda cache, dout: 2 * cache * dout, x)
    assert nnmem.check_gradients(lambda a, k: (k * a, (a, k)), lambda d, c: (c[1] * d, float(np.sum(d * c[0]))), x, 1.7)
    assert nnmem.check_gradients(lambda a: (a * a, a), lambda d, c: 2 * c * d, list(x), rng=3)
    soft = lambda dr, c: nnmem.soft_attention_backward(dr, c)  # noqa: E731 - without dalpha
    assert nnmem.check_gradients(nnmem.soft_attention_forward, soft, rng.normal(size=(5, 4)), x)


def test_small_entries_get_a_step_of_their_own():
    report = nnmem.check_gradients(lambda a: (np.log(a), a), lambda d, a: d / a, np.array([0.9, 0.099, 1e-3, 1e-7]))
    assert report, str(report)
    wrong = nnmem.check_gradients(lambda a: (np.log(a), a), lambda d, a: d / a * 1.001, np.array([0.9, 0.099, 1e-3]))
    assert not wrong


def test_a_forward_that_asserts_its_dtype_is_still_checked(rng):
    def forward(x):
        assert x.dtype == np.float64
        return x**3, x

    report = nnmem.check_gradients(forward, lambda d, x: 3 * d * x**2, rng.normal(size=4))
    assert report and any("does not take complex numbers" in note for note in report.notes)
