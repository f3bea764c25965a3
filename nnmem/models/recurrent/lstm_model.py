"""An LSTM and a linear layer: the sequence model without a memory, for comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.linear import glorot_uniform, linear_backward, linear_forward
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward, lstm_init
from nnmem.nn.tree import leaves


class LSTMModelParams(NamedTuple):
    lstm: LSTMParams
    W: np.ndarray  # (y, h)
    b: np.ndarray  # (y,)


@dataclass(frozen=True)
class LSTMModel:
    """The same task without a memory: an LSTM and a linear layer."""

    input_size: int
    output_size: int
    hidden_size: int

    @classmethod
    def like(cls, model: Any) -> LSTMModel:
        """The LSTM with as many parameters as another model has, or just fewer."""
        wanted = sum(leaf.size for _, leaf in leaves(model.init(np.random.default_rng(0))))
        x, y = model.input_size, model.output_size
        b = 4 * (x + 1) + y  # 4 h² + b h + y parameters
        return cls(x, y, int((-b + math.sqrt(b * b + 16 * (wanted - y))) / 8))

    def init(self, rng: np.random.Generator) -> LSTMModelParams:
        lstm = lstm_init(rng, self.input_size, self.hidden_size)
        W = glorot_uniform(rng, (self.output_size, self.hidden_size))
        return LSTMModelParams(lstm, W, np.zeros(self.output_size, np.float32))

    def forward(self, params: LSTMModelParams, X: np.ndarray) -> tuple[np.ndarray, tuple]:
        zero = np.zeros((*X.shape[1:-1], self.hidden_size), X.dtype)
        H, _, lstm = lstm_forward(X, LSTMState(zero, zero), params.lstm)
        Y, linear = linear_forward(H, params.W, params.b)
        return Y, (zero, lstm, linear)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[LSTMModelParams, np.ndarray]:
        zero, lstm, linear = cache
        dH, dW, db = linear_backward(dY, linear)
        dX, _, dlstm = lstm_backward(dH, LSTMState(zero, zero), lstm)
        return LSTMModelParams(dlstm, dW, db), dX
