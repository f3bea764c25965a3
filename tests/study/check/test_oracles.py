"""What each oracle measures: the error that it tells, the steps that it takes, and what it lets pass."""

import numpy as np
import pytest

from nnmem import check_gradients

ORACLES = ("central difference", "random direction", "complex step")


def cube(x):
    return x**3, x


def cube_backward(dout, x):
    return 3 * x**2 * dout


def by_oracle(report):
    return {row.oracle: row for row in report.rows}


@pytest.mark.parametrize("share", [0.5, 0.999, 1.001, 2.0, -1.0])
def test_too_small_is_as_wrong_as_too_large(rng, share):
    x = rng.normal(size=(3, 4))
    dout = np.random.default_rng(0).normal(size=x.shape)  # what the check itself draws first
    right = cube_backward(dout, x)
    place = tuple(map(int, np.unravel_index(np.abs(right).argmax(), x.shape)))

    def wrong(dout, x):
        dx = cube_backward(dout, x)
        dx[place] *= share
        return dx

    report = check_gradients(cube, wrong, x)
    rows = by_oracle(report)
    assert not any(row.ok for row in rows.values()) and len(rows) == 3
    largest = max(1, abs(share))
    for oracle in ("central difference", "complex step"):
        row = rows[oracle]
        assert row.element == place
        assert row.expected == pytest.approx(right[place], rel=1e-7)
        assert row.got == pytest.approx(share * right[place], rel=1e-12)
        assert row.error == pytest.approx(abs(1 - share) / largest, rel=1e-5)
    assert rows["random direction"].element is None


def test_the_error_is_relative_to_the_largest_entry(rng):
    x = np.array([10.0, 0.1, 1.0])

    def wrong(dout, x):
        dx = cube_backward(dout, x)
        dx[1] *= 3
        return dx

    dx = cube_backward(np.random.default_rng(0).normal(size=3), x)
    row = by_oracle(check_gradients(cube, wrong, x))["complex step"]
    assert row.element == (1,) and row.error == pytest.approx(2 * abs(dx[1]) / abs(dx).max(), rel=1e-9)


@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1.0, 100.0])
def test_a_gradient_of_zero_is_measured_by_what_the_loss_could_change(scale, rng):
    x, out = scale * np.array([3.0, -4.0]), rng.normal(size=5)
    spread = max(scale * np.sqrt(12.5), 1e-3)
    size = np.sum(np.abs(np.random.default_rng(0).normal(size=5) * out))

    def constant(x):
        return out + 0 * x.sum(), x

    row = by_oracle(check_gradients(constant, lambda d, x: np.array([0.0, 2e-9]), x))["complex step"]
    assert row.error == pytest.approx(2e-9 / (1e-3 * size / spread), rel=1e-9)


def test_nothing_at_all_is_right_and_something_is_infinitely_wrong():
    x = np.array([1.0, 2.0])
    report = check_gradients(lambda x: (0 * x, x), lambda d, x: 0 * d, x)
    assert report and {row.error for row in report.rows} == {0.0}
    assert not check_gradients(lambda x: (0 * x, x), lambda d, x: np.array([0, 1e-200]), x)


def moves(size, forward=cube, backward=cube_backward, x=None, **options):
    """How far from x every call of the forward was, the first left out."""
    x = np.linspace(1, 2, size) if x is None else x
    seen = []

    def watched(y):
        seen.append(np.asarray(y) - x)
        return forward(y)

    assert check_gradients(watched, backward, x, **options)
    return seen[1:]


@pytest.mark.parametrize(("size", "elements"), [(7, 7), (400, 400), (401, 400), (900, 400)])
def test_so_many_elements_and_directions_are_tried(size, elements):
    steps = moves(size)
    single = [step for step in steps if np.count_nonzero(step) == 1]
    real = [step for step in single if not np.iscomplexobj(step)]
    imaginary = [step for step in single if np.iscomplexobj(step)]
    assert len(real) == 2 * elements and len(imaginary) == elements and len(steps) == 3 * elements + 10
    places = [int(np.flatnonzero(step)[0]) for step in imaginary]
    assert places == sorted(set(places)), "each once, in order"
    assert {(int(np.flatnonzero(s)[0]), s.sum() > 0) for s in real} == {(i, up) for i in places for up in (True, False)}
    for step in imaginary:
        assert step.sum() == 1e-30j


