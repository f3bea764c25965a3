"""Dynamic memory network (动态记忆网络, DMN) of Kumar et al. 2016 as Xiong et al. 2016 have it, section 8.3.1.

Four modules. Input (输入模块) reads the sentences in both directions, question (问题模块) the question; the episodic
memory (情景记忆) goes through the story T times, each time a little wiser; answer (回答模块) names a word::

    fᵢ = E sᵢ + →GRU(E s)ᵢ + ←GRU(E s)ᵢ             facts: what a sentence says, alone and among the others
    q = E s_q,    m₀ = q
    gₜ = softmax of a score of [fᵢ ∘ q, fᵢ ∘ mₜ₋₁, |fᵢ − q|, |fᵢ − mₜ₋₁|, oᵢ]   gates: where episode t looks
    oᵢ = Σ_{j > i} gₜ₋₁ⱼ − Σ_{j < i} gₜ₋₁ⱼ                                     is fᵢ earlier than what was last read?
    cₜ = attention GRU of the facts with these gates                           what it reads there
    mₜ = ReLU(Mₜ [mₜ₋₁, cₜ, q] + bₜ)                                           what is known now
    logits = A [m_T, q] + a

Departs from the papers: a fact holds its own sentence beside what the GRUs read, and gates know its order to the last
look; the question is embedded like a sentence, where they read it with a GRU, and features hold positions of words; in
Kumar et al. the gates are sigmoids and the update is a GRU.

Stories are packed, one row for each sentence, so that nothing is computed behind the end of a short one; recurrent
parts and gates are kernels, each beside a pair that is its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.attention.attention_gru_kernels import Read, read_packed_backward, read_packed_forward
from nnmem.models.memory_qa.episodic_gates import earlier
from nnmem.models.memory_qa.episodic_gates_kernels import (
    Beside,
    beside_backward,
    beside_forward,
    joined_parts,
    three_parts,
)
from nnmem.models.memory_qa.told import Told, check_told
from nnmem.nn.arguments import upstream
from nnmem.nn.both_directions import BidirectionalParams
from nnmem.nn.both_directions_kernels import BothWays, read_both_ways_backward, read_both_ways_forward
from nnmem.nn.gru import gru_init
from nnmem.nn.linear import LinearParams, bias_gradient, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.options import count
from nnmem.nn.packed import Packed, pack_lengths
from nnmem.nn.softmax import softmax, softmax_gradient


class GateParams(NamedTuple):
    Z: np.ndarray  # (d, 4d + 1)
    b: np.ndarray  # (d,)
    v: np.ndarray  # (d,)


class ReadingParams(NamedTuple):
    """Of the attention GRU: reset gate, then candidate."""

    W_r: np.ndarray  # (d, d)
    U_r: np.ndarray  # (d, d)
    b_r: np.ndarray  # (d,)
    W: np.ndarray  # (d, d)
    U: np.ndarray  # (d, d)
    b: np.ndarray  # (d,)


class DMNParams(NamedTuple):
    """Parameters, module after module; only the update of the memory is another one in every episode."""

    E: np.ndarray  # (d, F) embedding of sentences and questions
    fusion: BidirectionalParams  # two GRUs
    gates: GateParams
    reading: ReadingParams
    M: np.ndarray  # (T, d, 3d)
    b: np.ndarray  # (T, d)
    answer: LinearParams  # (words, 2d)


class Shared(NamedTuple):
    """What the backward needs of what is the same in every episode; rows are those of sentences, packed."""

    S: np.ndarray  # (R, F)
    Q: np.ndarray  # (B, F)
    keep: np.ndarray | None  # (R, d)
    packed: Packed
    F: np.ndarray  # (R, d)
    fused: BothWays
    asked: Beside
    answered: tuple


class Episode(NamedTuple):
    """What the backward needs of an episode."""

    known: Beside
    o: np.ndarray  # (R,)
    hidden: np.ndarray  # (R, d)
    gates: np.ndarray  # (B, N)
    read: Read
    joined: np.ndarray  # (B, 3d)
    m: np.ndarray  # (B, d) the memory after it


@dataclass(frozen=True)
class DMN:
    """Sizes: features F of a sentence, words to answer with, T episodes, d."""

    features: int
    words: int
    episodes: int = 2
    embedding_size: int = 40

    def __post_init__(self) -> None:
        for name in ("features", "words", "episodes", "embedding_size"):
            count("DMN", name, getattr(self, name))

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> DMNParams:
        """Return first parameters: weights Glorot uniform, biases 0; the embedding is normal.

        Its deviation is 0.6 for the first half of the features, counts of words, and 0.1 for the second, their
        positions, which are to matter less at first. What the gates know of order begins with 0.5, so that it
        counts beside contents from the first step on.
        """
        F, d, T = self.features, self.embedding_size, self.episodes
        gru = gru_init(rng, d, d, dtype)  # all but its update gate
        E: np.ndarray = rng.normal(0, 0.2, (d, F)).astype(dtype)
        E[:, : F // 2] *= 3
        E[:, F // 2 :] *= 0.5
        Z = np.concatenate([glorot_uniform(rng, (d, 4 * d), dtype), rng.normal(0, 0.5, (d, 1)).astype(dtype)], axis=1)
        return DMNParams(
            E,
            BidirectionalParams(gru_init(rng, d, d, dtype), gru_init(rng, d, d, dtype)),
            GateParams(Z, np.zeros(d, dtype), glorot_uniform(rng, (1, d), dtype)[0]),
            ReadingParams(*(part[rows] for rows in (slice(d, 2 * d), slice(2 * d, None)) for part in gru)),
            np.stack([glorot_uniform(rng, (d, 3 * d), dtype) for _ in range(T)]),
            np.zeros((T, d), dtype),
            LinearParams(glorot_uniform(rng, (self.words, 2 * d), dtype), np.zeros(self.words, dtype)),
        )

    def forward(
        self, params: DMNParams, told: Told, keep: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Go through the story T times and answer.

        Parameters
        ----------
        params : DMNParams
        told : Told
        keep : (B, N, d) array, optional
            What sentences are multiplied with: dropout (丢弃法), drawn by whoever trains.

        Returns
        -------
        logits : (B, words) array
        scores : (B, T, N) array
            Of the gates; behind a story's end they mean nothing.
        cache : tuple
            Its last entry are the episodes, with their gates (B, N) each.
        """
        S, there, Q = check_told("DMN", told, self.features)
        packed = pack_lengths(np.asarray(told.lengths))
        at = packed.sequence, packed.step
        S, keep = S[at], None if keep is None else keep[at]
        E, reading = params.E, params.reading
        X = S @ E.T if keep is None else S @ E.T * keep
        among, fused = read_both_ways_forward(X, packed, params.fusion)
        F = X + among
        q = m = Q @ E.T
        Z_q, Z_m, Z_o = three_parts(params.gates.Z)
        asked = beside_forward(F, q[packed.sequence])
        of_question = asked.z @ Z_q.T + params.gates.b
        W, U = np.concatenate([reading.W_r, reading.W]), np.concatenate([reading.U_r, reading.U])
        A = F @ W.T + np.concatenate([reading.b_r, reading.b])
        episodes: list[Episode] = []
        scores: np.ndarray = np.zeros((self.episodes, *there.shape), F.dtype)
        gates: np.ndarray = np.zeros(there.shape, F.dtype)
        for t, (M, b) in enumerate(zip(params.M, params.b, strict=True)):
            known = beside_forward(F, m[packed.sequence])
            o = earlier(gates)[at]
            hidden = np.tanh(of_question + known.z @ Z_m.T + o[:, None] * Z_o)
            scores[t][at] = hidden @ params.gates.v
            gates = softmax(scores[t], there)
            c, read = read_packed_forward(A, gates[at], U, packed)
            joined = np.concatenate([m, c, q], axis=-1)
            a = joined @ M.T + b
            m = np.where(a.real <= 0, 0, a)  # NaN is not lost
            episodes.append(Episode(known, o, hidden, gates, read, joined, m))
        logits, answered = linear_forward(np.concatenate([m, q], axis=-1), *params.answer)
        shared = Shared(S, Q, keep, packed, F, fused, asked, answered)
        return logits, np.swapaxes(scores, 0, 1), (params, shared, tuple(episodes))

    def backward(self, dlogits: np.ndarray, dscores: np.ndarray, cache: tuple) -> DMNParams:
        """Gradients of the parameters, from the last episode to the first.

        The facts are scored and read in every episode; the question starts the memory, is scored, joined and answers;
        a memory goes into the next episode's gates and into the next memory, gates into the reading and into the next
        episode's order. Each is one sum::

            dF = Σₜ (gates + reading)      dq = answer + Σₜ (joined + gates) + dm₀      dmₜ₋₁ = joined + gates
            dgₜ = reading + order of t + 1      dX = dF + GRUs

        What is the same in every episode, the question's half of the gates and what the attention GRU is brought by a
        fact, gets the sum over the episodes first, and goes back once.
        """
        params, (S, Q, keep, packed, F, fused, asked, answered), episodes = cache
        d, (B, N), at = self.embedding_size, episodes[0].gates.shape, (packed.sequence, packed.step)
        dscores = upstream("DMN", "dscores", dscores, (B, self.episodes, N), F.dtype)
        rows = (np.arange(B)[:, None] == packed.sequence).astype(F.dtype)  # rows @ x adds the rows of each story
        (Z_q, Z_m, Z_o), reading, v = three_parts(params.gates.Z), params.reading, params.gates.v
        dlast, *danswer = linear_backward(dlogits, answered)
        dm, dq = dlast[:, :d], dlast[:, d:]
        dF, dof_question, dA = np.zeros_like(F), np.zeros((len(F), d), F.dtype), np.zeros((len(F), 2 * d), F.dtype)
        dU, dZ_m, dZ_o, dv = np.zeros((2 * d, d), F.dtype), np.zeros_like(Z_m), np.zeros_like(Z_o), np.zeros_like(v)
        dM, db, dg, do = np.empty_like(params.M), np.empty_like(params.b), *np.zeros((2, B, N), F.dtype)
        for t in reversed(range(self.episodes)):
            known, o, hidden, gates, read, joined, m = episodes[t]
            da = np.where(m > 0, dm, 0)
            dM[t], db[t] = da.T @ joined, da.sum(axis=0)
            dm, dc, dq_joined = np.split(da @ params.M[t], 3, axis=-1)
            dA_read, dg[at], dU_read = read_packed_backward(dc, read)
            ds = (softmax_gradient(dg - earlier(do), gates) + dscores[:, t])[at]
            dhidden = ds[:, None] * v * (1 - hidden * hidden)
            dF_known, dm_known = beside_backward(dhidden @ Z_m, F, known)
            dF, dA, dU = dF + dF_known, dA + dA_read, dU + dU_read
            dof_question, dZ_m, dv = dof_question + dhidden, dZ_m + dhidden.T @ known.z, dv + ds @ hidden
            do[at], dZ_o = dhidden @ Z_o, dZ_o + o @ dhidden
            dm, dq = dm + rows @ dm_known, dq + dq_joined
        dF_asked, dq_asked = beside_backward(dof_question @ Z_q, F, asked)
        dF += dF_asked + dA @ np.concatenate([reading.W_r, reading.W])
        dq = dq + rows @ dq_asked + dm
        dX, dfusion = read_both_ways_backward(dF, fused)
        dX = (dX + dF) if keep is None else (dX + dF) * keep
        dW, db_read = dA.T @ F, bias_gradient(dA)
        return DMNParams(
            dX.T @ S + dq.T @ Q,
            dfusion,
            GateParams(joined_parts(dof_question.T @ asked.z, dZ_m, dZ_o), bias_gradient(dof_question), dv),
            ReadingParams(dW[:d], dU[:d], db_read[:d], dW[d:], dU[d:], db_read[d:]),
            dM,
            db,
            LinearParams(*danswer),
        )
