"""Dynamic memory network (动态记忆网络, DMN) of Kumar et al. 2016 as Xiong et al. 2016 have it, section 8.3.1.

Four modules. Input (输入模块) reads the sentences in both directions, question (问题模块) the question; the episodic
memory (情景记忆) goes through the story T times, each time a little wiser; answer (回答模块) names a word::

    fᵢ = →GRU(E s)ᵢ + ←GRU(E s)ᵢ                    facts: what a sentence says among the others
    q = E s_q,    m₀ = q
    gₜ = softmax of a score of [fᵢ ∘ q, fᵢ ∘ mₜ₋₁, |fᵢ − q|, |fᵢ − mₜ₋₁|]       gates: where episode t looks
    cₜ = attention GRU of the facts with these gates                           what it reads there
    mₜ = ReLU(Mₜ [mₜ₋₁, cₜ, q] + bₜ)                                           what is known now
    logits = A [m_T, q] + a

Departs from the papers: the question is embedded like a sentence, where they read it with a GRU, and features hold
positions of words; in Kumar et al. the gates are sigmoids and the update is a GRU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.attention.attention_gru import attention_gru_backward, attention_gru_forward
from nnmem.models.memory_qa.episodic_gates import episodic_gates_backward, episodic_gates_forward
from nnmem.models.memory_qa.told import Told, check_told
from nnmem.nn.arguments import upstream
from nnmem.nn.both_directions import BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.gru import gru_init
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward, project, weight_gradient
from nnmem.nn.options import count
from nnmem.nn.softmax import softmax, softmax_gradient
from nnmem.nn.tree import tree_map, zeros_like


class GateParams(NamedTuple):
    Z: np.ndarray  # (d, 4d)
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


class Episode(NamedTuple):
    """What the backward needs of an episode."""

    scored: tuple
    gates: np.ndarray  # (B, N)
    read: tuple
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
        positions, which are to matter less at first.
        """
        F, d, T = self.features, self.embedding_size, self.episodes
        gru = gru_init(rng, d, d, dtype)  # all but its update gate
        E: np.ndarray = rng.normal(0, 0.2, (d, F)).astype(dtype)
        E[:, : F // 2] *= 3
        E[:, F // 2 :] *= 0.5
        return DMNParams(
            E,
            BidirectionalParams(gru_init(rng, d, d, dtype), gru_init(rng, d, d, dtype)),
            GateParams(
                glorot_uniform(rng, (d, 4 * d), dtype), np.zeros(d, dtype), glorot_uniform(rng, (1, d), dtype)[0]
            ),
            ReadingParams(*(part[rows].copy() for rows in (slice(d, 2 * d), slice(2 * d, None)) for part in gru)),
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
        E, d = params.E, self.embedding_size
        X = project(S, E) if keep is None else project(S, E) * keep
        H, fused = bidirectional_forward(
            np.ascontiguousarray(X.swapaxes(0, 1)), params.fusion, np.maximum(told.lengths, 1)
        )
        F = np.ascontiguousarray((H[..., :d] + H[..., d:]).swapaxes(0, 1))
        q = m = Q @ E.T
        episodes, scores = [], []
        for M, b in zip(params.M, params.b, strict=True):
            s, scored = episodic_gates_forward(F, q, m, *params.gates)
            gates = softmax(s, there)
            c, read = attention_gru_forward(F, gates, *params.reading)
            joined = np.concatenate([m, c, q], axis=-1)
            a = joined @ M.T + b
            m = np.where(a.real > 0, a, 0)
            episodes.append(Episode(scored, gates, read, joined, m))
            scores.append(s)
        logits, answered = linear_forward(np.concatenate([m, q], axis=-1), *params.answer)
        return logits, np.stack(scores, axis=1), (params, S, Q, keep, fused, answered, tuple(episodes))

    def backward(self, dlogits: np.ndarray, dscores: np.ndarray, cache: tuple) -> DMNParams:
        """Gradients of the parameters, from the last episode to the first.

        The facts are scored and read in every episode; the question starts the memory, is scored, joined and answers;
        a memory goes into the next episode's gates and into the next memory. Each is one sum::

            dF = Σₜ (gates + reading)      dq = answer + Σₜ (joined + gates) + dm₀      dmₜ₋₁ = joined + gates
        """
        params, S, Q, keep, fused, answered, episodes = cache
        (B, N, _), d, T = S.shape, self.embedding_size, self.episodes
        dscores = upstream("DMN", "dscores", dscores, (B, T, N), S.dtype)
        dlast, *danswer = linear_backward(dlogits, answered)
        dm, dq = dlast[:, :d], dlast[:, d:]
        dF = np.zeros((B, N, d), dlast.dtype)
        dgates, dreading = zeros_like(params.gates), zeros_like(params.reading)
        dM, db = np.empty_like(params.M), np.empty_like(params.b)
        for t in reversed(range(T)):
            episode = episodes[t]
            da = np.where(episode.m > 0, dm, 0)
            dM[t], db[t] = da.T @ episode.joined, da.sum(axis=0)
            dm, dc, dq_joined = np.split(da @ params.M[t], 3, axis=-1)
            dF_read, dg, *of_reading = attention_gru_backward(dc, episode.read)
            ds = softmax_gradient(dg, episode.gates) + dscores[:, t]
            dF_scored, dq_scored, dm_scored, *of_gates = episodic_gates_backward(ds, episode.scored)
            dF += dF_read + dF_scored
            dq = dq + dq_joined + dq_scored
            dm = dm + dm_scored
            dreading = tree_map(np.add, dreading, ReadingParams(*of_reading))
            dgates = tree_map(np.add, dgates, GateParams(*of_gates))
        dq = dq + dm
        dH = dF.swapaxes(0, 1)
        dX, dfusion = bidirectional_backward(np.concatenate([dH, dH], axis=-1), fused)
        dX = dX.swapaxes(0, 1) if keep is None else dX.swapaxes(0, 1) * keep
        dE = weight_gradient(np.ascontiguousarray(dX), S) + dq.T @ Q
        return DMNParams(dE, dfusion, dgates, dreading, dM, db, LinearParams(*danswer))
