"""The pointer network (指针网络) of Vinyals et al. 2015: an encoder, a decoder, and a pointer at each decoding step.

The encoder reads x₁, …, xₙ; its outputs are what is pointed to. The decoder starts from the encoder's last state and
reads the inputs chosen so far, eᵢ = LSTM(start, x_c₁, …, x_cᵢ₋₁), which is (8.11). What the attention finds is not fed
back to the decoder, so when the right choices are known, all steps point at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.query_kernels import additive_score_matrix_backward, additive_score_matrix_forward
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import glorot_uniform
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward, lstm_init
from nnmem.nn.options import whole_numbers
from nnmem.nn.softmax import log_softmax, log_softmax_gradient


class PointerParams(NamedTuple):
    """Parameters of (8.13)."""

    W: np.ndarray  # (h, h)
    U: np.ndarray  # (h, h)
    v: np.ndarray  # (h,)


class PointerNetworkParams(NamedTuple):
    encoder: LSTMParams
    decoder: LSTMParams
    pointer: PointerParams
    start: np.ndarray  # (d,) what the decoder reads first
    end: np.ndarray  # (1, h) what is pointed to in order to stop; (0, h) without an end token


@dataclass(frozen=True)
class PointerNetwork:
    """Sizes of a pointer network.

    Parameters
    ----------
    input_size : int
        d, the length of an input vector.
    hidden_size : int
        h, of encoder, decoder and pointer.
    end : bool
        Whether there is an end token: an item n, behind the inputs 0 to n − 1, that can always be pointed to. Without
        it every input is pointed to as often as the targets say, and decoding takes as many steps as there are inputs.
    """

    input_size: int
    hidden_size: int
    end: bool = False

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> PointerNetworkParams:
        """Return first parameters."""
        d, h = self.input_size, self.hidden_size
        encoder, decoder = (lstm_init(rng, d, h, dtype=dtype) for _ in range(2))
        W, U = (glorot_uniform(rng, (h, h), dtype) for _ in range(2))
        v, end = glorot_uniform(rng, (1, h), dtype), glorot_uniform(rng, (1, h), dtype)
        return PointerNetworkParams(encoder, decoder, PointerParams(W, U, v[0]), np.zeros(d, dtype), end[: self.end])

    def encode(
        self, params: PointerNetworkParams, X: np.ndarray, lengths: Any = None
    ) -> tuple[np.ndarray, LSTMState, np.ndarray | None, tuple]:
        """Read the inputs.

        Parameters
        ----------
        params : PointerNetworkParams
        X : (B, n, d) array
        lengths : (B,) array of int, optional
            How many of the n inputs are real, 1 to n; all if not given.

        Returns
        -------
        items : (B, n, h) array, (B, n + 1, h) with an end token
        last : LSTMState
        mask : (B, n) or (B, n + 1) bool array, or None
        cache : tuple
        """
        layout = "X (B, n, d), start (d,), end (k, h), W (h, h), U (h, h), v (h,)"
        X, *_ = arrays("PointerNetwork", layout, X, params.start, params.end, *params.pointer)
        B, n = X.shape[:2]
        if n == 0:
            raise ValueError(f"PointerNetwork: X has shape {X.shape}, should be (B, n, d) with n at least 1")
        H, last, cache = lstm_forward(X.swapaxes(0, 1), None, params.encoder, lengths)
        items = np.empty((B, n + self.end, self.hidden_size), H.dtype)
        items[:, :n] = H.swapaxes(0, 1)
        items[:, n:] = params.end
        if lengths is None:
            return items, last, None, cache
        mask = np.arange(n + self.end) < np.asarray(lengths)[:, None]
        mask[:, n:] = True
        return items, last, mask, cache

    def forward(
        self, params: PointerNetworkParams, X: np.ndarray, targets: Any, lengths: Any = None
    ) -> tuple[np.ndarray, tuple]:
        """Return the distribution of every step when the steps before it chose right (teacher forcing).

        Parameters
        ----------
        params : PointerNetworkParams
        X : (B, n, d) array
        targets : (B, m) array of int
            The right indices; n is the end token where there is one. Pad shorter sequences with any index: a step
            depends on those before it alone.
        lengths : (B,) array of int, optional
            How many of the n inputs are real, 1 to n; all if not given.

        Returns
        -------
        log_p : (B, m, n) array, (B, m, n + 1) with an end token
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            A target or a length is out of range.
        """
        items, last, mask, encoder = self.encode(params, X, lengths)
        B, n = X.shape[:2]
        targets = whole_numbers("PointerNetwork", "targets", targets, 0, n + self.end)
        if targets.ndim != 2 or len(targets) != B:
            raise ValueError(f"PointerNetwork: targets has shape {targets.shape}, should be (B, m) = ({B}, m)")
        read = np.minimum(targets[:, :-1], n - 1)
        inputs = np.empty((targets.shape[1], B, self.input_size), items.dtype)
        inputs[0] = params.start
        inputs[1:] = np.take_along_axis(X, read[..., None], axis=1).swapaxes(0, 1)
        E, _, decoder = lstm_forward(inputs, last, params.decoder)
        E = np.ascontiguousarray(E.swapaxes(0, 1))
        scores, pointer = additive_score_matrix_forward(items, E, *params.pointer)
        log_p = log_softmax(scores, None if mask is None else mask[:, None])
        return log_p, (X, read, encoder, decoder, pointer, log_p)

    def backward(self, dlog_p: np.ndarray, cache: tuple) -> tuple[PointerNetworkParams, np.ndarray]:
        """Gradients of the parameters and of X.

        The forward upside down. The encoder receives from the pointer, at every input, and from the decoder, at its
        last state; an input receives from the encoder that read it and from every decoder step that read it::

            dxⱼ = dxⱼ(encoder) + Σᵢ dinputᵢ 1[cᵢ₋₁ = j]
        """
        X, read, encoder, decoder, pointer, log_p = cache
        n = X.shape[1]
        dlog_p = upstream("PointerNetwork", "dlog_p", dlog_p, log_p.shape, log_p.dtype)
        ditems, dE, *dpointer = additive_score_matrix_backward(log_softmax_gradient(dlog_p, log_p), pointer)
        dE = np.ascontiguousarray(dE.swapaxes(0, 1))
        zero = np.zeros_like(dE[0])
        dinputs, dlast, ddecoder = lstm_backward(dE, LSTMState(zero, zero), decoder)
        dH = np.ascontiguousarray(ditems[:, :n].swapaxes(0, 1))
        dX, _, dencoder = lstm_backward(dH, dlast, encoder)
        chosen = (read[:, None, :] == np.arange(n)[:, None]).astype(dX.dtype)
        dX = dX.swapaxes(0, 1) + chosen @ dinputs[1:].swapaxes(0, 1)
        dend = ditems[:, n:].sum(axis=0)
        return PointerNetworkParams(dencoder, ddecoder, PointerParams(*dpointer), dinputs[0].sum(axis=0), dend), dX
