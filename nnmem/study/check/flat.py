"""A pair over named tuples, seen as a pair over their arrays: what lets one gradient check serve whole models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnmem.nn.tree import leaves, tree_map
from nnmem.study.check.convention import cache_place


def flatten(
    forward: Callable[..., Any], backward: Callable[..., Any], names: list[str], args: list[Any]
) -> tuple[Callable[..., Any], Callable[..., Any], list[str], list[Any]]:
    """Return forward, backward, names and arguments with a leaf for each tree: ``params.W_x`` and so on.

    Gradients of arguments that hold no float array are not expected from a backward, as for plain pairs, and None or
    an empty tuple in their place is passed over; inside a tree, the gradient's leaf at such a place is dropped.
    """
    named = [pair for name, arg in zip(names, args, strict=True) for pair in leaves(arg, name)]
    learned = [arg for arg in args if any(_is_float(leaf) for _, leaf in leaves(arg))]

    def flat_forward(*values: Any, **options: Any) -> tuple[Any, ...]:
        *outputs, cache = forward(*_fill(args, values), **options)
        before, after, _ = cache_place(backward, len(outputs))
        outputs = outputs[: before + after]  # the backward takes no gradient of the others
        return *(leaf for output in outputs for _, leaf in leaves(output)), (cache, outputs)

    def flat_backward(*values: Any) -> list[Any]:
        *douts, (cache, outputs) = values
        douts = _fill(outputs, douts)
        before, _, _ = cache_place(backward, len(douts))
        gradients = backward(*douts[:before], cache, *douts[before:])
        if not isinstance(gradients, tuple | list) or hasattr(gradients, "_fields"):
            gradients = (gradients,)
        gradients = [gradient for gradient in gradients if gradient is not None and not _is_empty(gradient)]
        if len(gradients) != len(learned):
            raise TypeError(f"backward returned {len(gradients)} gradients, should return {len(learned)}")
        return [
            gradient
            for arg, tree in zip(learned, gradients, strict=True)
            for (_, leaf), (_, gradient) in zip(leaves(arg), leaves(tree), strict=True)
            if _is_float(leaf)
        ]

    return flat_forward, flat_backward, [name for name, _ in named], [leaf for _, leaf in named]


def _fill(trees: list[Any], values: Any) -> list[Any]:
    values = iter(values)
    return [tree_map(lambda _: next(values), tree) for tree in trees]


def _is_empty(gradient: Any) -> bool:
    return isinstance(gradient, tuple) and not gradient


def _is_float(leaf: Any) -> bool:
    return isinstance(leaf, float) or (hasattr(leaf, "dtype") and leaf.dtype.kind == "f")
