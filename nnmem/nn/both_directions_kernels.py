"""A GRU in each direction over packed sequences, in one loop over time; what both say of a row is added.

The text is ``bidirectional_forward`` and ``bidirectional_backward`` in ``both_directions.py`` with the GRU of
``gru.py``; a test holds both equal. Arrays of both directions have them as their first axis, and rows of the second
direction stand mirrored: at step t it reads the row that is t before the end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.both_directions import BidirectionalParams
from nnmem.nn.gru import GRUParams
from nnmem.nn.linear import bias_gradient, project, weight_gradient
from nnmem.nn.losses import sigmoid
from nnmem.nn.packed import Packed


class BothWays(NamedTuple):
    """What the backward needs."""

    X: np.ndarray  # (R, d)
    H: np.ndarray  # (2, B + R, h) states, those of the start in front
    gates: np.ndarray  # (2, R, 2h) z and r
    candidates: np.ndarray  # (2, R, h)
    params: BidirectionalParams
    U: np.ndarray  # (2, 3h, h) of both
    packed: Packed


def read_both_ways_forward(X: np.ndarray, packed: Packed, params: BidirectionalParams) -> tuple[np.ndarray, BothWays]:
    """Return what is read up to a row plus what is read from the end back to it, (R, h), from X (R, d)."""
    U = np.stack([params.onward.U, params.backward.U])
    n, B = U.shape[-1], len(packed.order)
    A = np.stack([project(X, W) + b for W, _, b in params])
    A[1] = A[1, packed.mirrored]
    U_gates, U_candidate = np.swapaxes(U[:, : 2 * n], 1, 2), np.swapaxes(U[:, 2 * n :], 1, 2)
    H = np.zeros((2, B + len(X), n), X.dtype)
    gates, candidates = np.empty((2, len(X), 2 * n), X.dtype), np.empty((2, len(X), n), X.dtype)
    for now, before, after in packed.steps:
        h = H[:, before]
        zr = gates[:, now] = sigmoid(A[:, now, : 2 * n] + h @ U_gates)
        c = candidates[:, now] = np.tanh(A[:, now, 2 * n :] + (zr[..., n:] * h) @ U_candidate)
        H[:, after] = h + zr[..., :n] * (c - h)
    F = H[0, B:] + H[1, B:][packed.mirrored]
    return F, BothWays(X, H, gates, candidates, params, U, packed)


def read_both_ways_backward(dF: np.ndarray, cache: BothWays) -> tuple[np.ndarray, BidirectionalParams]:
    """Gradients of X and the parameters; slopes of all steps are taken before the loop::

    dã = dh′ ∘ [z (1 − h̃²)]          d(r ∘ h) = Uᵀ dã
    da_z = dh′ ∘ [(h̃ − h) z (1 − z)]    da_r = d(r ∘ h) ∘ [h r (1 − r)]
    dh = dh′ ∘ [1 − z] + d(r ∘ h) ∘ r + U_zᵀ da_z + U_rᵀ da_r
    """
    X, H, gates, candidates, params, U, packed = cache
    n, B = U.shape[-1], len(packed.order)
    h, z, r = H[:, packed.before], gates[..., :n], gates[..., n:]
    of_gates = gates * (1 - gates)
    of_update, of_reset, stay = of_gates[..., :n] * (candidates - h), of_gates[..., n:] * h, 1 - z
    of_candidate = z * (1 - candidates * candidates)
    U_gates, U_candidate = U[:, : 2 * n], U[:, 2 * n :]
    dH, dA = np.stack([dF, dF[packed.mirrored]]), np.empty((2, len(X), 3 * n), X.dtype)
    ahead = np.zeros((2, B, n), X.dtype)
    for now, _, _ in reversed(packed.steps):
        going = slice(now.stop - now.start)
        dh = dH[:, now] + ahead[:, going]
        da = dA[:, now]
        candidate = da[..., 2 * n :] = dh * of_candidate[:, now]
        dreset = candidate @ U_candidate
        np.multiply(dh, of_update[:, now], out=da[..., :n])
        np.multiply(dreset, of_reset[:, now], out=da[..., n : 2 * n])
        ahead[:, going] = dh * stay[:, now] + dreset * r[:, now] + da[..., : 2 * n] @ U_gates
    dA[1] = dA[1, packed.mirrored]
    reset = r * h
    reset[1], h[1] = reset[1, packed.mirrored], h[1, packed.mirrored]
    grads = [
        GRUParams(
            weight_gradient(da, X),
            np.concatenate([weight_gradient(da[:, : 2 * n], before), weight_gradient(da[:, 2 * n :], kept)]),
            bias_gradient(da),
        )
        for da, before, kept in zip(dA, h, reset, strict=True)
    ]
    return dA[0] @ params.onward.W + dA[1] @ params.backward.W, BidirectionalParams(*grads)
