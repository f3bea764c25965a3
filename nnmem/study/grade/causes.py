"""What could be wrong: candidates for the cause of a wrong array, each predicting what it would give.

A candidate is named only if it gives the student's very numbers in every case in which they are wrong, and the right
ones in every case in which they are right. The mistakes that are known of the formula come first, then general ones (a
transpose, an argument in another's place), then small changes of the formula's steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from nnmem.study.grade.cases import Case
from nnmem.study.grade.phrases import say
from nnmem.study.grade.program import program
from nnmem.study.grade.subject import Subject, real

Candidate = tuple[str, Callable[[Case], Any]]
Candidates = Callable[[], Iterator[Candidate]]
PARTS = {
    0.0: "the part {which} {name} is missing",
    -1.0: "the part {which} {name} has the wrong sign",
    2.0: "the part {which} {name} is 2 times what it should be: a factor of 1/2 is missing",
    0.5: "the part {which} {name} is 1/2 times what it should be: a factor of 2 is missing",
}


OF_AN_ARGUMENT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "{name} is not used": lambda a: 0 * a,
    "the sign of {name} is wrong": lambda a: -a,
    "the absolute value of {name} is taken": np.abs,
    "{name} is multiplied by 2": lambda a: 2 * a,
    "{name} is divided by 2": lambda a: a / 2,
    "{name} is squared": np.square,
    "{name} is divided by its sum": lambda a: a / a.sum(axis=-1, keepdims=True),
    "the mean of {name} is subtracted": lambda a: a - a.mean(axis=0),
    "the diagonal of {name} is left out": lambda a: a * (1 - np.eye(*a.shape[-2:])),
}


def known_mistakes(subject: Subject, output: int | None, place: int = 0, optional: bool = False) -> Iterator[Candidate]:
    """The mistakes that are declared of a subject."""
    steps = program(subject)
    return iter(()) if steps is None else steps.known_mistakes(output, place, optional)


def of_a_value(subject: Subject, output: int) -> Iterator[Candidate]:
    """Candidates for a wrong output of a forward."""

    def value(change: Callable[[Case], Case | None]) -> Callable[[Case], Any]:
        def predict(case: Case) -> Any:
            new = change(case)
            return case.outputs[output] if new is None else new.outputs[output]

        return predict

    def with_args(change: Callable[[tuple[Any, ...]], Any]) -> Callable[[Case], Any]:
        return lambda case: case.changed(change(case.args)).outputs[output]

    steps = program(subject)
    yield say("it is transposed"), lambda case: np.swapaxes(case.outputs[output], -1, -2)
    yield say("it runs backwards"), lambda case: np.flip(case.outputs[output], axis=-1)
    yield say("it is moved by one place, to the right"), lambda case: np.roll(case.outputs[output], 1, axis=-1)
    yield say("it is moved by one place, to the left"), lambda case: np.roll(case.outputs[output], -1, axis=-1)
    for key in subject.optional_arrays:
        yield say("the argument {name} is ignored", name=key), value(lambda case, key=key: _without(case, key))  # type: ignore[misc]
    yield say("its logarithm is missing"), lambda case: np.exp(real(case.outputs[output]))
    yield say("it is the logarithm of what it should be"), lambda case: np.log(real(case.outputs[output]))
    for other in range(output + 2):
        if other != output:
            place = say("output {other} stands in its place", other=other + 1)
            yield place, lambda case, other=other: _item(case.outputs, other)  # type: ignore[misc]
    names = subject.array_names()
    for i, j in itertools.permutations(range(len(names)), 2):
        if i < j:
            yield say("{a} and {b} are exchanged", a=names[i], b=names[j]), with_args(_taking({i: j, j: i}))
        yield say("{b} is used in place of {a}", a=names[i], b=names[j]), with_args(_taking({i: j}))
    for i, name in enumerate(names):
        yield say("{name} is used transposed", name=name), with_args(_transposing(i))
        for phrase, change in OF_AN_ARGUMENT.items() if steps is not None else ():  # signs fit too much by chance
            yield say(phrase, name=name), with_args(lambda args, i=i, change=change: _with(args, i, change(args[i])))  # type: ignore[misc]
    for spec in subject.layouts:
        if spec.options and len(subject.layouts) > 1:
            text = ", ".join(f"{k}={v!r}" for k, v in spec.options.items())
            yield say("it is what {options} gives", options=text), value(lambda c, o=dict(spec.options): c.changed(**o))  # type: ignore[misc]
    for option in {k for spec in subject.layouts for k, v in spec.options.items() if isinstance(v, float)}:
        ignored = value(lambda case, option=option: case.changed(**{option: 1.0}) if option in case.options else None)  # type: ignore[misc]
        yield say("the argument {name} is ignored", name=option), ignored
    if steps is not None:
        yield from steps.small_changes(output)
    yield from _of_a_part(names, lambda case: real(case.outputs[output]))


def of_a_gradient(subject: Subject, place: int, optional: bool) -> Iterator[Candidate]:
    """Candidates for a wrong gradient of a backward."""

    def gradients(case: Case, douts: Any = None) -> tuple[np.ndarray, ...]:
        return case.gradients(optional, douts)

    def of_part(keep: int, axis: int | None) -> Callable[[Case], Any]:
        return lambda case: gradients(case, _only(case, keep, axis))[place]

    def of_case(change: Callable[[Case], Case | None]) -> Callable[[Case], Any]:
        return lambda case: gradients(change(case) or case)[place]

    def ones(case: Case) -> tuple[Any, ...]:
        return tuple(None if d is None else np.ones_like(d) for d in case.douts)

    def through_exp(case: Case) -> tuple[Any, ...]:
        return tuple(d * np.exp(out) for d, out in zip(case.douts, case.outputs, strict=True))

    steps = program(subject)
    yield say("it is transposed"), lambda case: np.swapaxes(gradients(case)[place], -1, -2)
    for other, name in enumerate(subject.array_names()):
        if other != place:
            instead = say("the gradient of {name} stands in its place", name=name)
            yield instead, lambda case, other=other: _item(gradients(case), other)  # type: ignore[misc]
    yield say("the upstream gradient is not used"), lambda case: gradients(case, ones(case))[place]
    forgotten = say("it is that of exp(output), so a logarithm is forgotten")
    yield forgotten, lambda case: gradients(case, through_exp(case))[place]
    for key in subject.optional_arrays:
        yield say("the argument {name} is ignored", name=key), of_case(lambda case, key=key: _without(case, key))  # type: ignore[misc]
    if optional:
        which = subject.upstream[-1]
        yield say("{name} is ignored", name=which), lambda c: c.gradients(False)[place]
    if steps is not None:
        yield from steps.small_changes(None, place, optional)
    for which, keep in (("last", -1), ("first", 0)):
        for what, axis in (("entry of the batch", None), ("item", -1), ("row", -2)):
            text = say(f"only the {which} {what} counts: the contributions are to be added up")
            yield text, of_part(keep, axis)
    last = say("only the last item of the last entry of the batch counts: the contributions are to be added up")
    yield last, lambda case: gradients(case, _only(replace(case, batch_axes=case.batch_axes + 1), -1, None))[place]
    yield from _of_a_part(subject.array_names(), lambda case: gradients(case)[place])


def _of_a_part(names: list[str], value: Callable[[Case], Any]) -> Iterator[Candidate]:
    """Candidates for a sum of which one part, with an argument or without it, is off by a factor."""
    for which in ("with", "without"):
        for place, name in enumerate(names):
            for factor, what in PARTS.items():

                def predict(case: Case, which: str = which, place: int = place, factor: float = factor) -> Any:
                    without = value(case.changed([0 * arg if k == place else arg for k, arg in enumerate(case.args)]))
                    part = value(case) - without if which == "with" else without
                    return value(case) + (factor - 1) * part

                yield say(what, which=say(which), name=name), predict


def _without(case: Case, key: str) -> Case | None:
    return case.changed(**{key: None}) if case.options.get(key) is not None else None


def _with(args: tuple[Any, ...], place: int, new: Any) -> list[Any]:
    return [new if k == place else arg for k, arg in enumerate(args)]


def _taking(sources: dict[int, int]) -> Callable[[tuple[Any, ...]], Any]:
    """Arguments of which some are taken from other places."""
    return lambda args: [args[sources.get(place, place)] for place in range(len(args))]


def _transposing(place: int) -> Callable[[tuple[Any, ...]], Any]:
    return lambda args: [np.swapaxes(a, -1, -2) if k == place else a for k, a in enumerate(args)]


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
