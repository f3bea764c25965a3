"""Answers that are off by a factor: which factor, and when there is none."""

import numpy as np
import pytest

from nnmem.study.grade.cases import Case
from nnmem.study.grade.factors import Comparison, constant_factor, missing_sum

ROW = np.array([1.0, -2.0, 3.0])
TIMES = "it is {} times what it should be: "


def answer(got, expected=ROW, batch=0, options=None, **sizes):
    sizes |= {"batch": batch} if batch else {}
    case = Case(None, "", (), options or {}, sizes, int(batch > 0))
    return Comparison(case, np.asarray(got), np.asarray(expected))


def of_sizes(factor, *sizes, **more):
    """Answers of which each is off by a factor that depends on its sizes."""
    return [answer(factor(**own) * ROW, **own, **more) for own in sizes]


def test_no_factor():
    wrong = ROW + np.eye(3)[0]
    assert constant_factor([answer(ROW)]) is None
    assert constant_factor([answer(wrong, d=3)]) is None
    assert constant_factor([answer(2 * ROW[:2], d=3)]) is None, "of another shape"
    assert constant_factor([answer(2 * ROW), answer(wrong)]) is None, "of one answer alone"
    assert constant_factor([answer(2 * ROW, 0 * ROW)]) is None, "nothing is zero times something"
    assert constant_factor([answer(2 * ROW), answer(ROW)]) is None, "the other is right"
    assert constant_factor([answer(0 * ROW), answer(ROW)]) is None


def test_a_right_answer_that_is_zero_says_nothing():
    assert constant_factor([answer(2 * ROW), answer(0 * ROW, 0 * ROW)]).startswith(TIMES.format(2))


def test_zero_everywhere():
    assert constant_factor([answer(0 * ROW)]) == "it is zero everywhere"
    assert constant_factor([answer(1e-13 * ROW), answer(0 * ROW, 2 * ROW)]) == "it is zero everywhere"


def test_infinities_stay_where_they_are():
    expected = np.array([1.0, -np.inf, 2.0])
    assert constant_factor([answer([3.0, -np.inf, 6.0], expected)]).startswith(TIMES.format(3))
    assert constant_factor([answer([3.0, np.inf, 6.0], expected)]) is None
    assert constant_factor([answer([3.0, -np.inf, np.inf], expected)]) is None
    assert constant_factor([answer([3.0, -np.inf, np.nan], expected)]) is None


@pytest.mark.parametrize(
    ("exponent", "factor"), [(1, "beta"), (-1, "1/beta"), (2, "beta²")]
)  # fmt: skip
def test_an_option(exponent, factor):
    def found(scale=1.0, **more):
        return constant_factor(
            [answer(scale * beta**exponent * ROW, options={"beta": beta, **more}) for beta in (2.5, 3.5)]
        )

    assert found() == TIMES.format(factor) + "beta is missing, or one too many"
    assert found(alpha=7.0) == found(), "other options are there"
    assert found(scale=1.01) is None


def test_options_that_cannot_be_the_factor():
    two = [answer(2 * ROW, options={"beta": beta}) for beta in (2.0, None)]
    assert constant_factor(two) == TIMES.format(2) + "a constant factor of 1/2 is missing", "not of every answer"
    whole = [answer(n * ROW, options={"heads": n}) for n in (2, 3)]
    assert constant_factor(whole) is None, "a whole number is a size"
    one = answer(ROW + 1e-8 * ROW, options={"beta": 1.0})
    assert "beta" not in (constant_factor([one]) or "")
    of_both = [answer(2.5 * ROW, options={"alpha": 2.5, "beta": 2.5})]
    assert constant_factor(of_both).startswith(TIMES.format("alpha")), "the first by the alphabet"


def test_a_sign():
    assert constant_factor([answer(-ROW)]) == "the sign is flipped"
    assert constant_factor([answer(-ROW, d=2), answer(-2 * ROW, 2 * ROW, d=3)]) == "the sign is flipped"
    assert constant_factor([answer(-1.01 * ROW)]) == TIMES.format(-1.01) + "a constant factor of -0.9901 is missing"


@pytest.mark.parametrize(
    ("factor", "shown", "inverse"),
    [
        *((2, "2", "1/2"), (0.5, "1/2", "2"), (-1.5, "-3/2", "-2/3"), (1 / 12, "1/12", "12"), (5 / 12, "5/12", "12/5")),
        *((1 / 13, "0.07692", "13"), (2.34567, "2.346", "0.4263"), (1e-3, "0.001", "1000")),
    ],
)
def test_a_constant(factor, shown, inverse):
    text = TIMES.format(shown) + f"a constant factor of {inverse} is missing"
    assert constant_factor([answer(factor * ROW)]) == text
    assert constant_factor([answer(factor * ROW), answer(factor * ROW[:2], ROW[:2])]) == text


