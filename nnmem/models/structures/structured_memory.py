"""An LSTM that pushes onto, pops from and reads a continuous stack, queue or deque.

Grefenstette et al. 2015, section 3.4.
At every step, with a pop strength u, a push strength d and a vector v for each end::

    h_t = LSTM([x_t; h_{t−1}; r_{t−1}])
    u, d = σ(W h_t + b)      v = tanh(W h_t + b)
    pop u, push v with strength d, read r_t
    y_t = W_y [h_t; r_t] + b_y

A stack and a queue have one end to pop and read, a deque two. A queue is pushed at the end that it is not read from.
Departs from the paper, whose y_t = tanh(W_y h_t + b_y) sees what is read one step later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.models.structures.strength_kernels import Popped, Taken, pop, pop_gradient, take, take_gradient
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.losses import sigmoid
from nnmem.nn.lstm import LSTMParams, lstm_init
from nnmem.nn.lstm_cell import cell_gradient_in_place, cell_in_place, slopes_of
from nnmem.nn.options import one_of

READ_AT: Mapping[str, tuple[bool, ...]] = {"stack": (True,), "queue": (False,), "deque": (True, False)}  # at the top?
FIRST_BIASES: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = {  # of pops and of pushes, found by trial
    "stack": ((-1.0,), (0.0,)),
    "queue": ((-2.0,), (2.0,)),
    "deque": ((-2.0, -2.0), (2.0, -4.0)),
}
PUSHED_AT: Mapping[str, tuple[bool, ...]] = {"stack": (True,), "queue": (True,), "deque": (True, False)}


class StructuredMemoryParams(NamedTuple):
    controller: LSTMParams  # its W_h (4h, h + E m) acts on the last h and what was read at E ends
    memory: LinearParams  # (E (2 + m), h): pop strengths, push strengths, vectors
    output: LinearParams  # (y, h + E m)


class StructuredMemoryTrace(NamedTuple):
    """What a memory went through, for pictures; a deque's bottom is its first column."""

    strengths: np.ndarray  # (T, B, columns)
    vectors: np.ndarray  # (B, columns, m)
    pops: np.ndarray  # (T, B, E)
    pushes: np.ndarray  # (T, B, E)


class StructuredMemoryCache(NamedTuple):
    params: StructuredMemoryParams
    X: np.ndarray  # (T, B, x)
    fed: np.ndarray  # (T + 1, B, h + E m)
    gates: np.ndarray  # (T, 4, B, h)
    C: np.ndarray  # (T + 1, B, h)
    tanh_C: np.ndarray  # (T, B, h)
    commands: np.ndarray  # (T, B, E (2 + m)) after σ and tanh
    S: np.ndarray  # (T + 1, B, columns + 2) strengths between two columns of zeros
    V: np.ndarray  # (B, columns, m)
    K: np.ndarray  # (E, B, T, columns) what was taken of each entry
    popped: list[list[Popped]]  # [t][end]
    taken: list[list[Taken]]
    output: tuple


