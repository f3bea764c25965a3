"""How large the gradients of a sequence may become on their way back, step by step, in numbers of a wider range.

A sum is bounded by the sum of its absolute values, and so is every part of it, however it is rounded. What is bounded
are the quantities that the docstrings name: the gradient of every state, of what stands inside the gates, of r ∘ h.
Gates and slopes are those of the dtype: at a sum of 1e12 a rounding decides whether a gate is shut or half open.
"""

from collections.abc import Iterator

import numpy as np


def wide(array):
    return np.abs(array).astype(np.longdouble)


def gru_bounds(dH: np.ndarray, cells: list[tuple]) -> Iterator[np.ndarray]:
    """Of a GRU that was given dH (..., T, h), from the caches of its cells."""
    ahead, sums = 0, 0
    for t in reversed(range(len(cells))):
        x, h, W, U, z, r, candidate = cells[t]
        U_z, U_r, U_h = np.split(wide(U), 3)
        at = wide(dH[..., t, :]) + ahead
        a_h = at * wide(z) * wide(1 - candidate * candidate)
        k = a_h @ U_h
        a_z, a_r = at * wide(z * (1 - z)) * wide(candidate - h), k * wide(r * (1 - r)) * wide(h)
        ahead = at * wide(1 - z) + k * wide(r) + a_z @ U_z + a_r @ U_r
        a = np.concatenate([a_z, a_r, a_h], axis=-1)
        rows = a.reshape(-1, a.shape[-1])
        sums = sums + rows.T @ np.concatenate([wide(x), wide(h)], axis=-1).reshape(len(rows), -1)
        yield from (at, k, a @ wide(W), ahead, rows.sum(axis=0))
    yield sums


def attention_gru_bounds(dc: np.ndarray, cache: tuple) -> Iterator[np.ndarray]:
    """Of an attention GRU that was given dc (..., h)."""
    X, G, W, U, H, B, R, candidates, _ = cache
    (N, rows, n), d = R.shape, X.shape[-1]
    at, sums = wide(dc).reshape(rows, n), 0
    inputs = np.swapaxes(wide(X).reshape(rows, N, d), 0, 1)
    for i in reversed(range(N)):
        a = at * wide(G[i] * (1 - candidates[i] * candidates[i]))
        a_r = a * wide(B[i] * R[i] * (1 - R[i]))
        of_gate = at * wide(candidates[i] - H[i])
        both, used = np.concatenate([a_r, a], axis=-1), np.concatenate([a_r, a * wide(R[i])], axis=-1)
        sums = sums + both.T @ inputs[i] @ np.ones((d, n)) + used.T @ wide(H[i])
        yield from (at, of_gate.sum(axis=-1), both @ wide(W), both.sum(axis=0))
        at = at * wide(1 - G[i]) + used @ wide(U) if i else 0
    yield sums


def bounds(name: str, douts: list[np.ndarray], cache: tuple) -> Iterator[np.ndarray]:
    """Of one of the sequences by name."""
    if name == "attention_gru":
        yield from attention_gru_bounds(douts[0], cache)
    elif name == "gru_sequence":
        yield from gru_bounds(douts[0], cache[0])
    else:
        (onward, backward, *_), n = cache, douts[0].shape[-1] // 2
        yield from gru_bounds(douts[0][..., :n], onward[0])
        yield from gru_bounds(douts[0][..., ::-1, n:], backward[0])


SEQUENCES = ("attention_gru", "bidirectional_gru", "gru_sequence")
