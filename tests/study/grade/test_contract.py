"""What a right formula also owes: what is asked for it, and what is said where it is not kept."""

import numpy as np
import pytest

import nnmem
from nnmem.study.grade.cases import cases, close
from nnmem.study.grade.contract import (
    contract_of_backward,
    contract_of_forward,
    edges_of_forward,
    extreme_cases,
    large_cases,
    large_names,
    one_of_each,
    refused_cases,
    small_cases,
)
from nnmem.study.grade.judge import InPlace
from nnmem.study.grade.phrases import language
from nnmem.study.grade.subject import subject, subjects
from nnmem.study.grade.upside_down import judge_backward
from nnmem.study.grade.verdict import forward_attempts, judge_forward

EVERY = pytest.mark.parametrize("one", subjects(), ids=lambda one: one.name)


def of_forward(name, forward):
    one = subject(name)
    pupil = InPlace({one.first: forward})
    return contract_of_forward(pupil, one, forward_attempts(pupil, one))


def edges(name, forward):
    one = subject(name)
    return edges_of_forward(InPlace({one.first: forward}), one)


def of_backward(name, backward, forward=None):
    """Points, and what is lost, of a backward behind the reference's forward, or behind none."""
    one = subject(name)
    pupil = InPlace({one.second: backward, one.first: forward or one.forward})
    return judge_backward(pupil, one, forward_attempts(pupil, one))


@EVERY
def test_one_case_of_each_combination_of_options(one):
    found = one_of_each(one)
    ordinary = [c for c in cases(one) if c.promise is None and c.mask is None]

    def kind(case):
        return {k: repr(v) for k, v in case.options.items() if not isinstance(v, np.ndarray) and k != "rng"}

    kinds = [kind(case) for case in found]
    assert all(kind(case) in kinds for case in ordinary) and all(kinds.count(k) == 1 for k in kinds)
    for case in found:
        of_kind = [c for c in ordinary if kind(c) == kind(case)]
        batches = [c for c in of_kind if c.batch]
        assert case is (batches or of_kind)[0], "the first with a batch, or the first"


@EVERY
def test_small_cases_are_of_float32_throughout(one):
    for case, large in zip(small_cases(one), one_of_each(one), strict=True):
        given = [*case.args, *case.douts, *case.options.values()]
        before = [*large.args, *large.douts, *large.options.values()]
        assert len(given) == len(before)
        for a, b in zip(given, before, strict=True):
            if isinstance(b, np.ndarray):
                assert a.dtype == (np.float32 if b.dtype == np.float64 else b.dtype) and np.allclose(a, b, rtol=1e-6)
            else:
                assert a is b
        assert len(case.outputs) == len(large.outputs)
        if one.backward and all(np.asarray(o).dtype == np.float32 for o in case.outputs):
            assert all(g.dtype == np.float32 for g in case.gradients(True) if g.dtype.kind == "f")


@EVERY
def test_large_cases_are_finite_and_ten_thousand_times_as_large(one):
    of_each, found = one_of_each(one), large_cases(one)
    assert {name for name, _ in found} <= set(large_names(one))
    for name, case in found:
        place = one.array_names(case.options).index(name)
        smaller = [a / 1e4 if k == place else a for k, a in enumerate(case.args)]
        assert sum(all(map(close, smaller, c.args)) and str(c.options) == str(case.options) for c in of_each) == 1
        assert all(np.isfinite(out).all() for out in case.outputs)


def test_every_array_that_matters_is_large_in_turn():
    found = [(name, case.options["score"]) for name, case in large_cases(subject("soft_attention"))]
    of_each = one_of_each(subject("soft_attention"))
    assert len(of_each) == 4 and found == [(name, c.options["score"]) for c in of_each for name in ("X", "q")]
    assert {name for name, _ in large_cases(subject("dot_score"))} == {"X"}


def test_which_arrays_are_large():
    assert large_names(subject("soft_attention")) == ["X", "q"] and large_names(subject("sharpen")) == []
    assert large_names(subject("dot_score")) == ["X"], "the first, where nothing is known"


@EVERY
def test_extremes_are_arrays_of_floats(one):
    for what, case in extreme_cases(one):
        assert all(isinstance(a, np.ndarray) and a.dtype == np.float64 for a in case.args), what
        assert not any(isinstance(v, list) for v in case.options.values()), what
        assert ("rng" in case.options) == one.draws and case.outputs and case.sizes == {} and not case.batch


