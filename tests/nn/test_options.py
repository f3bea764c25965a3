"""Numbers, counts and generators: what is let through, and what is named."""

import numpy as np
import pytest

from nnmem.nn.options import count, generator, one_of, positive, share, whole_numbers


def test_what_is_right_comes_back(rng):
    assert positive("f", "beta", np.float32(0.5)) == 0.5
    assert count("f", "steps", np.int64(3)) == 3
    assert generator("f", rng) is rng


@pytest.mark.parametrize(
    ("check", "value", "error"),
    [
        (positive, 0, ValueError),
        (positive, -1.5, ValueError),
        (positive, np.nan, ValueError),
        (positive, np.inf, ValueError),
        (positive, "1", TypeError),
        (positive, None, TypeError),
        (positive, np.ones(2), TypeError),
        (count, 0, ValueError),
        (count, -3, ValueError),
    ],
)
def test_what_is_wrong_is_named(check, value, error):
    with pytest.raises(error, match=r"^f: it is .*, should be "):
        check("f", "it", value)


@pytest.mark.parametrize("value", [2.0, "2"])
def test_a_count_is_a_whole_number(value):
    with pytest.raises((TypeError, ValueError), match=r"^f: it is .*, should be "):
        count("f", "it", value)


@pytest.mark.parametrize("rng", [3, None, np.random.RandomState(0)])
def test_a_generator_is_one(rng):
    with pytest.raises(TypeError, match=r"^f: rng is .*, should be a numpy\.random\.Generator, or so$"):
        generator("f", rng, ", or so")


def test_the_least_is_the_least():
    assert count("f", "n", 1) == 1 and count("f", "n", 0, least=0) == 0 and count("f", "n", 5, least=5) == 5
    for value, least in ((0, 1), (-1, 0), (4, 5)):
        with pytest.raises(ValueError, match=f"n is {value}, should be an int of at least {least}, or all$"):
            count("f", "n", value, least, ", or all")
    assert type(count("f", "n", np.int16(3))) is int and type(positive("f", "x", 3)) is float


@pytest.mark.parametrize("check", [positive, count])
def test_true_is_no_number(check):
    with pytest.raises(TypeError, match=r"^f: it is True, should be .*, or none$"):
        check("f", "it", True, instead=", or none")


def test_a_share_is_from_0_to_1():
    assert [share("f", "rate", value) for value in (0, 1, 0.25, np.float32(0.5))] == [0, 1, 0.25, 0.5]
    for value in (-1e-9, 1 + 1e-9, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"^f: rate is .*, should be from 0 to 1$"):
            share("f", "rate", value)
    with pytest.raises(TypeError, match=r"^f: rate is '1', should be a number from 0 to 1$"):
        share("f", "rate", "1")


def test_a_name_is_one_of_those_there_are():
    assert one_of("f", "mode", "sync", ("async", "sync")) == "sync"
    for value in ("Sync", "", None, 3, ["sync"]):
        with pytest.raises(ValueError, match=r"^f: mode is .*, should be one of 'async', 'sync'$"):
            one_of("f", "mode", value, ("async", "sync"))


def test_whole_numbers_lie_between_their_bounds():
    own = np.array([[2, 4], [3, 2]], np.intp)
    assert np.shares_memory(whole_numbers("f", "ids", own, 2, 5), own), "nothing is copied"
    small = whole_numbers("f", "ids", np.array([2, 4], np.uint8), 2, 5)
    assert small.dtype == np.intp and small.tolist() == [2, 4]
    assert whole_numbers("f", "ids", np.zeros((0, 2), int), 2, 5).shape == (0, 2)
    assert whole_numbers("f", "ids", 3, 2, 5).shape == ()
    for wrong, first in (([2, 5, 1], 5), ([2, 1, 5], 1), ([[4, 1], [9, 2]], 1)):
        with pytest.raises(ValueError, match=f"^f: ids has the entry {first}, should be in 2 to 4$"):
            whole_numbers("f", "ids", wrong, 2, 5)
    for wrong in ([2.0], ["2"], [True]):
        with pytest.raises(TypeError, match=r"^f: ids has dtype .*, should be integers$"):
            whole_numbers("f", "ids", wrong, 2, 5)
