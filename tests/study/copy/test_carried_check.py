"""The check that copies carry along: what it lets pass, what it refuses, and on what it checks the models."""

import re
from typing import NamedTuple
from unittest.mock import Mock

import numpy as np
import pytest

from nnmem.study.copy import carried_check
from nnmem.study.copy.carried_check import MODELS, check, check_model, leaves, rebuilt


class Pair(NamedTuple):
    a: object
    b: object


def product(x, n, y, scale=1.0):
    """Two outputs of two arrays of numbers, one of whole numbers between; the second output has no number at places."""
    first, second = scale * x * y + n, np.where(n > 1, -np.inf, x**2)
    return first, second, (x, n, y, scale)


def backward(cache, dfirst, dsecond, factor=1.0, at=None):
    x, n, y, scale = cache
    dx = scale * y * dfirst + np.where(n > 1, 0, 2 * x * dsecond)
    dy = scale * x * dfirst
    if at is not None:
        dy[at] *= factor
    return dx, dy if at is not None else factor * dy


@pytest.fixture
def args(rng):
    return rng.normal(size=(2, 3)), np.array([[0, 1, 2], [2, 1, 0]]), rng.normal(size=(2, 3))


def test_a_right_backward_passes_argument_by_argument(args, capsys):
    check("product", product, backward, *args, scale=0.7)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["product, gradient 1", "product, gradient 3"]
    assert all(re.fullmatch(r".*: error \de-(0[89]|1\d) ok", line) for line in lines)


@pytest.mark.parametrize("factor", [1 + 3e-7, 1 - 3e-7, -1.0, 0.0, 2.0])
@pytest.mark.parametrize("at", [None, (0, 0), (1, 2)])
def test_a_backward_that_is_too_large_or_too_small_anywhere_does_not(factor, at, args, capsys, monkeypatch):
    x, n, y = args
    x[...] = np.sign(x) * (3 + abs(x))  # no gradient is so small that a part of it is nothing
    monkeypatch.setattr(carried_check, "rng", Mock(normal=lambda size: 1 + np.random.default_rng(0).random(size)))
    with pytest.raises(AssertionError):
        check("product", product, lambda *given: backward(*given, factor, at), x, n, y)
    wrong, right = capsys.readouterr().out.splitlines()[::-1][:2]
    assert wrong.endswith(" WRONG") and wrong.startswith("product, gradient 3: error") and right.endswith(" ok")


def test_the_error_is_the_largest_over_the_largest_gradient(capsys):
    x = np.array([1.0, -4.0, 2.0])

    def wrong(cache, dy):
        return 2 * x * dy + np.array([0, 3e-8, -2e-8]) * scale

    carried_check.rng = np.random.default_rng(1)
    dy = np.random.default_rng(1).normal(size=3)
    scale = abs(2 * x * dy).max()
    check("square", lambda x: (x**2, None), wrong, x)
    assert capsys.readouterr().out == "square, gradient 1: error 3e-08 ok\n"
    check("tiny", lambda x: (1e-9 * x, None), lambda cache, dy: 1e-9 * dy + 5e-11, x)
    assert capsys.readouterr().out == "tiny, gradient 1: error 5e-08 ok\n", "never over less than a thousandth"


def test_a_gradient_too_few_is_named(args):
    with pytest.raises(AssertionError, match="product: 1 gradients for 2 arrays"):
        check("product", product, lambda *given: backward(*given)[0], *args)


def test_trees_are_taken_apart_and_put_together():
    tree = (Pair(1, (2, 3)), 4)
    assert leaves(tree) == [1, 2, 3, 4] and leaves(5) == [5]
    again = rebuilt(tree, iter("abcd"))
    assert again == (Pair("a", ("b", "c")), "d") and type(again[0]) is Pair and type(again[0].b) is tuple


def model(x, params):
    y = x @ params.a + params.b
    return Pair(np.sin(y), y**2), y.sum(), (x, params, y)


def model_backward(dout, dsum, cache, factor=1.0):
    x, params, y = cache
    dy = dout.a * np.cos(y) + 2 * y * dout.b + dsum
    return factor * dy @ params.a.T, Pair(x.T @ dy, dy.sum(axis=0))


def test_a_model_is_checked_along_ten_directions(rng, capsys):
    given = rng.normal(size=(4, 3)), Pair(rng.normal(size=(3, 2)), rng.normal(size=2))
    check_model("model", model, model_backward, *given)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"model, along random direction {k}" for k in range(1, 11)]
    assert all(line.endswith(" ok") for line in lines)
    for factor in (1.001, 0.999, -1.0):
        with pytest.raises(AssertionError):
            check_model("model", model, lambda *given, f=factor: model_backward(*given, f), *given)
        assert capsys.readouterr().out.endswith(" WRONG\n")
    with pytest.raises(ValueError, match="zip"):
        check_model("model", model, lambda *given: model_backward(*given)[0], *given)


def test_the_error_along_a_direction_is_relative_whatever_its_sign(capsys):
    x = np.array([2.0])
    for slope in (3.0, -3.0):
        check_model("line", lambda x, k=slope: (k * x, None), lambda dy, cache, k=slope: k * (1 + 5e-7) * dy, x)
        lines = capsys.readouterr().out.splitlines()
        assert [line.split("error ")[1] for line in lines] == ["5e-07 ok"] * 10


SIZES = {
    "lstm": (224, 60, 3.066, 21.42),
    "NTM": (484, 16, 8.0, 8.97),
    "MemN2N": (108, 15, 2.485, 40.645),
    "PointerNetwork": (183, 24, 1.902, 33.351),
}  # numbers in, numbers out, the largest, outputs together


def test_the_pointer_network_points_at_every_place_and_at_the_end(monkeypatch):
    seen = []
    monkeypatch.setattr(carried_check.PointerNetwork, "forward", lambda self, params, X, targets: seen.append(targets))
    monkeypatch.setattr(carried_check, "check_model", lambda name, forward, back, *given: forward(*given))
    MODELS["PointerNetwork"]()
    assert seen[0].tolist() == [[0, 2, 1], [3, 1, 2]] and {*seen[0].ravel().tolist()} == {0, 1, 2, 3}


@pytest.mark.parametrize("name", MODELS)
def test_the_examples_of_the_models(name, monkeypatch):
    """Arrays of the sizes that they had when all four were seen to fail with a broken backward."""
    seen = []
    monkeypatch.setattr(carried_check, "check_model", lambda *given: seen.append(given))
    monkeypatch.setattr(carried_check, "rng", np.random.default_rng(0))
    MODELS[name]()
    [(shown, forward, back, *given)] = seen
    *outputs, cache = forward(*given)
    assert shown == name and all(array.dtype == np.float64 for array in leaves(tuple(given)))
    douts = [rebuilt(out, iter([np.ones_like(leaf) for leaf in leaves(out)])) for out in outputs]
    gradients = back(*douts, cache)
    gradients = leaves(gradients if isinstance(gradients, tuple) else (gradients,))
    assert [gradient.shape for gradient in gradients] == [array.shape for array in leaves(tuple(given))]
    numbers = sum(array.size for array in leaves(tuple(given))), sum(array.size for array in leaves(tuple(outputs)))
    largest = max(abs(array).max() for array in leaves(tuple(given)) if array.size)
    out = sum(abs(array).sum() for array in leaves(tuple(outputs)))
    assert (*numbers, largest, out) == pytest.approx(SIZES[name], rel=1e-3)
