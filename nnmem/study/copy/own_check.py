"""The gradient check that a standalone source carries along: a few lines of central differences, and example inputs."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from nnmem.study.copy.carried_check import MODELS, check, check_model, leaves, rebuilt
from nnmem.study.index.drawing import draw
from nnmem.study.index.lookup import PAIRS, examples, pair_of

START = """if __name__ == "__main__":
    rng = np.random.default_rng(0)"""
NOTHING = """if __name__ == "__main__":
    print("there is no gradient to check here")"""


def checked_pairs(names: Iterable[str]) -> list[str]:
    """Pairs among these functions that have example inputs."""
    pairs = dict.fromkeys(pair_of(name) for name in names)
    return [name for name in pairs if name in PAIRS or name in MODELS]


def checked_functions(name: str) -> tuple[Callable[..., Any], ...]:
    """The functions that the check calls, where they may not be in the copy already."""
    return PAIRS[name].checked if name in PAIRS else ()


def check_source(pairs: list[str]) -> str:
    """Return the ``__main__`` part: one call for each kind of example, or for each model."""
    calls = [_call(name, example) for name in pairs if name in PAIRS for example in examples(name, batches=((2,),))]
    parts = [_printed(check) + "\n\n" + "\n".join(calls)] if calls else []
    if models := [_body(MODELS[name]) for name in pairs if name in MODELS]:
        helpers = [_printed(helper) for helper in (leaves, rebuilt, check_model)]
        parts.append("\n\n".join([*helpers, "\n".join(models)]))
    return START + "\n\n" + "\n\n".join(parts) if parts else NOTHING


def _printed(function: Callable[..., Any]) -> str:
    """The source of a function of the carried check, one level in."""
    return textwrap.indent(inspect.getsource(function), "    ").rstrip()


def _body(function: Callable[..., Any]) -> str:
    """The lines of a function without its head."""
    return inspect.getsource(function).split("\n", 1)[1].rstrip()


def _call(name: str, example: Any) -> str:
    forward, backward = PAIRS[name].checked
    parameters = list(inspect.signature(backward).parameters)
    before = parameters.index("cache")
    options = dict(example.options)
    douts = parameters[:before] + [p for p in parameters[before + 1 :] if p.startswith("d")]
    call = ", ".join([*parameters[:before], "cache", *douts[before:]])
    outputs = len(forward(*example.args, **options)) - 1
    taken = ", ".join(["cache", *douts[:outputs]])
    special = {inner for layout in PAIRS[name].layouts for inner in layout.special}
    arguments = [
        f'"{name}, {example.case}"',
        forward.__name__,
        f"lambda {taken}: {backward.__name__}({call})",
        *(_array(array, inner, inner in special) for inner, array in zip(example.names, example.args, strict=True)),
        *(f"{key}={_array(value, key, False)}" for key, value in options.items()),
    ]
    return "    check(\n" + "".join(f"        {argument},\n" for argument in arguments) + "    )"


def _array(value: Any, name: str, special: bool) -> str:
    """Python text for an argument: random normal numbers where any will do, else the numbers themselves."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    like = draw(name, value.shape, np.random.default_rng(0))
    any_will_do = value.dtype.kind == "f" and np.array_equal(like, np.random.default_rng(0).normal(size=value.shape))
    if any_will_do and not special:
        return f"rng.normal(size={value.shape})"
    return f"np.array({np.round(value, 4).tolist() if value.dtype.kind == 'f' else value.tolist()})"
