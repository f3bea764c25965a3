"""Attention that keeps the order (注意力门控循环单元): a GRU whose update gate is an attention weight, section 8.3.1.

Xiong et al. 2016, equations (12) to (14) with (15): a weighted average forgets which item came first; a GRU that moves
only as far as the weight says does not.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import project, weight_gradient
from nnmem.nn.losses import sigmoid

__all__ = ["attention_gru_backward", "attention_gru_forward"]

ATTENDED = "X (..., N, d), g (..., N), W_r (h, d), U_r (h, h), b_r (h,), W (h, d), U (h, h), b (h,)"


def attention_gru_forward(
    X: np.ndarray,
    g: np.ndarray,
    W_r: np.ndarray,
    U_r: np.ndarray,
    b_r: np.ndarray,
    W: np.ndarray,
    U: np.ndarray,
    b: np.ndarray,
) -> tuple[np.ndarray, tuple]:
    """Read items in their order, each as far as its gate says (注意力门控循环单元).

    Section 8.3.1; Xiong et al. 2016::

        rᵢ = σ(W_r xᵢ + U_r hᵢ₋₁ + b_r)                reset gate (重置门)
        h̃ᵢ = tanh(W xᵢ + rᵢ ∘ U hᵢ₋₁ + b)               candidate (候选状态)
        hᵢ = gᵢ h̃ᵢ + (1 − gᵢ) hᵢ₋₁                      h₀ = 0, the reading is h_N

    Parameters
    ----------
    X : (..., N, d) array
        Items, one a row, in their order.
    g : (..., N) array
        How far each may move the state: 0 leaves it as it is, 1 replaces it.
    W_r, W : (h, d) arrays
    U_r, U : (h, h) arrays
    b_r, b : (h,) arrays

    Returns
    -------
    c : (..., h) array
        The reading, 0 where every gate is 0.
    cache : tuple

    Departs from the text: the chapter names dynamic memory networks alone; the formula is the paper's. The reset gate
    stands behind the product with U, as there; in the house's GRU it stands before it.
    """
    function = "attention_gru_forward"
    X, g, W_r, U_r, b_r, W, U, b = arrays(function, ATTENDED, X, g, W_r, U_r, b_r, W, U, b)
    W, U, b = np.concatenate([W_r, W]), np.concatenate([U_r, U]), np.concatenate([b_r, b])  # both maps as one product
    n = U.shape[1]
    (*lead, N, _), rows = X.shape, math.prod(X.shape[:-2])
    A = np.ascontiguousarray((project(X, W) + b).reshape(rows, N, 2 * n).swapaxes(0, 1))
    G = np.ascontiguousarray(g.reshape(rows, N).T)[..., None]
    H = np.zeros((N + 1, rows, n), A.dtype)
    B, R, candidates = np.empty_like(A), np.empty_like(H[1:]), np.empty_like(H[1:])
    for i in range(N):
        B[i] = H[i] @ U.T
        R[i] = sigmoid(A[i, :, :n] + B[i, :, :n])
        candidates[i] = np.tanh(A[i, :, n:] + R[i] * B[i, :, n:])
        H[i + 1] = H[i] + G[i] * (candidates[i] - H[i])
    return H[N].reshape(*lead, n), (X, G, W, U, H, B[..., n:], R, candidates, tuple(lead))


def attention_gru_backward(dc: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, g, W_r, U_r, b_r, W, U and b.

    From the last item to the first; the gate is a number, so its gradient is a sum over the entries::

        dgᵢ = dhᵢᵀ (h̃ᵢ − hᵢ₋₁)        da = gᵢ dhᵢ ∘ (1 − h̃ᵢ²)        da_r = da ∘ U hᵢ₋₁ ∘ rᵢ (1 − rᵢ)
        dhᵢ₋₁ = (1 − gᵢ) dhᵢ + U_rᵀ da_r + Uᵀ (rᵢ ∘ da)
        dxᵢ = W_rᵀ da_r + Wᵀ da        dW_r = Σᵢ da_r xᵢᵀ   dU_r = Σᵢ da_r hᵢ₋₁ᵀ   db_r = Σᵢ da_r
        dW = Σᵢ da xᵢᵀ   dU = Σᵢ (rᵢ ∘ da) hᵢ₋₁ᵀ   db = Σᵢ da
    """
    X, G, W, U, H, B, R, candidates, lead = cache
    (N, rows, n), d = R.shape, X.shape[-1]
    dh = upstream("attention_gru_backward", "dc", dc, (*lead, n), H.dtype).reshape(rows, n)
    slope, of_reset, stay = G * (1 - candidates * candidates), B * R * (1 - R), 1 - G
    dA, dB, dH = (np.empty((N, rows, size), H.dtype) for size in (2 * n, 2 * n, n))
    for i in reversed(range(N)):
        dH[i] = dh
        da = dA[i, :, n:] = dh * slope[i]
        dB[i, :, :n] = da * of_reset[i]
        dB[i, :, n:] = da * R[i]
        if i:  # h₀ is 0 and has no gradient
            dh = stay[i] * dh + dB[i] @ U
    dA[..., :n] = dB[..., :n]
    dg = (dH * (candidates - H[:-1])).sum(axis=-1)
    dX = project(np.ascontiguousarray(dA.swapaxes(0, 1)), W.T).reshape(*lead, N, d)
    dW = weight_gradient(dA, np.ascontiguousarray(X.reshape(rows, N, d).swapaxes(0, 1)))
    dU, db = weight_gradient(dB, H[:-1]), dA.sum(axis=(0, 1))
    dg = np.ascontiguousarray(dg.T).reshape(*lead, N)
    return dX, dg, dW[:n], dU[:n], db[:n], dW[n:], dU[n:], db[n:]
