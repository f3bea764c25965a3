"""An LSTM that reads a sequence and answers after the last input, for comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnmem.models.recurrent.lstm_model import LSTMModelParams
from nnmem.nn.linear import glorot_uniform, linear_backward, linear_forward
from nnmem.nn.lstm import LSTMState, lstm_backward, lstm_forward, lstm_init


@dataclass(frozen=True)
class LSTMReader:
    """Sizes."""

    input_size: int
    output_size: int
    hidden_size: int

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> LSTMModelParams:
        lstm = lstm_init(rng, self.input_size, self.hidden_size, dtype=dtype)
        W = glorot_uniform(rng, (self.output_size, self.hidden_size), dtype)
        return LSTMModelParams(lstm, W, np.zeros(self.output_size, dtype))

    def forward(self, params: LSTMModelParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Read X (T, ..., x); return the answer (..., y)."""
        H, last, lstm = lstm_forward(X, None, params.lstm)
        Y, linear = linear_forward(last.h, params.W, params.b)
        return Y, (np.zeros_like(H), np.zeros_like(last.c), lstm, linear)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[LSTMModelParams, np.ndarray]:
        """Gradients of the parameters and of X: the last state alone reaches the answer."""
        no_dH, no_dc, lstm, linear = cache
        dh, dW, db = linear_backward(dY, linear)
        dX, _, dlstm = lstm_backward(no_dH, LSTMState(dh, no_dc), lstm)
        return LSTMModelParams(dlstm, dW, db), dX
