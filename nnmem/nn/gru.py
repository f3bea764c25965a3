"""Gated recurrent unit (门控循环单元, GRU) as networks run it: time first, sequences of different lengths.

The text is ``nn/gated_recurrent_unit.py``; here W x is one product before the loop, and the gradients of W, U and b are
one behind it.

Cho et al. 2014 and Bahdanau et al. 2014, appendix A.1.1::

    z  = σ(W_z x + U_z h + b_z)                 update gate (更新门)
    r  = σ(W_r x + U_r h + b_r)                 reset gate (重置门)
    h̃  = tanh(W x + U (r ∘ h) + b)              candidate (候选状态)
    h′ = (1 − z) ∘ h + z ∘ h̃

The reset gate stands before the product with U, as in both papers; PyTorch's cell has it behind. The rows of the
parameters are those of z, r and h̃, in this order.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import glorot_uniform, project, weight_gradient
from nnmem.nn.losses import sigmoid
from nnmem.nn.options import whole_numbers


class GRUParams(NamedTuple):
    """Parameters; each has the rows of the update gate, the reset gate and the candidate."""

    W: np.ndarray  # (3h, d)
    U: np.ndarray  # (3h, h)
    b: np.ndarray  # (3h,)


class GRUCellCache(NamedTuple):
    """What the backward of a cell needs."""

    h: np.ndarray  # (..., h)
    gates: np.ndarray  # (..., 2h) z and r
    candidate: np.ndarray  # (..., h)


def gru_init(rng: np.random.Generator, input_size: int, hidden_size: int, dtype: type = np.float32) -> GRUParams:
    """First parameters: Glorot uniform weights gate by gate, biases 0."""
    W = [glorot_uniform(rng, (hidden_size, input_size), dtype) for _ in range(3)]
    U = [glorot_uniform(rng, (hidden_size, hidden_size), dtype) for _ in range(3)]
    return GRUParams(np.concatenate(W), np.concatenate(U), np.zeros(3 * hidden_size, dtype))


def gru_step_forward(a: np.ndarray, h: np.ndarray, U: np.ndarray) -> tuple[np.ndarray, GRUCellCache]:
    """One step once a = W x + b (..., 3h) is known; h (..., h) and U (3h, h) give the next h. Nothing is checked."""
    n = h.shape[-1]
    gates = sigmoid(a[..., : 2 * n] + h @ U[: 2 * n].T)
    z, r = gates[..., :n], gates[..., n:]
    candidate = np.tanh(a[..., 2 * n :] + (r * h) @ U[2 * n :].T)
    return h + z * (candidate - h), GRUCellCache(h, gates, candidate)


def gru_step_backward(dh_next: np.ndarray, cache: GRUCellCache, U: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of a and h; that of U is left to the end of a sequence, ``recurrent_gradient``.

    h is used four times: kept, reset, and by both gates::

        dã = dh′ ∘ z ∘ (1 − h̃²)          d(r ∘ h) = Uᵀ dã
        da_z = dh′ ∘ (h̃ − h) ∘ z (1 − z)    da_r = d(r ∘ h) ∘ h ∘ r (1 − r)
        dh = dh′ ∘ (1 − z) + d(r ∘ h) ∘ r + U_zᵀ da_z + U_rᵀ da_r
    """
    h, gates, candidate = cache
    n = h.shape[-1]
    z, r = gates[..., :n], gates[..., n:]
    da = np.empty((*h.shape[:-1], 3 * n), h.dtype)
    da[..., 2 * n :] = dh_next * z * (1 - candidate * candidate)
    dreset = da[..., 2 * n :] @ U[2 * n :]
    da[..., :n] = dh_next * (candidate - h)
    da[..., n : 2 * n] = dreset * h
    da[..., : 2 * n] *= gates * (1 - gates)
    dh = dh_next * (1 - z) + dreset * r + da[..., : 2 * n] @ U[: 2 * n]
    return da, dh


