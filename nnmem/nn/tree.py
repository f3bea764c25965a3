"""Parameters, states and gradients are named tuples of arrays, nested where a model holds a part: a tree.

A tree's leaves are its arrays. A leaf is named by the way to it, ``controller.W_x``; in a plain tuple the number of the
entry is its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np


def leaves(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (name, leaf) in the order of the fields; names start with ``name``."""
    if not isinstance(tree, tuple):
        yield name, tree
        return
    for field, child in zip(_fields(tree), tree, strict=True):
        yield from leaves(child, f"{name}.{field}" if name else field)


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Return a tree of the same types whose leaves are ``function(leaf, *leaves of the others at the same place)``."""
    if not isinstance(tree, tuple):
        return function(tree, *others)
    return _like(tree, (tree_map(function, *children) for children in zip(tree, *others, strict=True)))


def zeros_like(tree: Any) -> Any:
    """Return a tree of zeros: where a gradient starts."""
    return tree_map(np.zeros_like, tree)


def pack(tree: Any) -> tuple[np.ndarray, Any]:
    """Copy all leaves into one vector; return the vector and the same tree as views of it.

    What changes the vector changes the tree: an optimiser updates one array, whatever the number of parameters.

    Raises
    ------
    TypeError
        A leaf is no array of floats, or two leaves differ in dtype; the message names them.
    """
    named = [(name, np.asarray(leaf)) for name, leaf in leaves(tree)]
    for name, leaf in named:
        if leaf.dtype.kind != "f" or leaf.dtype != named[0][1].dtype:
            raise TypeError(f"pack: {name} has dtype {leaf.dtype}, should be {named[0][1].dtype} as {named[0][0]}")
    vector = np.concatenate([leaf.ravel() for _, leaf in named])
    start = 0

    def view(leaf: Any) -> np.ndarray:
        nonlocal start
        start += np.size(leaf)
        return vector[start - np.size(leaf) : start].reshape(np.shape(leaf))

    return vector, tree_map(view, tree)


def rebuild(like: Any, arrays: Mapping[str, np.ndarray], name: str = "") -> Any:
    """Return a tree of the types of ``like`` with the arrays of these names.

    Raises
    ------
    ValueError
        A name is missing or left over, or a shape or dtype is another; the message lists every difference.
    """
    wanted = dict(leaves(like, name))
    faults = [f"{key} is missing" for key in wanted.keys() - arrays.keys()]
    faults += [f"{key} is unknown" for key in arrays.keys() - wanted.keys()]
    for key in wanted.keys() & arrays.keys():
        has, should = arrays[key], np.asarray(wanted[key])
        if (has.shape, has.dtype) != (should.shape, should.dtype):
            faults.append(f"{key} is {has.dtype} {has.shape}, should be {should.dtype} {should.shape}")
    if faults:
        raise ValueError("; ".join(sorted(faults)))
    ordered = iter(wanted)
    return tree_map(lambda _: arrays[next(ordered)], like)


def _fields(tree: tuple) -> tuple[str, ...]:
    return getattr(tree, "_fields", None) or tuple(map(str, range(len(tree))))


def _like(tree: tuple, children: Iterator[Any]) -> Any:
    return type(tree)(*children) if hasattr(tree, "_fields") else tuple(children)
