"""Verdict, points and diagnosis of a forward and of a backward."""

import numpy as np
import pytest

import nnmem
from nnmem.study.grade.answers import Attempt
from nnmem.study.grade.cases import cases
from nnmem.study.grade.judge import InPlace
from nnmem.study.grade.subject import subject
from nnmem.study.grade.upside_down import judge_backward
from nnmem.study.grade.verdict import (
    _signature,
    _why_a_value,
    forward_attempts,
    in_part,
    is_plain,
    judge_forward,
    judged,
    nearly,
)

DOT, SOFT = subject("dot_score"), subject("soft_attention")


def of_forward(one, forward):
    pupil = InPlace({one.first: forward})
    return judge_forward(pupil, one, forward_attempts(pupil, one))


def of_backward(one, backward, forward=None):
    """Behind a student's forward, or with the reference's cache."""
    pupil = InPlace({one.second: backward} | ({one.first: forward} if forward else {}))
    return judge_backward(pupil, one, forward_attempts(pupil, one) if forward else None)


def cause(judged):
    return judged[1].split("; smallest example: ")[0].split("; example: ")[0]


def blank(*args, **options):
    raise NotImplementedError


def test_points_of_what_is_right_in_its_values():
    assert judged([], []) == ("pass", "right", 10)
    assert judged([("a", 1.0, False), ("b", 2.0, False)], []) == ("pass", "right; a; b", 7)
    assert judged([("a", 1.0, False), ("b", 2.0, True)], []) == ("fail", "a; b", 7)
    assert judged([("a", 1.0, False)], ["x", "y"], "example") == ("fail", "x; y; a; example", 6)


def test_a_forward_that_is_not_written():
    assert of_forward(DOT, blank) == ("missing", "not written yet: it raises NotImplementedError", 0)


def test_values_that_are_right_in_part():
    """Three points are lost if at least half of the plain calls are right, or else all."""

    def only_batches(X, q):
        out, cache = nnmem.dot_score_forward(X, q)
        return out + (q.ndim == 1), cache

    assert 2 * sum(c.batch for c in cases(DOT)) == len(cases(DOT))
    verdict, said, points = of_forward(DOT, only_batches)
    assert (verdict, points) == ("fail", 7) and "; only without batch axes; smallest example: " in said

    def only_some(X, q):
        out, cache = only_batches(X, q)
        return out + (X.shape[0] == 4), cache

    assert of_forward(DOT, only_some)[::2] == ("fail", 0)
    assert in_part([True, False]) and not in_part([True, False, False]) and not in_part([])


def test_plain_calls():
    """Without a mask or a promise, and with something to get right."""
    found = cases(subject("attention_distribution"))
    plain = next(c for c in found if c.promise is None and c.mask is None)
    assert is_plain(plain, plain.outputs) and not is_plain(plain, (0 * plain.outputs[0],))
    assert is_plain(plain, (0 * plain.outputs[0], plain.outputs[0]))
    assert not any(is_plain(c, c.outputs) for c in found if c.promise is not None or c.mask is not None)


def test_a_forward_that_cannot_be_called_as_it_should():
    swapped = of_forward(DOT, lambda q, X: nnmem.dot_score_forward(X, q))
    assert cause(swapped).startswith("the arguments are in another order: (q, X), should be (X, q)")
    lacking = of_forward(DOT, lambda X: (X, None))
    assert cause(lacking) == "it takes (X), should take (X, q): q missing" and lacking[2] == 0
    other = of_forward(DOT, lambda a, b: (nnmem.dot_score_forward(a, b)[0] * 2, None))
    assert cause(other).startswith("it is 2 times"), "other names do no harm"
    no_mask = of_forward(SOFT, lambda X, q, W=None, U=None, v=None, score="dot", beta=1: 1 / 0)
    assert cause(no_mask).startswith("it takes (X, q, W, U, v, score, beta), should take (") or "raises" in no_mask[1]


def test_when_lacking_arguments_are_named():
    class Pupil:
        signatures = {DOT.first: [["X", False, "K"]]}  # noqa: RUF012

    case = cases(DOT)[0]
    assert _signature(Pupil, DOT, case, True) == "it takes (X), should take (X, q): q missing"
    assert _signature(Pupil, DOT, case, False) == ""
    Pupil.signatures = {DOT.first: [["q", False, "K"], ["X", False, "K"]]}
    assert _signature(Pupil, DOT, case, False).startswith("the arguments are in another order")
    Pupil.signatures = {DOT.first: [["X", False, "K"], ["q", False, "K"]]}
    assert _signature(Pupil, DOT, case, True) == ""
    Pupil.signatures = {}
    assert _signature(Pupil, DOT, case, True) == "", "nothing is known"
    Pupil.signatures = {SOFT.first: [["X", False, "K"], ["q", False, "K"]]}
    plain = next(c for c in cases(SOFT) if c.mask is None and c.options)
    masked = next(c for c in cases(SOFT) if c.mask is not None)
    assert _signature(Pupil, SOFT, plain, True).endswith(": params, score missing")
    assert _signature(Pupil, SOFT, masked, True).endswith(": params, score, mask missing")


