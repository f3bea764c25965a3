"""Kernels for M queries against N items, a block at a time: what many heads and a pointer network's training run on.

The text is softmax(P Kᵀ) V and vᵀ tanh(W xᵢ + U qⱼ), forward and backward; a test holds the kernels equal to it. A
block of scores stays in the processor's cache from product to softmax to product, for which it is overwritten in place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from nnmem.nn.arguments import Shape, attendable
from nnmem.nn.linear import project, transposed, weight_gradient
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place

BLOCK_BYTES = 2**20


def _blocks(lead: Sequence[int], nbytes: int) -> Iterator[tuple[int | slice, ...]]:
    """Cut the leading axes of an array of this many bytes into indices of blocks of at most BLOCK_BYTES each."""
    axes, entry = 0, nbytes
    while axes < len(lead) and entry > BLOCK_BYTES:
        entry //= max(lead[axes], 1)
        axes += 1
    if axes == 0:
        yield ()
        return
    step = max(BLOCK_BYTES // max(entry, 1), 1)
    for outer in np.ndindex(*lead[: axes - 1]):
        for start in range(0, lead[axes - 1], step):
            yield *outer, slice(start, start + step)


def for_every_query(function: str, mask: np.ndarray | None, shape: Shape) -> np.ndarray | None:
    """Check a mask for all queries, or for each, and return it of shape (..., M, N)."""
    if mask is not None and np.ndim(mask) == len(shape) - 1:
        mask = attendable(function, mask, shape[:-2] + shape[-1:])
        return None if mask is None else np.broadcast_to(mask[..., None, :], shape)
    return attendable(function, mask, shape)


def attend(
    P: np.ndarray, K: np.ndarray, V: np.ndarray, mask: np.ndarray | None, out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return r = α V, written into ``out`` where it is given, and α = softmax(P Kᵀ)."""
    *lead, M, N = P.shape[:-1] + K.shape[-2:-1]
    alpha = np.empty((*lead, M, N), P.dtype)
    r = np.empty((*lead, M, V.shape[-1]), P.dtype) if out is None else out
    for b in _blocks(lead, alpha.nbytes):
        np.matmul(P[b], transposed(K[b]), out=alpha[b])
        softmax_in_place(alpha[b], None if mask is None else mask[b])
        np.matmul(alpha[b], V[b], out=r[b])
    return r, alpha


def attend_backward(
    dr: np.ndarray,
    dalpha: np.ndarray | None,
    P: np.ndarray,
    K: np.ndarray,
    V: np.ndarray,
    alpha: np.ndarray,
    out: Iterable[np.ndarray] | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of P, K and V, written into ``out`` where it is given."""
    dP, dK, dV = (np.empty_like(P), np.empty_like(K), np.empty_like(V)) if out is None else out
    *lead, _, _ = alpha.shape
    for b in _blocks(lead, alpha.nbytes):
        np.matmul(transposed(alpha[b]), dr[b], out=dV[b])
        dS = dr[b] @ transposed(V[b])
        if dalpha is not None:
            dS += dalpha[b]
        softmax_gradient_in_place(dS, alpha[b])
        np.matmul(dS, K[b], out=dP[b])
        np.matmul(transposed(dS), P[b], out=dK[b])
    return dP, dK, dV


def additive_score_matrix_forward(
    X: np.ndarray, Q: np.ndarray, W: np.ndarray, U: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """Scores s_ji = vᵀ tanh(W xᵢ + U qⱼ) for X (..., N, d) and Q (..., M, d_q): scores (..., M, N).

    Nothing is checked here.
    """
    items, queries = project(X, W), project(Q, U)
    *lead, N, h = items.shape
    A = np.empty((*lead, queries.shape[-2], N, h), np.result_type(items, queries))
    scores = np.empty(A.shape[:-1], A.dtype)
    for b in _blocks(lead, A.nbytes):
        np.add(queries[b][..., :, None, :], items[b][..., None, :, :], out=A[b])
        np.tanh(A[b], out=A[b])
        np.matmul(A[b], v, out=scores[b])
    return scores, (X, Q, W, U, v, A)


def additive_score_matrix_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, Q, W, U and v; as for one query, with W xᵢ used by every query and U qⱼ by every item.

    v is the same for all pairs and comes after the sums: Σⱼ dzⱼᵢ = v ∘ Σⱼ dsⱼᵢ (1 − aⱼᵢ²), each of which is a product.
    """
    X, Q, W, U, v, A = cache
    *lead, M, N, h = A.shape
    dZ_items, dZ_queries = np.empty((*lead, N, h), A.dtype), np.empty((*lead, M, h), A.dtype)
    dv = np.zeros_like(v)
    for b in _blocks(lead, A.nbytes):
        dS = dscores[b]
        dv += weight_gradient(dS[..., None], A[b])[0]
        slope = A[b] * A[b]
        np.subtract(1, slope, out=slope)
        np.matmul(dS[..., :, None, :], slope, out=dZ_queries[b][..., :, None, :])
        np.matmul(transposed(dS)[..., :, None, :], slope.swapaxes(-3, -2), out=dZ_items[b][..., :, None, :])
    dZ_items *= v
    dZ_queries *= v
    return (
        project(dZ_items, W.T),
        project(dZ_queries, U.T),
        weight_gradient(dZ_items, X),
        weight_gradient(dZ_queries, Q),
        dv,
    )
