"""The calls that a homework is graded on: inputs of many shapes, with what the reference gives for them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from nnmem.study.grade.subject import Subject, names_in
from nnmem.study.index.drawing import BATCH, SIZES, SQUARE
from nnmem.study.index.known import Extra
from nnmem.study.index.lookup import examples

CLOSE = 1e-9


class Seed(int):
    """The generator of a call, made anew for each attempt."""

    def __repr__(self) -> str:
        return f"np.random.default_rng({int(self)})"


@dataclass(frozen=True, eq=False)
class Case:
    """One call of a forward and, from its cache, of the backward; ``promise`` is what it shows in particular."""

    subject: Subject
    what: str
    args: tuple[np.ndarray, ...]
    options: dict[str, Any]
    sizes: dict[str, int]
    batch_axes: int
    outputs: tuple[Any, ...] = ()
    cache: Any = None
    douts: tuple[Any, ...] = ()
    promise: Extra | None = None
    memo: dict[Any, Any] = field(default_factory=dict)

    @property
    def batch(self) -> bool:
        return self.batch_axes > 0

    @property
    def square(self) -> bool:
        """True if all sizes are equal; that of a circular shift is odd."""
        return len(set(self.sizes.values()) - {self.sizes.get("S")}) == 1

    @property
    def mask(self) -> np.ndarray | None:
        return self.options.get("mask")

    def call(self) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as the text orders them: what has no default by position, the rest by name."""
        args, options = list(self.args), dict(self.options)
        for name, parameter in self.subject.forward_parameters.items():
            wanted = parameter.default is parameter.empty and parameter.kind is not parameter.KEYWORD_ONLY
            if name in options and wanted:
                args.append(options.pop(name))
        return args, options

    def upstream(self, optional: bool) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The upstream gradients before the cache, and those behind it, which half of the calls leave out."""
        before = self.subject.before
        return self.douts[:before], self.douts[before:] if optional and self.batch else ()

    def gradients(self, optional: bool, douts: tuple[Any, ...] | None = None) -> tuple[np.ndarray, ...]:
        """What the reference's backward gives."""
        if douts is None:
            key = "gradients", optional and self.batch
            if key not in self.memo:
                self.memo[key] = self.gradients(optional, self.douts)
            return self.memo[key]
        case = replace(self, douts=douts)
        before, more = case.upstream(optional)
        assert self.subject.backward is not None
        with np.errstate(all="ignore"):
            found = self.subject.backward(*before, self.cache, *more)
        return tuple(found) if isinstance(found, tuple | list) else (found,)

    def changed(self, args: Any = None, **options: Any) -> Case:
        """The same call with other arguments or options, and what the reference gives for them."""
        new = tuple(self.args if args is None else args)
        return evaluated(replace(self, args=new, options={**self.options, **options}, memo={}))


def evaluated(case: Case) -> Case:
    """The case with what the reference gives for it."""
    args, options = case.call()
    with np.errstate(all="ignore"):
        *outputs, cache = case.subject.forward(*map(_fresh, args), **{k: _fresh(v) for k, v in options.items()})
    douts = case.douts
    if not douts and not case.subject.plain:
        rng = np.random.default_rng(len(case.what))
        shaped_as = [outputs[k] for k in case.subject.upstream_of or range(len(outputs))]
        normal = (rng.normal(size=np.shape(out)) for out in shaped_as)
        douts = tuple(d.round(1) if d.size < 10 else d for d in normal)
    return replace(case, outputs=tuple(outputs), cache=cache, douts=douts)


def cases(subject: Subject) -> list[Case]:
    """Calls from small to large: tiny ones, those of the example table, with equal sizes, and of its promises."""
    if "cases" not in subject.memo:
        rng = np.random.default_rng(20)
        batches = ((), (2,), (40,)) if subject.draws else ((), (2,))
        found = list(drawn(subject, rng, tiny_sizes(subject), batches, decimals=1))
        found += list(drawn(subject, rng, SIZES, ((), BATCH)))
        subject.memo["cases"] = found + square_cases(subject) + promise_cases(subject)
    return subject.memo["cases"]


def square_cases(subject: Subject) -> list[Case]:
    """Calls whose sizes are all equal, so that a transposed array fits."""
    try:
        return list(drawn(subject, np.random.default_rng(21), SQUARE, ((), (4,))))
    except ValueError:  # sizes that must differ, or be odd
        return []