def test_a_constant_that_is_a_size_where_all_are_alike():
    """Of one shape alone, 4 may be a size; of two it is a number."""
    alike = [answer(4 * ROW, d=4), answer(8 * ROW, 2 * ROW, d=4)]
    assert constant_factor(alike).startswith(TIMES.format("d"))
    assert constant_factor([*alike, answer(4 * ROW[:2], ROW[:2], d=4)]).startswith(TIMES.format(4))
    assert constant_factor(alike[:1]).startswith(TIMES.format(4))
    unlike = [answer(4 * ROW, d=5), answer(8 * ROW, 2 * ROW, d=5)]
    assert constant_factor(unlike).startswith(TIMES.format(4)), "no size: a number after all"
    two = [answer(4 * ROW), answer(-5 * ROW)]
    assert constant_factor(two) is None


@pytest.mark.parametrize(
    ("power", "factor", "why"),
    [
        (1, "d", "a division by d is missing, or a mean in place of a sum"),
        (0.5, "√d", "the division by √d is missing"),
        (-1, "1/d", "a mean is taken in place of a sum, or it is divided by d"),
        (-0.5, "1/√d", "it is divided once too often by √d"),
    ],
)
def test_a_power_of_a_size(power, factor, why):
    def found(scale):
        return constant_factor(of_sizes(lambda d, N: scale * d**power, {"d": 5, "N": 7}, {"d": 6, "N": 7}))

    assert found(1) == TIMES.format(factor) + why
    assert found(-1) == TIMES.format(f"-{factor}") + "sign and factor are wrong"
    assert found(1.01) is found(-1.01) is None


def test_the_first_of_sizes_that_are_equal_is_named():
    sizes = [dict.fromkeys("hgfedcba", n) for n in (5, 7)]
    assert constant_factor(of_sizes(lambda a, **_: a, *sizes)).startswith(TIMES.format("a"))
    assert constant_factor([*of_sizes(lambda a, **_: a, *sizes), answer(6 * ROW, b=6, c=6)]).startswith("it is b times")


@pytest.mark.parametrize(("root", "power"), [("", 1), ("√", 0.5)])
def test_one_size_for_another(root, power):
    def found(scale):
        return constant_factor(of_sizes(lambda d, N: scale * (N / d) ** power, {"d": 5, "N": 7}, {"d": 6, "N": 11}))

    assert found(1) == f"it is {root}(N/d) times what it should be: divided by {root}d in place of {root}N"
    assert found(1.01) is None


def test_one_less_than_a_size():
    def found(scale):
        return constant_factor(of_sizes(lambda n: scale * n / max(n - 1, 0.5), {"n": 7}, {"n": 5}, {"n": 1}))

    assert found(1) == "it is divided by n − 1 in place of n"
    assert found(1.01) is None


def test_the_batch():
    wrong = [answer(4 * ROW, batch=4, d=3), answer(7 * ROW, batch=7, d=3)]
    mean = [answer(ROW / 4, batch=4, d=3), answer(ROW / 7, batch=7, d=3)]
    alone, small = answer(ROW, d=3), answer(ROW, batch=2, d=3)
    assert constant_factor([*wrong, alone]) == TIMES.format("the batch size") + (
        "a division by the batch size is missing, or a mean in place of a sum"
    )
    assert constant_factor([*mean, alone]).startswith(TIMES.format("1/the batch size"))
    assert constant_factor([*wrong, alone, small]) is None, "it is right with a batch"
    by_d = [answer(5 * ROW, batch=4, d=5), answer(6 * ROW, batch=7, d=6)]
    assert constant_factor([*by_d, alone]) is None, "alone it is right, whatever d"
    assert constant_factor(by_d).startswith(TIMES.format("d"))
    options = [answer(2.5 * ROW, batch=n, options={"beta": 2.5}) for n in (4, 7)]
    assert constant_factor([*options, alone]) is None
    assert constant_factor([answer(-ROW, batch=4), alone]) is None, "nor is its sign"
    assert constant_factor([answer(5 * ROW, d=5), answer(ROW, d=1)]) is None


def test_a_sum_that_is_missing(rng):
    for batch, over in ((3, "batch"), (0, "items")):
        one, two = rng.normal(size=(3, 4)), rng.normal(size=(2, 3, 4))
        wrong = [answer(one, one.sum(0), batch), answer(two, two.sum((0, 1)), batch)]
        assert missing_sum(wrong) == f"the sum over the {over} is missing"
        assert missing_sum([answer(ROW), *wrong]) == missing_sum(wrong)
        assert missing_sum([*wrong, answer(one, one.sum(0) + 1, batch)]) is None
        assert missing_sum([answer(two, two.sum((1, 2)), batch)]) is None, "the first axes are those of the batch"
    assert missing_sum([answer(ROW)]) is None
    assert missing_sum([answer(2 * ROW)]) is None
    assert missing_sum([answer(ROW, np.ones((2, 3)) * ROW)]) is None, "too few axes"
