"""The gradient check that a standalone source carries along: a few lines of central differences, and example inputs."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import numpy as np

from nnmem.study.examples import SPECS, draw, examples
from nnmem.study.formulas import pair

CHECK = '''if __name__ == "__main__":
    rng = np.random.default_rng(0)

    def check(name, forward, backward, *args, **options):
        """Compare a backward with central differences of the forward, every output weighted at random."""
        *outputs, cache = forward(*args, **options)
        douts = [rng.normal(size=np.shape(output)) for output in outputs]

        def loss(k, x):
            moved = forward(*args[:k], x, *args[k + 1 :], **options)
            return sum(np.sum(np.where(np.isfinite(y), y, 0) * dy) for y, dy in zip(moved, douts))

        gradients = backward(cache, *douts)
        gradients = gradients if isinstance(gradients, tuple) else (gradients,)
        floats = [k for k, x in enumerate(args) if x.dtype.kind == "f"]
        assert len(gradients) == len(floats), f"{name}: {len(gradients)} gradients for {len(floats)} arrays"
        for k, gradient in zip(floats, gradients):
            expected = np.empty_like(args[k])
            for place in np.ndindex(expected.shape):
                step = np.zeros_like(expected)
                step[place] = 1e-5
                expected[place] = (loss(k, args[k] + step) - loss(k, args[k] - step)) / 2e-5
            error = abs(gradient - expected).max() / max(abs(expected).max(), 1e-3)
            print(f"{name}, gradient {k + 1}: error {error:.0e}", "ok" if error < 1e-7 else "WRONG")
            assert error < 1e-7

'''

NOTHING = """if __name__ == "__main__":
    print("there is no gradient to check here")"""


def checked_pairs(names: Iterable[str]) -> list[str]:
    """Pairs among these functions that have example inputs."""
    pairs = dict.fromkeys(name.removesuffix("_forward").removesuffix("_backward") for name in names)
    return [name for name in pairs if name in SPECS]


def check_source(pairs: list[str]) -> str:
    """Return the ``__main__`` part: one call for each kind of example, small ones without batch axes."""
    calls = [_call(name, example) for name in pairs for example in examples(name, batches=((2,),))]
    return CHECK + "\n".join(calls) if calls else NOTHING


def _call(name: str, example: Any) -> str:
    forward, backward = pair(name)
    parameters = list(inspect.signature(backward).parameters)
    before = parameters.index("cache")
    options = dict(example.options)
    douts = parameters[:before] + [p for p in parameters[before + 1 :] if p.startswith("d")]
    call = ", ".join([*parameters[:before], "cache", *douts[before:]])
    outputs = len(forward(*example.args, **options)) - 1
    taken = ", ".join(["cache", *douts[:outputs]])
    arguments = [
        f'"{name}, {example.case}"',
        forward.__name__,
        f"lambda {taken}: {backward.__name__}({call})",
        *(_array(array, inner) for inner, array in _named(forward, example.args)),
        *(f"{key}={_array(value, key)}" for key, value in options.items()),
    ]
    return "    check(\n" + "".join(f"        {argument},\n" for argument in arguments) + "    )"


def _named(forward: Any, args: tuple[Any, ...]) -> list[tuple[str, Any]]:
    names = list(inspect.signature(forward).parameters)
    return [(names[min(i, len(names) - 1)], arg) for i, arg in enumerate(args)]


def _array(value: Any, name: str) -> str:
    """Python text for an argument: random normal numbers where any will do, else the numbers themselves."""
    if not isinstance(value, np.ndarray):
        return repr(value)
    like = draw(name, value.shape, np.random.default_rng(0))
    if value.dtype.kind == "f" and np.array_equal(like, np.random.default_rng(0).normal(size=value.shape)):
        return f"rng.normal(size={value.shape})"
    return f"np.array({np.round(value, 4).tolist() if value.dtype.kind == 'f' else value.tolist()})"
