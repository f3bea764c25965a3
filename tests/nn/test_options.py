"""Numbers, counts and generators: what is let through, and what is named."""

import numpy as np
import pytest

from nnmem.nn.options import count, generator, positive


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
