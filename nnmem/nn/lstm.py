"""Long short-term memory (长短期记忆网络, LSTM): a step and a sequence, made of the cell in ``lstm_cell.py``."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import glorot_uniform, project, weight_gradient
from nnmem.nn.lstm_cell import (
    cell_gradient_in_place,
    cell_in_place,
    lstm_cell_backward,
    lstm_cell_forward,
    slopes_of,
    where_unclipped,
)
from nnmem.nn.options import whole_numbers


class LSTMParams(NamedTuple):
    """Parameters; each has the rows of the output gate, the input gate, the forget gate and the candidate: o, i, f, g.

    Others order them otherwise (PyTorch: i, f, g, o, and with two biases, which are added).
    """

    W_x: np.ndarray  # (4h, d)
    W_h: np.ndarray  # (4h, h)
    b: np.ndarray  # (4h,)


class LSTMState(NamedTuple):
    """What a step hands to the next."""

    h: np.ndarray  # (..., h)
    c: np.ndarray  # (..., h)


def lstm_init(
    rng: np.random.Generator, input_size: int, hidden_size: int, forget_bias: float = 1.0, dtype: type = np.float32
) -> LSTMParams:
    """First parameters: Glorot uniform weights, biases 0 but for the forget gate, which starts open."""
    W_x = glorot_uniform(rng, (4 * hidden_size, input_size), dtype)
    W_h = glorot_uniform(rng, (4 * hidden_size, hidden_size), dtype)
    b: np.ndarray = np.zeros(4 * hidden_size, dtype)
    b[2 * hidden_size : 3 * hidden_size] = forget_bias
    return LSTMParams(W_x, W_h, b)


def lstm_step_forward(
    x: np.ndarray, state: LSTMState, params: LSTMParams, cell_clip: float | None = None
) -> tuple[LSTMState, tuple]:
    """One step: x (..., d) and a state give the next state, whose h is the output."""
    x, W_x, W_h, b, h, c = _arguments("lstm_step_forward", "x (..., d)", x, state, params)
    z = x @ W_x.T
    z += h @ W_h.T
    z += b
    h_next, c_next, cell = lstm_cell_forward(z, c, cell_clip)
    return LSTMState(h_next, c_next), (x, h, W_x, W_h, cell)


def lstm_step_backward(dstate: LSTMState, cache: tuple) -> tuple[np.ndarray, LSTMState, LSTMParams]:
    """Gradients of x, the state and the parameters: the cell backwards, then dx = W_xᵀ dz, dh = W_hᵀ dz."""
    x, h, W_x, W_h, cell = cache
    dz, dc = lstm_cell_backward(dstate.h, dstate.c, cell)
    db = dz.sum(axis=tuple(range(dz.ndim - 1)))
    return dz @ W_x, LSTMState(dz @ W_h, dc), LSTMParams(weight_gradient(dz, x), weight_gradient(dz, h), db)


def lstm_forward(
    X: np.ndarray,
    state: LSTMState | None,
    params: LSTMParams,
    lengths: Any = None,
    cell_clip: float | None = None,
) -> tuple[np.ndarray, LSTMState, tuple]:
    """Run over a sequence.

    Parameters
    ----------
    X : (T, ..., d) array
        Inputs, time first.
    state : LSTMState of (..., h) arrays, or None
        Where to start; zeros if None.
    params : LSTMParams
    lengths : (...) array of int, optional
        Real steps of each sequence, 1 to T; T everywhere if not given. What stands behind them is computed, changes no
        last state and is for the caller to ignore.
    cell_clip : float, optional
        Keeps the cell in ±cell_clip.

    Returns
    -------
    H : (T, ..., h) array
        The output of every step.
    last : LSTMState
        The state after the last real step.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A length is outside 1 to T.

    What the inputs add to the gates is known before the first step, for all steps; the loop adds W_h h.
    """
    function, from_zero = "lstm_forward", state is None
    if state is None:
        zero = np.zeros((*np.shape(X)[1:-1], np.shape(params.W_h)[-1]), np.asarray(params.W_h).dtype)
        state = LSTMState(zero, zero)
    X, W_x, W_h, b, h, c = _arguments(function, "X (T, ..., d)", X, state, params)
    (T, *lead, d), n = X.shape, h.shape[-1]
    rows = math.prod(lead)
    if lengths is not None:
        lengths = whole_numbers(function, "lengths", lengths, 1, T + 1)
        if lengths.shape != h.shape[:-1]:
            raise ValueError(f"{function}: lengths has shape {lengths.shape}, should be {h.shape[:-1]}")
        lengths = lengths.ravel()
    X1 = np.ones((T, 1, rows, d + 1), X.dtype)  # [x; 1], which [W_x, b] acts on
    X1[..., :d] = X.reshape(T, 1, rows, d)
    W = W_h.reshape(4, n, n)
    gates = X1 @ np.column_stack([W_x, b]).reshape(4, n, d + 1).swapaxes(1, 2)
    H, C, tanh_C = (np.empty((steps, rows, n), X.dtype) for steps in (T + 1, T + 1, T))
    H[0], C[0] = h.reshape(rows, n), c.reshape(rows, n)
    recurrent = np.empty((4, rows, n), X.dtype)
    for t, z in enumerate(gates):
        if t or not from_zero:
            np.matmul(H[t], W.swapaxes(1, 2), out=recurrent)
            z += recurrent
        cell_in_place(z, C[t], cell_clip, H[t + 1], C[t + 1], tanh_C[t])
    ends = np.full(rows, T) if lengths is None else lengths
    last = LSTMState(*(Y[ends, np.arange(rows)].reshape(*lead, n) for Y in (H, C)))
    cache = (X.shape, from_zero, lengths, cell_clip, W_x, W_h, X1, gates, H, C, tanh_C)
    return H[1:].reshape(T, *lead, n), last, cache


def lstm_backward(dH: np.ndarray, dlast: LSTMState, cache: tuple) -> tuple[np.ndarray, Any, LSTMParams]:
    """Gradients of X, the initial state (None where it was) and the parameters.

    Backpropagation through time (随时间反向传播): the cell backwards at every step, where h receives from its own
    output and from the next step. All dzₜ are kept, and what sums over time is one product::

        dhₜ₋₁ = dHₜ₋₁ + W_hᵀ dzₜ     dxₜ = W_xᵀ dzₜ
        dW_h = Σₜ dzₜ hₜ₋₁ᵀ          [dW_x, db] = Σₜ dzₜ [xₜ; 1]ᵀ
    """
    (T, *lead, d), from_zero, lengths, cell_clip, W_x, W_h, X1, gates, H, C, tanh_C = cache
    _, rows, n = tanh_C.shape
    dtype = tanh_C.dtype
    dH = upstream("lstm_backward", "dH", dH, (T, *lead, n), dtype).reshape(T, rows, n)
    ending_h = upstream("lstm_backward", "dlast.h", dlast.h, (*lead, n), dtype).reshape(rows, n)
    ending_c = upstream("lstm_backward", "dlast.c", dlast.c, (*lead, n), dtype).reshape(rows, n)
    dh, dc = (np.zeros((rows, n), dtype) if lengths is not None else Y.copy() for Y in (ending_h, ending_c))
    dZ = np.empty((T, rows, 4 * n), dtype)
    by_gate = dZ.reshape(T, rows, 4, n).transpose(0, 2, 1, 3)
    slopes, through = slopes_of(gates.swapaxes(0, 1), C[:-1], tanh_C)
    for t in reversed(range(T)):
        if lengths is not None:
            ends = lengths == t + 1
            dh[ends] += ending_h[ends]
            dc[ends] += ending_c[ends]
        dh += dH[t]
        dc += dh * through[t]
        if cell_clip is not None:
            dc *= where_unclipped(C[t + 1], cell_clip)
        cell_gradient_in_place(dh, dc, gates[t, 2], slopes[:, t], by_gate[t])
        if t or not from_zero:
            np.matmul(dZ[t], W_h, out=dh)
    start = 1 if from_zero else 0
    dW_h = weight_gradient(dZ[start:], H[start:T])
    dW_x = weight_gradient(dZ, X1[:, 0])
    dX = project(dZ, W_x.T).reshape(T, *lead, d)
    dstate = None if from_zero else LSTMState(dh.reshape(*lead, n), dc.reshape(*lead, n))
    return dX, dstate, LSTMParams(dW_x[:, :d], dW_h, dW_x[:, d])


def _arguments(function: str, layout: str, x: Any, state: LSTMState, params: LSTMParams) -> list[np.ndarray]:
    """Check a step's or a sequence's arrays: x, W_x, W_h, b, h, c."""
    layout += ", W_x (4h, d), W_h (4h, h), b (4h,), h (..., h), c (..., h)"
    return arrays(function, layout, x, *params, *state)
