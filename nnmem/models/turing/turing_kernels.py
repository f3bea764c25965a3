"""Kernels of the neural Turing machine: addressing, reading and writing of all heads at once, without checks.

Each computes what the public pair of its formula computes, which is the text to read: ``cosine_content_addressing``,
``content_addressing``, ``interpolate``, ``shift``, ``sharpen``, ``memory_read`` and ``memory_write``. A test holds them
equal. Here H heads stand on one axis, keys (..., H, d) and weights (..., H, N) over one memory (..., N, d); gradients
of the memory are added into dM, and arrays are overwritten where that saves a pass over the memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.external.content import unit
from nnmem.nn.linear import transposed
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place


class CosineCache(NamedTuple):
    M: np.ndarray  # (..., N, d)
    K: np.ndarray  # (..., H, d) keys
    beta: np.ndarray  # (..., H) strengths
    per_row: np.ndarray  # (..., 1, N) 1 / |mᵢ|
    per_key: np.ndarray  # (..., H, 1) 1 / |k|
    P: np.ndarray  # (..., H, d) β k̂
    S: np.ndarray  # (..., H, N) β k̂ᵀm̂ᵢ
    W: np.ndarray  # (..., H, N) weights


class DotCache(NamedTuple):
    M: np.ndarray  # (..., N, d)
    Q: np.ndarray  # (..., H, d) queries
    W: np.ndarray  # (..., H, N)


class InterpolateCache(NamedTuple):
    difference: np.ndarray  # (..., H, N) w_c − w_prev
    g: np.ndarray  # (..., H, 1)


class ShiftCache(NamedTuple):
    rolls: np.ndarray  # (..., H, S, N) the weights moved by every shift
    s: np.ndarray  # (..., H, S)


class SharpenCache(NamedTuple):
    w: np.ndarray  # (..., H, N) at least the smallest normal number
    log_w: np.ndarray  # (..., H, N)
    gamma: np.ndarray  # (..., H, 1)
    y: np.ndarray  # (..., H, N)


class WriteCache(NamedTuple):
    M: np.ndarray  # (..., N, d)
    W: np.ndarray  # (..., H, N) of the writing heads
    E: np.ndarray  # (..., H, d) erase
    A: np.ndarray  # (..., H, d) add
    keeps: list[np.ndarray]  # (..., N, d) 1 − wᵢ e of each head


def cosine_weights(M: np.ndarray, K: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, CosineCache]:
    """Weights (..., H, N) by cosine; β / |k| goes into the key before the product."""
    per_row = inverse_lengths(M, np.einsum("...nd,...nd->...n", M, M))[..., None, :]
    per_key = inverse_lengths(K, np.einsum("...hd,...hd->...h", K, K))[..., None]
    P = K * (per_key * beta[..., None])
    S = P @ transposed(M)
    S *= per_row
    W = S.copy()
    softmax_in_place(W)
    return W, CosineCache(M, K, beta, per_row, per_key, P, S, W)


def cosine_weights_gradient(dW: np.ndarray, cache: CosineCache, dM: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the gradient of M to dM; return those of K and beta."""
    M, K, beta, per_row, per_key, P, S, W = cache
    dS = dW.copy()
    softmax_gradient_in_place(dS, W)
    along = np.einsum("...hn,...hn->...n", dS, S)
    along *= per_row[..., 0, :]
    along *= per_row[..., 0, :]
    part = np.multiply(M, along[..., None], out=np.empty_like(M))
    dM -= part
    dS *= per_row
    dM += outers(dS, P, part)
    dP = dS @ M
    direction = K * per_key
    dbeta = (direction[..., None, :] @ dP[..., None])[..., 0, 0]
    dP -= direction * dbeta[..., None]
    dP *= per_key * beta[..., None]
    return dP, dbeta


def inverse_lengths(rows: np.ndarray, square: np.ndarray) -> np.ndarray:
    """1 / |v| from |v|², 0 for zeros; where the square is out of the dtype's range, from the scaled row."""
    out_of_range = ~((square >= np.finfo(square.dtype).tiny) & (square < np.inf))
    if not out_of_range.any():
        np.sqrt(square, out=square)
        return np.divide(1, square, out=square)
    square[out_of_range] = 1
    return np.where(out_of_range, unit(rows)[1][..., 0], 1 / np.sqrt(square))


def dot_weights(M: np.ndarray, Q: np.ndarray) -> tuple[np.ndarray, DotCache]:
    """Weights (..., H, N) by the dot product."""
    W = Q @ transposed(M)
    softmax_in_place(W)
    return W, DotCache(M, Q, W)


def dot_weights_gradient(dW: np.ndarray, cache: DotCache, dM: np.ndarray) -> np.ndarray:
    """Add the gradient of M to dM; return that of Q."""
    M, Q, W = cache
    dS = dW.copy()
    softmax_gradient_in_place(dS, W)
    dM += outers(dS, Q, np.empty_like(M))
    return dS @ M


