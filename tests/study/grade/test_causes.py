"""Candidates for causes, each with what it would give, beside the formula with that mistake written by hand."""

import numpy as np
import pytest

from nnmem.study.grade.cases import Case, cases, close, evaluated
from nnmem.study.grade.causes import known_mistakes, of_a_gradient, of_a_value
from nnmem.study.grade.program import program
from nnmem.study.grade.subject import subject

DOT = subject("dot_score")
BATCH = next(c for c in cases(DOT) if c.batch and not c.square)
SINGLE = next(c for c in cases(DOT) if not c.batch and not c.square)


def predicted(candidates, phrase, case):
    [predict] = [predict for what, predict in candidates if what == phrase]
    with np.errstate(all="ignore"):
        return predict(case)


def score(X, q):
    return np.einsum("...nd,...d->...n", X, q)


def total(A):
    return A.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize(
    ("phrase", "mistake"),
    [
        ("it is transposed", lambda X, q: np.swapaxes(score(X, q), -1, -2)),
        ("it runs backwards", lambda X, q: score(X, q)[..., ::-1]),
        ("it is moved by one place, to the right", lambda X, q: score(X, q)[..., [-1, *range(X.shape[-2] - 1)]]),
        ("it is moved by one place, to the left", lambda X, q: score(X, q)[..., [*range(1, X.shape[-2]), 0]]),
        ("its logarithm is missing", lambda X, q: np.exp(score(X, q))),
        ("it is the logarithm of what it should be", lambda X, q: np.log(score(X, q))),
        ("X is not used", lambda X, q: score(0 * X, q)),
        ("the sign of q is wrong", lambda X, q: score(X, -q)),
        ("the absolute value of X is taken", lambda X, q: score(np.abs(X), q)),
        ("q is multiplied by 2", lambda X, q: score(X, 2 * q)),
        ("X is divided by 2", lambda X, q: score(X / 2, q)),
        ("q is squared", lambda X, q: score(X, q * q)),
        ("X is divided by its sum", lambda X, q: score(X / total(X), q)),
        ("q is divided by its sum", lambda X, q: score(X, q / total(q))),
    ],
)
def test_a_wrong_value(phrase, mistake):
    with np.errstate(invalid="ignore"):
        assert close(predicted(of_a_value(DOT, 0), phrase, BATCH), mistake(*BATCH.args))


def test_the_mean_over_the_items():
    X, q = SINGLE.args
    expected = score(X - X.sum(axis=0) / len(X), q)
    assert close(predicted(of_a_value(DOT, 0), "the mean of X is subtracted", SINGLE), expected)


def test_matrices():
    one = subject("hopfield_update")
    s, W, b = np.array([1.0, -1, 1]), np.arange(9.0).reshape(3, 3) - 5, np.array([0.5, 0, 2])
    case = evaluated(Case(one, "", (s, W, b), {"beta": 0.1}, {}, 0))
    of = list(of_a_value(one, 0))
    assert close(predicted(of, "W is used transposed", case), np.tanh(0.1 * (W.T @ s + b)))
    assert close(
        predicted(of, "the diagonal of W is left out", case), np.tanh(0.1 * ((W - np.diag(np.diag(W))) @ s + b))
    )


def test_arguments_in_the_place_of_others():
    one = subject("interpolate")
    w_c, w_prev, g = case_args = (np.array([0.2, 0.8]), np.array([0.5, 0.5]), np.array(0.25))
    case = evaluated(Case(one, "", case_args, {}, {}, 0))
    names, of = one.array_names(), list(of_a_value(one, 0))
    right = dict(zip(names, case_args, strict=True))
    forward = lambda **more: one.forward(*{**right, **more}.values())[0]  # noqa: E731
    a, b = names[:2]
    for x in names:
        for y in names:
            if x != y and right[x].shape == right[y].shape:
                assert close(predicted(of, f"{y} is used in place of {x}", case), forward(**{x: right[y]}))
                first, second = (x, y) if names.index(x) < names.index(y) else (y, x)
                swapped = forward(**{x: right[y], y: right[x]})
                assert close(predicted(of, f"{first} and {second} are exchanged", case), swapped)
    assert not any(what == f"{b} and {a} are exchanged" for what, _ in of), "once"
    assert w_c.sum() == w_prev.sum() == 1 and g == 0.25