def promise_cases(subject: Subject) -> list[Case]:
    """Calls that show what a docstring promises besides the formula."""
    found = []
    for number, extra in enumerate(subject.known.extras):
        for k, (args, options) in enumerate(extra.calls(np.random.default_rng(30 + number))):
            batch = extra.batch_axes(args)
            options = {key: Seed(v) if key == "rng" else v for key, v in options.items()}
            case = Case(subject, f"{extra.en} {k}", tuple(args), options, {}, batch, promise=extra)
            found.append(evaluated(case))
    return found


def personal_case(subject: Subject, student: str) -> Case:
    """The inputs of one student: sizes from 2 to 5 and numbers of one decimal, drawn from the student's number."""
    digest = hashlib.sha256(f"{subject.name} {student}".encode()).digest()
    rng = np.random.default_rng(list(digest))
    for _ in range(100):
        sizes = dict(zip(SIZES, rng.integers(2, 6, len(SIZES)).tolist(), strict=True))
        try:
            found = list(drawn(subject, rng, sizes, ((),), decimals=1))
        except ValueError:  # sizes that do not go together
            continue
        return found[int(rng.integers(len(found)))]
    return next(drawn(subject, rng, SIZES, ((),), decimals=1))


def tiny_sizes(subject: Subject) -> dict[str, int]:
    """Sizes of 2 and 3, or, where the function asks for divisible ones, of 2 and 4."""
    for small in ((2, 3), (3, 2), (2, 4), (4, 2)):
        sizes = {letter: small[i % 2] for i, letter in enumerate(SIZES)}
        try:
            list(drawn(subject, np.random.default_rng(0), sizes, ((),)))
        except ValueError:
            continue
        return sizes
    return dict(SIZES)


def drawn(
    subject: Subject,
    rng: np.random.Generator,
    sizes: Mapping[str, int],
    batches: tuple[tuple[int, ...], ...],
    decimals: int | None = None,
) -> Iterator[Case]:
    """Yield a case for each example of these sizes; with ``decimals``, of numbers that can be read and typed."""
    layouts = subject.layouts
    used = {axis for spec in layouts for axis in _axes(spec.layout)}
    exact = {k for spec in layouts for k, name in enumerate(names_in(spec.layout)) if name in spec.special}
    for batch in batches:
        for example in examples(subject.name, rng, (batch,), sizes):
            own = {axis: sizes[axis] for axis in used if axis in sizes}
            own |= {"batch": int(np.prod(batch))} if batch else {}
            args = example.args
            if decimals is not None:
                rounded = (a.dtype.kind == "f" and k not in exact for k, a in enumerate(args))
                args = tuple(np.round(a, decimals) if r else a for a, r in zip(args, rounded, strict=True))
            options = {k: v.round(3) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
                       for k, v in example.options.items()}  # fmt: skip
            if subject.draws:
                options["rng"] = Seed(rng.integers(1000))
            yield evaluated(Case(subject, example.case, args, options, own, len(batch)))


def _axes(layout: str) -> set[str]:
    return {axis for text in re.findall(r"\(([^)]*)\)", layout) for axis in re.findall(r"\w+", text)}


def _fresh(value: Any) -> Any:
    """A new generator; what the reference is given otherwise, it leaves as it is."""
    return np.random.default_rng(int(value)) if isinstance(value, Seed) else value


def close(got: Any, expected: Any) -> bool:
    """True if an answer is right: equal shape, equal up to rounding, infinite and NaN where it should be."""
    return error(got, expected) <= CLOSE


def error(got: Any, expected: Any) -> float:
    """Largest difference of two arrays, relative to the largest entry expected."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.dtype.kind not in "fiub" or got.shape != expected.shape:
        return np.inf
    if got.dtype.kind == "b":  # of which there is no difference
        got = got.astype(float)
    same = np.asarray((got == expected) | (np.isnan(got) & np.isnan(expected)))
    if same.all():
        return 0.0
    with np.errstate(all="ignore"):
        difference = np.abs(got[~same] - expected[~same])
        finite = np.abs(expected[np.isfinite(expected)])
        worst = float(difference.max() / max(finite.max(initial=0.0), 1e-3))
    return worst if np.isfinite(worst) else np.inf
