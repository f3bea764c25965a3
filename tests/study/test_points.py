"""Equal faults cost equal points, whatever the pair: ten each, of which seven are for right values."""

import functools

import numpy as np
import pytest

from nnmem.study.grade.cases import Seed, cases
from nnmem.study.grade.contract import extreme_cases, large_cases
from nnmem.study.grade.judge import InPlace
from nnmem.study.grade.marks import marks
from nnmem.study.grade.subject import subject, subjects
from nnmem.study.grade.verdict import is_plain

PAIRS = [one.name for one in subjects() if not one.plain]
PLAIN = [one.name for one in subjects() if one.plain]
WITHOUT_FLOATS = ("hopfield_period", "read_tour", "clean_up")  # they give indices


def points(one, forward=None, backward=None):
    own = {one.first: forward or one.forward}
    if one.plain:
        own = {one.first: lambda *args, **options: returned(own_forward(*args, **options))}
        own_forward = forward or one.forward
    else:
        own[one.second] = backward or one.backward
    return [row.points for row in marks(InPlace(own), one, set(own), "")]


def returned(values):
    """What a plain function returns, of the same in the shape of a forward."""
    return values[:-1] if len(values) > 2 else values[0]


def floats(change, values):
    return [change(np.asarray(v)) if np.asarray(v).dtype.kind == "f" else v for v in values]


def faulty(one, outputs, cached=None):
    """A forward whose floating outputs, and what of them is in the cache, are changed."""

    @functools.wraps(one.forward)
    def forward(*args, **options):
        *values, cache = one.forward(*args, **options)
        wrong = floats(lambda v: outputs(v, args, options), values)
        return (*wrong, cached(cache) if cached else in_cache(cache, values, wrong))

    return forward


def in_cache(cache, values, wrong):
    if isinstance(cache, tuple):
        return tuple(in_cache(each, values, wrong) for each in cache)
    return next((w for v, w in zip(values, wrong, strict=True) if v is cache), cache)


def wide(cache):
    """All that a cache holds in float64."""
    if isinstance(cache, tuple):
        return tuple(map(wide, cache))
    if isinstance(cache, np.ndarray) and cache.dtype == np.float32:
        return cache.astype(np.float64)
    return cache


def modifying(one):
    @functools.wraps(one.forward)
    def forward(*args, **options):
        values = one.forward(*args, **options)
        for array in args:
            if array.dtype.kind == "f":
                array += 1
                break
        return values

    return forward


def same_call(case, args, options):
    own, named = case.call()
    kept = {k: v for k, v in options.items() if not isinstance(v, np.random.Generator)}
    named = {k: v for k, v in named.items() if not isinstance(v, Seed)}
    pairs = [p for p in zip(own, args, strict=False) if not isinstance(p[0], Seed)]
    if len(own) != len(args) or kept.keys() != named.keys():
        return False
    return all(equal(a, b) for a, b in [*pairs, *((named[k], kept[k]) for k in kept)])


def equal(a, b):
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(equal, a, b))
    return np.shape(a) == np.shape(b) and np.array_equal(a, b)


def nan_at(one, case):
    return faulty(one, lambda v, args, options: v * np.nan if same_call(case, args, options) else v)


@pytest.mark.parametrize("name", [name for name in PLAIN if name not in WITHOUT_FLOATS])
def test_faults_of_a_function_without_gradient_cost_the_same(name):
    one = subject(name)
    assert points(one) == [10]
    assert points(one, faulty(one, lambda v, *_: 2 * v)) == [0]
    assert points(one, faulty(one, lambda v, *_: v.astype(float))) == [9]
    assert points(one, modifying(one)) == [9]


@pytest.mark.parametrize("name", PAIRS)
def test_faults_of_a_forward_cost_what_they_cost_everywhere_and_its_right_backward_nothing(name):
    one = subject(name)
    assert points(one) == [10, 10]
    assert points(one, faulty(one, lambda v, *_: 2 * v)) == [0, 10]
    assert points(one, faulty(one, lambda v, *_: v.astype(float), wide)) == [9, 10]
    assert points(one, modifying(one)) == [9, 10]


@pytest.mark.parametrize("name", [*PAIRS, *PLAIN])
def test_a_nan_at_one_case_costs_three_points_wherever_it_is(name):
    one = subject(name)
    every = [*cases(one), *(c for _, c in extreme_cases(one)), *(c for _, c in large_cases(one))]
    numbers = [c for c in every if any(np.asarray(v).dtype.kind == "f" and np.isfinite(v).any() for v in c.outputs)]
    masked = [c for c in numbers if c.mask is not None][-1:]
    for case in [*numbers[:1], *masked, *numbers[-1:]]:
        assert points(one, nan_at(one, case)) == [7, 10][: 2 - one.plain], case.what