@dataclass(frozen=True)
class StructuredMemory:
    """Sizes; ``kind`` is stack, queue or deque, ``width`` the length m of its vectors.

    First biases, ``FIRST_BIASES``, let it push half vectors onto a stack, σ(0), and whole ones, nearly, into a queue.
    """

    input_size: int
    output_size: int
    hidden_size: int
    width: int
    kind: str = "stack"

    def __post_init__(self) -> None:
        one_of("StructuredMemory", "kind", self.kind, READ_AT)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> StructuredMemoryParams:
        """Glorot uniform weights; biases 0 but for the forget gate, pushes and pops."""
        E, m, n = len(READ_AT[self.kind]), self.width, self.hidden_size
        controller = lstm_init(rng, self.input_size, n, dtype=dtype)
        W_fed = np.concatenate([controller.W_h, glorot_uniform(rng, (4 * n, E * m), dtype)], axis=1)
        rest = [
            LinearParams(glorot_uniform(rng, (rows, columns), dtype), np.zeros(rows, dtype))
            for rows, columns in ((E * (2 + m), n), (self.output_size, n + E * m))
        ]
        rest[0].b[: 2 * E] = np.ravel(FIRST_BIASES[self.kind])
        return StructuredMemoryParams(controller._replace(W_h=W_fed), *rest)

    def columns(self, t: int, T: int) -> slice:
        """Where the entries of the first t steps stand, in arrays with room for T steps."""
        return slice(T - t, T + t) if self.kind == "deque" else slice(0, t)

    def window(self, t: int, T: int) -> slice:
        """The same with the zeros on both sides, in ``S``."""
        entries = self.columns(t, T)
        return slice(entries.start, entries.stop + 2)

    def forward(self, params: StructuredMemoryParams, X: np.ndarray) -> tuple[np.ndarray, StructuredMemoryCache]:
        """Run over X (T, B, x) from an empty memory: Y (T, B, y)."""
        (T, B, _), n, m = X.shape, self.hidden_size, self.width
        ends, pushed = READ_AT[self.kind], PUSHED_AT[self.kind]
        E, (W_x, W_fed, b) = len(ends), params.controller
        drive = (project(X, W_x) + b).reshape(T, B, 4, n).swapaxes(1, 2)
        dtype = np.result_type(drive, W_fed)
        room = self.columns(T, T).stop
        fed, C, tanh_C = (np.zeros((steps, B, k), dtype) for steps, k in ((T + 1, n + E * m), (T + 1, n), (T, n)))
        commands, S = np.empty((T, B, E * (2 + m)), dtype), np.zeros((T + 1, B, room + 2), dtype)
        V, K = np.zeros((B, room, m), dtype), np.zeros((E, B, T, room), dtype)
        gates, W = drive.astype(dtype, order="C"), W_fed.reshape(4, n, -1).swapaxes(1, 2)
        all_popped, all_taken = [], []
        for t, z in enumerate(gates):
            z += fed[t] @ W
            h = fed[t + 1, :, :n]
            cell_in_place(z, C[t], None, h, C[t + 1], tanh_C[t])
            a = h @ params.memory.W.T + params.memory.b
            commands[t, :, : 2 * E], commands[t, :, 2 * E :] = sigmoid(a[:, : 2 * E]), np.tanh(a[:, 2 * E :])

            before, now = self.window(t, T), self.columns(t + 1, T)
            S[t + 1] = S[t]
            popped, taken = [], []
            for e, top in enumerate(ends):
                s, of_pop = pop(S[t + 1, :, before], commands[t, :, e : e + 1], top)
                S[t + 1, :, before.start + 1 : before.stop - 1] = s
                popped.append(of_pop)
            for e, at_top in enumerate(pushed):
                column = now.stop - 1 if at_top else now.start
                S[t + 1, :, column + 1] = commands[t, :, E + e]
                V[:, column] = commands[t, :, 2 * E + e * m : 2 * E + (e + 1) * m]
            for e, top in enumerate(ends):
                of_read = take(S[t + 1, :, self.window(t + 1, T)], top)
                fed[t + 1, :, n + e * m : n + (e + 1) * m] = (of_read.k[:, None, :] @ V[:, now])[:, 0]
                K[e, :, t, now] = of_read.k
                taken.append(of_read)
            all_popped.append(popped)
            all_taken.append(taken)
        Y, output = linear_forward(fed[1:], *params.output)
        return Y, StructuredMemoryCache(
            params, X, fed, gates, C, tanh_C, commands, S, V, K, all_popped, all_taken, output
        )

    def backward(self, dY: np.ndarray, cache: StructuredMemoryCache) -> tuple[StructuredMemoryParams, np.ndarray]:
        """Gradients of the parameters and of X.

        What a step reads goes to its output and to the next step; a vector was read at every step from its own on, so
        its gradient is Σ_τ k_τ dr_τ over them, one product when its own step is reached.
        """
        params, X, fed, gates, C, tanh_C, commands, S, V, K, all_popped, all_taken, output = cache
        (T, B, _), n, m = X.shape, self.hidden_size, self.width
        ends, pushed = READ_AT[self.kind], PUSHED_AT[self.kind]
        E, (W_x, W_fed, _) = len(ends), params.controller
        dfed, *doutput = linear_backward(dY, output)
        dZ, da = np.empty((T, B, 4 * n), fed.dtype), np.empty_like(commands)
        by_gate = dZ.reshape(T, B, 4, n).transpose(0, 2, 1, 3)
        slopes, through = slopes_of(gates.swapaxes(0, 1), C[:-1], tanh_C)
        dR, dS = np.empty((E, B, T, m), fed.dtype), np.zeros_like(S[0, :, 2:])
        dc = np.zeros_like(C[0])
        for t in reversed(range(T)):
            before, now = self.columns(t, T), self.columns(t + 1, T)
            step = dfed[t]
            if t + 1 < T:
                step += dZ[t + 1] @ W_fed
            for e, top in enumerate(ends):
                dr = dR[e, :, t] = step[:, n + e * m : n + (e + 1) * m]
                dk = (V[:, now] @ dr[..., None])[..., 0]
                dS[:, now] += take_gradient(dk, all_taken[t][e], top)
            for e, at_top in enumerate(pushed):
                column = now.stop - 1 if at_top else now.start
                da[t, :, E + e] = dS[:, column]
                dv = sum((K[i, :, None, t:, column] @ dR[i, :, t:])[:, 0] for i in range(E))
                da[t, :, 2 * E + e * m : 2 * E + (e + 1) * m] = dv
            for e, top in reversed(list(enumerate(ends))):
                dS[:, before], da[t, :, e : e + 1] = pop_gradient(dS[:, before], all_popped[t][e], top)
            p, v = commands[t, :, : 2 * E], commands[t, :, 2 * E :]
            da[t, :, : 2 * E] *= p * (1 - p)
            da[t, :, 2 * E :] *= 1 - v * v
            dh = step[:, :n] + da[t] @ params.memory.W
            dc += dh * through[t]
            cell_gradient_in_place(dh, dc, gates[t, 2], slopes[:, t], by_gate[t])
        H = fed[1:, :, :n]
        controller = LSTMParams(weight_gradient(dZ, X), weight_gradient(dZ, fed[:-1]), dZ.sum(axis=(0, 1)))
        memory = LinearParams(weight_gradient(da, H), da.sum(axis=(0, 1)))
        return StructuredMemoryParams(controller, memory, LinearParams(*doutput)), project(dZ, W_x.T)

    def trace(self, cache: StructuredMemoryCache) -> StructuredMemoryTrace:
        """Return strengths, vectors, pops and pushes of a run."""
        E = len(READ_AT[self.kind])
        pops, pushes = cache.commands[..., :E], cache.commands[..., E : 2 * E]
        return StructuredMemoryTrace(cache.S[1:, :, 1:-1], cache.V, pops, pushes)
