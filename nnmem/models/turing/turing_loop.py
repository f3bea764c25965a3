"""Neural Turing machine (神经图灵机, NTM): a controller that reads from a memory and writes to it. Section 8.3.2.

Graves, Wayne and Danihelka 2014. At step t the controller sees the input and what was last read, and tells the heads
what to look for; they read from the memory and write to it::

    h_t = controller([x_t; r_{t−1}], h_{t−1})          the controller (控制器): an LSTM, or one layer of tanh
    q_t, e_t, a_t, … = W h_t + b                       query, erase and add vector, squashed: ``heads.py``
    α_t = softmax(s(m_{t,i}, q_t)), …                  (8.22), then interpolation, shift, sharpening
    r_t = Σᵢ α_{t,i} m_{t,i}                           (8.23)
    m_{t+1,i} = m_{t,i} ∘ (1 − α_{t,i} e_t) + α_{t,i} a_t      (8.24)
    y_t = W′ [h_t; r_t] + b′

All heads address the memory as it is before the step's write, as in the chapter; in the paper's indices the read of a
step comes after its write. Each head has a query and weights of its own, where the chapter has one for reading and
writing together. Of several writing heads all erase, then all add. The formula of y is ours: the chapter gives none.

The arrays of a memory are (..., N, d), rows as everywhere, but lie in the computer's memory column by column: every
formula then runs along the N slots, which are many, and not along the d entries, which are few.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nnmem.models.turing.heads import Addressed, Control, Heads, address, address_gradient
from nnmem.models.turing.turing_kernels import WriteCache, read, read_gradient, written, written_gradient_in_place
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import LinearParams, transposed, weight_gradient
from nnmem.nn.lstm import LSTMParams, LSTMState
from nnmem.nn.lstm_cell import cell_gradient_in_place, cell_in_place, slopes_of, where_unclipped


class NTMParams(NamedTuple):
    controller: LSTMParams | LinearParams  # of [x; r]
    heads: LinearParams  # (Z, h) and (Z,), the rows in the order of ``Heads.sizes``
    output: LinearParams  # (y, h + R d) and (y,)
    start: np.ndarray  # (H, N) logits of the first weights; addressing by content: (N, d) the first memory


class NTMState(NamedTuple):
    """What a step hands to the next."""

    memory: np.ndarray  # (..., N, d)
    weights: np.ndarray  # (..., H, N), reading heads first
    reads: np.ndarray  # (..., R, d)
    controller: Any  # LSTMState, or () without an LSTM


class Step(NamedTuple):
    """What the forward keeps of a step."""

    M: np.ndarray  # (..., N, d) the memory before it
    w: np.ndarray  # (..., H, N)
    control: Control
    addressed: Addressed
    write: WriteCache


def ntm_forward(
    X: np.ndarray, state: NTMState, params: NTMParams, heads: Heads, cell_clip: float | None = None
) -> tuple[np.ndarray, NTMState, tuple]:
    """Run over a sequence.

    Parameters
    ----------
    X : (T, ..., x) array
        Inputs, time first.
    state : NTMState
        Where to start.
    params : NTMParams
        ``start`` is not used here, the state stands for it.
    heads : Heads
    cell_clip : float, optional
        Keeps the LSTM's cell in ±cell_clip.

    Returns
    -------
    Y : (T, ..., y) array
        Outputs.
    last : NTMState
        The state after the last step.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There is no step or no slot.
    """
    X, state, params = _arguments(X, state, params, heads)
    T, batch, h = len(X), X.shape[1:-1], params.heads.W.shape[1]
    R, read_size = heads.reads, heads.reads * heads.width
    W_in, W_fed, lstm = _controller_weights(params.controller, X.shape[-1])
    pre = X @ W_in.T
    pre += params.controller.b
    S = np.empty((T + 1, *batch, read_size + h), X.dtype)  # [r; h] of every step
    reads, hidden = S[..., :read_size], S[..., read_size:]
    reads[0] = state.reads.reshape(*batch, read_size)
    fed = S if lstm else reads
    C, tanh_C = (np.empty((steps, *batch, h if lstm else 0), X.dtype) for steps in (T + 1, T))
    gates = _by_gate(pre, h)
    if lstm:
        hidden[0], C[0] = state.controller
    Z = np.empty((T, *batch, len(params.heads.b)), X.dtype)
    M, w = _by_columns(state.memory), state.weights
    steps: list[Step] = []
    for t in range(T):
        pre[t] += fed[t] @ W_fed.T
        if lstm:
            cell_in_place(gates[t], C[t], cell_clip, hidden[t + 1], C[t + 1], tanh_C[t])
        else:
            np.tanh(pre[t], out=hidden[t + 1])
        np.matmul(hidden[t + 1], params.heads.W.T, out=Z[t])
        Z[t] += params.heads.b
        control = heads.squash_in_place(Z[t])
        w, addressed = address(M, w, control)
        reads[t + 1] = read(M, w[..., :R, :]).reshape(*batch, read_size)
        M_next, write = written(M, w[..., R:, :], control.erase, control.add)
        steps.append(Step(M, w, control, addressed, write))
        M = M_next
    Y = S[1:] @ params.output.W.T
    Y += params.output.b
    controller = LSTMState(hidden[-1].copy(), C[-1].copy()) if lstm else ()
    last = NTMState(M, w.copy(), reads[-1].reshape(state.reads.shape).copy(), controller)
    return Y, last, (X, params, heads, cell_clip, pre, S, C, tanh_C, Z, steps)


def ntm_backward(dY: np.ndarray, dlast: NTMState, cache: tuple) -> tuple[np.ndarray, NTMState, NTMParams]:
    """Gradients of X, the first state and the parameters; that of ``start`` is zero here.

    The steps upside down. Three things go back from step to step, and what each receives is a sum::

        dM_t = (8.24)ᵀ dM_{t+1} + (8.23)ᵀ dr_t + (8.22)ᵀ dα_t          written over, read, addressed
        dα_t = from the write, from the read, and from the next step's interpolation
        dr_t, dh_t = W′ᵀ dy_t + W_fedᵀ dpre_{t+1}  (+ Wᵀ dz_t)            output, next step, heads

    All dz_t and dpre_t are kept; a weight's gradient, a sum over time, is one product after the loop.
    """
    X, params, heads, cell_clip, pre, S, C, tanh_C, Z, steps = cache
    T, batch = len(X), X.shape[1:-1]
    R, read_size = heads.reads, heads.reads * heads.width
    W_in, W_fed, lstm = _controller_weights(params.controller, X.shape[-1])
    dY = upstream("ntm_backward", "dY", dY, (*X.shape[:-1], len(params.output.b)), X.dtype)
    dS = np.zeros_like(S)
    np.matmul(dY, params.output.W, out=dS[1:])
    dreads, dhidden = dS[..., :read_size], dS[..., read_size:]
    dreads[-1] += dlast.reads.reshape(*batch, read_size)
    dfed = dS if lstm else dreads
    if lstm:
        dhidden[-1] += dlast.controller.h
        dc = dlast.controller.c.copy()
        gates = _by_gate(pre, C.shape[-1])
        cell_slopes, through = slopes_of(gates.swapaxes(0, 1), C[:-1], tanh_C)
    dM, dw = _by_columns(dlast.memory), dlast.weights.copy()
    slopes, dZ, dpre = heads.slopes(Z), np.empty_like(Z), np.empty_like(pre)
    dgates = _by_gate(dpre, params.heads.W.shape[1])
    for t in reversed(range(T)):
        M, w, control, addressed, write = steps[t]
        dr, dcontrol = dreads[t + 1].reshape(*batch, R, heads.width), heads.cut(dZ[t])
        dw_write, dcontrol.erase[...], dcontrol.add[...] = written_gradient_in_place(dM, write)
        dw[..., R:, :] += dw_write
        dw[..., :R, :] += read_gradient(dr, M, w[..., :R, :], dM)
        dw = address_gradient(dw, addressed, dM, dcontrol)
        heads.squash_gradient_in_place(dZ[t], slopes[t], control)
        dh = dhidden[t + 1] + dZ[t] @ params.heads.W
        if lstm:
            dc += dh * through[t]
            if cell_clip is not None:
                dc *= where_unclipped(C[t + 1], cell_clip)
            cell_gradient_in_place(dh, dc, gates[t, 2], cell_slopes[:, t], dgates[t])
        else:
            np.multiply(dh, 1 - S[t + 1, ..., read_size:] ** 2, out=dpre[t])
        dfed[t] += dpre[t] @ W_fed
    over_time = tuple(range(X.ndim - 1))
    dW = np.hstack([weight_gradient(dpre, X), weight_gradient(dpre, S[:-1] if lstm else S[:-1, ..., :read_size])])
    db, inputs = dpre.sum(axis=over_time), X.shape[-1] + read_size
    controller = LSTMParams(dW[:, :inputs], dW[:, inputs:], db) if lstm else LinearParams(dW, db)
    dparams = NTMParams(
        controller,
        LinearParams(weight_gradient(dZ, S[1:, ..., read_size:]), dZ.sum(axis=over_time)),
        LinearParams(weight_gradient(dY, S[1:]), dY.sum(axis=over_time)),
        np.zeros_like(params.start),
    )
    dcontroller = LSTMState(dhidden[0], dc) if lstm else ()
    dstate = NTMState(dM, dw, dreads[0].reshape(*batch, R, heads.width), dcontroller)
    return dpre @ W_in, dstate, dparams


def _controller_weights(params: LSTMParams | LinearParams, input_size: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Split the controller's weights into those of x, known before the loop, and those of what a step hands on."""
    if isinstance(params, LSTMParams):
        return params.W_x[:, :input_size], np.hstack([params.W_x[:, input_size:], params.W_h]), True
    return params.W[:, :input_size], params.W[:, input_size:], False


