"""Embedding (嵌入): a table of vectors, looked up by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.nn.arguments import arrays, upstream


def embedding_forward(E: np.ndarray, ids: Any) -> tuple[np.ndarray, tuple]:
    """Look up rows of a table (嵌入查表)::

        yᵢ = E[idᵢ]

    Parameters
    ----------
    E : (V, d) array
    ids : (...) array of int
        Each in 0 to V − 1.

    Returns
    -------
    Y : (..., d) array
    cache : tuple

    Raises
    ------
    ValueError
        E is no matrix, or an id is outside the table.
    TypeError
        The ids are not integers.
    """
    (E,) = arrays("embedding_forward", "E (V, d)", E)
    ids = whole_numbers("embedding_forward", "ids", ids, 0, len(E))
    return E[ids], (ids, E)


def embedding_backward(dY: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of E: what came back to a row, summed over all the places that looked it up, dE[v] = Σ_{idᵢ = v} dyᵢ.

    The ids are sorted, so that the places of one row stand together and are summed as one run.
    """
    ids, E = cache
    dY = upstream("embedding_backward", "dY", dY, ids.shape + E.shape[1:], E.dtype)
    dE = np.zeros_like(E)
    if ids.size:
        order = np.argsort(ids, axis=None, kind="stable")
        rows = ids.ravel()[order]
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        dE[rows[starts]] = np.add.reduceat(dY.reshape(ids.size, E.shape[1])[order], starts, axis=0)
    return dE


def whole_numbers(function: str, name: str, values: Any, low: int, high: int) -> np.ndarray:
    """Return the values as an array of integers if all of them are at least low and below high.

    Raises
    ------
    ValueError
        One is outside; the message names the first.
    TypeError
        They are not integers.
    """
    values = np.asarray(values)
    if values.dtype.kind not in "iu":
        raise TypeError(f"{function}: {name} has dtype {values.dtype}, should be integers")
    if values.size and (values.min() < low or values.max() >= high):
        outside = (values < low) | (values >= high)
        first = values[outside][0]
        raise ValueError(f"{function}: {name} has the entry {first}, should be in {low} to {high - 1}")
    return values.astype(np.intp, copy=False)
