"""An encoder of BERT's architecture (Devlin et al. 2018): from word numbers to a vector for every word in its sentence.

::

    X₀ = LN(E[word] + P[position] + S[segment])        X₁ = layer(X₀), X₂ = layer(X₁), …

Left out: what BERT's published form has behind the last layer, the pooler and the heads of its training, and dropout.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.memory_qa.encoder_layers import (
    EncoderLayerParams,
    encoder_layer_backward,
    encoder_layer_forward,
    encoder_layer_init,
)
from nnmem.nn.arguments import attendable, upstream
from nnmem.nn.embedding import embedding_backward
from nnmem.nn.layer_norm import LayerNormParams, layer_norm_backward, layer_norm_forward, layer_norm_init
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import count, whole_numbers


class BertParams(NamedTuple):
    words: np.ndarray  # (V, d) E
    positions: np.ndarray  # (L, d) P
    segments: np.ndarray  # (S, d) S
    norm: LayerNormParams
    layers: tuple[EncoderLayerParams, ...]


@dataclass(frozen=True)
class BertEncoder:
    """Sizes; the defaults are those of BERT's base form.

    Parameters
    ----------
    vocabulary_size : int
        V.
    embedding_size : int
        d.
    num_layers, num_heads : int
        The heads of a layer share d out among them.
    wide_size : int
        m, between a layer's two linear maps.
    longest : int
        The most words of a sequence.
    num_segments : int
    eps : float
        Of the norms.
    """

    vocabulary_size: int = 30522
    embedding_size: int = 768
    num_layers: int = 12
    num_heads: int = 12
    wide_size: int = 3072
    longest: int = 512
    num_segments: int = 2
    eps: float = 1e-12

    def __post_init__(self) -> None:
        sizes = ("vocabulary_size", "embedding_size", "num_layers", "num_heads", "wide_size", "longest", "num_segments")
        for name in sizes:
            count("BertEncoder", name, getattr(self, name))
        if self.embedding_size % self.num_heads:
            raise ValueError(f"BertEncoder: num_heads is {self.num_heads}, should divide {self.embedding_size}")

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> BertParams:
        """Return first parameters: normal with standard deviation 0.02, biases 0, gains 1."""
        d = self.embedding_size

        def table(rows: int) -> np.ndarray:
            return rng.normal(0, 0.02, (rows, d)).astype(dtype)

        return BertParams(
            table(self.vocabulary_size),
            table(self.longest),
            table(self.num_segments),
            layer_norm_init(d, dtype),
            tuple(encoder_layer_init(rng, d, self.wide_size, dtype) for _ in range(self.num_layers)),
        )

    def forward(
        self, params: BertParams, words: Any, segments: Any = None, mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...], tuple]:
        """Encode sequences.

        Parameters
        ----------
        params : BertParams
        words : (..., L) array of int
        segments : (..., L) array of int, optional
            Which part of the text a word belongs to; 0 if not given.
        mask : (..., L) bool array, optional
            True where there is a word. What stands elsewhere is looked at by none; its own vector means nothing.

        Returns
        -------
        X : (..., L, d) array
        alphas : tuple of (..., num_heads, L, L) arrays
            Where each layer looked.
        cache : tuple

        Raises
        ------
        ValueError, TypeError
            A word, a segment or the length is out of range, or a shape does not fit.
        """
        words = whole_numbers("BertEncoder", "words", words, 0, self.vocabulary_size)
        if not words.ndim or not 0 < words.shape[-1] <= self.longest:
            raise ValueError(f"BertEncoder: words has shape {words.shape}, should be (..., L), L 1 to {self.longest}")
        if segments is None:
            segments = np.zeros(words.shape[-1:], int)  # the same for all
        else:
            segments = whole_numbers("BertEncoder", "segments", segments, 0, self.num_segments)
            if segments.shape != words.shape:
                raise ValueError(f"BertEncoder: segments has shape {segments.shape}, should be {words.shape}")
        mask = attendable("BertEncoder", mask, words.shape)
        mask = None if mask is None or mask.all() else mask
        E = params.words[words] + (params.positions[: words.shape[-1]] + params.segments[segments])
        X, norm = layer_norm_forward(E, *params.norm, eps=self.eps)
        alphas, layers = [], []
        for layer in params.layers:
            X, alpha, cache = encoder_layer_forward(X, layer, self.num_heads, mask, self.eps)
            alphas.append(alpha)
            layers.append(cache)
        return X, tuple(alphas), (words, segments, norm, layers, params, X.shape)

    def backward(self, dX: np.ndarray, cache: tuple) -> BertParams:
        """Gradients of the parameters: the layers from the last to the first, then the three tables.

        Word, position and segment are added, so each table gets the same gradient, in its own rows; a position is
        shared by all sequences. PyTorch gives the word that stands for padding no gradient, here it is one like others.
        """
        words, segments, norm, layers, params, shape = cache
        dX = upstream("BertEncoder", "dX", dX, shape, params.words.dtype)
        dlayers = []
        for layer in reversed(layers):
            dX, dlayer = encoder_layer_backward(dX, layer)
            dlayers.append(dlayer)
        dE, *dnorm = layer_norm_backward(dX, norm)
        dpositions, of_segments = (
            np.zeros_like(params.positions),
            np.eye(len(params.segments), dtype=dE.dtype)[segments],
        )
        dpositions[: shape[-2]] = of_places = dE.reshape(-1, *shape[-2:]).sum(axis=0)
        return BertParams(
            embedding_backward(dE, (words, params.words)),
            dpositions,
            weight_gradient(of_segments, dE if of_segments.ndim == dE.ndim else of_places),
            LayerNormParams(*dnorm),
            tuple(reversed(dlayers)),
        )
