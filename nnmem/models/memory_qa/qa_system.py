"""A question-answering system with a memory: an encoder, two memories, reading and writing by attention, a decoder.

::

    xₜ = encoder(sentence t)        q = encoder(question)
    hₜ = LSTM(xₜ, hₜ₋₁)                                  the internal memory, fact after fact
    q′ = FactMemory([xₜ; hₜ], q)                         the external memory: written, then read in hops
    s₀ = tanh(W_s q′ + b_s)     sᵢ = LSTM([Y[yᵢ₋₁]; q′], sᵢ₋₁)     p(yᵢ) = softmax(W_y sᵢ + b_y)

An answer is a list of words and the end symbol 0, which stands before the first word too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.memory_qa.fact_memory import FactMemory, FactMemoryParams
from nnmem.models.memory_qa.sentence_encoder import WordBag, WordsInContext
from nnmem.nn.decoding import Decoded, decode_steps
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.lstm import LSTMParams, LSTMState, lstm_backward, lstm_forward, lstm_init, lstm_step_forward
from nnmem.nn.options import one_of, whole_numbers
from nnmem.nn.softmax import log_softmax
from nnmem.nn.tree import zeros_like

ENCODERS = {"bag": WordBag, "bert": WordsInContext}


class FactsAndQuestions(NamedTuple):
    """What is read. Sentences are listed once; facts and questions are their numbers."""

    sentences: np.ndarray  # (M, L) words, −1 behind the last
    facts: np.ndarray  # (B, T) sentences in the order in which they were told
    lengths: np.ndarray  # (B,) how many facts are told, 0 to T
    questions: np.ndarray  # (B,) sentences


class QAParams(NamedTuple):
    encoder: Any  # (V, d) of a bag, or BertParams
    internal: LSTMParams
    memory: FactMemoryParams
    answer: np.ndarray  # (K, d) Y, words of answers
    start: LinearParams  # W_s (d, d)
    decoder: LSTMParams
    output: LinearParams  # W_y (K, d)


@dataclass(frozen=True)
class QASystem:
    """Sizes.

    Parameters
    ----------
    vocabulary_size, answer_words : int
        V and K; the answer's word 0 ends it.
    longest_sentence, longest_story : int
        In words, and in facts.
    slots : int
        Of the external memory; 0: it grows, a slot for each fact.
    hops, num_heads, size : int
    encoder : {"bag", "bert"}
    external, internal, uniform : bool
        For comparison: without the external memory (then the last hₜ is what is read), without the internal one (then
        e is x alone), written to all slots alike.
    """

    vocabulary_size: int
    answer_words: int
    longest_sentence: int
    longest_story: int
    slots: int = 8
    hops: int = 1
    num_heads: int = 4
    size: int = 32
    encoder: str = "bag"
    external: bool = True
    internal: bool = True
    uniform: bool = False

    def __post_init__(self) -> None:
        one_of("QASystem", "encoder", self.encoder, ENCODERS)
        if not (self.external or self.internal):
            raise ValueError("QASystem: external and internal are both False, should be a memory of one kind at least")

    @property
    def reader(self) -> Any:
        """The encoder of sentences."""
        return ENCODERS[self.encoder](self.vocabulary_size, self.size, self.longest_sentence)

    @property
    def memory(self) -> FactMemory:
        hops = self.hops if self.external else 0
        return FactMemory(self.size, self.longest_story, self.slots, hops, self.num_heads, self.uniform)

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> QAParams:
        """Return first parameters."""
        d, K = self.size, self.answer_words
        return QAParams(
            self.reader.init(rng, dtype),
            lstm_init(rng, d, d, dtype=dtype),
            self.memory.init(rng, 2 * d if self.internal else d, dtype),
            rng.normal(0, 0.5, (K, d)).astype(dtype),
            LinearParams(glorot_uniform(rng, (d, d), dtype), np.zeros(d, dtype)),
            lstm_init(rng, 2 * d, d, dtype=dtype),
            LinearParams(glorot_uniform(rng, (K, d), dtype), np.zeros(K, dtype)),
        )

    def read(
        self, params: QAParams, told: FactsAndQuestions, keep: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Encode, write, read: everything before the first word of the answer.

        Parameters
        ----------
        params : QAParams
        told : FactsAndQuestions
        keep : (B, T, d) array, optional
            Factors on the facts' vectors: dropout.

        Returns
        -------
        q : (B, d) array
        traces : (B, hops, T) array
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            A story is longer than the memory, or a number is out of range.
        """
        T = np.shape(told.facts)[1]
        if self.longest_story < T:
            raise ValueError(f"QASystem: a story has {T} facts, should have at most {self.longest_story}")
        sentences = whole_numbers("QASystem", "sentences", told.sentences, -1, self.vocabulary_size)
        facts = whole_numbers("QASystem", "facts", told.facts, 0, len(sentences))
        lengths = whole_numbers("QASystem", "lengths", told.lengths, 0, T + 1)
        vectors, encoded = self.reader.forward(params.encoder, sentences)
        X, placed = embedding_forward(vectors, facts.T)
        q, asked = embedding_forward(vectors, told.questions)
        if keep is not None:
            keep = np.swapaxes(keep, 0, 1)
            X = X * keep
        last, lstm = None, None
        E = X
        if self.internal:
            H = X  # as empty, where there is no fact
            if T:
                H, last, lstm = lstm_forward(X, None, params.internal, np.maximum(lengths, 1))
            E = np.concatenate([X, H], axis=-1)
        if not self.external and last is not None:
            q = q + last.h * (lengths > 0)[:, None]
        q, traces, stored = self.memory.forward(params.memory, np.ascontiguousarray(np.swapaxes(E, 0, 1)), lengths, q)
        return q, traces, (encoded, placed, asked, keep, lengths, lstm, stored)

    def read_backward(self, dq: np.ndarray, dtraces: np.ndarray, cache: tuple, params: QAParams) -> tuple[Any, ...]:
        """Gradients of the encoder, the internal and the external memory; a sentence's vector has many uses."""
        encoded, placed, asked, keep, lengths, lstm, stored = cache
        dmemory, dE, dquestion = self.memory.backward(dq, dtraces, stored)
        dE = np.swapaxes(dE, 0, 1)
        d, dinternal = self.size, zeros_like(params.internal)
        dX = dE[..., :d]
        if lstm is not None:
            read = dquestion * (lengths > 0)[:, None] if not self.external else np.zeros_like(dquestion)
            dX, _, dinternal = lstm_backward(dE[..., d:], LSTMState(read, np.zeros_like(read)), lstm)
            dX += dE[..., :d]
        if keep is not None:
            dX = dX * keep
        dvectors = embedding_backward(dX, placed) + embedding_backward(dquestion, asked)
        return self.reader.backward(dvectors, encoded), dinternal, dmemory

    def forward(
        self, params: QAParams, told: FactsAndQuestions, targets: Any, keep: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, tuple]:
        """Return the logits of each word of the answers when the words before it are right (teacher forcing).

        Parameters
        ----------
        params : QAParams
        told : FactsAndQuestions
        targets : (B, m) array of int
            The right words, padded with anything.
        keep : (B, T, d) array, optional
            Dropout.

        Returns
        -------
        logits : (B, m, K) array
        traces : (B, hops, T) array
            For each hop how much of what was read each fact had written.
        cache : tuple
        """
        q, traces, reading = self.read(params, told, keep)
        targets = whole_numbers("QASystem", "targets", targets, 0, self.answer_words)
        before = np.concatenate([np.zeros_like(targets[:, :1]), targets], axis=1)[:, : targets.shape[1]]
        Y, looked_up = embedding_forward(params.answer, before.T)
        start, linear = linear_forward(q, *params.start)
        s = np.tanh(start)
        inputs = np.concatenate([Y, np.broadcast_to(q, Y.shape)], axis=-1)
        H, _, lstm = lstm_forward(inputs, LSTMState(s, np.zeros_like(s)), params.decoder)
        logits, output = linear_forward(H, *params.output)
        return np.swapaxes(logits, 0, 1), traces, (params, reading, looked_up, linear, s, lstm, output)

    def backward(self, dlogits: np.ndarray, dtraces: np.ndarray, cache: tuple) -> QAParams:
        """Gradients of the parameters: the decoder upside down, where q went into every step and the start."""
        params, reading, looked_up, linear, s, lstm, output = cache
        dH, *doutput = linear_backward(np.ascontiguousarray(np.swapaxes(dlogits, 0, 1)), output)
        nothing = np.zeros_like(s)
        dinputs, dstate, ddecoder = lstm_backward(dH, LSTMState(nothing, nothing), lstm)
        dq, *dstart = linear_backward(dstate.h * (1 - s * s), linear)
        dq = dq + dinputs[..., self.size :].sum(axis=0)
        danswer = embedding_backward(dinputs[..., : self.size], looked_up)
        dencoder, dinternal, dmemory = self.read_backward(dq, dtraces, reading, params)
        return QAParams(dencoder, dinternal, dmemory, danswer, LinearParams(*dstart), ddecoder, LinearParams(*doutput))

    def shares(self, params: QAParams, told: FactsAndQuestions) -> np.ndarray | None:
        """Return what is left of each fact in each slot (B, heads, T, N), None where each has a slot of its own."""
        _, _, cache = self.read(params, told)
        return cache[-1].shares

    def answer(
        self, params: QAParams, told: FactsAndQuestions, limit: int = 8, beam: int = 1
    ) -> tuple[Decoded, np.ndarray]:
        """Write answers word after word; return them, and where each hop looked (B, hops, T)."""
        q, traces, _ = self.read(params, told)
        s = np.tanh(linear_forward(q, *params.start)[0])

        def step(state: tuple, read: np.ndarray) -> tuple[np.ndarray, tuple, np.ndarray]:
            question, h, c = state
            Y = params.answer[np.maximum(read, 0)]
            new, _ = lstm_step_forward(np.concatenate([Y, question], axis=-1), LSTMState(h, c), params.decoder)
            logits, _ = linear_forward(new.h, *params.output)
            return log_softmax(logits), (question, *new), np.zeros(read.shape)

        state = (q[:, None], s[:, None], np.zeros_like(s)[:, None])
        return decode_steps(step, state, np.full(len(q), limit), end=0, beam=beam), traces
