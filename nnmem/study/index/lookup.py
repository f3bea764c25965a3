"""The index: every entry of this folder, found by number, by name and by function, and examples of every call."""

from __future__ import annotations

import itertools
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.arguments import axis_size
from nnmem.study.index.drawing import BATCH, SIZES, draw
from nnmem.study.index.entry import Entry, Equation, Layout, Pair, Plain


def _collected() -> Iterator[Entry]:
    """Every ``ENTRY`` of this folder in the order of the chapter: by section, equations with a number first."""
    found = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name.startswith(("eq_", "section_")):
            entry = import_module(f"nnmem.study.index.{module.name}").ENTRY
            own = tuple(map(int, re.findall(r"\d+", module.name)))
            unnumbered = module.name.startswith("section_")
            section = own if unnumbered else tuple(map(int, entry.equations[0].section.split(".")))
            found[section, unnumbered, own, module.name] = entry
    return (found[key] for key in sorted(found))


ENTRIES: tuple[Entry, ...] = tuple(_collected())
EQUATIONS: tuple[Equation, ...] = tuple(equation for entry in ENTRIES for equation in entry.equations)
PAIRS: Mapping[str, Pair] = {pair.name: pair for entry in ENTRIES for pair in entry.pairs}
PLAIN: Mapping[str, Plain] = {plain.name: plain for entry in ENTRIES for plain in entry.plain}


class Example(NamedTuple):
    """Arguments for one call of one pair or plain function; ``names`` are those of the arrays, as the text has them."""

    function: str
    case: str
    args: tuple[np.ndarray, ...]
    options: dict[str, Any]
    names: tuple[str, ...]


def find(number: str) -> Equation | None:
    """Return the first equation of this number, or None."""
    return next((equation for equation in EQUATIONS if equation.number == number), None)


def named(names: Iterable[str]) -> list[Equation]:
    """Return the equations of these numbers, or that list a function or pair of this name; all if none is named."""
    wanted = {pair_of(name) for name in names}
    return [e for e in EQUATIONS if not wanted or e.number in wanted or wanted.intersection(e.functions)]


def about(text: str) -> list[Equation]:
    """Return the equations that have all these words among their names, in either language, or else in their meaning.

    A word of Latin letters may be the beginning of one; Chinese ones may stand within others.
    """
    wanted = _words(text)
    if all(word.isdecimal() for word in wanted):
        return []
    names, meanings = {}, {}
    for entry in ENTRIES:
        plain = " ".join(each.name for each in entry.plain)
        for e in entry.equations:
            names[e] = _words(f"{e.title} {e.title_zh} {' '.join(e.functions)} {plain} {e.also}")
            meanings[e] = names[e] + _words(f"{e.meaning} {e.meaning_zh}")
    for there in (names, meanings):
        if found := [e for e in EQUATIONS if all(any(_begins(here, word) for here in there[e]) for word in wanted)]:
            return found
    return []


def _words(text: str) -> list[str]:
    """The words of a text: runs of Chinese, and runs of other letters and digits."""
    return re.findall(r"[\u4e00-\u9fff]+|[^\W_\u4e00-\u9fff]+", text.casefold())


def _begins(here: str, word: str) -> bool:
    return word in here if "\u4e00" <= word[0] <= "\u9fff" else here.startswith(word.removesuffix("s"))


def pair_of(function: str) -> str:
    """Return the pair that a function or an answer belongs to; a plain function is its own."""
    return re.sub("_(forward|backward|answer)$", "", function)


def layouts(function: str) -> tuple[Layout, ...]:
    """Return how the arguments of a pair or of a plain function look."""
    return PAIRS[function].layouts if function in PAIRS else PLAIN[function].layouts


def examples(
    function: str,
    rng: np.random.Generator | None = None,
    batches: tuple[tuple[int, ...], ...] = ((), BATCH),
    sizes: Mapping[str, int] = SIZES,
) -> Iterator[Example]:
    """Yield examples of a function: without and with batch axes, without and with a mask.

    All sizes differ, so that a transposed or mixed-up axis cannot go unnoticed; give ``SQUARE`` for equal ones.

    Parameters
    ----------
    function : str
        Name of a pair, without ``_forward``, or of a plain function.
    rng : numpy.random.Generator, optional
        Seed 0 if not given.
    batches : tuple of shapes
        What ``...`` stands for, in turn.
    sizes : mapping
        The size of each letter of the layouts.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    for layout, batch in itertools.product(layouts(function), batches):
        for masked in (False, True) if layout.mask else (False,):
            every = {**layout.sizes, **sizes}
            sized = dict(shapes(layout.layout, batch, every))
            args = tuple(
                layout.special[name](shape, rng) if name in layout.special else draw(name, shape, rng, every)
                for name, shape in sized.items()
            )
            options: dict[str, Any] = dict(layout.options)
            for name, shape in shapes(layout.without_gradient, batch, every):
                options[name] = draw(name, shape, rng, every)
                if name == "alpha":
                    options[name][(0,) * len(batch)] *= not batch  # one row with nothing to attend to
            if masked:
                [(_, shape)] = shapes(f"mask {layout.mask}", batch, every)
                options["mask"] = rng.random(shape) < 0.6
                options["mask"][(0,) * (len(shape) - 1)] = not shape[:-1]  # one row with nothing to attend to
            words = [str(options.get("score", "")), "batch" if batch else "single", "masked" if masked else ""]
            yield Example(function, ", ".join(filter(None, words)), args, options, tuple(sized))


def shapes(layout: str, batch: tuple[int, ...], sizes: Mapping[str, int]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the name and shape of each array of a layout."""
    for name, text in re.findall(r"(\w+) \(([^)]*)\)", layout):
        axes = [axis.strip() for axis in text.split(",") if axis.strip()]
        yield name, tuple(itertools.chain.from_iterable(batch if a == "..." else (_sized(a, sizes),) for a in axes))


def _sized(axis: str, sizes: Mapping[str, int]) -> int:
    size = axis_size(axis, sizes)
    if size is None:
        raise KeyError(axis)
    return size
