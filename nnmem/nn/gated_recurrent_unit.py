"""Gated recurrent unit (门控循环单元, GRU): one step, a sequence, and a sequence read in both directions.

Cho et al. 2014 and Bahdanau et al. 2014, appendix A.1.1; both directions are those of Schuster and Paliwal 1997. Here
they are written as the papers have them; ``nn/gru.py`` and ``nn/both_directions.py`` are what models run.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import bias_gradient, weight_gradient
from nnmem.nn.losses import sigmoid

__all__ = [
    "bidirectional_gru_backward",
    "bidirectional_gru_forward",
    "gru_cell_backward",
    "gru_cell_forward",
    "gru_sequence_backward",
    "gru_sequence_forward",
]

PARAMETERS = "W (3h, d), U (3h, h), b (3h,)"
GRU_CELL = f"x (..., d), h (..., h), {PARAMETERS}"
GRU_SEQUENCE = f"X (..., T, d), h (..., h), {PARAMETERS}"
BOTH_WAYS = "X (..., T, d), W_on (3h, d), U_on (3h, h), b_on (3h,), W_back (3h, d), U_back (3h, h), b_back (3h,)"


def gru_cell_forward(
    x: np.ndarray, h: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """One step of a gated recurrent unit (门控循环单元).

    Section 8.3.1, the reader of a dynamic memory network; Cho et al. 2014, equations (5) to (8)::

        z  = σ(W_z x + U_z h + b_z)                 update gate (更新门)
        r  = σ(W_r x + U_r h + b_r)                 reset gate (重置门)
        h̃  = tanh(W_h x + U_h (r ∘ h) + b_h)        candidate (候选状态)
        h′ = (1 − z) ∘ h + z ∘ h̃

    Parameters
    ----------
    x : (..., d) array
        The input of this step.
    h : (..., h) array
        The state before it.
    W : (3h, d) array
        W_z, W_r and W_h, one above the other.
    U : (3h, h) array
        U_z, U_r and U_h.
    b : (3h,) array
        b_z, b_r and b_h.

    Returns
    -------
    h_next : (..., h) array
    cache : tuple

    Departs from the text: the chapter names dynamic memory networks alone. z is the share of the new state, as in
    Bahdanau et al. 2014; in Cho et al. 2014 it is that of the old. The reset gate stands before the product with U, as
    in both papers; PyTorch's has it behind, and its rows in the order r, z, h̃.
    """
    x, h, W, U, b = arrays("gru_cell_forward", GRU_CELL, x, h, W, U, b)
    (W_z, W_r, W_h), (U_z, U_r, U_h), (b_z, b_r, b_h) = (np.split(part, 3) for part in (W, U, b))
    z = sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    r = sigmoid(x @ W_r.T + h @ U_r.T + b_r)
    candidate = np.tanh(x @ W_h.T + (r * h) @ U_h.T + b_h)
    return (1 - z) * h + z * candidate, (x, h, W, U, z, r, candidate)


def gru_cell_backward(dh_next: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of x, h, W, U and b.

    h is used four times: kept, reset, and by both gates; a are the sums inside σ and tanh, dk the gradient of r ∘ h::

        da_h = dh′ ∘ z ∘ (1 − h̃²)            dk = U_hᵀ da_h
        da_z = dh′ ∘ z (1 − z) ∘ (h̃ − h)      da_r = dk ∘ r (1 − r) ∘ h
        dh = dh′ ∘ (1 − z) + dk ∘ r + U_zᵀ da_z + U_rᵀ da_r        dx = Wᵀ da
        dW = Σ da xᵀ    dU_z = Σ da_z hᵀ    dU_r = Σ da_r hᵀ    dU_h = Σ da_h (r ∘ h)ᵀ    db = Σ da
    """
    x, h, W, U, z, r, candidate = cache
    dh_next = upstream("gru_cell_backward", "dh_next", dh_next, h.shape, h.dtype)
    U_z, U_r, U_h = np.split(U, 3)
    da_h = dh_next * z * (1 - candidate * candidate)
    dk = da_h @ U_h
    da_z = dh_next * (z * (1 - z) * (candidate - h))
    da_r = dk * (r * (1 - r) * h)  # 0 where the gate is shut, however large dk is
    dh = dh_next * (1 - z) + dk * r + da_z @ U_z + da_r @ U_r
    da = np.concatenate([da_z, da_r, da_h], axis=-1)
    dU = np.concatenate([weight_gradient(da_z, h), weight_gradient(da_r, h), weight_gradient(da_h, r * h)])
    return da @ W, dh, weight_gradient(da, x), dU, bias_gradient(da)


