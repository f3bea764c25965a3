"""A writer of captions that looks at a picture (图像描述生成), Xu et al. 2015, "Show, Attend and Tell".

::

    h₀, c₀ = tanh(W a̅ + b)                     a̅ the mean of the feature vectors aᵢ, one W for each
    αₜ = softmaxᵢ(vᵀ tanh(U aᵢ + W hₜ₋₁))        where to look for word t, additive attention (8.2)
    ẑₜ = βₜ Σᵢ αₜᵢ aᵢ,  βₜ = σ(wᵀ hₜ₋₁ + b)      soft; hard: βₜ a_s with s drawn from αₜ
    hₜ, cₜ = LSTM([E yₜ₋₁; ẑₜ], hₜ₋₁, cₜ₋₁)
    p(yₜ) = softmax(L [hₜ; E yₜ₋₁; ẑₜ] + b)

``gated_attention`` is the text of the attention; here it runs word after word, and a test holds both equal.

Departs from the paper: its output adds L_h h and L_z ẑ to E y before one more matrix; the start is one layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.hard import sampled_attention_forward
from nnmem.models.sequence.alignment import (
    AlignmentParams,
    Looks,
    alignment_gradients,
    alignment_init,
    annotations_gradient,
    keys_gradient,
    look,
    no_looks,
    query_gradient,
)
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.losses import sigmoid
from nnmem.nn.lstm import LSTMParams, lstm_init
from nnmem.nn.lstm_cell import cell_gradient_in_place, cell_in_place, slopes_of
from nnmem.nn.options import whole_numbers
from nnmem.nn.softmax import log_softmax_gradient
from nnmem.nn.softmax_kernels import softmax_gradient_in_place


class CaptionerParams(NamedTuple):
    words: np.ndarray  # E (V, e)
    start_h: LinearParams  # (n, d)
    start_c: LinearParams  # (n, d)
    alignment: AlignmentParams
    gate: LinearParams  # (1, n)
    lstm: LSTMParams  # reads [E y; ẑ], (e + d)
    output: LinearParams  # L (V, n + e + d)


class CaptionerCache(NamedTuple):
    """What the backward needs, words first."""

    params: CaptionerParams
    X: np.ndarray  # (B, N, d)
    begun: tuple  # of the two layers that start
    read: np.ndarray  # (m, B) the words read
    looks: Looks
    choice: np.ndarray | None  # (m, B)
    log_alpha: np.ndarray  # (m, B, N)
    beta: np.ndarray  # (m, B, 1)
    ZH: np.ndarray  # (m + 1, B, d + n) [ẑₜ; hₜ₋₁]
    gates: np.ndarray  # (4, m, B, n) o, i, f, g
    C: np.ndarray  # (m + 1, B, n)
    tanh_C: np.ndarray  # (m, B, n)
    kept: np.ndarray | None  # (m, B, n + e + d)
    output: tuple

    @property
    def H(self) -> np.ndarray:  # (m + 1, B, n)
        return self.ZH[..., -self.C.shape[-1] :]


@dataclass(frozen=True)
class Captioner:
    """Sizes.

    Parameters
    ----------
    symbols : int
        V; word 0 ends a caption and stands before its first word too.
    features : int
        d, the length of a feature vector.
    embedding_size, hidden_size, alignment_size : int
        e, n of the LSTM, l of the scores.
    """

    symbols: int
    features: int
    embedding_size: int = 32
    hidden_size: int = 128
    alignment_size: int = 64

    def init(self, rng: np.random.Generator) -> CaptionerParams:
        """Return first parameters."""
        V, d, e, n = self.symbols, self.features, self.embedding_size, self.hidden_size

        def layer(rows: int, columns: int) -> LinearParams:
            return LinearParams(glorot_uniform(rng, (rows, columns)), np.zeros(rows, np.float32))

        return CaptionerParams(
            rng.normal(0, 0.3, (V, e)).astype(np.float32),
            layer(n, d),
            layer(n, d),
            alignment_init(rng, n, d, self.alignment_size),
            layer(1, n),
            lstm_init(rng, e + d, n),
            layer(V, n + e + d),
        )

    def check(self, function: str, X: np.ndarray) -> None:
        """Raise ValueError unless there is something to look at, of the right length."""
        if X.shape[1] == 0 or X.shape[2] != self.features:
            raise ValueError(f"{function}: X has shape {X.shape}, should be (B, N, {self.features}) with N at least 1")

    def start(self, params: CaptionerParams, X: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Return h₀ and c₀ from the mean of the feature vectors X (B, N, d), and what the backward needs."""
        mean = np.full(X.shape[1], 1 / X.shape[1], X.dtype) @ X  # quicker than a mean along an axis
        (h, of_h), (c, of_c) = (linear_forward(mean, *layer) for layer in (params.start_h, params.start_c))
        return np.tanh(h), np.tanh(c), (of_h, of_c)

    def forward(
        self,
        params: CaptionerParams,
        X: np.ndarray,
        targets: Any,
        chance: np.random.Generator | None = None,
        kept: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, CaptionerCache]:
        """Return what is expected of every word when the words before it are right (teacher forcing).

        Parameters
        ----------
        params : CaptionerParams
        X : (B, N, d) array
            Feature vectors of each picture.
        targets : (B, m) array of int
            The right words.
        chance : numpy.random.Generator, optional
            Makes attention hard: each word looks at one vector drawn from its weights. Soft attention without it.
        kept : (m, B, n + e + d) array, optional
            Dropout of what the output reads.

        Returns
        -------
        logits : (B, m, V) array
        log_alpha : (B, m, N) array
            Log-weights of where each word looked.
        cache : CaptionerCache
            Its ``choice`` (m, B) is what was drawn; None where attention is soft.

        Raises
        ------
        ValueError, TypeError
            There is nothing to look at, or no word; or a word is out of range.
        """
        X, W_x, W_h, b = arrays("Captioner", "X (B, N, d), W_x (g, r), W_h (g, n), b (g,)", X, *params.lstm)
        self.check("Captioner", X)
        targets = whole_numbers("Captioner", "targets", targets, 0, self.symbols)
        if targets.ndim != 2 or len(targets) != len(X) or 0 in targets.shape:
            raise ValueError(
                f"Captioner: targets has shape {targets.shape}, should be (B, m) = ({len(X)}, m) with m at least 1"
            )
        (B, m), d, e, n = targets.shape, self.features, self.embedding_size, self.hidden_size
        read = np.concatenate([np.zeros((1, B), np.intp), targets.T[:-1]])
        of_word = (params.words @ W_x[:, :e].T + b).reshape(-1, 4, n)  # each word's share of the gates, computed once
        gates = np.take(of_word.swapaxes(0, 1), read, axis=1)
        W = np.concatenate([W_x[:, e:], W_h], axis=1).T.reshape(d + n, 4, n).swapaxes(0, 1).copy()  # acts on [ẑ; h]
        keys = project(X, params.alignment.U)
        looks = no_looks(m, keys, X)
        choice = None if chance is None else np.empty((m, B), np.intp)
        ZH, beta, share = np.empty((m + 1, B, d + n), X.dtype), np.empty((m, B, 1), X.dtype), np.empty_like(gates[:, 0])
        Z, H, C, tanh_C = ZH[:m, :, :d], ZH[..., d:], np.empty((m + 1, B, n), X.dtype), np.empty((m, B, n), X.dtype)
        H[0], C[0], begun = self.start(params, X)
        for t in range(m):
            look(t, H[t], keys, X, None, params.alignment, looks)
            if choice is not None and chance is not None:
                looks.context[t], choice[t], _ = sampled_attention_forward(X, looks.alpha[t], chance)
            beta[t] = sigmoid(H[t] @ params.gate.W.T + params.gate.b)
            np.multiply(beta[t], looks.context[t], out=Z[t])
            gates[:, t] += np.matmul(ZH[t], W, out=share)
            cell_in_place(gates[:, t], C[t], None, H[t + 1], C[t + 1], tanh_C[t])
        features = np.concatenate([H[1:], params.words[read], Z], axis=-1)
        if kept is not None:
            kept = upstream("Captioner", "kept", kept, features.shape, X.dtype)
            features *= kept
        logits, output = linear_forward(features, *params.output)
        with np.errstate(divide="ignore"):
            log_alpha = np.log(looks.alpha)
        held = params, X, begun, read, looks, choice, log_alpha, beta, ZH, gates, C, tanh_C, kept, output
        return logits.swapaxes(0, 1), log_alpha.swapaxes(0, 1), CaptionerCache(*held)

    def backward(
        self, dlogits: np.ndarray, dlog_alpha: np.ndarray, cache: CaptionerCache, of_X: bool = True
    ) -> tuple[CaptionerParams, Any]:
        """Gradients of the parameters and of X; None for X unless ``of_X``, as behind an encoder that does not learn.

        hₜ₋₁ reaches the loss through the cell, the look and the gate; ẑₜ through the cell and the output. Where
        attention is hard, what was drawn is a constant, and the weights learn from dlog_alpha alone. What sums over
        words is one product after the loop.
        """
        params, X, begun, read, looks, choice, log_alpha, beta, ZH, gates, C, tanh_C, kept, output = cache
        (B, N, d), m, e, n, H = X.shape, len(read), self.embedding_size, self.hidden_size, cache.H
        W_x, W = params.lstm.W_x, np.concatenate([params.lstm.W_x[:, e:], params.lstm.W_h], axis=1)
        dlogits = upstream("Captioner", "dlogits", dlogits, (B, m, self.symbols), X.dtype)
        dlog_alpha = upstream("Captioner", "dlog_alpha", dlog_alpha, (B, m, N), X.dtype)
        dread, *doutput = linear_backward(np.ascontiguousarray(dlogits.swapaxes(0, 1)), output)
        if kept is not None:
            dread *= kept
        dscores = np.zeros_like(log_alpha)
        if dlog_alpha.any():
            dscores = log_softmax_gradient(dlog_alpha.swapaxes(0, 1), log_alpha)
        squares, dv = np.zeros_like(looks.A[0]), np.zeros_like(params.alignment.v)
        room = np.empty_like(squares)
        dcontext, dbeta, dA = np.empty_like(looks.context), np.empty_like(beta), np.empty((m, B, 4 * n), X.dtype)
        dqueries = np.empty((m, B, looks.A.shape[-1]), X.dtype)
        by_gate = dA.reshape(m, B, 4, n).swapaxes(1, 2)  # what is written there stands in dA
        slopes, through = slopes_of(gates, C[:-1], tanh_C)
        dh, dc = np.zeros_like(C[0]), np.zeros_like(C[0])
        for t in reversed(range(m)):
            dh += dread[t, :, :n]
            dc += dh * through[t]
            cell_gradient_in_place(dh, dc, gates[2, t], slopes[:, t], by_gate[t])
            dzh = dA[t] @ W
            dz = dread[t, :, n + e :] + dzh[:, :d]
            np.multiply(beta[t], dz, out=dcontext[t])
            dbeta[t] = (dz[:, None] @ looks.context[t][..., None])[:, 0] * beta[t] * (1 - beta[t])
            if choice is None:
                dalpha = (X @ dcontext[t][..., None])[..., 0]
                softmax_gradient_in_place(dalpha, looks.alpha[t])
                dscores[t] += dalpha
            dqueries[t] = query_gradient(dscores[t], looks.A[t], params.alignment.v, squares, dv, room)
            dh = dzh[:, d:] + dqueries[t] @ params.alignment.W + dbeta[t] * params.gate.W
        dkeys = keys_gradient(dscores, squares, params.alignment)
        dalignment = alignment_gradients(dkeys, dqueries, dv, H[:m], X)
        dmean_h, *dstart_h = linear_backward(dh * (1 - H[0] * H[0]), begun[0])
        dmean_c, *dstart_c = linear_backward(dc * (1 - C[0] * C[0]), begun[1])
        if of_X:
            if choice is not None:
                looks = looks._replace(alpha=(np.arange(N) == choice[..., None]).astype(X.dtype))
            dX = annotations_gradient(dkeys, dcontext, looks, params.alignment) + (dmean_h + dmean_c)[:, None] / N
        dW = weight_gradient(dA, ZH[:m])
        where_read = (np.arange(self.symbols)[:, None] == read.ravel()).astype(X.dtype)  # (V, m B), sums by word
        dof_word = where_read @ dA.reshape(m * B, -1)
        dwords = dof_word @ W_x[:, :e] + where_read @ dread[..., n : n + e].reshape(m * B, -1)
        return CaptionerParams(
            dwords,
            LinearParams(*dstart_h),
            LinearParams(*dstart_c),
            dalignment,
            LinearParams(weight_gradient(dbeta, H[:m]), dbeta.sum(axis=(0, 1))),
            LSTMParams(np.concatenate([dof_word.T @ params.words, dW[:, :d]], axis=1), dW[:, d:], dof_word.sum(axis=0)),
            LinearParams(*doutput),
        ), dX if of_X else None
