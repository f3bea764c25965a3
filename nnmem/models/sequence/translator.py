"""Translation by aligning (神经机器翻译), Bahdanau et al. 2014, appendix A: an encoder, an alignment, a decoder.

::

    hⱼ = [→hⱼ; ←hⱼ]                                  annotations: a GRU in each direction (A.2.1)
    s₀ = tanh(W_s ←h₁ + b_s)                          the decoder starts where the backward reading ended
    αᵢ = softmaxⱼ(vᵀ tanh(W sᵢ₋₁ + U hⱼ))             where to look, before anything is written (A.1.2, A.2.2)
    cᵢ = Σⱼ αᵢⱼ hⱼ                                     context
    sᵢ = GRU([E yᵢ₋₁; cᵢ], sᵢ₋₁)
    tᵢ = maxout(U_o sᵢ₋₁ + V_o E yᵢ₋₁ + C_o cᵢ + b)
    p(yᵢ | y₁, …, yᵢ₋₁, x) = softmax(W_o tᵢ + b_o)

Departs from the paper: the biases, and the symbol 0, which ends a sentence and stands before its first word too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.sequence.alignment import (
    AlignmentParams,
    alignment_gradients,
    alignment_init,
    annotations_gradient,
    keys_gradient,
    look,
    look_gradient,
    no_looks,
)
from nnmem.nn.arguments import upstream
from nnmem.nn.both_directions import BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.gru import GRUParams, gru_init, gru_step_backward, gru_step_forward, recurrent_gradient
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.maxout import maxout_backward, maxout_forward
from nnmem.nn.options import whole_numbers


class TranslatorParams(NamedTuple):
    source: np.ndarray  # (source symbols, e) embedding
    target: np.ndarray  # (target symbols, e) embedding
    encoder: BidirectionalParams
    start: LinearParams  # W_s (n, n)
    alignment: AlignmentParams
    decoder: GRUParams  # reads [E y; c], (e + 2n)
    readout: LinearParams  # [U_o, V_o, C_o] (2l, n + e + 2n)
    output: LinearParams  # W_o (target symbols, l)


@dataclass(frozen=True)
class Translator:
    """Sizes.

    Parameters
    ----------
    source_symbols, target_symbols : int
        Symbol 0 of the target ends a sentence.
    embedding_size, hidden_size : int
        e, and n of each direction of the encoder, of the decoder, of the alignment and of the maxout.
    attention : bool
        Without it there is one annotation, [→h_T; ←h₁], which has to hold the whole sentence.
    """

    source_symbols: int
    target_symbols: int
    embedding_size: int = 32
    hidden_size: int = 64
    attention: bool = True

    def init(self, rng: np.random.Generator) -> TranslatorParams:
        """Return first parameters."""
        e, n = self.embedding_size, self.hidden_size
        return TranslatorParams(
            rng.normal(0, 0.3, (self.source_symbols, e)).astype(np.float32),
            rng.normal(0, 0.3, (self.target_symbols, e)).astype(np.float32),
            BidirectionalParams(gru_init(rng, e, n), gru_init(rng, e, n)),
            LinearParams(glorot_uniform(rng, (n, n)), np.zeros(n, np.float32)),
            alignment_init(rng, n, 2 * n, n),
            gru_init(rng, e + 2 * n, n),
            LinearParams(glorot_uniform(rng, (2 * n, e + 3 * n)), np.zeros(2 * n, np.float32)),
            LinearParams(glorot_uniform(rng, (self.target_symbols, n)), np.zeros(self.target_symbols, np.float32)),
        )

    def encode(
        self, params: TranslatorParams, source: Any, lengths: Any = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple]:
        """Read the source.

        Parameters
        ----------
        params : TranslatorParams
        source : (B, N) array of int
        lengths : (B,) array of int, optional
            How many of the N symbols are real, 1 to N; all if not given.

        Returns
        -------
        H : (B, N, 2n) array
            Annotations; (B, 1, 2n) without attention.
        mask : (B, N) bool array
            True where there is one.
        s : (B, n) array
            The decoder's first state.
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            The source is empty, or a symbol or a length is out of range.
        """
        source = whole_numbers("Translator", "source", source, 0, self.source_symbols)
        if source.ndim != 2 or 0 in source.shape:
            raise ValueError(f"Translator: source has shape {source.shape}, should be (B, N) with N at least 1")
        B, N = source.shape
        ends = np.full(B, N) if lengths is None else whole_numbers("Translator", "lengths", lengths, 1, N + 1)
        X, embedded = embedding_forward(params.source, source.T)
        H, encoder = bidirectional_forward(X, params.encoder, ends)
        n = self.hidden_size
        start, linear = linear_forward(H[0, :, n:], *params.start)
        s = np.tanh(start)
        cache = embedded, encoder, linear, s, ends, H.shape
        if self.attention:
            return np.ascontiguousarray(H.swapaxes(0, 1)), np.arange(N) < ends[:, None], s, cache
        summary = np.concatenate([H[ends - 1, np.arange(B), :n], H[0, :, n:]], axis=-1)
        return summary[:, None], np.ones((B, 1), bool), s, cache

    def encode_backward(
        self, dH: np.ndarray, ds: np.ndarray, cache: tuple
    ) -> tuple[np.ndarray, BidirectionalParams, LinearParams]:
        """Gradients of the embedding of the source, of the encoder and of the start."""
        embedded, encoder, linear, s, ends, shape = cache
        n = self.hidden_size
        if self.attention:
            dannotations = np.ascontiguousarray(dH.swapaxes(0, 1))
        else:
            dannotations = np.zeros(shape, dH.dtype)
            dannotations[ends - 1, np.arange(len(ends)), :n] = dH[:, 0, :n]
            dannotations[0, :, n:] = dH[:, 0, n:]
        dlast, *dstart = linear_backward(ds * (1 - s * s), linear)
        dannotations[0, :, n:] += dlast
        dX, dencoder = bidirectional_backward(dannotations, encoder)
        return embedding_backward(dX, embedded), dencoder, LinearParams(*dstart)

    def forward(
        self, params: TranslatorParams, source: Any, targets: Any, lengths: Any = None
    ) -> tuple[np.ndarray, tuple]:
        """Return the logits of every word when the words before it are right (teacher forcing).

        Parameters
        ----------
        params : TranslatorParams
        source : (B, N) array of int
        targets : (B, m) array of int
            The right words, padded with anything.
        lengths : (B,) array of int, optional
            How many of the N source symbols are real; all if not given.

        Returns
        -------
        logits : (B, m, target symbols) array
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            A symbol, a length or a shape does not fit.
        """
        H, mask, s, encoded = self.encode(params, source, lengths)
        targets = whole_numbers("Translator", "targets", targets, 0, self.target_symbols)
        if targets.ndim != 2 or len(targets) != len(H):
            raise ValueError(f"Translator: targets has shape {targets.shape}, should be (B, m) = ({len(H)}, m)")
        m, e = targets.shape[1], self.embedding_size
        before = np.concatenate([np.zeros_like(targets[:, :1]), targets], axis=1)[:, :m]
        Y, embedded = embedding_forward(params.target, before.T)
        W, U, b = params.decoder
        read = project(Y, W[:, :e]) + b
        keys = project(H, params.alignment.U)
        looks = no_looks(m, keys, H)
        S, cells = np.empty((m + 1, *s.shape), s.dtype), []
        S[0] = s
        for i in range(m):
            c = look(i, S[i], keys, H, mask, params.alignment, looks)
            S[i + 1], cell = gru_step_forward(read[i] + c @ W[:, e:].T, S[i], U)
            cells.append(cell)
        features, readout = linear_forward(np.concatenate([S[:m], Y, looks.context], axis=-1), *params.readout)
        t, maxout = maxout_forward(features)
        logits, output = linear_forward(t, *params.output)
        cache = params, encoded, H, embedded, Y, looks, S, cells, readout, maxout, output
        return logits.swapaxes(0, 1), cache

    def backward(self, dlogits: np.ndarray, cache: tuple) -> TranslatorParams:
        """Gradients of the parameters: the forward upside down.

        A state sᵢ₋₁ goes three ways, into the alignment, the cell and the word; a context two, into the cell and the
        word. What sums over steps is one product after the loop.
        """
        params, encoded, H, embedded, Y, looks, S, cells, readout, maxout, output = cache
        m, e, n = len(Y), self.embedding_size, self.hidden_size
        shape = (len(H), m, self.target_symbols)
        dlogits = upstream("Translator", "dlogits", dlogits, shape, H.dtype).swapaxes(0, 1)
        dt, *doutput = linear_backward(np.ascontiguousarray(dlogits), output)
        dread, *dreadout = linear_backward(maxout_backward(dt, maxout), readout)
        dS, dY, dC = dread[..., :n], dread[..., n : n + e], np.ascontiguousarray(dread[..., n + e :])
        W, U, _ = params.decoder
        dA = np.empty((m, len(H), 3 * n), H.dtype)
        dscores, dqueries = np.empty_like(looks.alpha), np.empty((m, len(H), looks.A.shape[-1]), H.dtype)
        squares, dv = np.zeros_like(looks.A[0]), np.zeros_like(params.alignment.v)
        room = np.empty_like(squares)
        ds = np.zeros_like(S[0])
        for i in reversed(range(m)):
            dA[i], ds = gru_step_backward(ds, cells[i], U)
            dC[i] += dA[i] @ W[:, e:]
            dscores[i], dqueries[i] = look_gradient(i, dC[i], H, params.alignment, looks, squares, dv, room)
            ds = ds + dS[i] + dqueries[i] @ params.alignment.W
        dkeys = keys_gradient(dscores, squares, params.alignment)
        dH = annotations_gradient(dkeys, dC, looks, params.alignment)
        dalignment = alignment_gradients(dkeys, dqueries, dv, S[:m], H)
        dW = np.concatenate([weight_gradient(dA, Y), weight_gradient(dA, looks.context)], axis=1)
        gates = np.array([cell.gates for cell in cells], H.dtype).reshape(m, len(H), 2 * n)
        ddecoder = GRUParams(dW, recurrent_gradient(dA, S[:m], gates), dA.sum(axis=(0, 1)))
        dtarget = embedding_backward(dY + project(dA, W[:, :e].T), embedded)
        dsource, dencoder, dstart = self.encode_backward(dH, ds, encoded)
        return TranslatorParams(
            dsource, dtarget, dencoder, dstart, dalignment, ddecoder, LinearParams(*dreadout), LinearParams(*doutput)
        )