def gru_sequence_forward(
    X: np.ndarray, h: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, tuple]:
    """A sequence read by a gated recurrent unit (门控循环单元), step after step with the same parameters.

    Section 8.3.1; Cho et al. 2014::

        hₜ = GRU(xₜ, hₜ₋₁)        t = 1 … T,  h₀ given

    Parameters
    ----------
    X : (..., T, d) array
        Inputs, one a row, in their order.
    h : (..., h) array
        h₀, where it starts.
    W : (3h, d) array
    U : (3h, h) array
    b : (3h,) array
        As those of ``gru_cell_forward``.

    Returns
    -------
    H : (..., T, h) array
        The state after every step; the last one has read everything.
    cache : tuple

    Departs from the text: the chapter names dynamic memory networks alone.
    """
    X, h, W, U, b = arrays("gru_sequence_forward", GRU_SEQUENCE, X, h, W, U, b)
    H, cells = np.empty((*X.shape[:-1], h.shape[-1]), X.dtype), []
    for t in range(X.shape[-2]):
        h, cell = gru_cell_forward(X[..., t, :], h, W, U, b)
        H[..., t, :] = h
        cells.append(cell)
    return H, (cells, X, h, W, U)


def gru_sequence_backward(dH: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, h, W, U and b.

    Backpropagation through time (随时间反向传播): every state is an output and what the next step starts from, and the
    parameters are used at every step::

        dhₜ = dHₜ + dhₜ₊₁ through the cell        dW = Σₜ dWₜ    dU = Σₜ dUₜ    db = Σₜ dbₜ
    """
    cells, X, h, W, U = cache
    dH = upstream("gru_sequence_backward", "dH", dH, (*X.shape[:-1], h.shape[-1]), X.dtype)
    dX, dh = np.empty_like(X), np.zeros_like(h)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros(len(U), U.dtype)
    for t in reversed(range(len(cells))):
        dX[..., t, :], dh, dW_t, dU_t, db_t = gru_cell_backward(dH[..., t, :] + dh, cells[t])
        dW, dU, db = dW + dW_t, dU + dU_t, db + db_t
    return dX, dh, dW, dU, db


def bidirectional_gru_forward(
    X: np.ndarray,
    W_on: np.ndarray,
    U_on: np.ndarray,
    b_on: np.ndarray,
    W_back: np.ndarray,
    U_back: np.ndarray,
    b_back: np.ndarray,
) -> tuple[np.ndarray, tuple]:
    """A sequence read in both directions (双向门控循环单元), each with parameters of its own.

    Section 8.3.1; Schuster and Paliwal 1997, Bahdanau et al. 2014, equation (7)::

        h→ₜ = GRU_on(xₜ, h→ₜ₋₁)        h←ₜ = GRU_back(xₜ, h←ₜ₊₁)        hₜ = [h→ₜ; h←ₜ]        both start from 0

    Parameters
    ----------
    X : (..., T, d) array
        Inputs, one a row, in their order.
    W_on, W_back : (3h, d) array
    U_on, U_back : (3h, h) array
    b_on, b_back : (3h,) array
        As those of ``gru_cell_forward``, for each direction.

    Returns
    -------
    H : (..., T, 2h) array
        At every step what was read up to it, then what is read from the end back to it.
    cache : tuple

    Departs from the text: the chapter names dynamic memory networks alone.
    """
    X, *params = arrays("bidirectional_gru_forward", BOTH_WAYS, X, W_on, U_on, b_on, W_back, U_back, b_back)
    h = np.zeros((*X.shape[:-2], params[1].shape[-1]), X.dtype)
    H_on, onward = gru_sequence_forward(X, h, *params[:3])
    H_back, backward = gru_sequence_forward(X[..., ::-1, :], h, *params[3:])
    return np.concatenate([H_on, H_back[..., ::-1, :]], axis=-1), (onward, backward, X, h)


def bidirectional_gru_backward(dH: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of X, W_on, U_on, b_on, W_back, U_back and b_back.

    Each direction has its half of the gradient, the backward one turned round as its states were; X was read by both::

        dX = dX(dH→) + turned(dX(turned(dH←)))        turned(X)ₜ = X_{T+1−t}
    """
    onward, backward, X, h = cache
    n = h.shape[-1]
    dH = upstream("bidirectional_gru_backward", "dH", dH, (*X.shape[:-1], 2 * n), X.dtype)
    dX_on, _, *don = gru_sequence_backward(dH[..., :n], onward)
    dX_back, _, *dback = gru_sequence_backward(dH[..., ::-1, n:], backward)
    return dX_on + dX_back[..., ::-1, :], *don, *dback