def recurrent_gradient(dA: np.ndarray, H: np.ndarray, gates: np.ndarray) -> np.ndarray:
    """Gradient of U (3h, h) from all steps at once: dA (..., 3h), the states before, H (..., h), and z and r (..., 2h).

    The gates act on h, the candidate on r ∘ h.
    """
    n = H.shape[-1]
    dgates = weight_gradient(np.ascontiguousarray(dA[..., : 2 * n]), H)
    dcandidate = weight_gradient(np.ascontiguousarray(dA[..., 2 * n :]), gates[..., n:] * H)
    return np.concatenate([dgates, dcandidate])


def gru_forward(
    X: np.ndarray, h: np.ndarray | None, params: GRUParams, lengths: Any = None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Run over a sequence.

    Parameters
    ----------
    X : (T, ..., d) array
        Inputs, time first.
    h : (..., h) array, or None
        Where to start; zeros if None.
    params : GRUParams
    lengths : (...) array of int, optional
        Real steps of each sequence, 1 to T; T everywhere if not given. What stands behind them is computed, changes no
        last state and is for the caller to ignore.

    Returns
    -------
    H : (T, ..., h) array
        The state after every step.
    last : (..., h) array
        The state after the last real step.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A length is outside 1 to T.
    """
    function, from_zero = "gru_forward", h is None
    if h is None:
        h = np.zeros((*np.shape(X)[1:-1], np.shape(params.U)[-1]), np.asarray(params.U).dtype)
    X, W, U, b, h = arrays(function, "X (T, ..., d), W (3h, d), U (3h, h), b (3h,), h (..., h)", X, *params, h)
    (T, *lead, d), n = X.shape, h.shape[-1]
    rows = math.prod(lead)
    ends = np.full(rows, T)
    if lengths is not None:
        lengths = whole_numbers(function, "lengths", lengths, 1, T + 1)
        if lengths.shape != h.shape[:-1]:
            raise ValueError(f"{function}: lengths has shape {lengths.shape}, should be {h.shape[:-1]}")
        ends = lengths.ravel()
    X = X.reshape(T, rows, d)
    A = project(X, W) + b
    H = np.empty((T + 1, rows, n), X.dtype)
    H[0] = h.reshape(rows, n)
    gates, candidates = np.empty((T, rows, 2 * n), X.dtype), np.empty((T, rows, n), X.dtype)
    for t in range(T):
        H[t + 1], (_, gates[t], candidates[t]) = gru_step_forward(A[t], H[t], U)
    last = H[ends, np.arange(rows)].reshape(*lead, n)
    return H[1:].reshape(T, *lead, n), last, (X, H, gates, candidates, W, U, ends, tuple(lead), from_zero)


def gru_backward(dH: np.ndarray, dlast: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray | None, GRUParams]:
    """Gradients of X, the initial state (None where it was) and the parameters.

    Backpropagation through time (随时间反向传播): h receives from its own output, from the next step, and, where the
    sequence ends, from the last state. What sums over time is one product after the loop::

        dhₜ = dHₜ + dhₜ₊₁ through the cell + dlast 1[t = end]
        dxₜ = Wᵀ daₜ      dW = Σₜ daₜ xₜᵀ      db = Σₜ daₜ      dU from ``recurrent_gradient``
    """
    X, H, gates, candidates, W, U, ends, lead, from_zero = cache
    T, rows, n = candidates.shape
    dH = upstream("gru_backward", "dH", dH, (T, *lead, n), X.dtype).reshape(T, rows, n)
    dlast = upstream("gru_backward", "dlast", dlast, (*lead, n), X.dtype).reshape(rows, n)
    dA = np.empty((T, rows, 3 * n), X.dtype)
    dh = np.zeros_like(dlast)
    for t in reversed(range(T)):
        dh = dh + dH[t] + np.where((ends == t + 1)[:, None], dlast, 0)
        dA[t], dh = gru_step_backward(dh, GRUCellCache(H[t], gates[t], candidates[t]), U)
    dX = project(dA, W.T).reshape(T, *lead, X.shape[-1])
    dparams = GRUParams(weight_gradient(dA, X), recurrent_gradient(dA, H[:-1], gates), dA.sum(axis=(0, 1)))
    return dX, None if from_zero else dh.reshape(*lead, n), dparams
