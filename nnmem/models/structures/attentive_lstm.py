"""An LSTM that attends to its own states so far, for comparison: its memory is a set, not a stack or a queue.

h_t = LSTM(x_t, h_{t−1})      q_t = W_q h_t      r_t = attention of q_t over h_1 … h_t (scaled dot product)
y_t = W_y [h_t; r_t] + b_y
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.attention.multi_head import multi_query_attention_backward, multi_query_attention_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward, lstm_init


class AttentiveLSTMParams(NamedTuple):
    lstm: LSTMParams
    W_q: np.ndarray  # (h, h)
    output: LinearParams  # (y, 2h)


@dataclass(frozen=True)
class AttentiveLSTM:
    """Sizes."""

    input_size: int
    output_size: int
    hidden_size: int

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> AttentiveLSTMParams:
        n, y = self.hidden_size, self.output_size
        lstm = lstm_init(rng, self.input_size, n, dtype=dtype)
        output = LinearParams(glorot_uniform(rng, (y, 2 * n), dtype), np.zeros(y, dtype))
        return AttentiveLSTMParams(lstm, glorot_uniform(rng, (n, n), dtype), output)

    def forward(self, params: AttentiveLSTMParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Run over X (T, B, x): Y (T, B, y)."""
        H, last, lstm = lstm_forward(X, None, params.lstm)
        states = H.swapaxes(0, 1)
        so_far = np.broadcast_to(np.tri(len(X), dtype=bool), (X.shape[1], len(X), len(X)))
        Q = project(states, params.W_q)
        R, _, attention = multi_query_attention_forward(states, states, Q, score="scaled_dot", mask=so_far)
        Y, output = linear_forward(np.concatenate([H, R.swapaxes(0, 1)], axis=-1), *params.output)
        return Y, (params.W_q, H, last, lstm, attention, output)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[AttentiveLSTMParams, np.ndarray]:
        """Gradients of the parameters and of X: a state is output, key, value and query's source."""
        W_q, H, last, lstm, attention, output = cache
        n = H.shape[-1]
        dHR, *doutput = linear_backward(dY, output)
        dK, dV, dQ = multi_query_attention_backward(dHR[..., n:].swapaxes(0, 1), attention)
        dH = dHR[..., :n] + (dK + dV + project(dQ, W_q.T)).swapaxes(0, 1)
        zero = np.zeros_like(last.h)
        dX, _, dlstm = lstm_backward(dH, LSTMState(zero, zero), lstm)
        dW_q = weight_gradient(dQ, H.swapaxes(0, 1))
        return AttentiveLSTMParams(dlstm, dW_q, LinearParams(*doutput)), dX