def why(one, outputs, **more):
    """What is said where every case has outputs that a function of the right ones gives."""
    attempts = [Attempt(c, *outputs(c)) for c in cases(one)]
    return _why_a_value(one, attempts, **more)


def noise(out):
    return np.sin(1 + 17 * np.arange(out.size)).reshape(out.shape)


def test_what_is_said_where_no_cause_is_known():
    assert why(DOT, lambda c: ((c.outputs[0] + noise(c.outputs[0]),),)) == "wrong values"
    small = why(DOT, lambda c: ((c.outputs[0] + 1e-7 * noise(c.outputs[0]),),))
    assert small.startswith("the result is nearly right (relative error ") and "an epsilon" in small
    assert why(DOT, lambda c: ((c.outputs[0] + 1e-2 * noise(c.outputs[0]),),)) == "wrong values"
    assert why(DOT, lambda c: ((np.where(noise(c.outputs[0]) > 0, np.nan, c.outputs[0]),),)) == (
        "the result has values that are not finite"
    )
    shaped = why(DOT, lambda c: ((noise(c.outputs[0])[..., None, :],),))
    shape = cases(DOT)[0].outputs[0].shape
    assert shaped == f"the result has shape {(1, *shape)}, should be {shape}"
    second = why(SOFT, lambda c: ((c.outputs[0], c.outputs[1] + noise(c.outputs[1])),))
    assert second == "wrong values"
    second = why(SOFT, lambda c: ((c.outputs[0], c.outputs[1] + 1e-7 * noise(c.outputs[1])),))
    assert second.startswith("output 2 is nearly right")
    some = why(DOT, lambda c: ((noise(c.outputs[0])[:1] if c.batch else c.outputs[0] + noise(c.outputs[0]),),))
    assert " has shape " in some, "a shape says more than values do"
    assert nearly("it", 2.34e-7) == "it is nearly right (relative error 2e-07): an epsilon, or less precision"


def test_what_is_said_where_some_calls_fail():
    def failing(where, fine=lambda c: c.outputs):
        return lambda c: ((), "raises E") if where(c) else (fine(c),)

    mixed = "it is right where all sizes are equal, so two axes are mixed up"
    assert why(DOT, failing(lambda c: not c.square)) == f"raises E; {mixed}"
    assert why(DOT, failing(lambda c: True)) == "raises E"
    assert why(DOT, failing(lambda c: not c.square or c.batch)) == "raises E", "no batch ran"
    assert why(DOT, failing(lambda c: c.square)) == "raises E"
    twice = why(DOT, failing(lambda c: not c.square, lambda c: (2 * c.outputs[0],)))
    assert twice.startswith("raises E; it is 2 times") and mixed not in twice
    one = subject("attention_distribution")
    kept = why(one, failing(lambda c: c.promise is not None))
    promises = dict.fromkeys(c.promise.en for c in cases(one) if c.promise)
    assert kept == "; ".join(f"{said} (raises E)" for said in promises) and promises
    assert why(one, failing(lambda c: c.promise is not None or not c.square)) == "raises E"


def test_a_backward_alone_is_given_the_reference_s_cache():
    assert of_backward(DOT, nnmem.dot_score_backward) == ("pass", "right", 10)
    assert of_backward(DOT, blank) == ("missing", "not written yet: it raises NotImplementedError", 0)
    assert of_backward(DOT, blank, forward=DOT.forward)[0] == "missing"


def test_a_backward_behind_a_forward_that_gives_nothing():
    said = "cannot be graded before the forward returns its outputs and a cache"
    assert of_backward(DOT, DOT.backward, forward=lambda X, q: 1 / 0) == ("fail", said, 0)
    assert of_backward(DOT, blank, forward=lambda X, q: 1 / 0)[0] == "missing"


def test_gradients_that_are_right_in_part():
    def backward(ds, cache):
        dX, dq = nnmem.dot_score_backward(ds, cache)
        return 2 * dX, dq

    assert of_backward(DOT, backward)[::2] == ("fail", 7)
    assert cause(of_backward(DOT, backward)).startswith("gradient of X: it is 2 times")
    both = of_backward(DOT, lambda ds, cache: tuple(2 * g for g in nnmem.dot_score_backward(ds, cache)))
    assert both[::2] == ("fail", 0) and cause(both).startswith("gradient of X, q: it is 2 times")
    raising = of_backward(DOT, lambda ds, cache: 1 / 0)
    assert raising[::2] == ("fail", 0) and cause(raising).startswith("raises ZeroDivisionError")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda g: g + noise(g), "wrong values"),
        (lambda g: g + 1e-7 * noise(g), "it is nearly right (relative error "),
        (lambda g: np.where(noise(g) > 0, np.nan, g), "it has values that are not finite"),
        (lambda g: noise(g)[..., None], "it has shape "),
    ],
)
def test_gradients_that_have_no_cause(wrong, said):
    def backward(ds, cache):
        dX, dq = nnmem.dot_score_backward(ds, cache)
        return dX, wrong(dq)

    found = cause(of_backward(DOT, backward))
    assert found.startswith(f"gradient of q: {said}")
    if "shape" in said:
        shape = cases(DOT)[0].args[1].shape
        assert found.startswith(f"gradient of q: it has shape {(*shape, 1)}, should be {shape}, that of q")