@EVERY
def test_what_is_refused_is_wrong_in_one_thing(one):
    first = one_of_each(one)[0]
    with pytest.raises((ValueError, TypeError)):
        for _, case in refused_cases(one):
            args, options = case.call()
            one.forward(*args, **{k: np.random.default_rng(0) if k == "rng" else v for k, v in options.items()})
            raise AssertionError(case.args)
        raise ValueError("nothing is refused, or all is")
    wrong = {}
    for what, case in refused_cases(one):
        if len(case.args) != len(first.args):
            continue
        shapes = [(a.shape, b.shape) for a, b in zip(case.args, first.args, strict=True)]
        differ = [k for k, (a, b) in enumerate(shapes) if a != b]
        if " in place of " in what and len(differ) == 1:
            [k] = differ
            assert what == f"{one.array_names(first.options)[k]} of shape {shapes[k][0]} in place of {shapes[k][1]}"
            axes = [axis for axis, (m, n) in enumerate(zip(*shapes[k], strict=True)) if m != n]
            assert len(axes) == 1 and axes[0] - len(shapes[k][0]) in (-1, -2)
            assert shapes[k][0][axes[0]] == shapes[k][1][axes[0]] + 1
            wrong.setdefault(k, []).append(axes[0] - len(shapes[k][0]))
    assert all(axes in ([-1], [-2], [-1, -2]) for axes in wrong.values())


def test_what_is_refused_of_dot_score():
    """X (2, N, d) and q (2, d): another d of either, another batch of q; one more row of X is right."""
    found = [(what.split()[0], case) for what, case in refused_cases(subject("dot_score"))]
    X, q = one_of_each(subject("dot_score"))[0].args
    (two, N, d), (_, _) = X.shape, q.shape
    assert [(name, [a.shape for a in case.args]) for name, case in found] == [
        ("X", [(two, N, d + 1), (two, d)]),
        ("q", [(two, N, d), (two, d + 1)]),
        ("q", [(two, N, d), (two + 1, d)]),
    ]
    assert np.array_equal(found[0][1].args[0][..., -1], X[..., 0])
    with language("zh"):
        assert "应" in refused_cases(subject("dot_score"))[0][0] or "形状" in refused_cases(subject("dot_score"))[0][0]
    assert refused_cases(subject("dot_score"))[0][0].startswith("X of shape"), "each language has its own"


def test_a_reference_owes_nothing():
    assert of_forward("soft_attention", nnmem.soft_attention_forward) == []
    assert of_backward("soft_attention", nnmem.soft_attention_backward)[0::2] == ("pass", 10)


def changes(X, q, *, which):
    """Right, but arguments are larger by one afterwards."""
    found = nnmem.dot_score_forward(X.copy(), q.copy())
    X += "X" in which
    q += "q" in which
    return found


@pytest.mark.parametrize("which", ["X", "q", "Xq"])
def test_arguments_that_are_changed(which):
    lost = of_forward("dot_score", lambda X, q: changes(X, q, which=which))
    names = ", ".join(which)
    assert lost[0] == (f"it modifies its arguments in place: {names}", 1.0, True)


def test_a_backward_that_changes_what_it_is_given():
    def backward(ds, cache):
        ds *= 2
        return nnmem.dot_score_backward(ds / 2, cache)

    assert of_backward("dot_score", backward) == ("fail", "it modifies the upstream gradient in place", 9)

    def consuming(ds, cache):
        found = nnmem.dot_score_backward(ds, cache)
        cache[0][...] = 0
        return found

    verdict, said, points = of_backward("dot_score", consuming)
    assert (verdict, said.split("; ")[0], points) == ("fail", "it modifies the cache in place", 9)


def float64(function):
    """The same in float64 whatever comes in."""

    def widened(*args, **options):
        found = function(*args, **options)
        return tuple(np.asarray(f, float) if isinstance(f, np.ndarray) else f for f in found)

    return widened


LOST = "float32 is lost: it gives float64 (np.sqrt of a number and np.zeros without dtype are float64)"


