"""The calls that homework is graded on, and when an answer is right."""

from dataclasses import replace

import numpy as np
import pytest

import nnmem
from nnmem.study.grade.cases import (
    CLOSE,
    Case,
    Seed,
    cases,
    close,
    drawn,
    error,
    evaluated,
    personal_case,
    promise_cases,
    square_cases,
    tiny_sizes,
)
from nnmem.study.grade.subject import subject, subjects
from nnmem.study.index.drawing import BATCH, SIZES


@pytest.mark.parametrize(
    ("got", "expected", "size"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0),
        ([1.0, 2.1], [1.0, 2.0], 0.05),  # of the largest
        ([1.0, 1.9], [1.0, 2.0], 0.05),
        ([1.0, -4.4], [1.0, -4.0], 0.1),
        ([0.5, -3.6], [1.0, -4.0], 0.125),
        ([1e-4, 0.0], [0.0, 0.0], 0.1),  # of 1/1000 at least
        ([3, 4], [3, 5], 0.2),
        ([True, False], [1.0, 0.0], 0),
        ([1.0, 0.0], [True, False], 0),
        ([True, True], [True, False], 1),
        ([True, False], [False, False], 1000),
        ([0.5, 0.0], [True, False], 0.5),
        ([np.nan, np.inf, -np.inf, 2.0], [np.nan, np.inf, -np.inf, 2.0], 0),
        ([np.nan, np.inf, 3.0], [np.nan, np.inf, 2.0], 0.5),
        ([np.nan, 1.0], [1.0, 1.0], np.inf),
        ([1.0, 1.0], [np.nan, 1.0], np.inf),
        ([np.inf, 1.0], [-np.inf, 1.0], np.inf),
        ([5.0, 1.0], [np.inf, 1.0], np.inf),
        ([1.0], [1.0, 1.0], np.inf),
        (1.0, [1.0], np.inf),
        (["a"], [1.0], np.inf),
        ([1.0 + 0j], [1.0], np.inf),
        ([], [], 0),
    ],
)
def test_the_size_of_an_error(got, expected, size):
    found = error(np.array(got), np.array(expected))
    assert isinstance(found, float) and found == pytest.approx(size)
    assert close(np.array(got), np.array(expected)) == (size == 0)


def test_what_is_close():
    assert CLOSE == 1e-9
    assert close([1 + 1e-9, 2], [1, 2]) and not close([1 + 3e-9, 2], [1, 2])


def test_arguments_as_the_text_orders_them():
    """Arrays, then options without a default by position; the rest by name."""
    one = subject("sampled_attention")
    X, alpha = np.eye(2), np.array([0.0, 1.0])
    case = Case(one, "", (X, alpha), {"rng": Seed(3)}, {}, 0)
    args, options = case.call()
    assert args[0] is X and args[1] is alpha and args[2] == 3 and options == {}
    assert case.options == {"rng": 3}, "the case keeps its own"
    masked = Case(subject("soft_attention"), "", (X, X), {"score": "dot", "mask": None}, {}, 0)
    assert masked.call() == ([X, X], {"score": "dot", "mask": None})
    by_name = Case(subject("hard_attention"), "", (X,), {"alpha": alpha}, {}, 0)
    assert by_name.call()[0] == [X, alpha] and by_name.call()[1] == {}
    policy = Case(subject("gaussian_policy"), "", (X, X), {"std": 0.5}, {}, 0)
    assert policy.call()[0][2:] + list(policy.call()[1].values()) == [0.5]


def test_upstream_gradients_that_may_be_left_out():
    """Half of the calls, those without a batch, leave them out."""
    one = subject("soft_attention")
    single, batch = list(drawn(one, np.random.default_rng(0), SIZES, ((), (2,))))[:: len(one.layouts) * 2][:2]
    for case in (single, batch):
        dr, dalpha = case.douts
        before, more = case.upstream(True)
        assert before[0] is dr and len(before) == 1 and len(more) == case.batch
        assert not more or more[0] is dalpha
        assert case.upstream(False) == ((dr,), ())
    assert batch.batch and batch.batch_axes == 1 and not single.batch


def test_gradients_are_of_the_upstream_gradients_asked_for():
    one = subject("soft_attention")
    case = next(c for c in cases(one) if c.batch)
    with_it, without = case.gradients(True), case.gradients(False)
    assert not all(map(close, with_it, without)) and case.gradients(True) is with_it
    for found, douts in ((with_it, case.douts), (without, case.douts[:1])):
        expected = one.backward(douts[0], case.cache, *douts[1:])
        assert all(map(np.array_equal, found, expected))
    other = tuple(3 * d for d in case.douts)
    assert close(case.gradients(True, other)[0], 3 * with_it[0]) and case.gradients(True) is with_it
    single = next(c for c in cases(one) if not c.batch)
    assert single.gradients(True) is single.gradients(False), "it is the same call"
    alone = cases(subject("gelu"))[0].gradients(False)
    assert isinstance(alone, tuple) and len(alone) == 1


