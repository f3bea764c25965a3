"""The sizes of a neural Turing machine, its first parameters and first state; the machine is ``turing_loop.py``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnmem.models.turing.heads import Heads
from nnmem.models.turing.turing_loop import NTMParams, NTMState, ntm_backward, ntm_forward
from nnmem.nn.linear import LinearParams, glorot_uniform
from nnmem.nn.lstm import LSTMState, lstm_init
from nnmem.nn.options import count, one_of
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place
from nnmem.nn.tree import zeros_like


@dataclass(frozen=True)
class NTM:
    """Sizes of a neural Turing machine.

    With full addressing every entry of the first memory is ``memory_start``, a constant, and the first weights are a
    learned softmax that starts at slot 0. With content alone equal rows would stay equal for ever: the first memory
    is learned and starts at random. The first read vectors and the controller's first state are zero.

    Parameters
    ----------
    input_size, output_size : int
    controller : {"lstm", "feedforward"}
    hidden_size : int
        h, of the controller.
    slots : int
        N, the rows of the memory (记忆片段).
    width : int
        d, the length of a row.
    reads, writes : int
        The number of heads of each kind.
    addressing : {"full", "content"}
        "content" is the chapter's (8.22) with the dot product; "full" the paper's, with the cosine.
    shift_range : int
        R: a head can move by up to R rows at a step.
    memory_start : float
        Far from zero compared with rounding, small compared with what is written.
    cell_clip : float, optional
        Keeps the LSTM's cell in ±cell_clip, so that it cannot count for long and must use the memory. Not in the paper.
    """

    input_size: int
    output_size: int
    controller: str = "lstm"
    hidden_size: int = 100
    slots: int = 128
    width: int = 20
    reads: int = 1
    writes: int = 1
    addressing: str = "full"
    shift_range: int = 1
    memory_start: float = 1e-6
    cell_clip: float | None = None

    def __post_init__(self) -> None:
        for name in ("input_size", "output_size", "hidden_size", "slots", "width", "reads", "writes"):
            count("NTM", name, getattr(self, name))
        one_of("NTM", "controller", self.controller, ("lstm", "feedforward"))
        one_of("NTM", "addressing", self.addressing, ("full", "content"))
        if 2 * count("NTM", "shift_range", self.shift_range, 0) >= self.slots:
            raise ValueError(
                f"NTM: shift_range is {self.shift_range}, should be 0 to {(self.slots - 1) // 2}, "
                f"so that {2 * self.shift_range + 1} shifts fit into {self.slots} slots"
            )

    @property
    def heads(self) -> Heads:
        return Heads(self.reads, self.writes, self.width, 2 * self.shift_range + 1 if self.addressing == "full" else 0)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> NTMParams:
        """Return first parameters: Glorot uniform, that of the output times 4; biases 0, forget gate open."""
        h, fed, Z = self.hidden_size, self.reads * self.width, sum(self.heads.sizes())
        if self.controller == "lstm":
            controller: Any = lstm_init(rng, self.input_size + fed, h, dtype=dtype)
        else:
            controller = LinearParams(glorot_uniform(rng, (h, self.input_size + fed), dtype), np.zeros(h, dtype))
        heads = LinearParams(glorot_uniform(rng, (Z, h), dtype), np.zeros(Z, dtype))
        W_output = 4 * glorot_uniform(rng, (self.output_size, h + fed), dtype)  # r and h are small, logits are not
        output = LinearParams(W_output, np.zeros(self.output_size, dtype))
        if self.addressing == "content":
            return NTMParams(controller, heads, output, glorot_uniform(rng, (self.slots, self.width), dtype))
        start: np.ndarray = np.zeros((self.reads + self.writes, self.slots), dtype)
        start[:, 0] = 8
        return NTMParams(controller, heads, output, start)

    def start(self, params: NTMParams, batch: tuple[int, ...], slots: int | None = None) -> NTMState:
        """Return the state before the first step."""
        dtype, H, h = params.start.dtype, self.reads + self.writes, self.hidden_size
        slots = self._slots(slots)
        memory = np.full((*batch, slots, self.width), self.memory_start, dtype)
        weights = np.zeros((*batch, H, slots), dtype)
        if self.addressing == "content":
            memory[...] = params.start
        else:
            weights[...] = params.start[:, near_first(slots)]
            softmax_in_place(weights)
        reads, rest = np.zeros((*batch, self.reads, self.width), dtype), np.zeros((*batch, h), dtype)
        return NTMState(memory, weights, reads, LSTMState(rest, rest) if self.controller == "lstm" else ())

    def forward(self, params: NTMParams, X: np.ndarray, slots: int | None = None) -> tuple[np.ndarray, tuple]:
        """Run from the first state over X (T, ..., input_size).

        With ``slots`` the memory has only so many rows, those on both sides of slot 0, where it closes to a ring; no
        parameter but ``start`` knows how many there are. For full addressing.

        Returns
        -------
        Y : (T, ..., output_size) array
        cache : tuple
            Also for ``trace`` in ``turing_trace.py``.
        """
        state = self.start(params, np.shape(X)[1:-1], slots)
        Y, last, cache = ntm_forward(X, state, params, self.heads, self.cell_clip)
        return Y, (state, last, cache)

    def backward(self, dY: np.ndarray, cache: tuple) -> tuple[NTMParams, np.ndarray]:
        """Gradients of the parameters and of X.

        The last state reaches no loss. The gradient of the first one, summed over the batch, goes on to ``start``:
        as it is to a first memory, through the softmax to the logits of the first weights.
        """
        state, last, scan = cache
        dX, dstate, dparams = ntm_backward(dY, zeros_like(last), scan)
        rows = dstate.memory
        if self.addressing == "full":
            rows = dstate.weights
            softmax_gradient_in_place(rows, state.weights)
        rows = rows.sum(axis=tuple(range(rows.ndim - 2)))
        if self.addressing == "full" and rows.shape[-1] < self.slots:
            some, rows = rows, np.zeros((len(rows), self.slots), rows.dtype)
            rows[:, near_first(some.shape[-1])] = some
        return dparams._replace(start=rows), dX

    def with_slots(self, params: NTMParams, slots: int) -> tuple[NTM, NTMParams]:
        """Return the same machine with more rows, and its parameters.

        What has been learned does not know how many rows there are, but for ``start``: the new rows lie as far from
        slot 0 as can be and get its least logit, so that no head starts there. For full addressing.
        """
        if self.addressing == "content" or slots < self.slots:
            raise ValueError(
                f"NTM.with_slots: slots is {slots} with {self.addressing} addressing, should be at least {self.slots} "
                "with full addressing"
            )
        start = np.full((len(params.start), slots), params.start.min(), params.start.dtype)
        start[:, near_first(self.slots)] = params.start
        return replace(self, slots=slots), params._replace(start=start)

    def _slots(self, slots: int | None) -> int:
        """Return how many rows the memory has."""
        if slots is None or slots == self.slots:
            return self.slots
        if self.addressing == "content" or not 2 * self.shift_range < slots < self.slots:
            raise ValueError(
                f"NTM: slots is {slots} with {self.addressing} addressing, should be {self.slots}"
                + (f" or {2 * self.shift_range + 1} to {self.slots}" if self.addressing == "full" else "")
            )
        return slots


def near_first(slots: int) -> np.ndarray:
    """Return so many places around 0, the first ones and the last."""
    places = np.arange(slots)
    places[(slots + 1) // 2 :] -= slots
    return places