def test_a_backward_that_runs_where_sizes_are_equal():
    def backward(ds, cache):
        X, _ = cache
        if X.shape[-1] != X.shape[-2]:
            raise ValueError("shapes")
        return nnmem.dot_score_backward(ds, cache)

    assert "it is right where all sizes are equal, so two axes are mixed up" in of_backward(DOT, backward)[1]

    def no_batch(ds, cache):
        if ds.ndim > 1:
            raise ValueError("no batch")
        return backward(ds, cache)

    assert "mixed up" not in of_backward(DOT, no_batch)[1]

    def also_wrong(ds, cache):
        return tuple(g + noise(g) for g in backward(ds, cache))

    assert "mixed up" not in of_backward(DOT, also_wrong)[1]


def test_a_gradient_that_is_to_be_refused():
    one = subject("hopfield_update")

    def zeros(ds, cache):
        try:
            return nnmem.hopfield_update_backward(ds, cache)
        except ValueError:
            return 0, 0, 0

    assert of_backward(one, zeros) == ("fail", "there is no gradient here, it should raise ValueError: beta=None", 7)
    assert of_backward(one, one.backward)[0] == "pass"


def scaled(X, q):
    return 3 * nnmem.dot_score_forward(X, q)[0], (X, q)


def of_own(ds, cache):
    return tuple(3 * g for g in nnmem.dot_score_backward(ds, cache))


def test_a_backward_behind_a_wrong_forward():
    assert of_backward(DOT, nnmem.dot_score_backward, forward=scaled) == ("pass", "right", 10)
    own = of_backward(DOT, of_own, forward=scaled)
    assert own == ("fail", "it is the gradient of your forward, which is wrong: mend that first", 3)
    for gradient in (lambda ds, c: (3 * DOT.backward(ds, c)[0], 2 * DOT.backward(ds, c)[1]),
                     lambda ds, c: (2 * DOT.backward(ds, c)[0], 3 * DOT.backward(ds, c)[1])):  # fmt: skip
        verdict, said, points = of_backward(DOT, gradient, forward=scaled)
        assert (verdict, points) == ("fail", 0) and "the forward is wrong too" in said
        assert said.startswith("compared with the formula: gradient of X: it is ")
    unknown = of_backward(DOT, lambda ds, c: tuple(g + noise(g) for g in DOT.backward(ds, c)), forward=scaled)
    assert unknown[1].startswith("wrong values; the forward is wrong too; ") and unknown[2] == 0
    failing = of_backward(DOT, lambda ds, c: 1 / 0, forward=scaled)
    assert failing[1].startswith("raises ZeroDivisionError") and failing[1].endswith("; the forward is wrong too")
    shaped = of_backward(DOT, lambda ds, c: (of_own(ds, c)[0], of_own(ds, c)[1][..., None]), forward=scaled)
    assert shaped[2] == 0


def test_outputs_in_the_cache_are_put_right():
    """The backward needs the weights, which its forward got wrong: with the right ones it is right."""
    one = subject("attention_distribution")

    def forward(scores, mask=None):
        alpha, _ = nnmem.attention_distribution_forward(scores, mask)
        return alpha + 0.1, alpha + 0.1

    def backward(dalpha, alpha):
        return (alpha * (dalpha - (alpha * dalpha).sum(-1, keepdims=True)),)

    assert of_backward(one, backward, forward=forward)[0] == "pass"


REST = "right wherever the forward is right; the rest cannot be judged before it is mended"


def test_a_backward_is_judged_where_its_forward_is_right():
    def no_batch(X, q):
        out, _ = nnmem.dot_score_forward(X, q)
        return out + (X.ndim > 2), (X * (1 + (X.ndim > 2)), q)

    found = of_backward(DOT, DOT.backward, forward=no_batch)
    assert found[0] == "fail" and found[1].startswith(REST) and found[2] == 7, "nothing is known of batches"

    def some(X, q):
        out, _ = nnmem.dot_score_forward(X, q)
        odd = X.shape[-2] == 2 and X.ndim == 3
        return out + odd, (X * (1 + odd), q)

    verdict, said, points = of_backward(DOT, DOT.backward, forward=some)
    assert (verdict, points) == ("pass", 10) and said.startswith("right; ") and said.endswith(REST)
    verdict, said, points = of_backward(DOT, lambda ds, c: (2 * DOT.backward(ds, c)[0], DOT.backward(ds, c)[1]), some)
    assert (verdict, points) == ("fail", 7) and said.startswith("gradient of X: it is 2 times")


def test_masks_too_must_have_been_judged():
    one = subject("attention_distribution")

    def no_mask(scores, mask=None):
        if mask is not None:
            raise ValueError("no mask")
        return nnmem.attention_distribution_forward(scores)

    assert of_backward(one, one.backward, forward=no_mask) == ("fail", REST, 7)
