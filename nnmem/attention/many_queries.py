"""Scores of M queries against N items: a matrix where one query gives a row, and products of matrices do the work.

Multi-head attention and pointer networks are built on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from nnmem.attention.distribution import softmax_gradient_in_place, softmax_in_place
from nnmem.nn.arguments import Shape
from nnmem.nn.linear import weight_gradient

BLOCK_BYTES = 2**21


def _blocks(lead: Shape, block_bytes: int) -> Iterator[tuple[int, ...]]:
    """Indices of the leading axes, as many of them as it takes to make what they index small."""
    axes = 0
    while axes < len(lead) and math.prod(lead[axes:]) * block_bytes > BLOCK_BYTES:
        axes += 1
    return np.ndindex(lead[:axes])


def attend(
    P: np.ndarray, K: np.ndarray, V: np.ndarray, mask: np.ndarray | None, out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return r = α V and α = softmax(P Kᵀ).

    Batch entries are taken a block at a time, small enough that a block's scores stay in the processor's cache from
    product to softmax to product.
    """
    *lead, M, N = P.shape[:-1] + K.shape[-2:-1]
    alpha = np.empty((*lead, M, N), P.dtype)
    r = np.empty((*lead, M, V.shape[-1]), P.dtype) if out is None else out
    for b in _blocks(tuple(lead), M * N * alpha.itemsize):
        np.matmul(P[b], K[b].mT, out=alpha[b])
        softmax_in_place(alpha[b], None if mask is None else mask[b])
        np.matmul(alpha[b], V[b], out=r[b])
    return r, alpha


def attend_backward(
    dr: np.ndarray,
    dalpha: np.ndarray | None,
    arguments: Sequence[np.ndarray],
    alpha: np.ndarray,
    gradients: Sequence[np.ndarray],
) -> None:
    """Write the gradients of the arguments P, K and V into dP, dK and dV."""
    P, K, V = arguments
    dP, dK, dV = gradients
    *lead, M, N = alpha.shape
    for b in _blocks(tuple(lead), M * N * alpha.itemsize):
        np.matmul(alpha[b].mT, dr[b], out=dV[b])
        dS = dr[b] @ V[b].mT
        if dalpha is not None:
            dS += dalpha[b]
        softmax_gradient_in_place(dS, alpha[b])
        np.matmul(dS, K[b], out=dP[b])
        np.matmul(dS.mT, P[b], out=dK[b])


def additive_score_matrix_forward(
    X: np.ndarray, Q: np.ndarray, W: np.ndarray, U: np.ndarray, v: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """Scores s_ji = vᵀ tanh(W xᵢ + U qⱼ) for X (..., N, d) and Q (..., M, d_q): scores (..., M, N)."""
    A = (Q @ U.T)[..., :, None, :] + (X @ W.T)[..., None, :, :]
    np.tanh(A, out=A)
    return np.matvec(A, v), (X, Q, W, U, v, A)


def additive_score_matrix_backward(dscores: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, Q, W, U and v; as for one query, with W xᵢ used by every query and U qⱼ by every item."""
    X, Q, W, U, v, A = cache
    dv = weight_gradient(dscores[..., None], A)[0]
    dZ = A * A
    np.subtract(1, dZ, out=dZ)
    dZ *= v
    dZ *= dscores[..., None]
    dZ_items, dZ_queries = dZ.sum(axis=-3), dZ.sum(axis=-2)
    return (
        dZ_items @ W,
        dZ_queries @ U,
        weight_gradient(dZ_items, X),
        weight_gradient(dZ_queries, Q),
        dv,
    )