def test_a_changed_case_is_evaluated_anew():
    case = cases(subject("soft_attention"))[0]
    case.gradients(False)
    new = case.changed([2 * a for a in case.args])
    assert np.array_equal(new.args[0], 2 * case.args[0]) and not close(new.outputs[0], case.outputs[0])
    assert new.memo == {} and new.options == case.options and new.douts is case.douts
    other = case.changed(mask=np.array([True] + [False] * (case.args[0].shape[-2] - 1)))
    assert other.args == case.args and close(other.outputs[0], case.args[0][0])
    assert {**case.options, "mask": other.options["mask"]} == other.options


def test_square():
    def square(**sizes):
        return Case(None, "", (), {}, sizes, 0).square

    assert square(N=4, d=4) and square(N=4, d=4, S=3) and not square(N=4, d=5) and not square()
    assert square(N=3, S=3) is False, "the size of a shift is left out of account"


def test_upstream_gradients_are_drawn_and_short_ones_can_be_typed():
    small = evaluated(Case(subject("gelu"), "abc", (np.ones((3, 3)),), {}, {}, 0))
    large = evaluated(Case(subject("gelu"), "abc", (np.ones((2, 5)),), {}, {}, 0))
    rng = np.random.default_rng(3)
    assert np.array_equal(small.douts[0], rng.normal(size=(3, 3)).round(1))
    assert np.array_equal(large.douts[0], np.random.default_rng(3).normal(size=(2, 5)))
    kept = evaluated(replace(large, douts=(np.zeros((2, 5)),)))
    assert not kept.douts[0].any()
    plain = next(iter(cases(subject("hopfield_retrieve"))))
    assert plain.douts == () and plain.cache is None
    drawn_ = next(iter(cases(subject("sampled_attention"))))
    assert [d.shape for d in drawn_.douts] == [drawn_.outputs[k].shape for k in (1, 1, 0)]


def test_a_generator_is_made_anew_for_each_call():
    case = next(c for c in cases(subject("sampled_attention")) if c.batch)
    again = evaluated(case)
    assert all(map(np.array_equal, again.outputs, case.outputs))
    assert repr(Seed(4)) == "np.random.default_rng(4)"


@pytest.mark.parametrize("one", subjects(), ids=lambda one: one.name)
def test_the_calls_of_a_subject(one):
    found = cases(one)
    assert cases(one) is found, "they are made once"
    ordinary = [case for case in found if case.promise is None]
    assert all(case.outputs and case.subject is one for case in found)
    assert (
        len(found) - len(ordinary)
        == len(promise_cases(one))
        == sum(len(extra.calls(np.random.default_rng(0))) for extra in one.known.extras)
    )
    batches = {case.sizes.get("batch") for case in ordinary}
    assert None in batches and all(("batch" in case.sizes) == case.batch for case in ordinary)
    if any(case.batch for case in ordinary):
        assert {2, int(np.prod(BATCH))} <= batches and (40 in batches) == one.draws
        assert {case.batch_axes for case in ordinary} == {0, 1, 2}
    tiny = set(ordinary[0].sizes.values())
    assert tiny <= {2, 3, 4} or one.name == "shift", "tiny ones come first, unless a shift needs room"
    assert any(case.sizes and case.square for case in ordinary) == bool(square_cases(one))


def test_numbers_of_tiny_calls_can_be_typed():
    """Those that must be exact, such as weights that sum to one, stay as they are."""
    first = cases(subject("soft_attention"))[0]
    assert all(np.array_equal(a, a.round(1)) for a in first.args)
    large = next(c for c in cases(subject("soft_attention")) if c.sizes["N"] == SIZES["N"])
    assert not np.array_equal(large.args[0], large.args[0].round(1))
    for case in cases(subject("structured_attention")):
        for value in case.options.values():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                assert np.array_equal(value, value.round(3))
    glimpse = [c.options["place"] for c in cases(subject("glimpse")) if c.promise is None]
    assert any(p.any() for p in glimpse) and all(np.array_equal(p, p.round(3)) for p in glimpse)


def test_sizes_of_tiny_calls_go_together():
    assert tiny_sizes(subject("soft_attention"))["N"] == 2
    for name, letters in (("multi_head_attention", "d"),):
        sizes = tiny_sizes(subject(name))
        assert set(sizes.values()) <= {2, 3, 4} and sizes[letters] % 2 == 0
    assert len(set(tiny_sizes(subject("dot_score")).values())) == 2, "no two that could be mixed up"


def test_the_numbers_of_one_student():
    one = subject("dot_score")
    found = [personal_case(one, f"{number}") for number in range(40)]
    shapes = {case.args[0].shape for case in found}
    assert {size for shape in shapes for size in shape} == {2, 3, 4, 5} and len(shapes) > 8
    assert all(case.batch_axes == 0 and "batch" not in case.sizes for case in found)
    assert all(np.array_equal(a, a.round(1)) for case in found for a in case.args)
    for case in found[:3]:
        assert close(case.outputs[0], nnmem.dot_score_forward(*case.args)[0])
    layouts = {str(personal_case(subject("soft_attention"), f"{n}").options.get("score")) for n in range(30)}
    assert len(layouts) > 1, "also which score is drawn"
    other = personal_case(subject("additive_score"), "7")
    assert other.args[0].shape != found[7].args[0].shape or not np.array_equal(other.args[0], found[7].args[0])