def not_finite(cache):
    if isinstance(cache, tuple):
        return tuple(map(not_finite, cache))
    return cache * np.nan if isinstance(cache, np.ndarray) and cache.dtype.kind == "f" else cache


def hides_all(case):
    return case.mask is not None and not case.mask.any(axis=-1).all()


@pytest.mark.parametrize("name", [name for name in PAIRS if any(map(hides_all, cases(subject(name))))])
def test_a_nan_wherever_all_is_masked_costs_three_points_and_its_backward_nothing(name):
    """As of a softmax without a guard; what it keeps for the backward is not finite either."""
    one = subject(name)
    hidden = list(filter(hides_all, cases(one)))

    def forward(*args, **options):
        *values, cache = one.forward(*args, **options)
        if any(same_call(case, args, options) for case in hidden):
            values, cache = floats(lambda v: v * np.nan, values), not_finite(cache)
        return (*values, cache)

    assert points(one, forward) == [7, 10]


@pytest.mark.parametrize("name", PAIRS)
def test_one_gradient_negated_costs_three_points_and_all_of_them_all(name):
    one = subject(name)

    def negated(places):
        @functools.wraps(one.backward)
        def backward(*args, **options):
            found = one.backward(*args, **options)
            signed = [-g if k in places else g for k, g in enumerate(found if isinstance(found, tuple) else [found])]
            return tuple(signed) if isinstance(found, tuple) else signed[0]

        return backward

    count = len(one.array_names())
    assert points(one, backward=negated(range(count))) == [10, 0]
    for place in range(count) if count > 1 else ():
        assert points(one, backward=negated([place])) == [10, 7], place


@pytest.mark.parametrize("name", PAIRS)
def test_what_a_backward_owes_besides_costs_a_point_each(name):
    one = subject(name)

    @functools.wraps(one.backward)
    @functools.wraps(one.backward)
    def modifies(*args, **options):
        found = one.backward(*args, **options)
        args[0][...] += 1
        return found

    assert points(one, backward=modifies) == [10, 9]


def test_right_in_part_is_at_least_half_of_the_plain_calls():
    one = subject("dot_score")
    plain = [case for case in cases(one) if is_plain(case, case.outputs)]
    half = len(plain) // 2
    for wrong, left in ((half, 7), (half + 1 + len(plain) % 2, 0)):

        def forward(X, q, wrong=wrong):
            bad = any(same_call(case, (X, q), {}) for case in plain[:wrong])
            return one.forward(X, q)[0] + bad, (X, q)

        assert points(one, forward) == [left, 10]


def graded(one, forward, backward):
    return [(row.points, row.diagnosis) for row in marks(InPlace({one.first: forward, one.second: backward}), one,
                                                         {one.first, one.second}, "")]  # fmt: skip


def behind_the_root(X, gain, bias, eps=1e-5):
    normal = X - X.mean(-1, keepdims=True)
    sigma = np.sqrt((normal**2).mean(-1, keepdims=True)) + X.dtype.type(eps)
    return gain * (normal / sigma) + bias, (normal / sigma, sigma, gain)


def from_its_cache(dY, cache):
    n, sigma, gain = cache
    dn, rows = dY * gain, tuple(range(dY.ndim - 1))
    dX = (dn - dn.mean(-1, keepdims=True) - n * (n * dn).mean(-1, keepdims=True)) / sigma
    return dX, (n * dY).sum(rows), dY.sum(rows)


def test_a_forward_that_is_right_by_chance_costs_its_backward_nothing():
    """Where a row's entries are all equal, layer norm gives the bias whatever ε it adds, and keeps another σ."""
    one = subject("layer_norm")

    def ignoring(X, gain, bias, eps=1e-5):
        return one.forward(X, gain, bias)

    (points, _), (behind, said) = graded(one, ignoring, one.backward)
    assert (points, behind) == (6, 10), "values, and a negative ε that is not refused"
    assert said.startswith("right") and "missing" not in said
    (points, _), (behind, said) = graded(one, behind_the_root, from_its_cache)
    assert (points, behind) == (0, 10) and said.startswith("right") and "ε" not in said

    def constant(dY, cache):
        return (dY * cache[2] / cache[1], *from_its_cache(dY, cache)[1:])

    (_, _), (behind, said) = graded(one, behind_the_root, constant)
    assert behind == 7 and "gradient of X: " in said, "wrong from its own cache too"
