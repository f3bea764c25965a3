"""What could be wrong: candidates for the cause of a wrong array, each predicting what it would give.

A candidate that gives the student's very numbers in every wrong case, where they differ from the right ones, is named.
The plain ones come first (a sign, a factor, a transpose), then the typical mistakes made in the reference.
"""

from __future__ import annotations

import copy
import inspect
import itertools
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnmem.study.grade.cases import UPSTREAM, Case, call_backward, close, draws, forward_of, names_in
from nnmem.study.grade.factors import Answer, of_a_part
from nnmem.study.grade.graded import without_cache
from nnmem.study.grade.mistakes import broken
from nnmem.study.index.lookup import PLAIN, layouts

MOST = 6
Candidate = tuple[str, Callable[[Case], Any]]


def explain(answers: list[Answer], candidates: Iterator[Candidate]) -> str | None:
    """Return the first candidate that predicts every wrong answer (of the six smallest)."""
    wrong = [a for a in answers if not close(a.got, a.expected)][:MOST]
    if not wrong:
        return None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for what, predict in candidates:
            if all(_predicts(predict, answer) for answer in wrong):
                return what
    return None


def explain_first(answers: list[Answer], candidates: Callable[[], Iterator[Candidate]]) -> str | None:
    """Return what explains all wrong answers, or else those of one kind: of one score, or without batch axes."""
    wrong = [a for a in answers if not close(a.got, a.expected)]
    if not wrong:
        return None
    kinds = [kind(a.case) for a in wrong]
    first = [a for a, k in zip(wrong, kinds, strict=True) if k == kinds[0]]
    single = [a for a in first if not a.case.batch]
    for some in (wrong,) if draws(wrong[0].case.function) else (wrong, first, single):  # few draws prove nothing
        if some and (some is wrong or len(some) < len(wrong)) and (found := explain(some, candidates())):
            return found
    return None


def kind(case: Case) -> str:
    """The options that are not arrays, as one text."""
    return ", ".join(f"{k}={v!r}" for k, v in case.options.items() if not isinstance(v, np.ndarray))


def _predicts(predict: Callable[[Case], Any], answer: Answer) -> bool:
    try:
        predicted = predict(answer.case)
        return predicted is not None and close(predicted, answer.got) and not close(predicted, answer.expected)
    except Exception:  # the mistake does not even run on this case
        return False


def of_a_value(function: str, output: int) -> Iterator[Candidate]:
    """Candidates for a wrong output of a forward."""

    def value(change: Callable[[Case], Case]) -> Callable[[Case], Any]:
        return lambda case: change(case).outputs[output]

    def with_args(change: Callable[[tuple[Any, ...]], Any]) -> Callable[[Case], Any]:
        return lambda case: case.changed(change(case.args)).outputs[output]

    def masked(case: Case) -> np.ndarray:
        if case.mask is None:
            raise ValueError
        return case.mask

    yield "it is transposed", lambda case: np.swapaxes(case.outputs[output], -1, -2)
    yield "it runs backwards", lambda case: np.flip(case.outputs[output], axis=-1)
    yield "it is moved by one place, to the right", lambda case: np.roll(case.outputs[output], 1, axis=-1)
    yield "it is moved by one place, to the left", lambda case: np.roll(case.outputs[output], -1, axis=-1)
    for key in _optional_arrays(function):
        yield f"the argument {key} is ignored", value(_without(key))
    yield "the targets are counted from 1; here the first is 0", value(_counted_from_one)
    yield "its logarithm is missing", lambda case: np.exp(_real(case.outputs[output]))
    yield "it is the logarithm of what it should be", lambda case: np.log(_real(case.outputs[output]))
    yield (
        "the mask is taken the wrong way round (True = may be attended to)",
        value(lambda c: c.changed(mask=~masked(c))),
    )
    yield (
        "the mask is applied after the softmax, so the weights do not sum to one: set masked scores to -inf before it",
        lambda case: case.changed(mask=None).outputs[output] * masked(case),
    )
    for other in range(output + 2):
        if other != output:
            yield f"output {other + 1} stands in its place", _output(other)
    names = argument_names(function)
    for i, j in itertools.permutations(range(len(names)), 2):
        if i < j:
            yield f"{names[i]} and {names[j]} are exchanged", with_args(_taking({i: j, j: i}))
        yield f"{names[j]} is used in place of {names[i]}", with_args(_taking({i: j}))
    for i, name in enumerate(names):
        yield f"{name} is used transposed", with_args(_transposing(i))
    for spec in layouts(function):
        if spec.options:
            text = ", ".join(f"{k}={v!r}" for k, v in spec.options.items())
            yield f"it is what {text} gives", value(_optioned(dict(spec.options)))
    yield from of_a_part(names, lambda case: _real(case.outputs[output]))
    for mistake in broken(function).mistakes:

        def predict(case: Case, mistake: Any = mistake) -> Any:
            with broken(function).by(mistake) as namespace:
                args, options = case.positional()
                plain = function in PLAIN
                forward = without_cache(namespace[function]) if plain else namespace[f"{function}_forward"]
                return forward(*args, **options)[output]

        yield str(mistake), predict


