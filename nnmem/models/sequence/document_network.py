"""A network that reads documents (层次注意力网络), Yang et al. 2016: attention over words, then over sentences.

::

    h = BiGRU(words of a sentence),      a sentence = Σ α h,    α = context attention over words
    g = BiGRU(sentences),                the document = Σ β g,  β = context attention over sentences
    logits = W document + b

That is the paper's form, values "states". A state knows its neighbours, so what is read at one word may come from
another. With values "embeddings", states decide where to look, and what is seen there is the words themselves::

    a sentence = (Σ α h, Σ α e):  the first is read by the next BiGRU,  the document = Σ β Σ α e
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.context import context_attention_backward, context_attention_forward
from nnmem.attention.distribution import weighted_sum_backward, weighted_sum_forward
from nnmem.nn.both_directions import BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.gru import gru_init
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.options import whole_numbers


class ContextParams(NamedTuple):
    """Parameters of context attention."""

    W: np.ndarray  # (h, d)
    b: np.ndarray  # (h,)
    u: np.ndarray  # (h,)


class DocumentParams(NamedTuple):
    embedding: np.ndarray  # (vocabulary, e)
    words: BidirectionalParams
    word: ContextParams
    sentences: BidirectionalParams
    sentence: ContextParams
    output: LinearParams


@dataclass(frozen=True)
class DocumentNetwork:
    """Sizes; ``values`` is "states" or "embeddings", what attention sees where it looks."""

    vocabulary: int
    classes: int
    embedding_size: int = 16
    hidden_size: int = 16
    values: str = "states"

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> DocumentParams:
        """Return first parameters; u is 0, so that all weights are even at first."""
        e, h = self.embedding_size, self.hidden_size
        seen = 2 * h if self.values == "states" else e

        def context() -> ContextParams:
            return ContextParams(
                glorot_uniform(rng, (2 * h, 2 * h), dtype), np.zeros(2 * h, dtype), np.zeros(2 * h, dtype)
            )

        return DocumentParams(
            rng.normal(size=(self.vocabulary, e)).astype(dtype),
            BidirectionalParams(gru_init(rng, e, h, dtype), gru_init(rng, e, h, dtype)),
            context(),
            BidirectionalParams(gru_init(rng, 2 * h, h, dtype), gru_init(rng, 2 * h, h, dtype)),
            context(),
            LinearParams(glorot_uniform(rng, (self.classes, seen), dtype), np.zeros(self.classes, dtype)),
        )

    def forward(self, params: DocumentParams, words: Any, lengths: Any = None) -> tuple[np.ndarray, tuple]:
        """Return the logits of every class.

        Parameters
        ----------
        params : DocumentParams
        words : (B, S, N) array of int
            Documents of S sentences of N words.
        lengths : (B, S) array of int, optional
            How many of the N words are real, 1 to N; all if not given.

        Returns
        -------
        logits : (B, classes) array
        cache : tuple
            Its last two entries are where it looks: words (B, S, N) and sentences (B, S).

        Raises
        ------
        ValueError, TypeError
            There is no word or no sentence, a word or a length is out of range, or the lengths are not those of words.
        """
        words = whole_numbers("DocumentNetwork", "words", words, 0, self.vocabulary)
        if words.ndim != 3 or 0 in words.shape:
            raise ValueError(f"DocumentNetwork: words has shape {words.shape}, should be (B, S, N), each at least 1")
        B, S, N = words.shape
        ends = np.full((B, S), N) if lengths is None else np.asarray(lengths)
        if ends.shape != (B, S):
            raise ValueError(f"DocumentNetwork: lengths has shape {ends.shape}, should be (B, S) = {(B, S)}")
        E, embedded = embedding_forward(params.embedding, words.reshape(B * S, N))
        H, in_words = bidirectional_forward(E.swapaxes(0, 1), params.words, ends.ravel())
        H = np.ascontiguousarray(H.swapaxes(0, 1))
        mask = np.arange(N) < ends.reshape(B * S, 1)
        sentences, alpha, at_words = context_attention_forward(H, *params.word, mask=mask)
        seen, of_words = weighted_sum_forward(alpha, E) if self.values == "embeddings" else (sentences, None)
        G, in_sentences = bidirectional_forward(sentences.reshape(B, S, -1).swapaxes(0, 1), params.sentences)
        G = np.ascontiguousarray(G.swapaxes(0, 1))
        document, beta, at_sentences = context_attention_forward(G, *params.sentence)
        of_sentences = None
        if self.values == "embeddings":
            document, of_sentences = weighted_sum_forward(beta, seen.reshape(B, S, -1))
        logits, output = linear_forward(document, *params.output)
        caches = embedded, in_words, at_words, of_words, in_sentences, at_sentences, of_sentences, output
        return logits, (*caches, alpha.reshape(B, S, N), beta)

    def backward(self, dlogits: np.ndarray, cache: tuple) -> DocumentParams:
        """Gradients of the parameters, from the document down to the words.

        With values "embeddings" nothing comes back through the states' own averages at the top, all of it through the
        weights; a word receives from the states that read it and from the average that it is in.
        """
        embedded, in_words, at_words, of_words, in_sentences, at_sentences, of_sentences, output, alpha, _ = cache
        (B, S, _), h = alpha.shape, self.hidden_size
        ddocument, *doutput = linear_backward(dlogits, output)
        dbeta = dseen = None
        if of_sentences is not None:
            dbeta, dseen = weighted_sum_backward(ddocument, of_sentences)
            ddocument = np.zeros((B, 2 * h), dlogits.dtype)
        dG, *dsentence = context_attention_backward(ddocument, at_sentences, dbeta)
        dsentences, din_sentences = bidirectional_backward(np.ascontiguousarray(dG.swapaxes(0, 1)), in_sentences)
        dsentences = dsentences.swapaxes(0, 1).reshape(B * S, 2 * h)
        dalpha = dE = None
        if of_words is not None and dseen is not None:
            dalpha, dE = weighted_sum_backward(dseen.reshape(B * S, -1), of_words)
        dH, *dword = context_attention_backward(dsentences, at_words, dalpha)
        dX, din_words = bidirectional_backward(np.ascontiguousarray(dH.swapaxes(0, 1)), in_words)
        dX = dX.swapaxes(0, 1) if dE is None else dX.swapaxes(0, 1) + dE
        return DocumentParams(
            embedding_backward(np.ascontiguousarray(dX), embedded),
            din_words,
            ContextParams(*dword),
            din_sentences,
            ContextParams(*dsentence),
            LinearParams(*doutput),
        )