def interpolated(w_c: np.ndarray, w_prev: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, InterpolateCache]:
    """w_prev + g (w_c − w_prev)."""
    g = g[..., None]
    difference = w_c - w_prev
    w_g = difference * g
    w_g += w_prev
    return w_g, InterpolateCache(difference, g)


def interpolated_gradient(dw_g: np.ndarray, cache: InterpolateCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    difference, g = cache
    dw_c = dw_g * g
    return dw_c, dw_g - dw_c, (difference[..., None, :] @ dw_g[..., None])[..., 0, 0]


def shifted(w_g: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, ShiftCache]:
    """Σⱼ sⱼ rollⱼ; roll j is w_g moved by j − R."""
    rolls = windows(w_g, s.shape[-1])[..., ::-1, :]
    return np.matmul(s[..., None, :], rolls)[..., 0, :], ShiftCache(rolls, s)


def shifted_gradient(dw: np.ndarray, cache: ShiftCache) -> tuple[np.ndarray, np.ndarray]:
    rolls, s = cache
    dw_g = np.matmul(s[..., None, :], windows(dw, s.shape[-1]))[..., 0, :]
    return dw_g, (rolls[..., None, :] @ dw[..., None, :, None])[..., 0, 0]


def windows(w: np.ndarray, S: int) -> np.ndarray:
    """(..., S, N): row j holds w[i + (j − R)] at place i, all rows windows on one array that wraps around."""
    N, R = w.shape[-1], S // 2
    wrapped = np.empty((*w.shape[:-1], N + 2 * R), w.dtype)
    wrapped[..., R : R + N] = w
    wrapped[..., :R] = w[..., N - R :]
    wrapped[..., R + N :] = w[..., :R]
    step = wrapped.strides[-1]
    return np.ndarray((*w.shape[:-1], S, N), w.dtype, wrapped, strides=(*wrapped.strides[:-1], step, step))


def sharpened(w: np.ndarray, gamma: np.ndarray) -> tuple[np.ndarray, SharpenCache]:
    """softmax(γ log w)."""
    gamma = gamma[..., None]
    w = np.maximum(w, np.finfo(w.dtype).tiny)
    log_w = np.log(w)
    y = log_w * gamma
    softmax_in_place(y)
    return y, SharpenCache(w, log_w, gamma, y)


def sharpened_gradient(dy: np.ndarray, cache: SharpenCache) -> tuple[np.ndarray, np.ndarray]:
    w, log_w, gamma, y = cache
    ds = dy.copy()
    softmax_gradient_in_place(ds, y)
    dgamma = (log_w[..., None, :] @ ds[..., None])[..., 0, 0]
    ds *= gamma
    ds /= w
    return ds, dgamma


def read(M: np.ndarray, W: np.ndarray) -> np.ndarray:
    """Read vectors (..., H, d)."""
    return W @ M


def read_gradient(dR: np.ndarray, M: np.ndarray, W: np.ndarray, dM: np.ndarray) -> np.ndarray:
    """Add the gradient of M to dM; return that of W."""
    dM += outers(W, dR, np.empty_like(dM))
    return dR @ transposed(M)


def outers(W: np.ndarray, A: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Write Σ_h w_h a_hᵀ into out (..., N, d) and return it; one head needs no product of matrices."""
    if W.shape[-2] == 1:
        return np.multiply(W[..., 0, :, None], A[..., 0, None, :], out=out)
    return np.matmul(transposed(W), A, out=out)


def written(M: np.ndarray, W: np.ndarray, E: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, WriteCache]:
    """The memory after all heads have erased, then all have added.

    Erasing multiplies and adding sums, so the order of the heads does not matter.
    """
    keeps = []
    M_next = M
    for h in range(W.shape[-2]):
        keep = np.multiply(W[..., h, :, None], E[..., h, None, :], out=np.empty_like(M))
        np.subtract(1, keep, out=keep)
        M_next = M_next * keep
        keeps.append(keep)
    M_next += outers(W, A, np.empty_like(M))
    return M_next, WriteCache(M, W, E, A, keeps)


def written_gradient_in_place(dM: np.ndarray, cache: WriteCache) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Overwrite the gradient of the next memory with that of M; return those of W, E and A."""
    M, W, E, A, keeps = cache
    dA = W @ dM
    dW = A @ transposed(dM)
    dE = np.empty_like(E)
    erased = [M]
    for keep in keeps[:-1]:
        erased.append(erased[-1] * keep)
    for h in reversed(range(len(keeps))):
        dkeep = dM * erased[h]
        dW[..., h, :] -= (dkeep @ E[..., h, :, None])[..., 0]
        dE[..., h, :] = -(transposed(dkeep) @ W[..., h, :, None])[..., 0]
        dM *= keeps[h]
    return dW, dE, dA
