"""The gradient check: a hand-written backward against three oracles that never see it.

The loss is a random weighting of all outputs, L = Σ ⟨dout, out⟩, so that every output entry counts differently; with
weights of one, the sum of a softmax would be constant and a backward that returns zero would pass.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnmem.study.check.convention import (
    argument_names,
    cache_place,
    call_backward,
    float64,
    is_float,
    split,
    upstream_changed,
)
from nnmem.study.check.flat import flatten
from nnmem.study.check.gradient_report import GradientReport, GradientRow

__all__ = ["check_gradients"]

FORMULA_BOUND = 1e-7
MODEL_BOUND = 1e-6
COMPLEX_BOUND = 1e-12
DIRECTIONS = 5
MOST_ELEMENTS = 400


def check_gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    *args: Any,
    rng: np.random.Generator | None = None,
    **options: Any,
) -> GradientReport:
    """Compare a backward with central differences, random directions and the complex step.

    Any pair in the convention ``forward(arrays..., options) -> (out, ..., cache)`` and
    ``backward(dout, ..., cache) -> gradients`` will do, one gradient for each float array among ``args``. An argument
    may be a tuple or named tuple of arrays, such as the parameters of a model; its gradient is one alike, and its rows
    are named ``params.W_x``.

    Each argument is checked element by element (a random choice of 400 where there are more) and along random
    directions, in float64. An error is relative to the largest entry of the gradient, or, where the whole gradient is
    nearly zero, to a thousandth of what the loss could change by. An output of −inf, the logarithm of a probability
    that is zero, is constant and takes no part. The bound is 1e-7 for differences (1e-6 for models) and 1e-12 for the
    complex step, Im L(x + ih) / h, which subtracts nothing. The complex step needs a forward that computes with
    complex numbers; where it does not, a note says so. Also checked: shapes, dtypes, that nothing is modified, and
    that a second backward from the same cache gives the same.

    Parameters
    ----------
    forward, backward : callable
    *args
        Arguments of the forward. Gradients are expected for those that are float arrays.
    rng : numpy.random.Generator, optional
        Source of upstream gradients and directions; seed 0 if not given.
    **options
        Keyword arguments of the forward.

    Returns
    -------
    GradientReport

    Examples
    --------
    >>> import numpy as np, nnmem
    >>> rng = np.random.default_rng(1)
    >>> X, q = rng.normal(size=(7, 5)), rng.normal(size=5)
    >>> bool(nnmem.check_gradients(nnmem.dot_score_forward, nnmem.dot_score_backward, X, q))
    True
    """
    rng = np.random.default_rng(0 if rng is None else rng)
    report = GradientReport()
    names, inputs, bound = argument_names(forward, len(args)), list(args), FORMULA_BOUND
    if any(isinstance(arg, tuple) for arg in args):
        forward, backward, names, inputs = flatten(forward, backward, names, inputs)
        bound = MODEL_BOUND
    inputs = [float64(arg) for arg in inputs]
    places = [i for i, arg in enumerate(inputs) if is_float(arg)]
    if not places:
        report.problems.append("no argument is a float array (or a named tuple of them): no gradient to check")
        return report

    kept = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in inputs]
    outputs, cache = split(forward(*inputs, **options))
    place = before, after, optional = cache_place(backward, len(outputs))
    douts = [rng.normal(size=np.shape(out)) if is_float(out) else None for out in outputs]
    douts[before + after :] = [None] * (len(outputs) - before - after)  # the backward takes no gradient of these
    gradients = call_backward(backward, douts, cache, place)
    again = call_backward(backward, douts, cache, place)
    if after and optional:
        left_out = call_backward(backward, douts[:before], cache, place)
        zeros = [None if dout is None else 0 * dout for dout in douts[before:]]
        if not all(map(np.array_equal, left_out, call_backward(backward, douts[:before] + zeros, cache, place))):
            report.problems.append("an upstream gradient left out does not count as zero")
    if len(gradients) != len(places):
        wanted = ", ".join(names[i] for i in places)
        report.problems.append(f"backward returned {len(gradients)} gradients for {len(places)} arrays ({wanted})")
        return report
    for i, arg in enumerate(inputs):
        if isinstance(arg, np.ndarray) and not np.array_equal(arg, kept[i], equal_nan=True):
            report.problems.append(f"{names[i]} was modified in place")
            inputs[i] = kept[i]
    gradients = tuple(map(np.asarray, gradients))
    for i, first, second in zip(places, gradients, again, strict=True):
        if first.shape != inputs[i].shape:
            should = inputs[i].shape
            report.problems.append(f"the gradient of {names[i]} has shape {first.shape}, should be {should}")
        elif first.dtype != np.float64:
            report.problems.append(f"the gradient of {names[i]} is {first.dtype}, should be float64")
        elif not np.array_equal(first, second, equal_nan=True):
            report.problems.append(f"a second backward from the same cache gives another gradient of {names[i]}")
    if report.problems:
        return report
    if changed := upstream_changed(backward, douts, cache, place):
        report.problems.append(f"the upstream gradient {changed} was modified in place")

    def loss(place: int, x: np.ndarray) -> Any:
        changed = [*inputs[:place], x, *inputs[place + 1 :]]
        outs, _ = split(forward(*changed, **options))
        return sum(np.sum(_weighted(dout, out)) for dout, out in zip(douts, outs, strict=True) if dout is not None)

    pairs = [(dout, out) for dout, out in zip(douts, outputs, strict=True) if dout is not None]
    size = float(sum(np.sum(np.abs(_weighted(dout, out))) for dout, out in pairs))
    for i, gradient in zip(places, gradients, strict=True):
        if inputs[i].size:
            report.rows += _check_argument(names[i], i, inputs[i], gradient, loss, size, bound, rng, report.notes)
        else:
            report.notes.append(f"{names[i]} is empty")
    return report


def _check_argument(
    name: str,
    place: int,
    x: np.ndarray,
    gradient: np.ndarray,
    loss: Callable[[int, np.ndarray], Any],
    size: float,
    bound: float,
    rng: np.random.Generator,
    notes: list[str],
) -> Iterator[GradientRow]:
    """Yield one row for each oracle."""
    scale = max(float(np.sqrt(np.mean(x * x))), 1e-3)
    h = np.cbrt(np.finfo(np.float64).eps) * scale
    floor = 1e-3 * size / scale + np.finfo(np.float64).tiny
    elements = list(np.ndindex(x.shape))
    if len(elements) > MOST_ELEMENTS:
        elements = [elements[k] for k in np.sort(rng.choice(len(elements), MOST_ELEMENTS, replace=False))]

    def step(element: tuple[int, ...], length: complex) -> np.ndarray:
        moved = x.astype(np.complex128 if isinstance(length, complex) else np.float64)
        moved[element] += length
        return moved

    def between(up: Any, down: Any, h: float) -> float:
        with np.errstate(invalid="ignore"):  # of two infinities
            return (up - down) / (2 * h)

    def difference(element: tuple[int, ...], h: float) -> float:
        return between(loss(place, step(element, h)), loss(place, step(element, -h)), h)

    def slope(element: tuple[int, ...]) -> float:
        """A step of the entry's own size, where the common one errs by more than such a small one would round."""
        own = h * abs(x[element]) / scale
        if own > 0.05 * h or own == 0:
            return difference(element, h)
        with np.errstate(all="ignore"):
            common = difference(element, h)
            curvature = abs(common - difference(element, 2 * h))
            rounding = 4 * np.finfo(np.float64).eps * size / own
            return common if curvature <= rounding else difference(element, own)

    got = np.array([gradient[e] for e in elements])
    differences = np.array([slope(e) for e in elements])
    yield _row(name, "central difference", got, differences, floor, bound, elements)

    directions = [rng.normal(size=x.shape) * np.minimum(1, np.abs(x) / scale + (x == 0)) for _ in range(DIRECTIONS)]
    along = np.array([np.sum(gradient * v) for v in directions])
    slopes = np.array([between(loss(place, x + h * v), loss(place, x - h * v), h) for v in directions])
    yield _row(name, "random direction", along, slopes, floor, bound, None)

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            exact = np.array([np.imag(loss(place, step(e, 1e-30j))) / 1e-30 for e in elements])
    except Exception as error:  # a student's forward may object in its own way
        what = str(error) or type(error).__name__
        notes.append(f"no complex step for {name}: the forward does not take complex numbers ({what})")
        return
    if _row(name, "", exact, differences, floor, 0.0, elements).error > 1e-5:
        notes.append(f"no complex step for {name}: the forward is not analytic in it")
        return
    yield _row(name, "complex step", got, exact, floor, COMPLEX_BOUND, elements)


def _row(
    name: str,
    oracle: str,
    got: np.ndarray,
    expected: np.ndarray,
    floor: float,
    bound: float,
    elements: list[tuple[int, ...]] | None,
) -> GradientRow:
    """The worst of many comparisons; anything that is not finite counts as infinitely wrong."""
    difference = np.abs(got - expected)
    difference[~np.isfinite(difference)] = np.inf
    worst = int(difference.argmax())
    error = float(difference[worst] / max(np.abs(expected).max(), np.abs(got).max(), floor))
    element = None if elements is None else elements[worst]
    error = np.inf if np.isnan(error) else error
    return GradientRow(name, oracle, error, bound, element, float(expected[worst]), float(got[worst]))


def _weighted(dout: np.ndarray, out: Any) -> np.ndarray:
    """The share of each output in the loss; −inf has none."""
    counts = np.real(out) != -np.inf
    return np.asarray(dout)[counts] * np.asarray(out)[counts] if not np.all(counts) else dout * out