def test_other_outputs_options_and_masks():
    one = subject("soft_attention")
    of_dot = [c for c in cases(one) if c.options.get("score") == "dot"]
    masked = next(c for c in of_dot if c.mask is not None and not c.mask.all())
    for output, other in ((0, 1), (1, 0)):
        found = predicted(of_a_value(one, output), f"output {other + 1} stands in its place", masked)
        assert found is masked.outputs[other]
        assert not any(what == f"output {output + 1} stands in its place" for what, _ in of_a_value(one, output))
    assert predicted(of_a_value(DOT, 0), "output 2 stands in its place", BATCH) is None
    of = list(of_a_value(one, 0))
    without = one.forward(*masked.args, **{**masked.options, "mask": None})[0]
    assert close(predicted(of, "the argument mask is ignored", masked), without) and not close(
        without, masked.outputs[0]
    )
    plain = next(c for c in of_dot if c.mask is None)
    assert close(predicted(of, "the argument mask is ignored", plain), plain.outputs[0])
    scaled = one.forward(*plain.args, **{**plain.options, "score": "scaled_dot"})[0]
    assert close(predicted(of, "it is what score='scaled_dot' gives", plain), scaled)
    assert not any(what.startswith("it is what") for what, _ in of_a_value(DOT, 0))


def test_an_option_that_is_a_number():
    one = subject("fast_weight_read")
    [case, *_] = [c for c in cases(one) if c.options.get("decay") not in (None, 1.0) and c.promise is None]
    found = predicted(of_a_value(one, 0), "the argument decay is ignored", case)
    assert close(found, one.forward(*case.args, **{**case.options, "decay": 1.0})[0])
    assert not close(found, case.outputs[0])


S, W, B = np.array([[1.0, -2.0, 0.5]]), np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 10]]), np.array([0.5, 0.25, 2.0])


@pytest.mark.parametrize(
    ("phrase", "of_W", "of_b"),
    [
        ("the part with W is missing", 0, 1),
        ("the part with W has the wrong sign", -1, 1),
        ("the part with W is 2 times what it should be: a factor of 1/2 is missing", 2, 1),
        ("the part with W is 1/2 times what it should be: a factor of 2 is missing", 0.5, 1),
        ("the part without W is missing", 1, 0),
        ("the part without W has the wrong sign", 1, -1),
        ("the part with b is missing", 1, 0),
        ("the part without b is 2 times what it should be: a factor of 1/2 is missing", 2, 1),
    ],
)
def test_a_part_of_a_sum(phrase, of_W, of_b):
    """E = −½ sᵀ W s − bᵀ s."""
    one = subject("hopfield_energy")
    case = evaluated(Case(one, "", (S, W, B), {}, {}, 1))
    expected = -0.5 * of_W * (S[0] @ W @ S[0]) - of_b * (B @ S[0])
    assert close(predicted(of_a_value(one, 0), phrase, case), np.array([expected]))
    ds = case.douts[0]
    expected = ds[:, None] * (-0.5 * of_W * ((W + W.T) @ S[0]) - of_b * B)
    assert close(predicted(of_a_gradient(one, 0, False), phrase, case), expected)


ALL = slice(None)


def left(ds, *index):
    kept = np.zeros_like(ds)
    kept[index] = ds[index]
    return kept


@pytest.mark.parametrize(
    ("phrase", "upstream"),
    [
        ("the upstream gradient is not used", lambda ds, out: 0 * ds + 1),
        ("it is that of exp(output), so a logarithm is forgotten", lambda ds, out: ds * np.exp(out)),
        (
            "only the last entry of the batch counts: the contributions are to be added up",
            lambda ds, _: left(ds, -1, -1),
        ),
        (
            "only the first entry of the batch counts: the contributions are to be added up",
            lambda ds, _: left(ds, 0, 0),
        ),
        ("only the last item counts: the contributions are to be added up", lambda ds, _: left(ds, ..., -1)),
        ("only the first item counts: the contributions are to be added up", lambda ds, _: left(ds, ..., 0)),
        (
            "only the last row counts: the contributions are to be added up",
            lambda ds, _: left(ds, ..., -1, ALL),
        ),
        (
            "only the first row counts: the contributions are to be added up",
            lambda ds, _: left(ds, ..., 0, ALL),
        ),
        (
            "only the last item of the last entry of the batch counts: the contributions are to be added up",
            lambda ds, _: left(ds, -1, -1, -1),
        ),
    ],
)
def test_a_wrong_gradient(phrase, upstream):
    """dX = ds ⊗ q, dq = Xᵀ ds, of another ds."""
    X, q = BATCH.args
    ds = upstream(BATCH.douts[0], BATCH.outputs[0])
    for place, expected in enumerate((ds[..., None] * q[..., None, :], np.einsum("...n,...nd->...d", ds, X))):
        assert close(predicted(of_a_gradient(DOT, place, False), phrase, BATCH), expected)