def test_a_step_is_the_cube_root_of_what_can_be_told_apart_at_the_argument_s_scale():
    for scale, least, steps in ((1.0, 1.0, {1}), (50.0, 50.0, {1}), (1e-6, 1e-3, {1, 2})):
        x = scale * np.array([0.5, -1.0, 1.5, np.sqrt(0.5)])
        assert np.sqrt(np.mean(x * x)) == pytest.approx(scale)
        tried = [s for s in moves(4, lambda x: (x, x), lambda d, x: d.copy(), x) if np.count_nonzero(s) == 1]
        common = np.cbrt(2**-52) * least
        ratios = np.array([np.abs(s).sum() for s in tried if not np.iscomplexobj(s)]) / common
        assert np.allclose(ratios, np.rint(ratios), atol=1e-5) and set(np.rint(ratios)) == steps


def test_a_direction_moves_a_small_entry_little_and_a_zero_in_full():
    x = np.array([1.0, -1.0, 1e-6, 0.0])
    along = [s for s in moves(4, x=x) if np.count_nonzero(s) == 4]
    assert len(along) == 10
    up, down = np.array(along[::2]), np.array(along[1::2])
    assert np.allclose(up, -down, rtol=1e-4, atol=0) and len(np.unique(up[:, 0])) == 5
    typical = np.sqrt(np.mean(up**2, axis=0))
    assert typical[2] < 1e-5 * typical[0] and 0.1 < typical[3] / typical[0] < 10


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
@pytest.mark.parametrize("small", [1e-4, 1e-6, 1e-8, 0.0])
def test_an_entry_much_smaller_than_the_others_is_differentiated_as_well(small, scale):
    """A logarithm and a sine: the first bends within the common step, the second does not."""
    x, more = scale * np.array([1.0, 2.0, small]), 0 if small else scale

    def forward(x):
        return np.concatenate([np.sin(x / scale), np.log(x[2:] + more)]), x

    def backward(d, x):
        dx = np.cos(x / scale) * d[:3] / scale
        dx[2] += d[3] / (x[2] + more)
        return dx

    report = check_gradients(forward, backward, x)
    assert report, str(report)
    if small:
        wrong = check_gradients(forward, lambda d, x: backward(d, x) * [1, 1, 1.00001], x)
        assert not by_oracle(wrong)["central difference"].ok


@pytest.mark.parametrize("scale", [1.0, 50.0])
def test_the_step_of_a_small_entry_is_of_its_own_size(scale):
    x = scale * np.array([1.0, 1.0, 1e-3, 1.0])

    def forward(x):
        return np.log(np.abs(x) if np.isrealobj(x) else x), x

    real = [s for s in moves(4, forward, lambda d, x: d / x, x) if np.count_nonzero(s) == 1 and np.isrealobj(s)]
    rms = np.sqrt(np.mean(x * x))
    of_small = {round(float(abs(s[2]) / (np.cbrt(2**-52) * rms)), 6) for s in real if s[2]}
    assert of_small == {1.0, 2.0, round(1e-3 * scale / rms, 6)}


def test_an_oracle_that_gives_no_number_is_infinitely_wrong():
    x = np.array([1.0, 0.5, 2.0])

    def backward(dout, x):
        return dout / x

    def forward(x):
        with np.errstate(all="ignore"):
            near = np.abs(np.real(x) - [1.0, 0.5, 2.0]) > 0
            return np.where(near & [False, True, False], np.inf, np.log(x)), x

    rows = by_oracle(check_gradients(forward, backward, x))
    assert rows["central difference"].error == np.inf and rows["central difference"].element == (1,)
    assert not rows["central difference"].ok and not rows["random direction"].ok


