"""A pair over trees of arrays is checked leaf by leaf, and its leaves have their names."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from nnmem import check_gradients
from nnmem.study.check.flat import flatten


class Layer(NamedTuple):
    W: Any
    b: Any


class Net(NamedTuple):
    layer: Layer
    pick: np.ndarray  # whole numbers, which receive no gradient
    scale: Any


def forward(params, X, *, power=1):
    """Two outputs; the second holds a tree and whole numbers."""
    (W, b), pick, scale = params
    Z = X[:, pick] @ W.T + b
    return scale * Z**power, (np.sum(Z, axis=0), pick), (params, X, Z, power)


def backward(dY, cache, dmore=None):
    ((W, _), pick, scale), X, Z, power = cache
    dZ = scale * power * Z ** (power - 1) * dY + (0 if dmore is None or dmore[0] is None else dmore[0])
    dX = np.zeros_like(X)
    np.add.at(dX, (slice(None), pick), dZ @ W)
    dlayer = Layer(dZ.T @ X[:, pick], dZ.sum(axis=0))
    return Net(dlayer, None, np.sum(Z**power * dY)), dX


@pytest.fixture
def args(rng):
    layer = Layer(rng.normal(size=(3, 4)), rng.normal(size=3))
    return Net(layer, np.array([0, 2, 2, 4]), 1.7), rng.normal(size=(6, 5))


@pytest.mark.parametrize("power", [1, 2])
def test_every_leaf_has_its_row_and_its_name(args, power):
    report = check_gradients(forward, backward, *args, power=power)
    assert report, str(report)
    names = [row.argument for row in report.rows if row.oracle == "complex step"]
    assert names == ["params.layer.W", "params.layer.b", "params.scale", "X"]
    assert {row.bound for row in report.rows} == {1e-6, 1e-12}, "of models"


@pytest.mark.parametrize("leaf", ["layer.W", "layer.b", "scale"])
def test_a_mistake_in_one_leaf_is_found_in_that_leaf(args, leaf):
    def wrong(dY, cache, dmore=None):
        (dlayer, _, dscale), dX = backward(dY, cache, dmore)
        dlayer = dlayer._replace(**{leaf[-1]: 1.001 * getattr(dlayer, leaf[-1])}) if "." in leaf else dlayer
        return Net(dlayer, None, dscale * (1.001 if leaf == "scale" else 1)), dX

    report = check_gradients(forward, wrong, *args)
    assert {row.argument for row in report.rows if not row.ok} == {f"params.{leaf}"}


def test_an_output_that_the_backward_takes_no_gradient_of_is_left_out(args):
    assert check_gradients(forward, lambda dY, cache: backward(dY, cache), *args)
    assert not check_gradients(forward, lambda dY, cache, dmore: backward(dY, cache), *args), "it ignores one"


@pytest.mark.parametrize("nothing", [None, ()])
def test_nothing_may_stand_for_an_argument_without_floats(nothing, args):
    def other_forward(params, words, X):
        return forward(params, X)

    def other_backward(dY, cache, dmore=None):
        dparams, dX = backward(dY, cache, dmore)
        return [dparams, nothing, dX]

    report = check_gradients(other_forward, other_backward, args[0], np.arange(3), args[1])
    assert report, str(report)
    assert check_gradients(lambda params: forward(params, args[1]), lambda d, c: backward(d, c)[0], args[0])


def test_a_gradient_too_few_is_said(args):
    with pytest.raises(TypeError, match="backward returned 1 gradients, should return 2"):
        check_gradients(forward, lambda d, c: backward(d, c)[0], *args)
    with pytest.raises(ValueError):
        check_gradients(forward, lambda d, c: (backward(d, c)[0][:2], backward(d, c)[1]), *args)


def test_the_flat_pair_is_the_pair(args, rng):
    flat_forward, flat_backward, names, values = flatten(forward, backward, ["params", "X"], list(args))
    assert names == ["params.layer.W", "params.layer.b", "params.pick", "params.scale", "X"]
    assert all(a is b for a, b in zip(values, [*args[0].layer, *args[0][1:], args[1]], strict=True))
    *outputs, cache = flat_forward(*values, power=3)
    Y, (total, pick), own = forward(*args, power=3)
    assert [np.array_equal(a, b) for a, b in zip(outputs, [Y, total, pick], strict=True)] == [True] * 3
    dY, dtotal = rng.normal(size=Y.shape), rng.normal(size=3)
    (dlayer, _, dscale), dX = backward(dY, own, (dtotal, None))
    for got, wanted in zip(flat_backward(dY, dtotal, None, cache), [*dlayer, dscale, dX], strict=True):
        assert np.array_equal(got, wanted)
