"""The calls that a homework is graded on: inputs of many shapes, with what the reference gives for them."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nnmem.study.grade.graded import without_cache
from nnmem.study.index.drawing import BATCH, SIZES
from nnmem.study.index.lookup import PAIRS, PLAIN, examples, layouts

CLOSE = 1e-9
SQUARE = dict.fromkeys(SIZES, 4)
UPSTREAM = {pair.name: pair.upstream for pair in PAIRS.values() if pair.upstream}


class Seed(int):
    """The generator of a call, made anew for each attempt."""

    def __repr__(self) -> str:
        return f"np.random.default_rng({int(self)})"


class Case(NamedTuple):
    """One call of a forward and, from its cache, of the backward."""

    function: str
    what: str
    args: tuple[np.ndarray, ...]
    options: dict[str, Any]
    sizes: dict[str, int]
    batch_axes: int
    outputs: tuple[Any, ...]
    cache: Any
    douts: tuple[Any, ...]

    @property
    def batch(self) -> bool:
        return self.batch_axes > 0

    @property
    def mask(self) -> np.ndarray | None:
        return self.options.get("mask")

    def positional(self) -> tuple[list[Any], dict[str, Any]]:
        """Copies of the arguments as the text orders them: what has no default by position, the rest by name."""
        args = list(map(_fresh, self.args))
        options = {key: _fresh(value) for key, value in self.options.items()}
        for name, parameter in inspect.signature(forward_of(self.function)).parameters.items():
            if (
                name in options
                and parameter.default is parameter.empty
                and parameter.kind is not parameter.KEYWORD_ONLY
            ):
                args.append(options.pop(name))
        return args, options

    def gradients(self, douts: tuple[Any, ...] | None = None, optional: bool = False) -> tuple[np.ndarray, ...]:
        """What the reference's backward gives, with or without the upstream gradients behind the cache."""
        return call_backward(backward_of(self.function), self, self.douts if douts is None else douts, optional)

    def changed(self, args: Any = None, **options: Any) -> Case:
        """The same call with other arguments or options, and what the reference gives for them."""
        new = tuple(self.args if args is None else args)
        return _case(
            self.function, self.what, new, {**self.options, **options}, self.sizes, self.batch_axes, self.douts
        )


def forward_of(function: str) -> Callable[..., Any]:
    """The reference's forward, or plain function."""
    return without_cache(PLAIN[function].function) if function in PLAIN else PAIRS[function].forward


def backward_of(function: str) -> Callable[..., Any]:
    """The reference's backward."""
    return PAIRS[function].backward


def draws(function: str) -> bool:
    """True if it cannot do without a generator."""
    generator = inspect.signature(forward_of(function)).parameters.get("rng")
    return generator is not None and generator.default is generator.empty


def before_cache(function: str) -> int:
    """How many upstream gradients stand before the cache."""
    return list(inspect.signature(backward_of(function)).parameters).index("cache")


def call_backward(
    backward: Callable[..., Any], case: Case, douts: tuple[Any, ...], optional: bool, cache: Any = None
) -> tuple[Any, ...]:
    """Call a backward, the reference's or a student's, and return its gradients as a tuple."""
    before = before_cache(case.function)
    more = douts[before:] if optional else ()
    gradients = backward(*douts[:before], case.cache if cache is None else cache, *more)
    return tuple(gradients) if isinstance(gradients, tuple | list) else (gradients,)


def cases(function: str) -> list[Case]:
    """Calls from small to large: tiny ones, without and with batch axes, then those of the example table."""
    rng = np.random.default_rng(20)
    batches = ((), (2,), (40,)) if draws(function) else ((), (2,))
    found = list(drawn(function, rng, tiny_sizes(function), batches, decimals=1))
    return found + list(drawn(function, rng, SIZES, ((), BATCH)))


def square_cases(function: str) -> list[Case]:
    """Calls whose sizes are all equal, so that a transposed array fits: they tell what a shape error is due to."""
    try:
        return list(drawn(function, np.random.default_rng(21), SQUARE, ((), (4,))))
    except ValueError:  # sizes that must differ, or be odd
        return []