def test_float32_is_kept():
    assert of_forward("dot_score", float64(nnmem.dot_score_forward)) == [(LOST, 1.0, True)]
    assert of_backward("dot_score", float64(nnmem.dot_score_backward)) == ("fail", LOST, 9)

    def failing(X, q):
        if X.dtype == np.float32:
            raise ValueError("no")
        return nnmem.dot_score_forward(X, q)

    [(said, points, fails)] = of_forward("dot_score", failing)
    assert said.startswith("float32 arguments make it fail: raises ValueError: no") and (points, fails) == (1, True)

    def rough(X, q):
        out, cache = nnmem.dot_score_forward(X, q)
        return out * (1.01 if X.dtype == np.float32 else 1), cache

    assert of_forward("dot_score", rough) == [("wrong values in float32", 1.0, True)]
    verdict, said, points = of_backward("dot_score", nnmem.dot_score_backward, forward=rough)
    assert (verdict, points) == ("pass", 10), said

    def nearly(X, q):
        out, cache = nnmem.dot_score_forward(X, q)
        return (out * (1.0005 if X.dtype == np.float32 else 1)).astype(out.dtype), cache

    assert of_forward("dot_score", nearly) == [], "float32 has its own accuracy"


def test_a_backward_whose_forward_is_wrong_in_float32_is_not_judged_there():
    def rough(X, q):
        _, cache = nnmem.dot_score_forward(X, q)
        wrong = np.float32(1.5) if X.dtype == np.float32 else 1
        return nnmem.dot_score_forward(X, q)[0] * wrong, (cache[0] * wrong, cache[1])

    one = subject("dot_score")
    pupil = InPlace({one.first: rough, one.second: lambda ds, c: nnmem.dot_score_backward(ds, c)})
    found = forward_attempts(pupil, one)
    judged = judge_backward(pupil, one, found)
    assert judged == ("pass", "right; float32 cannot be judged before the forward is mended", 10)
    kept = contract_of_backward(pupil, one, False, [], False, False)
    assert kept == [], "with the reference's cache it is right"
    wide = InPlace({one.first: rough, one.second: float64(nnmem.dot_score_backward)})
    assert contract_of_backward(wide, one, True, [], False, False) == [(LOST, 1.0, True)]
    worse = InPlace({one.first: one.forward, one.second: lambda ds, c: [g + (g.dtype == np.float32)
                                                                        for g in one.backward(ds, c)]})  # fmt: skip
    assert contract_of_backward(worse, one, True, [], False, False) == [("wrong values in float32", 1.0, True)]


def test_large_numbers_are_survived():
    def forward(scores, mask=None):
        alpha, cache = nnmem.attention_distribution_forward(scores, mask)
        return np.where(np.abs(scores).max() > 1000, np.nan, alpha), cache

    assert edges("attention_distribution", forward)[0] == (
        "not stable: with scores 10⁴ times as large it overflows or loses the result (subtract the largest before exp)"
    )

    def failing(X, q):
        if np.abs(X).max() > 1000:
            raise OverflowError("large")
        return nnmem.dot_score_forward(X, q)

    [said] = edges("dot_score", failing)
    assert said.startswith("not stable: with X 10⁴ times as large it overflows or loses the result: raises Overflow")
    assert "subtract" not in said, "a hint for a softmax alone"


def test_extremes_are_kept():
    def forward(Z):
        Y, cache = nnmem.maxout_forward(Z)
        far = np.abs(Z).max() > 50
        return Y + (0.1 if far else 0), cache

    assert edges("maxout", forward)[-1] == "not kept: far apart"

    def raising(scores, mask=None):
        if np.isinf(scores).any():
            raise ValueError("infinite")
        return nnmem.attention_distribution_forward(scores, mask)

    [said] = edges("attention_distribution", raising)
    assert said.split(" (line")[0] == "not kept: a score of −inf: raises ValueError: infinite"
    assert edges("attention_distribution", nnmem.attention_distribution_forward) == []


def test_wrong_input_is_refused():
    lost = of_forward("dot_score", lambda X, q: ((X[..., : min(X.shape[-1], q.shape[-1])] * q[..., None, : X.shape[-1]]
                                                  ).sum(-1), (X, q)))  # fmt: skip
    [(said, points, fails)] = lost
    assert said.startswith("wrong input is not refused: X of shape (") and (points, fails) == (1.0, False)
    one = subject("dot_score")
    pupil = InPlace({one.first: lambda X, q: ((X[..., : q.shape[-1]] * q[..., None, : X.shape[-1]]).sum(-1), (X, q))})
    verdict, said, points = judge_forward(pupil, one, forward_attempts(pupil, one))
    assert (verdict, points) == ("pass", 9) and said.startswith("right; wrong input is not refused: ")


def test_the_cases_are_made_once():
    one = subject("soft_attention")
    for made in (small_cases, large_cases, extreme_cases, refused_cases):
        assert made(one) is made(one)
