"""What a signature means: where the cache stands, which upstream gradients a backward takes, what it may change."""

import numpy as np
import pytest

from nnmem.study.check.convention import (
    argument_names,
    cache_place,
    call_backward,
    float64,
    is_float,
    split,
    upstream_changed,
)


def test_the_cache_stands_last(rng):
    a, b, cache = rng.normal(size=3), rng.normal(size=2), object()
    (first, second), kept = split((a, b, cache))
    assert first is a and second is b and kept is cache
    assert split((a, cache)) == ((a,), cache)
    for wrong in (a, (a,), [a, cache], None):
        with pytest.raises(TypeError, match=f"forward returned {type(wrong).__name__}, should return a tuple"):
            split(wrong)


@pytest.mark.parametrize(
    ("backward", "outputs", "place"),
    [
        (lambda dout, cache: None, 1, (1, 0, True)),
        (lambda d, c: None, 1, (1, 0, True)),
        (lambda cache, dout: None, 1, (0, 1, False)),
        (lambda dr, cache, dalpha=None: None, 2, (1, 1, True)),
        (lambda dr, cache, dalpha: None, 2, (1, 1, False)),
        (lambda da, cache, db, dc=None: None, 3, (1, 2, False)),
        (lambda dr, c, dalpha=None: None, 2, (1, 1, True)),
        (lambda dout, cache, scale=2.0: None, 1, (1, 0, True)),
        (lambda da, db, cache: None, 3, (2, 0, True)),
        (lambda dout, cache, *, eps=0.1: None, 2, (1, 0, True)),
        (lambda dout, cache, **options: None, 1, (1, 0, True)),
        (lambda *args: None, 2, (2, 0, False)),
        (lambda: None, 1, (1, 0, False)),
        (min, 2, (2, 0, False)),  # written in C: its signature is not told
    ],
)
def test_the_place_of_the_cache_is_read_from_the_signature(backward, outputs, place):
    assert cache_place(backward, outputs) == place


def test_a_backward_gets_copies_in_the_order_of_its_signature(rng):
    da, db, cache = rng.normal(size=3), rng.normal(size=4), object()
    before = da.copy()

    def rude(da, cache, db=None):
        da *= 2
        return [da, db, cache]

    doubled, same, handed = call_backward(rude, [da, db], cache, (1, 1, True))
    assert handed is cache and np.array_equal(doubled, 2 * before) and np.array_equal(same, db) and same is not db
    assert np.array_equal(da, before)
    assert call_backward(lambda d, c: d, [None], cache, (1, 0, True)) == (None,)
    assert call_backward(lambda d, c: (d, c), [None], cache, (1, 0, True)) == (None, cache)


@pytest.mark.parametrize(
    ("changed", "number"), [((), None), ((0,), 1), ((1,), 2), ((1, 2), 2)], ids=["none", "first", "second", "two"]
)
def test_the_upstream_gradient_that_is_changed_is_told_by_its_number(changed, number, rng):
    douts = [rng.normal(size=n) for n in (3, 2, 4)]

    def backward(d1, d2, d3, cache):
        for i in changed:
            (d1, d2, d3)[i][-1] += 1
        return d1

    assert upstream_changed(backward, douts, None, (3, 0, True)) == number
    assert upstream_changed(lambda d1, d2, cache: None, [None, douts[0]], None, (2, 0, True)) is None


def test_arguments_are_called_what_the_forward_calls_them():
    def forward(X, q, *params, score="dot", mask=None):
        """Not called."""

    assert argument_names(forward, 1) == ["X"]
    assert argument_names(forward, 5) == ["X", "q", "params[0]", "params[1]", "params[2]"]
    assert argument_names(lambda a, b: None, 4) == ["a", "b", "argument 3", "argument 4"]
    assert argument_names(lambda a, *, b: None, 2) == ["a", "argument 2"]
    assert argument_names(min, 2) == ["argument 1", "argument 2"]


def test_floats_are_what_gradients_belong_to():
    for value in (1.0, np.float32(1), np.float64(1), np.ones(2), np.ones((2, 0), np.float32), np.array(3.0)):
        assert is_float(value) is True
        assert float64(value).dtype == np.float64 and np.array_equal(float64(value), value)
    for value in (1, True, "1.0", None, np.ones(2, int), np.ones(2, bool), np.ones(2, complex), [1.0]):
        assert is_float(value) is False
    assert float64(None) is None and float64("dot") == "dot" and float64(3) == 3
    counts = np.arange(3)
    assert float64(counts) is counts and float64([1, 2]).dtype.kind == "i" and float64([1, 2.5]).dtype == np.float64
    x = np.ones(2)
    float64(x)[:] = 7
    assert np.array_equal(x, np.ones(2))