def personal_case(function: str, student: str) -> Case:
    """The inputs of one student: sizes from 2 to 5 and numbers of one decimal, drawn from the student's number."""
    digest = hashlib.sha256(f"{function} {student}".encode()).digest()
    rng = np.random.default_rng(list(digest))
    for _ in range(100):
        sizes = dict(zip(SIZES, rng.integers(2, 6, len(SIZES)).tolist(), strict=True))
        try:
            cases = list(drawn(function, rng, sizes, ((),), decimals=1))
        except ValueError:  # sizes that do not go together
            continue
        return cases[int(rng.integers(len(cases)))]
    return next(drawn(function, rng, SIZES, ((),), decimals=1))


def tiny_sizes(function: str) -> dict[str, int]:
    """Sizes of 2 and 3, or, where the function asks for divisible ones, of 2 and 4."""
    for small in ((2, 3), (3, 2), (2, 4), (4, 2)):
        sizes = {letter: small[i % 2] for i, letter in enumerate(SIZES)}
        try:
            list(drawn(function, np.random.default_rng(0), sizes, ((),)))
        except ValueError:
            continue
        return sizes
    return dict(SIZES)


def drawn(
    function: str,
    rng: np.random.Generator,
    sizes: Mapping[str, int],
    batches: tuple[tuple[int, ...], ...],
    decimals: int | None = None,
) -> Iterator[Case]:
    """Yield a case for each example of these sizes; with ``decimals``, of numbers that can be read and typed."""
    for batch in batches:
        for example in examples(function, rng, (batch,), sizes):
            used = {axis for spec in layouts(function) for axis in _axes(spec.layout)}
            exact = {
                k for spec in layouts(function) for k, name in enumerate(names_in(spec.layout)) if name in spec.special
            }
            own = {axis: sizes[axis] for axis in used if axis in sizes} | (
                {"batch": int(np.prod(batch))} if batch else {}
            )
            args = example.args
            if decimals is not None:
                rounded = (a.dtype.kind == "f" and k not in exact for k, a in enumerate(args))
                args = tuple(np.round(a, decimals) if r else a for a, r in zip(args, rounded, strict=True))
            options = {k: v.round(3) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
                       for k, v in example.options.items()}  # fmt: skip
            if draws(function):
                options["rng"] = Seed(rng.integers(1000))
            yield _case(function, example.case, args, options, own, len(batch), None)


def names_in(layout: str) -> list[str]:
    """Names of the arrays of a layout."""
    return re.findall(r"(\w+) \(", layout)


def _axes(layout: str) -> set[str]:
    return {axis for text in re.findall(r"\(([^)]*)\)", layout) for axis in re.findall(r"\w+", text)}


def _case(
    function: str, what: str, args: Any, options: dict[str, Any], sizes: dict[str, int], batch_axes: int, douts: Any
) -> Case:
    case = Case(function, what, tuple(args), options, sizes, batch_axes, (), None, ())
    given, named = case.positional()
    *outputs, cache = forward_of(function)(*given, **named)
    if douts is None:
        rng = np.random.default_rng(len(what))
        shaped_as = [outputs[k] for k in UPSTREAM.get(function, range(len(outputs)))]
        normal = (rng.normal(size=np.shape(out)) for out in shaped_as)
        douts = tuple(d.round(1) if d.size < 10 else d for d in normal)
    return case._replace(outputs=tuple(outputs), cache=cache, douts=douts)


def _fresh(value: Any) -> Any:
    """A copy of an array, and a new generator."""
    if isinstance(value, Seed):
        return np.random.default_rng(int(value))
    return np.array(value) if isinstance(value, np.ndarray) else value


def close(got: Any, expected: Any) -> bool:
    """True if an answer is right: equal shape, equal up to rounding, infinite where it should be."""
    return error(got, expected) <= CLOSE


def error(got: Any, expected: Any) -> float:
    """Largest difference of two arrays, relative to the largest entry expected."""
    got, expected = np.asarray(got), np.asarray(expected)
    if got.dtype.kind not in "fiub" or got.shape != expected.shape:
        return np.inf
    if "b" in (got.dtype.kind, expected.dtype.kind):
        got, expected = got.astype(float), expected.astype(float)
    same = np.asarray((got == expected) | (np.isnan(got) & np.isnan(expected)))
    if same.all():
        return 0.0
    difference = np.abs(got[~same] - expected[~same])
    finite = np.abs(expected[np.isfinite(expected)])
    worst = float(difference.max() / max(finite.max(initial=0.0), 1e-3))
    return worst if np.isfinite(worst) else np.inf
