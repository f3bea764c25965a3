"""End-to-end memory network (端到端记忆网络, MemN2N) of Sukhbaatar et al. 2015, section 8.3.1, figure 8.6.

One hop is key-value attention, (8.20) and (8.21): the same sentences x₁, …, x_N give keys mᵢ = A xᵢ and values
cᵢ = C xᵢ. With q the question, and K hops, each with keys and values of its own::

    q₁ = B x_q      αₖᵢ = softmaxᵢ(mᵢ·qₖ)      rₖ = Σᵢ αₖᵢ cᵢ      qₖ₊₁ = qₖ + rₖ      logits = W q_K₊₁

Neither keys nor values are ever built. A sentence is a feature row s, its embedding s E, so that products can be taken
in the cheaper order: the scores (S E) q are S (E q), the reading αᵀ(S E) is (αᵀS) E, and the gradient of E is a product
of two matrices with one row a question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import count, one_of
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place

LAYOUT = "S (B, N, F), occupied (B, N), Q (B, F), E (t, V, d), T (k, N, d), W (w, d), H (h, d)"


class MemN2NParams(NamedTuple):
    """Parameters. Adjacent tying: E and T have K + 1 tables, W and H no rows. Layer-wise: E has A, C and B, T two."""

    E: np.ndarray  # (t, V, d) embeddings of words
    T: np.ndarray  # (k, N, d) embeddings of times: slot 0 holds the latest sentence
    W: np.ndarray  # (V, d) output
    H: np.ndarray  # (d, d) from one hop's query to the next


class Stories(NamedTuple):
    """What is read: B questions, each with a memory of N slots."""

    S: np.ndarray  # (B, N, F) features of sentences
    occupied: np.ndarray  # (B, N) 1 where a slot holds a sentence, 0 where it is empty
    Q: np.ndarray  # (B, F) features of questions


@dataclass(frozen=True)
class MemN2N:
    """Sizes of an end-to-end memory network.

    Parameters
    ----------
    vocabulary_size : int
        V; every word can be the answer.
    slots : int
        N, of the memory.
    embedding_size : int
        d.
    hops : int
        K.
    tying : {"adjacent", "layer_wise"}
        Adjacent: the values' table of a hop is the keys' table of the next, B is the first, W the last. Layer-wise: all
        hops share A and C, and qₖ₊₁ = H qₖ + rₖ.
    position_encoding : {"code", "paper", "none"}
        Word j counts with 1 + bₖ cⱼ in entry k (F = 2V: counts, and counts weighted with c). "code" is the form of the
        paper's published code, "paper" what it prints, lₖⱼ = (1 − j/J) − (k/d)(1 − 2j/J) = (1 + bₖ cⱼ) / 2; they differ
        in b, in c (:class:`~nnmem.tasks.babi_features.Vocabulary`) and by the factor. "none" is a bag of words (词袋),
        F = V.
    """

    vocabulary_size: int
    slots: int
    embedding_size: int = 20
    hops: int = 3
    tying: str = "adjacent"
    position_encoding: str = "code"

    def __post_init__(self) -> None:
        one_of("MemN2N", "tying", self.tying, ("adjacent", "layer_wise"))
        one_of("MemN2N", "position_encoding", self.position_encoding, ("code", "paper", "none"))
        for name in ("vocabulary_size", "slots", "embedding_size", "hops"):
            count("MemN2N", name, getattr(self, name))

    @property
    def features(self) -> int:
        """F, the numbers that a sentence is read as."""
        return self.vocabulary_size * (1 if self.position_encoding == "none" else 2)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> MemN2NParams:
        """Return first parameters, all normal with standard deviation 0.1."""
        V, N, d = self.vocabulary_size, self.slots, self.embedding_size
        adjacent = self.tying == "adjacent"
        words, times = (self.hops + 1, self.hops + 1) if adjacent else (3, 2)
        shapes = (words, V, d), (times, N, d), (0 if adjacent else V, d), (0 if adjacent else d, d)
        return MemN2NParams(*(rng.normal(0, 0.1, shape).astype(dtype) for shape in shapes))

    def forward(
        self, params: MemN2NParams, stories: Stories, linear: bool = False
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Read K times and answer.

        Parameters
        ----------
        params : MemN2NParams
        stories : Stories
            An empty slot has score 0 and value 0; it can be attended to.
        linear : bool
            Attention without softmax, α = scores: the paper's linear start.

        Returns
        -------
        logits : (B, V) array
        alpha : (B, K, N) array
        cache : tuple
        """
        S, occupied, Q, E, T, W, H = arrays("MemN2N", LAYOUT, *stories, *params)
        self._check(S, E, T, W, H)
        adjacent, K, (B, N, F) = self.tying == "adjacent", self.hops, S.shape
        M = self._tables(E, T)
        q = np.empty((K + 1, B, self.embedding_size), S.dtype)
        read = np.empty((K, B, F + N), S.dtype)  # αᵀS, and behind it α: the slots themselves are the features of time
        alpha = np.empty((K, B, N), S.dtype)
        q[0] = Q @ self._query_table(M)[:F]
        for hop in range(K):
            a, c = self._keys_values(hop)
            v = q[hop] @ M[a].T
            np.multiply(v[:, F:], occupied, out=alpha[hop])
            alpha[hop] += (S @ v[:, :F, None])[..., 0]
            if not linear:
                softmax_in_place(alpha[hop])
            np.matmul(alpha[hop, :, None], S, out=read[hop, :, None, :F])
            np.multiply(alpha[hop], occupied, out=read[hop, :, F:])
            np.matmul(read[hop], M[c], out=q[hop + 1])
            q[hop + 1] += q[hop] if adjacent else q[hop] @ H.T
        logits = q[K] @ (E[-1] if adjacent else W).T
        cache = (S, occupied, Q, E, T, W, H, M, linear, q, alpha, read)
        return logits, np.moveaxis(alpha, 0, 1), cache

    def backward(self, dlogits: np.ndarray, cache: tuple) -> MemN2NParams:
        """Gradients of the parameters.

        The hops backwards. A table that is used in several places, as tying has it, receives from all of them. With
        v = E q, and dr = dq of a hop, the reading r = (αᵀS) E and the scores s = S v give::

            dE += (αᵀS)ᵀ dr     dα = S (E dr)     ds = α ∘ (dα − αᵀdα)     dE += (dsᵀS)ᵀ q     dq += (dsᵀS) E

        T is the same with the slots themselves as features.
        """
        S, occupied, Q, E, T, W, H, M, linear, q, alpha, read = cache
        adjacent, K, (B, _, F), V = self.tying == "adjacent", self.hops, S.shape, E.shape[1]
        dlogits = upstream("MemN2N", "dlogits", dlogits, (B, V), E.dtype)
        dread, dq = np.empty_like(read), np.empty_like(q)
        dq[K] = dlogits @ (E[-1] if adjacent else W)
        for hop in reversed(range(K)):
            a, c = self._keys_values(hop)
            v = dq[hop + 1] @ M[c].T
            ds = (S @ v[:, :F, None])[..., 0]
            ds += v[:, F:] * occupied
            if not linear:
                softmax_gradient_in_place(ds, alpha[hop])
            np.matmul(ds[:, None], S, out=dread[hop, :, None, :F])
            np.multiply(ds, occupied, out=dread[hop, :, F:])
            np.matmul(dread[hop], M[a], out=dq[hop])
            dq[hop] += dq[hop + 1] if adjacent else dq[hop + 1] @ H
        as_keys, as_values = dread.swapaxes(1, 2) @ q[:-1], read.swapaxes(1, 2) @ dq[1:]
        dM = np.zeros_like(M)
        if adjacent:
            dM[:-1] += as_keys
            dM[1:] += as_values
        else:
            dM[0] += as_keys.sum(axis=0)
            dM[1] += as_values.sum(axis=0)
        self._query_table(dM)[:F] += Q.T @ dq[0]
        dE = dM[:, :V].copy()
        if F > V:
            dE += dM[:, V:F] * self._b(E)
        if self.position_encoding == "paper":
            dE /= 2
        dW, dH = np.zeros_like(W), np.zeros_like(H)
        if adjacent:
            dE[-1] += dlogits.T @ q[K]
        else:
            dW += dlogits.T @ q[K]
            dH += np.einsum("kbi,kbj->ij", dq[1:], q[:-1])
        return MemN2NParams(dE, dM[: len(T), F:].copy(), dW, dH)

    def _tables(self, E: np.ndarray, T: np.ndarray) -> np.ndarray:
        """Return what features are multiplied with, (t, F + N, d): E, with position encoding E ∘ b, and T."""
        V, F, N = E.shape[1], self.features, T.shape[1]
        M = np.zeros((len(E), F + N, E.shape[2]), E.dtype)
        M[:, :V] = E / 2 if self.position_encoding == "paper" else E
        if F > V:
            np.multiply(M[:, :V], self._b(E), out=M[:, V:F])
        M[: len(T), F:] = T
        return M

    def _keys_values(self, hop: int) -> tuple[int, int]:
        """Return which tables give a hop's keys and its values; hops count from 0."""
        return (hop, hop + 1) if self.tying == "adjacent" else (0, 1)

    def _query_table(self, M: np.ndarray) -> np.ndarray:
        return M[0 if self.tying == "adjacent" else 2]

    def _b(self, E: np.ndarray) -> np.ndarray:
        """Position encoding's weight of each entry: bₖ = (k − (d + 1) / 2) / d, the paper's 1 − 2k/d."""
        d = self.embedding_size
        k = np.arange(1, d + 1)
        return (1 - 2 * k / d if self.position_encoding == "paper" else (k - (d + 1) / 2) / d).astype(E.real.dtype)

    def _check(self, S: np.ndarray, *params: np.ndarray) -> None:
        """Raise unless features and parameters have the sizes of this model."""
        V, N, d, K = self.vocabulary_size, self.slots, self.embedding_size, self.hops
        adjacent, F = self.tying == "adjacent", self.features
        words, times = (K + 1, K + 1) if adjacent else (3, 2)
        rows = (0, 0) if adjacent else (V, d)
        shapes = (len(S), N, F), (words, V, d), (times, N, d), (rows[0], d), (rows[1], d)
        for name, array, shape in zip("SETWH", (S, *params), shapes, strict=True):
            if array.shape != shape:
                raise ValueError(f"MemN2N: {name} has shape {array.shape}, should be {shape}")