def test_gradients_in_the_place_of_others():
    dX, dq = BATCH.gradients(False)
    assert close(predicted(of_a_gradient(DOT, 0, False), "it is transposed", BATCH), np.swapaxes(dX, -1, -2))
    assert close(predicted(of_a_gradient(DOT, 0, False), "the gradient of q stands in its place", BATCH), dq)
    assert close(predicted(of_a_gradient(DOT, 1, False), "the gradient of X stands in its place", BATCH), dX)
    assert not any(what == "the gradient of X stands in its place" for what, _ in of_a_gradient(DOT, 0, False))


def test_a_second_upstream_gradient_and_a_mask():
    one = subject("soft_attention")
    case = next(c for c in cases(one) if c.batch and c.mask is not None)
    with_it = dict(of_a_gradient(one, 0, True))
    assert close(with_it["dalpha is ignored"](case), case.gradients(False)[0])
    assert "dalpha is ignored" not in dict(of_a_gradient(one, 0, False))
    found = with_it["the argument mask is ignored"](case)
    assert close(found, case.changed(mask=None).gradients(True)[0]) and not close(found, case.gradients(True)[0])
    ones = one.backward(np.ones_like(case.douts[0]), case.cache, np.ones_like(case.douts[1]))
    assert close(with_it["the upstream gradient is not used"](case), ones[0])


def test_mistakes_and_small_changes_are_of_the_output_or_gradient_asked_for():
    one = subject("soft_attention")
    case, steps = next(c for c in cases(one) if c.batch), program(one)
    mistakes = [mistake.en for mistake in one.known.mistakes]
    for output, place, optional in ((0, 0, False), (1, 0, False), (None, 1, True), (None, 1, False)):
        found = list(known_mistakes(one, output, place, optional))
        assert [what for what, _ in found] == mistakes
        for (_, predict), mistake in zip(found, one.known.mistakes, strict=True):
            try:
                expected = steps.predict(case, mistake.steps, output, place, optional, mistake.names)
            except Exception:
                continue
            got = predict(case)
            assert expected is got is None or close(got, expected)
    defaults = [predict(case) for _, predict in known_mistakes(one, None)]
    same = [predict(case) for _, predict in known_mistakes(one, None, 0, False)]
    other = [predict(case) for _, predict in known_mistakes(one, None, 0, True)]
    assert all(a is b is None or close(a, b) for a, b in zip(defaults, same, strict=True))
    assert not all(a is b is None or close(a, b) for a, b in zip(defaults, other, strict=True))
    assert close(steps.predict(case, {}, None), case.gradients(False)[0])
    assert close(steps.predict(case, {}, None, 0, True), case.gradients(True)[0])
    assert list(known_mistakes(subject("read_tour"), 0)) == [] or program(subject("read_tour")) is not None


def raised(predict):
    try:
        predict(BATCH)
    except Exception as error:
        return error
    return None


def test_defaults_of_small_changes():
    steps = program(DOT)
    first, second = (dict(steps.small_changes(None, place)) for place in (0, 1))
    default = dict(steps.small_changes(None))
    assert first.keys() == second.keys() == default.keys() and first
    for what, predict in default.items():
        try:
            expected = first[what](BATCH)
        except Exception:
            continue
        got = predict(BATCH)
        assert expected is got is None or close(got, expected), what
    failing = [predict for _, predict in default.items() if raised(predict) is not None]
    assert failing and all(raised(predict) is raised(predict) for predict in failing), "it is tried once"
    assert all(isinstance(raised(predict), ValueError) for predict in failing)
    mistakes = [list(steps.known_mistakes(None, *more)) for more in ((), (0,), (0, False))]
    assert len({len(m) for m in mistakes}) == 1
    forward = {what for what, _ in steps.small_changes(0)}
    assert forward < set(first), "steps behind the output cannot change it"
