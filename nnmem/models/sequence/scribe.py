"""A network that writes: text in, pen strokes out (手写生成), Graves 2013, section 5.

::

    hₜ = LSTM([xₜ; wₜ₋₁], hₜ₋₁)        xₜ the last movement of the pen, wₜ₋₁ what was read of the text
    wₜ = the text as hₜ reads it        a window that slides forward, or what it is compared with: ``reading.py``
    yₜ = W [hₜ; wₜ] + b                 a mixture of Gaussians for the next movement, ``nn/mixture_density.py``

Departs from the paper: one layer of LSTM, without peepholes, in place of three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.sequence.reading import READINGS
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_init
from nnmem.nn.lstm_cell import lstm_cell_backward, lstm_cell_forward
from nnmem.nn.mixture_density import sample_movement
from nnmem.nn.options import count
from nnmem.nn.tree import tree_map, zeros_like

RESTING = 0.1  # a movement shorter than this is none


class ScribeParams(NamedTuple):
    lstm: LSTMParams  # reads [x; w], (3 + V)
    reading: Any  # those of the reading
    output: LinearParams  # W (1 + 6M, h + V)


class ScribeState(NamedTuple):
    """What a step hands to the next."""

    lstm: LSTMState  # (..., h)
    place: np.ndarray  # (..., K) centres of the window; (..., 0) without one
    w: np.ndarray  # (..., V)


@dataclass(frozen=True)
class Scribe:
    """Sizes.

    Parameters
    ----------
    symbols : int
        V, the length of a row of the text.
    hidden_size : int
    curves : int
        K, the bell curves of the window.
    components : int
        M, of the mixture.
    reading : {"window", "additive", "mean"}
        How the text is read.
    """

    symbols: int
    hidden_size: int = 128
    curves: int = 3
    components: int = 5
    reading: str = "window"

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> ScribeParams:
        """Return first parameters."""
        h, V, outputs = self.hidden_size, self.symbols, 1 + 6 * self.components
        reading = READINGS[self.reading].init(rng, h, V, self.curves, dtype)
        output = LinearParams(glorot_uniform(rng, (outputs, h + V), dtype), np.zeros(outputs, dtype))
        return ScribeParams(lstm_init(rng, 3 + V, h, dtype=dtype), reading, output)

    def start(self, C: np.ndarray) -> ScribeState:
        """Return the state before the first movement, for texts C (B, U, V), U at least 1."""
        if C.ndim != 3 or C.shape[1] == 0 or C.shape[2] != self.symbols:
            raise ValueError(f"Scribe: C has shape {C.shape}, should be (B, U, {self.symbols}) with U at least 1")
        B, curves = len(C), self.curves if READINGS[self.reading].curves else 0
        hidden = np.zeros((B, self.hidden_size), C.dtype)
        return ScribeState(LSTMState(hidden, hidden), np.zeros((B, curves), C.dtype), np.zeros_like(C[:, 0]))

    def step(
        self, params: ScribeParams, z: np.ndarray, state: ScribeState, C: np.ndarray
    ) -> tuple[ScribeState, np.ndarray, tuple]:
        """One movement on: z is what the pen adds to the gates, W_x x + b; the next state and where it looks (B, U)."""
        W_w = params.lstm.W_x[:, 3:]
        h, c, cell = lstm_cell_forward(z + state.w @ W_w.T + state.lstm.h @ params.lstm.W_h.T, state.lstm.c)
        w, place, weights, reading = READINGS[self.reading].read_forward(h, state.place, params.reading, C)
        return ScribeState(LSTMState(h, c), place, w), weights, (cell, reading)

    def forward(self, params: ScribeParams, strokes: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, tuple]:
        """Return what is expected of every movement when those before it are given (teacher forcing).

        Parameters
        ----------
        params : ScribeParams
        strokes : (T, B, 3) array
            The movements.
        C : (B, U, V) array
            The texts, rows of zeros behind their ends.

        Returns
        -------
        Y : (T, B, 1 + 6M) array
            The distribution of each movement, for ``mixture_density_forward``.
        cache : tuple
            Its last entry, (T, B, U), is where each step looked.

        Raises
        ------
        ValueError, TypeError
            There is no text.
        """
        W_x, W_h, b = params.lstm
        strokes, C, *_ = arrays(
            "Scribe", "strokes (T, B, 3), C (B, U, V), W_x (4h, r), W_h (4h, h), b (4h,)", strokes, C, W_x, W_h, b
        )
        X = np.concatenate([np.zeros_like(strokes[:1]), strokes], axis=0)[: len(strokes)]
        Z = project(X, W_x[:, :3]) + b
        state, states, looks, caches = self.start(C), [], [], []
        for z in Z:
            states.append(state)
            state, weights, cache = self.step(params, z, state, C)
            looks.append(weights)
            caches.append(cache)
        states.append(state)
        H, S = (np.stack(part) for part in zip(*((s.lstm.h, s.w) for s in states), strict=True))
        Y, output = linear_forward(np.concatenate([H[1:], S[1:]], axis=-1), *params.output)
        return Y, (params, X, H, S, caches, output, np.array(looks))

    def backward(self, dY: np.ndarray, cache: tuple) -> ScribeParams:
        """Gradients of the parameters; what sums over time is one product after the loop.

        wₜ is read by the output and by the next step; hₜ by the output, the reading and the next step.
        """
        params, X, H, S, caches, output, _ = cache
        W_x, W_h, _ = params.lstm
        dHS, *doutput = linear_backward(
            upstream("Scribe", "dY", dY, (*X.shape[:2], len(params.output.b)), H.dtype), output
        )
        n = H.shape[-1]
        dZ = np.empty((*X.shape[:2], 4 * n), H.dtype)
        dh, dw, dc = np.zeros_like(H[0]), np.zeros_like(S[0]), np.zeros_like(H[0])
        dplace = zeros_like(self.start(np.zeros((len(S[0]), 1, self.symbols), S.dtype)).place)
        dreading = zeros_like(params.reading)
        for t in reversed(range(len(X))):
            cell, reading = caches[t]
            dh_read, dplace, change = READINGS[self.reading].read_backward(dw + dHS[t, :, n:], dplace, reading)
            dreading = tree_map(np.add, dreading, change)
            dZ[t], dc = lstm_cell_backward(dh + dh_read + dHS[t, :, :n], dc, cell)
            dh, dw = dZ[t] @ W_h, dZ[t] @ W_x[:, 3:]
        dW_x = np.concatenate([weight_gradient(dZ, X), weight_gradient(dZ, S[:-1])], axis=1)
        dlstm = LSTMParams(dW_x, weight_gradient(dZ, H[:-1]), dZ.sum(axis=(0, 1)))
        return ScribeParams(dlstm, dreading, LinearParams(*doutput))

    def write(
        self, params: ScribeParams, C: np.ndarray, rng: np.random.Generator, limit: int, bias: float = 0.0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Write texts C (B, U, V), movement after drawn movement.

        A text is written when the pen does not move while the network looks at the last symbol. Whether the pen is up
        is not asked: it is drawn apart from the movement, and may come out down at rest, which training never shows.

        Returns
        -------
        strokes : (T, B, 3) array
        lengths : (B,) array of int
            Movements of each text; the limit if it never rested.
        looks : (T, B, U) array

        Raises
        ------
        ValueError, TypeError
            There is no text, or the limit is below 1.
        """
        (C,), limit = arrays("Scribe", "C (B, U, V)", C), count("Scribe", "limit", limit)
        W_x, _, b = params.lstm
        state = self.start(C)
        last = C.any(axis=-1).sum(axis=-1) - 1
        x = np.zeros((len(C), 3), C.dtype)
        lengths, strokes, looks = np.full(len(C), limit), [], []
        for t in range(limit):
            state, weights, _ = self.step(params, x @ W_x[:, :3].T + b, state, C)
            features = np.concatenate([state.lstm.h, state.w], axis=-1)
            x = sample_movement(linear_forward(features, *params.output)[0], rng, bias)
            strokes.append(x)
            looks.append(weights)
            resting = np.abs(x[:, :2]).max(axis=-1) < RESTING
            done = resting & (weights.argmax(axis=-1) == last) & (lengths == limit)
            lengths[done] = t + 1
            if (lengths < limit).all():
                break
        return np.stack(strokes), lengths, np.stack(looks)
