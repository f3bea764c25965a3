"""A formula as the users of another library write it: what ``nnmem bench`` races."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Library(NamedTuple):
    """What PyTorch and JAX call by different names: the array functions, the softmax of the last axis, taking along."""

    xp: Any
    softmax: Callable[[Any], Any]
    take: Callable[[Any, Any, int], Any]


class Peer(NamedTuple):
    """The computation of a pair in another library, which differentiates it.

    Parameters
    ----------
    formula : callable
        ``(lib, *arrays, **options) -> output``.
    largest : callable
        ``(**options)`` -> the shape of the largest intermediate array that nnmem needs, as in a layout.
    fused : callable, optional
        The same through PyTorch's fused attention, for examples that have ``fused_options``.
    options : mapping
        Options in place of the example's.
    libraries : tuple of str
        Those that can compute it.
    """

    formula: Callable[..., Any]
    largest: Callable[..., str]
    fused: Callable[..., Any] | None = None
    fused_options: Mapping[str, Any] = {}
    options: Mapping[str, Any] = {}
    libraries: tuple[str, ...] = ("torch", "jax")


def items_scores(lib: Library, score: str, X: Any, q: Any, *params: Any) -> Any:
    """The score of every item for one query."""
    if score == "additive":
        W, U, v = params
        return lib.xp.tanh(X @ W.T + (q @ U.T)[..., None, :]) @ v
    p = q @ params[0].T if score == "bilinear" else q
    s = (X @ p[..., None])[..., 0]
    return s / math.sqrt(X.shape[-1]) if score == "scaled_dot" else s


def queries_scores(lib: Library, score: str, X: Any, Q: Any, *params: Any) -> Any:
    """The score of every item for every query."""
    if score == "additive":
        W, U, v = params
        return lib.xp.tanh((X @ W.T)[..., None, :, :] + (Q @ U.T)[..., :, None, :]) @ v
    P = Q @ params[0].T if score == "bilinear" else Q
    s = P @ X.swapaxes(-1, -2)
    return s / math.sqrt(X.shape[-1]) if score == "scaled_dot" else s


def weighted(alpha: Any, X: Any) -> Any:
    """Σᵢ αᵢ xᵢ."""
    return (alpha[..., None, :] @ X)[..., 0, :]


def in_heads(Y: Any, num_heads: int) -> Any:
    """Columns in as many groups, each group before the rows."""
    return Y.reshape(*Y.shape[:-1], num_heads, -1).swapaxes(-2, -3)


def from_heads(R: Any) -> Any:
    """The groups side by side again."""
    R = R.swapaxes(-2, -3)
    return R.reshape(*R.shape[:-2], -1)