def test_a_logarithm_of_zero_takes_no_part(rng):
    x = np.array([0.0, 0.4, 0.6])

    def forward(x):
        with np.errstate(divide="ignore"):
            return np.log(np.append(x[1:] / x[1:].sum(), 0)), x

    def backward(d, x):
        y = x[1:]
        return np.append(0, d[:2] / y - d[:2].sum() / y.sum())

    assert check_gradients(forward, backward, x)
    assert not check_gradients(forward, lambda d, x: 1.001 * backward(d, x), x)


def test_what_cannot_be_checked_is_noted_or_a_problem(rng):
    x = rng.normal(size=3)
    report = check_gradients(lambda x, e: (2 * x, e), lambda d, e: (2 * d, np.zeros((0, 2))), x, np.zeros((0, 2)))
    assert report and report.notes == ["e is empty"] and {row.argument for row in report.rows} == {"x"}
    report = check_gradients(lambda n: (2 * n, n), lambda d, n: 2 * d, np.arange(3))
    problem = "no argument is a float array (or a named tuple of them): no gradient to check"
    assert not report and report.problems == [problem] and not report.rows
    report = check_gradients(lambda x: (abs(x) + 0j if np.iscomplexobj(x) else abs(x), x), lambda d, x: d, x**2 + 1)
    assert report and report.notes == ["no complex step for x: the forward is not analytic in it"]
    assert [row.oracle for row in report.rows] == list(ORACLES[:2])

    def refuses(x):
        if np.iscomplexobj(x):
            raise ZeroDivisionError
        return 2 * x, x

    report = check_gradients(refuses, lambda d, x: 2 * d, x)
    assert report.notes == ["no complex step for x: the forward does not take complex numbers (ZeroDivisionError)"]


def test_an_upstream_gradient_that_is_left_out_counts_as_zero(rng):
    x = rng.normal(size=4)

    def two(x):
        return x**2, x**3, x

    def backward(da, x, db=None):
        return 2 * x * da + (0 if db is None else 3 * x**2 * db)

    assert check_gradients(two, backward, x)
    report = check_gradients(two, lambda da, x, db=None: backward(da, x, np.ones(4) if db is None else db), x)
    assert report.problems == ["an upstream gradient left out does not count as zero"]
    assert not check_gradients(two, lambda da, x, db=None: backward(da, x), x), "the second is not used"


def test_outputs_behind_those_that_the_backward_takes_count_for_nothing(rng):
    x = rng.normal(size=4)
    first_alone = check_gradients(lambda x: (x**2, x**3, x), lambda da, x: 2 * x * da, x)
    assert first_alone, str(first_alone)
    whole = check_gradients(lambda x: (x**2, np.arange(4), x), lambda da, dn, x: 2 * x * da, x)
    assert whole, "whole numbers have no upstream gradient"


def test_the_generator_chooses_the_upstream_gradients(rng):
    handed = []

    def backward(dout, x):
        handed.append(dout.copy())
        return cube_backward(dout, x)

    x = rng.normal(size=3)
    for given, wanted in ((None, 0), (0, 0), (3, 3), (np.random.default_rng(5), 5)):
        handed.clear()
        assert check_gradients(cube, backward, x, rng=given)
        assert np.array_equal(handed[0], np.random.default_rng(wanted).normal(size=3))
        assert all(np.array_equal(handed[0], each) for each in handed), "the same at every call"


def test_a_changed_argument_is_put_right_before_the_oracles_see_it(rng):
    calls = []

    def once(x):
        y = 3 * x
        if not calls:
            x += 1
        calls.append(1)
        return y, None

    report = check_gradients(once, lambda d, cache: 3 * d, np.full(3, 2.0))
    assert report.problems == ["x was modified in place"] and not report.rows
    nan = np.array([np.nan, 1.0])
    report = check_gradients(lambda x: (x[1:], x), lambda d, x: np.append(0, d), nan)
    assert not [p for p in report.problems if "modified" in p], "what is no number is not modified for that"