def _by_gate(pre: np.ndarray, h: int) -> np.ndarray:
    """View (T, ..., k h) as (T, k, ..., h): the k gates of the LSTM, one after the other."""
    return np.moveaxis(pre.reshape(*pre.shape[:-1], -1, h), -2, 1)


def _by_columns(M: np.ndarray) -> np.ndarray:
    """A copy of M (..., N, d) whose columns are contiguous."""
    return transposed(transposed(M).copy())


def _arguments(X: Any, state: NTMState, params: NTMParams, heads: Heads) -> tuple[np.ndarray, NTMState, NTMParams]:
    """Check all arrays against one another."""
    layout = (
        "X (T, ..., x), memory (..., N, d), weights (..., H, N), reads (..., R, d), "
        "W_heads (Z, h), b_heads (Z,), W_output (y, f), b_output (y,)"
    )
    given = [X, *state[:3], *params.heads, *params.output]
    if isinstance(params.controller, LSTMParams):
        layout += ", W_x (4h, i), W_h (4h, h), b (4h,), h (..., h), c (..., h)"
        given += [*params.controller, *state.controller]
    else:
        layout += ", W (h, i), b (h,)"
        given += [*params.controller]
    X, memory, weights, reads, W_z, b_z, W_y, b_y, *rest = arrays("ntm_forward", layout, *given)
    (T, *_), (N, d), H, R = X.shape, memory.shape[-2:], weights.shape[-2], reads.shape[-2]
    fed = X.shape[-1] + R * d
    for what, has, should in (
        ("memory", d, heads.width),
        ("weights", H, heads.reads + heads.writes),
        ("reads", R, heads.reads),
        ("W_heads", len(W_z), sum(heads.sizes())),
        ("the controller's first matrix", rest[0].shape[1], fed),
        ("W_output", W_y.shape[1], W_z.shape[1] + R * d),
    ):
        if has != should:
            raise ValueError(f"ntm_forward: {what} has size {has}, should be {should} for {heads}")
    if T == 0 or N == 0 or heads.shifts > N:
        raise ValueError(
            f"ntm_forward: X has shape {X.shape} and memory {memory.shape}, should have at least one step and "
            f"at least {max(heads.shifts, 1)} slots, as many as shifts"
        )
    lstm = isinstance(params.controller, LSTMParams)
    controller: Any = LSTMParams(*rest[:3]) if lstm else LinearParams(*rest)
    state = NTMState(memory, weights, reads, LSTMState(*rest[3:]) if lstm else ())
    return X, state, NTMParams(controller, LinearParams(W_z, b_z), LinearParams(W_y, b_y), params.start)