def of_a_gradient(function: str, place: int, optional: bool) -> Iterator[Candidate]:
    """Candidates for a wrong gradient of a backward."""

    def gradients(case: Case, douts: Any = None) -> tuple[np.ndarray, ...]:
        return case.gradients(douts, optional and case.batch)

    def of_part(keep: int, axis: int | None) -> Callable[[Case], Any]:
        return lambda case: gradients(case, _only(case, keep, axis))[place]

    def of_case(change: Callable[[Case], Case]) -> Callable[[Case], Any]:
        return lambda case: gradients(change(case))[place]

    def of_other(k: int) -> Callable[[Case], Any]:
        return lambda case: _item(gradients(case), k)

    def ones(case: Case) -> tuple[Any, ...]:
        return tuple(None if d is None else np.ones_like(d) for d in case.douts)

    def through_exp(case: Case) -> tuple[Any, ...]:
        return tuple(d * np.exp(out) for d, out in zip(case.douts, case.outputs, strict=True))

    yield "it is transposed", lambda case: np.swapaxes(gradients(case)[place], -1, -2)
    for other, name in enumerate(argument_names(function)):
        if other != place:
            yield f"the gradient of {name} stands in its place", of_other(other)
    yield "the upstream gradient is not used", lambda case: gradients(case, ones(case))[place]
    logarithm = "it is that of exp(output), so a logarithm is forgotten"
    yield logarithm, lambda case: gradients(case, through_exp(case))[place]
    for key in _optional_arrays(function):
        yield f"the argument {key} is ignored", of_case(_without(key))
    if optional:
        which = "what stands behind the cache" if function in UPSTREAM else "the second upstream gradient"
        yield f"{which} is ignored", lambda c: c.gradients()[place] if c.batch else None
    for which, keep in (("last", -1), ("first", 0)):
        for what, axis in (("entry of the batch", None), ("item", -1), ("row", -2)):
            yield f"only the {which} {what} counts: the contributions are to be added up", of_part(keep, axis)
    for mistake in broken(function).mistakes:

        def predict(case: Case, mistake: Any = mistake) -> Any:
            with broken(function).by(mistake) as namespace:
                backward = namespace[f"{function}_backward"]
                cache, douts = copy.deepcopy((case.cache, case.douts))  # a mistake may write into them
                return _item(call_backward(backward, case, douts, optional and case.batch, cache), place)

        yield str(mistake), predict
    yield from of_a_part(argument_names(function), lambda case: gradients(case)[place])


def argument_names(function: str, options: Any = None) -> list[str]:
    """Names of the arrays that receive a gradient."""
    every = layouts(function)
    fitting = [s for s in every if options is None or all(options.get(k) == v for k, v in s.options.items())]
    layout = max(fitting or every, key=lambda spec: len(spec.layout) if options is None else 0).layout
    return names_in(layout)


def _real(values: Any) -> Any:
    """The values, or None where they are indices or yes and no, among which too much would fit by chance."""
    return values if np.asarray(values).dtype.kind == "f" else None


def _optional_arrays(function: str) -> list[str]:
    """Names of the array options that may be left out, such as a mask."""
    given = {name for spec in layouts(function) for name in names_in(f"{spec.without_gradient}, mask (")}
    signature = inspect.signature(forward_of(function)).parameters
    return [name for name in signature if name in given and signature[name].default is None]


def _without(key: str) -> Callable[[Case], Case]:
    return lambda case: case.changed(**{key: None}) if case.options.get(key) is not None else case


def _counted_from_one(case: Case) -> Case:
    """Indices one less, −1 being the last as in NumPy."""
    return case.changed(targets=(case.options["targets"] - 1) % case.args[0].shape[-1])


def _output(k: int) -> Callable[[Case], Any]:
    return lambda case: _item(case.outputs, k)


def _taking(sources: dict[int, int]) -> Callable[[tuple[Any, ...]], Any]:
    """Arguments of which some are taken from other places."""
    return lambda args: [args[sources.get(place, place)] for place in range(len(args))]


def _transposing(place: int) -> Callable[[tuple[Any, ...]], Any]:
    return lambda args: [np.swapaxes(a, -1, -2) if k == place else a for k, a in enumerate(args)]


def _optioned(options: dict[str, Any]) -> Callable[[Case], Case]:
    return lambda case: case.changed(**options)


def _only(case: Case, keep: int, axis: int | None) -> tuple[Any, ...]:
    """Upstream gradients of which one entry of the batch, or one along an axis, is left."""
    new = []
    for dout in case.douts:
        if dout is None or not np.ndim(dout):
            new.append(dout)
            continue
        one = slice(keep, None if keep == -1 else keep + 1)
        index = (one,) * case.batch_axes if axis is None else (..., one, *[slice(None)] * (-1 - axis))
        kept = np.zeros_like(dout)
        kept[index] = dout[index]
        new.append(kept)
    return tuple(new)


def _item(values: tuple[Any, ...], place: int) -> Any:
    return values[place] if place < len(values) else None
