"""Memory network (记忆网络) of Weston et al. 2014, whose addressing is supervised, section 8.3.1.

Four modules. Input (输入) makes features x of a sentence, generalisation (泛化) stores them in the next slot, output
(输出) finds K supporting facts (支持事实) one after the other, response (响应) answers from the question and these::

    q_k = tanh(U₀ x_q + Σ_{j<k} U_j m_{o_j} + b_k)                what is looked for at hop k
    s_k(i, i′) = q_kᵀ (V mᵢ − V mᵢ′ + φ(i, i′))                   does i fit better than i′?
    o_k = the one that is beaten by none                          a hard choice: nothing flows through it
    z = W tanh(P₀ x_q + Σ_j P_j m_{o_j} + c)                      a score for every word

Times are features of a pair, antisymmetric: φ(i, i′) = ±t₀ where i is the older or the newer one, and
t_j ([i older than o_j] − [i′ older than o_j]) for each fact that is found already. A learned vector stands for
"enough": where it wins, no more facts are looked for.

Departs from the paper: a role (question, first fact, second …) has a table of its own, where the paper tells the
question from facts only; queries and the response have a tanh, as in Weston et al. 2015 (there "NL", with "AM" for the
number of facts that is not fixed); features hold positions of words, where that paper has N-grams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.memory_qa.told import Told, check_told
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import count, whole_numbers

LAYOUT = "U (K, d, F), V (d, F), b (K, d), T (K, d), stop (d,), P (R, h, F), c (h,), W (w, h)"


class MemNNParams(NamedTuple):
    """Parameters: of the output module, then of the response module."""

    U: np.ndarray  # (K, d, F) the question's table, then those of the first K − 1 facts
    V: np.ndarray  # (d, F) the table of what may be found
    b: np.ndarray  # (K, d)
    T: np.ndarray  # (K, d) times: older than the rival, older than the first fact, than the second …
    stop: np.ndarray  # (d,) "enough"
    P: np.ndarray  # (K + 1, h, F) the question's table, then those of the facts
    c: np.ndarray  # (h,)
    W: np.ndarray  # (words, h)


@dataclass(frozen=True)
class MemoryNetwork:
    """Sizes: features F of a sentence, words to answer with, K hops, d and h."""

    features: int
    words: int
    hops: int = 2
    embedding_size: int = 50
    hidden_size: int = 50

    def __post_init__(self) -> None:
        for name in ("features", "words", "hops", "embedding_size", "hidden_size"):
            count("MemoryNetwork", name, getattr(self, name))

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> MemNNParams:
        """Return first parameters: normal with standard deviation 0.1, biases 0."""
        F, K, d, h = self.features, self.hops, self.embedding_size, self.hidden_size
        shapes = (K, d, F), (d, F), (K, d), (K, d), (d,), (K + 1, h, F), (h,), (self.words, h)
        params = MemNNParams(*(rng.normal(0, 0.1, shape).astype(dtype) for shape in shapes))
        return params._replace(b=np.zeros_like(params.b), c=np.zeros_like(params.c))

    def find(self, params: MemNNParams, told: Told) -> np.ndarray:
        """Return the facts (B, K) that the model finds: places in the story, N for "enough".

        At each hop a tournament (the paper's algorithm 1): one sentence after the other meets the best so far.
        """
        S, there, role = self._checked(params, told)
        B, N, _ = S.shape
        facts, rows = np.full((B, self.hops), N), np.arange(B)
        a = np.zeros((B, self.embedding_size), S.dtype)
        for k in range(self.hops):
            a = a + role @ params.U[k].T
            q = np.tanh(a + params.b[k])
            times = (q @ params.T[1 : k + 1].T)[:, None] @ self._older(facts[:, :k], there)
            own = (S @ (q @ params.V)[..., None])[..., 0] + times[:, 0]
            own = np.concatenate([own, (q @ params.stop)[:, None]], axis=1)
            age, best = q @ params.T[0], facts[:, k].copy()
            for i in range(N):  # i is newer than the best so far, unless that is "enough"
                ahead = own[:, i] - own[rows, best] - np.where(best < N, age, 0)
                best = np.where((ahead > 0) & there[:, i], i, best)
            facts[:, k] = best if k == 0 else np.where(facts[:, k - 1] == N, N, best)
            role = self._facts(S, facts[:, k : k + 1])[0][:, 0]
        return facts

    def forward(self, params: MemNNParams, told: Told, facts: Any) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Compare each fact with its rivals, and answer from the facts.

        Parameters
        ----------
        params : MemNNParams
        told : Told
        facts : (B, K) array of int
            The right ones in training, in use those of ``find``: places in the story, N for "enough".

        Returns
        -------
        scores : (B, K, N + 1) array
            s_k(i, o_k): how well each sentence, and at the end "enough", does against the fact, which has 0.
        logits : (B, words) array
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            A shape does not fit the model, or a fact is none of the story.
        """
        S, there, Q = self._checked(params, told)
        facts = self._given(facts, there)
        M, found = self._facts(S, facts)
        roles = np.concatenate([Q[:, None], M], axis=1)  # (B, K + 1, F)
        embedded = (params.U @ roles[:, :-1, :, None])[..., 0]
        q = np.tanh(np.cumsum(embedded, axis=1) + params.b)  # (B, K, d)
        older = self._older(facts, there)  # (B, K, N): than which fact
        times = q @ params.T.T  # (B, K, K)
        before = np.tril(times[..., 1:], -1)  # of the facts found already
        own = (q @ params.V) @ S.swapaxes(1, 2) + before @ older[:, : self.hops - 1]
        own = np.concatenate([own, (q @ params.stop)[..., None]], axis=-1)
        age = self._age(facts, there, found)
        right = np.take_along_axis(own, facts[..., None], axis=-1)
        scores = own - right + times[..., :1] * age
        hidden = np.tanh((params.P @ roles[..., None])[..., 0].sum(axis=1) + params.c)
        return scores, hidden @ params.W.T, (params, S, facts, roles, q, older, age, hidden)

    def backward(self, dscores: np.ndarray, dlogits: np.ndarray, cache: tuple) -> MemNNParams:
        """Gradients of the parameters; the choice of the facts has none.

        All hops at once, as the facts are known. The right one is compared with all, so it receives from all; what is
        added up for hop k is used by every later hop::

            da_i = dsᵢ − 1[i = o] Σ ds     dv = Σᵢ daᵢ mᵢ     dq = V dv + Tᵀ dtimes + da_stop stop
            da = dq ∘ (1 − q²)      dU_j = Σ_{k ≥ j} da_k roleⱼᵀ
        """
        params, S, facts, roles, q, older, age, hidden = cache
        (B, K, _), name, dtype = q.shape, "MemoryNetwork", S.dtype
        dscores = upstream(name, "dscores", dscores, (B, K, S.shape[1] + 1), dtype)
        dlogits = upstream(name, "dlogits", dlogits, (B, self.words), dtype)
        dsum = dlogits @ params.W * (1 - hidden * hidden)
        dP = np.swapaxes(weight_gradient(dsum, roles.reshape(B, -1)).reshape(len(dsum[0]), K + 1, -1), 0, 1)
        down = dscores.copy()
        at = np.take_along_axis(down, facts[..., None], axis=-1) - dscores.sum(axis=-1, keepdims=True)
        np.put_along_axis(down, facts[..., None], at, axis=-1)
        dtimes = np.zeros((B, K, K), dtype)
        dtimes[..., 0] = (dscores * age).sum(axis=-1)
        dtimes[..., 1:] = np.tril(down[..., :-1] @ older[:, : K - 1].swapaxes(1, 2), -1)
        dv, dstop = down[..., :-1] @ S, down[..., -1:]
        dq = dv @ params.V.T + dtimes @ params.T + dstop * params.stop
        da = dq * (1 - q * q)
        later = np.cumsum(da[:, ::-1], axis=1)[:, ::-1]
        dU = later.transpose(1, 2, 0) @ roles[:, :-1].swapaxes(0, 1)
        return MemNNParams(
            dU,
            weight_gradient(q, dv),
            da.sum(axis=0),
            weight_gradient(dtimes, q),
            (dstop * q).sum(axis=(0, 1)),
            np.ascontiguousarray(dP),
            dsum.sum(axis=0),
            dlogits.T @ hidden,
        )

    def _facts(self, S: np.ndarray, facts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features of the facts (B, k, F), 0 for "enough", and which of them are sentences."""
        found = facts < S.shape[1]
        if not S.shape[1]:
            return np.zeros((*facts.shape, S.shape[2]), S.dtype), found
        picked = np.take_along_axis(S, np.where(found, facts, 0)[..., None], axis=1)
        return np.where(found[..., None], picked, 0), found

    def _older(self, facts: np.ndarray, there: np.ndarray) -> np.ndarray:
        """1 where a sentence is older than a fact, (B, k, N)."""
        N = there.shape[1]
        older = (np.arange(N) < facts[..., None]) & (facts < N)[..., None] & there[:, None]
        return older.astype(np.float32)

    def _age(self, facts: np.ndarray, there: np.ndarray, found: np.ndarray) -> np.ndarray:
        """+1 where a sentence is older than the hop's own fact, −1 where newer, (B, K, N + 1); "enough" has no age."""
        older = np.sign(facts[..., None] - np.arange(there.shape[1] + 1)) * found[..., None]
        older[..., -1] = 0
        return older.astype(np.float32)

    def _given(self, facts: Any, there: np.ndarray) -> np.ndarray:
        B, N = there.shape
        facts = whole_numbers("MemoryNetwork", "facts", facts, 0, N + 1)
        if facts.shape != (B, self.hops):
            raise ValueError(f"MemoryNetwork: facts has shape {facts.shape}, should be {(B, self.hops)}")
        lengths = there.sum(axis=1)
        nowhere = (facts < N) & (facts >= lengths[:, None])
        if nowhere.any():
            b, k = np.argwhere(nowhere)[0]
            raise ValueError(
                f"MemoryNetwork: fact {k + 1} of question {b + 1} is sentence {facts[b, k]} of a story of {lengths[b]}"
            )
        return facts

    def _checked(self, params: MemNNParams, told: Told) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Raise unless story and parameters have the sizes of this model."""
        S, there, Q = check_told("MemoryNetwork", told, self.features)
        F, K, d, h = self.features, self.hops, self.embedding_size, self.hidden_size
        shapes = (K, d, F), (d, F), (K, d), (K, d), (d,), (K + 1, h, F), (h,), (self.words, h)
        for name, array, shape in zip(
            MemNNParams._fields, arrays("MemoryNetwork", LAYOUT, *params), shapes, strict=True
        ):
            if array.shape != shape:
                raise ValueError(f"MemoryNetwork: {name} has shape {array.shape}, should be {shape}")
        return S, there, Q
