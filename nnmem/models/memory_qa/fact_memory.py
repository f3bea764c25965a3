"""An external memory of keys and values that facts are written to by attention, and that a question reads in hops.

For every head, with the facts' vectors e₁, …, e_T in the order in which they came::

    kₜ = W_k eₜ + b_k + A[age of t]        vₜ = W_v eₜ + b_v + C[age of t]        uₜ = W_u eₜ + b_u
    wₜⱼ = softmaxⱼ(uₜ·sⱼ / √d_h)                       which slots, by their learned addresses s₁, …, s_N
    [K; V] ← (1 − wₜ) [K; V] + wₜ [kₜ; vₜ]             written, fact after fact
    αⱼ = softmaxⱼ((kⱼ + sⱼ)·W_q q / √d_h)              read; all heads side by side, and the sum is the next question
    q ← q + W_o Σⱼ αⱼ vⱼ

Without slots of its own the memory grows: each fact has one for itself, and nothing is overwritten.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.external.attention_write import attention_write_backward, attention_write_forward
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.options import count, whole_numbers
from nnmem.nn.softmax import softmax, softmax_gradient


class HopParams(NamedTuple):
    query: LinearParams  # W_q (d, d)
    output: LinearParams  # W_o (d, d)


class FactMemoryParams(NamedTuple):
    key: LinearParams  # W_k (d, e)
    value: LinearParams  # W_v (d, e)
    write: LinearParams  # W_u (d, e); no rows where the memory grows
    addresses: np.ndarray  # (N, d) s; no rows where the memory grows
    key_ages: np.ndarray  # (T, d) A: row 0 is that of the latest fact
    value_ages: np.ndarray  # (T, d) C, of values
    hops: tuple[HopParams, ...]


class StoredFacts(NamedTuple):
    """What the backward needs, and what the memory holds."""

    params: FactMemoryParams
    real: np.ndarray  # (B, T) True where there is a fact
    of_key: tuple
    key_aged: tuple
    of_value: tuple
    value_aged: tuple
    of_weights: Any
    written: Any
    shares: np.ndarray | None  # (B, heads, T, N) what is left of each fact in each slot; None: all of it in its own
    K: np.ndarray  # (B, heads, N, d_h)
    V: np.ndarray  # (B, heads, N, d_h)
    hops: list[tuple]


@dataclass(frozen=True)
class FactMemory:
    """Sizes.

    Parameters
    ----------
    size : int
        d, of keys and values of all heads together.
    longest : int
        T, the most facts.
    slots : int
        N; 0: the memory grows, a slot for each fact.
    hops, num_heads : int
    uniform : bool
        Every fact goes to all slots alike, for comparison.
    """

    size: int
    longest: int
    slots: int = 8
    hops: int = 1
    num_heads: int = 4
    uniform: bool = False

    def __post_init__(self) -> None:
        for name, least in (("size", 1), ("longest", 1), ("slots", 0), ("hops", 0), ("num_heads", 1)):
            count("FactMemory", name, getattr(self, name), least)
        if self.size % self.num_heads:
            raise ValueError(f"FactMemory: num_heads is {self.num_heads}, should divide size {self.size}")
        if self.uniform and not self.slots:
            raise ValueError("FactMemory: slots is 0 and uniform is True: one slot a fact is written by no weights")

    def init(self, rng: np.random.Generator, facts: int, dtype: type = np.float32) -> FactMemoryParams:
        """First parameters, for facts of this size. Keys and queries begin near the words: like looks for like."""
        d = self.size

        def near_it(columns: int) -> LinearParams:
            W = 0.3 * glorot_uniform(rng, (d, columns), dtype) + np.eye(d, columns, dtype=dtype)
            return LinearParams(W, np.zeros(d, dtype))

        key, value, write = (near_it(facts) for _ in range(3))
        addresses: np.ndarray = (2 * rng.normal(size=(self.slots, d))).astype(dtype)
        if not self.slots:
            write = LinearParams(write.W[:0], write.b[:0])
        key_ages, value_ages = rng.normal(0, 0.1, (2, self.longest, d)).astype(dtype)
        outputs = (LinearParams(glorot_uniform(rng, (d, d), dtype), np.zeros(d, dtype)) for _ in range(self.hops))
        hops = tuple(HopParams(near_it(d), output) for output in outputs)
        return FactMemoryParams(key, value, write, addresses, key_ages, value_ages, hops)

    def forward(
        self, params: FactMemoryParams, facts: np.ndarray, lengths: np.ndarray, q: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, StoredFacts]:
        """Write all facts, then read.

        Parameters
        ----------
        params : FactMemoryParams
        facts : (B, T, e) array
        lengths : (B,) array of int
            How many of the facts there are, 0 to T. With none, nothing is read.
        q : (B, d) array
            The question.

        Returns
        -------
        q : (B, d) array
            The question, and what was read.
        traces : (B, hops, T) array
            For each hop how much each fact has in what was read, the mean over the heads.
        cache : StoredFacts
        """
        B, T, _ = facts.shape
        lengths = whole_numbers("FactMemory.forward", "lengths", lengths, 0, T + 1)
        real = np.arange(T) < lengths[:, None]
        k, of_key = linear_forward(facts, *params.key)
        v, of_value = linear_forward(facts, *params.value)
        ages = np.maximum(lengths[:, None] - 1 - np.arange(T), 0)
        k_age, key_aged = embedding_forward(params.key_ages, ages)
        v_age, value_aged = embedding_forward(params.value_ages, ages)
        k, v = k + k_age, v + v_age
        pairs = np.concatenate([self._apart(k), self._apart(v)], axis=-1)
        if self.slots:
            w, of_weights = self._weights(params, facts, real)
            nothing = np.zeros((B, self.num_heads, self.slots, pairs.shape[-1]), pairs.dtype)
            memory, c, written = attention_write_forward(nothing, w, pairs)
            mask = np.broadcast_to((lengths > 0)[:, None, None], memory.shape[:-1])
        else:
            memory, c, written, of_weights = pairs, None, None, None
            mask = np.broadcast_to(real[:, None], memory.shape[:-1])
        d_h = memory.shape[-1] // 2
        K, V = memory[..., :d_h], memory[..., d_h:]
        if self.slots:
            K = K + self._apart(params.addresses)
        traces, caches = [np.empty((B, 0, T), q.dtype)], []
        for hop in params.hops:
            p, of_query = linear_forward(q, *hop.query)
            p = p.reshape(B, self.num_heads, d_h, 1) / math.sqrt(d_h)
            alpha = softmax((K @ p)[..., 0], mask)
            r, of_output = linear_forward((alpha[..., None, :] @ V).reshape(B, self.size), *hop.output)
            traces.append((alpha if c is None else (c @ alpha[..., None])[..., 0]).mean(axis=1)[:, None])
            q = q + r
            caches.append((of_query, p, alpha, of_output))
        known = of_key, key_aged, of_value, value_aged, of_weights, written
        return q, np.concatenate(traces, axis=1), StoredFacts(params, real, *known, c, K, V, caches)

    def backward(
        self, dq: np.ndarray, dtraces: np.ndarray, cache: StoredFacts
    ) -> tuple[FactMemoryParams, np.ndarray, np.ndarray]:
        """Gradients of the parameters, of the facts and of the question: the hops backwards, then the writing.

        A slot's weight of reading gets gradient from what was read and from what it is traced to; a share only from
        the traces.
        """
        params, real, of_key, key_aged, of_value, value_aged, of_weights, written, c, K, V, caches = cache
        dK, dV = np.zeros_like(K), np.zeros_like(V)
        dc = None if c is None else np.zeros_like(c)
        c_T = None if c is None else np.swapaxes(c, -1, -2)
        d_h, dhops = K.shape[-1], []
        for i, (of_query, p, alpha, of_output) in reversed([*enumerate(caches)]):
            dr, *doutput = linear_backward(dq, of_output)
            B, heads = alpha.shape[:2]
            dr = dr.reshape(B, heads, 1, d_h)
            dtrace = np.broadcast_to(dtraces[:, None, i, :, None] / heads, (B, heads, real.shape[1], 1))
            dalpha = (V @ np.swapaxes(dr, -1, -2) + (dtrace if c_T is None else c_T @ dtrace))[..., 0]
            if dc is not None:
                dc += dtrace * alpha[..., None, :]
            dV += alpha[..., None] * dr
            ds = softmax_gradient(dalpha, alpha)[..., None]
            dK += ds * np.swapaxes(p, -1, -2)
            dp = (np.swapaxes(K, -1, -2) @ ds).reshape(len(K), self.size) / math.sqrt(d_h)
            dquestion, *dquery = linear_backward(dp, of_query)
            dq = dq + dquestion
            dhops.append(HopParams(LinearParams(*dquery), LinearParams(*doutput)))
        dpairs = np.concatenate([dK, dV], axis=-1)
        dwrite, daddresses = LinearParams(*map(np.zeros_like, params.write)), np.zeros_like(params.addresses)
        dfacts: Any = 0
        if dc is not None:
            daddresses += self._together(dK.sum(axis=0))
            _, dw, dpairs = attention_write_backward(dpairs, dc, written)
            dfacts, dwrite, dof_scores = self._weights_backward(dw, params, of_weights)
            daddresses += dof_scores
        dk, dv = self._together(dpairs[..., :d_h]), self._together(dpairs[..., d_h:])
        of_k, *dkey = linear_backward(dk, of_key)
        of_v, *dvalue = linear_backward(dv, of_value)
        dages = embedding_backward(dk, key_aged), embedding_backward(dv, value_aged)
        dparams = FactMemoryParams(
            LinearParams(*dkey), LinearParams(*dvalue), dwrite, daddresses, *dages, tuple(reversed(dhops))
        )
        return dparams, dfacts + of_k + of_v, dq

    def _weights(self, params: FactMemoryParams, facts: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, Any]:
        """The weights of writing (B, heads, T, N); none for facts that are not there."""
        if self.uniform:
            shape = (len(facts), self.num_heads, facts.shape[1], self.slots)
            return np.broadcast_to(real[:, None, :, None] / facts.dtype.type(self.slots), shape), None
        u, linear = linear_forward(facts, *params.write)
        scale = math.sqrt(self.size // self.num_heads)
        u = self._apart(u) / scale
        w = softmax(u @ np.swapaxes(self._apart(params.addresses), -1, -2)) * real[:, None, :, None]
        return w, (linear, u, w, scale)

    def _weights_backward(self, dw: np.ndarray, params: FactMemoryParams, cache: Any) -> tuple[Any, LinearParams, Any]:
        """Gradients of the facts, of W_u and b_u, and of the addresses."""
        if self.uniform:
            return 0, LinearParams(*map(np.zeros_like, params.write)), 0
        linear, u, w, scale = cache
        ds = softmax_gradient(dw, w)
        du = self._together(ds @ self._apart(params.addresses)) / scale
        dfacts, *dwrite = linear_backward(du, linear)
        return dfacts, LinearParams(*dwrite), self._together((np.swapaxes(ds, -1, -2) @ u).sum(axis=0))

    def _apart(self, Z: np.ndarray) -> np.ndarray:
        """(..., T, d) as (..., heads, T, d_h)."""
        return np.swapaxes(Z.reshape(*Z.shape[:-1], self.num_heads, self.size // self.num_heads), -2, -3)

    def _together(self, Z: np.ndarray) -> np.ndarray:
        """(..., heads, T, d_h) side by side, (..., T, d)."""
        Z = np.swapaxes(Z, -2, -3)
        return Z.reshape(*Z.shape[:-2], self.size)
