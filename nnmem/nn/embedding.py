"""Embedding (嵌入): a table of vectors, looked up by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import whole_numbers


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
    return np.take(E, ids, axis=0), (ids, E)


def embedding_backward(dY: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of E: what came back to a row, summed over all the places that looked it up, dE[v] = Σ_{idᵢ = v} dyᵢ.

    Entry by entry, in one flat array, where ``np.add.at`` is quickest.
    """
    ids, E = cache
    dY = upstream("embedding_backward", "dY", dY, ids.shape + E.shape[1:], E.dtype)
    dE, d = np.zeros(E.size, E.dtype), E.shape[1]
    np.add.at(dE, (ids.reshape(-1, 1) * d + np.arange(d)).ravel(), dY.ravel())
    return dE.reshape(E.shape)
