"""From a picture's feature vectors to words, softly or hard, and where each word looked."""

from __future__ import annotations

import numpy as np

from nnmem.attention.hard import hard_attention_forward, sampled_attention_forward
from nnmem.models.sequence.alignment import look, no_looks
from nnmem.models.vision.captioner import Captioner, CaptionerParams
from nnmem.nn.arguments import arrays
from nnmem.nn.decoding import Decoded, decode_steps
from nnmem.nn.linear import linear_forward, project
from nnmem.nn.losses import sigmoid
from nnmem.nn.lstm_cell import lstm_cell_forward
from nnmem.nn.options import count, generator, one_of
from nnmem.nn.softmax import log_softmax

ATTENTION = ("soft", "argmax", "sampled")


def write_captions(
    model: Captioner,
    params: CaptionerParams,
    X: np.ndarray,
    limit: int,
    attention: str = "soft",
    rng: np.random.Generator | None = None,
    beam: int = 1,
) -> Decoded:
    """Write word after word until the full stop.

    Parameters
    ----------
    model : Captioner
    params : CaptionerParams
    X : (B, N, d) array
    limit : int
        The most words that are written.
    attention : {"soft", "argmax", "sampled"}
        The average of all vectors, the one of largest weight, or one drawn.
    rng : numpy.random.Generator, optional
        Where vectors are drawn.
    beam : int
        How many unfinished captions are kept: 1 is greedy.

    Returns
    -------
    Decoded
        ``indices`` hold the words, the full stop left out; ``seen`` are the weights, (B, words, N).

    Raises
    ------
    ValueError, TypeError
        An option is unknown, or X does not fit.
    """
    (X,) = arrays("write_captions", "X (B, N, d)", X)
    model.check("write_captions", X)
    limit = count("write_captions", "limit", limit)
    one_of("write_captions", "attention", attention, ATTENTION)
    if attention == "sampled":
        rng = generator("write_captions", rng)
    keys = project(X, params.alignment.U)
    W_x, W_h, b = params.lstm
    h, c, _ = model.start(params, X)
    B = len(X)

    def step(state: tuple, read: np.ndarray) -> tuple[np.ndarray, tuple, np.ndarray]:
        B, kept = read.shape
        rows = np.repeat(np.arange(B), kept)
        h, c = (part.reshape(B * kept, -1) for part in state)
        y = params.words[np.maximum(read, 0).ravel()]
        looks = no_looks(1, keys[rows], X[rows])
        context = look(0, h, keys[rows], X[rows], None, params.alignment, looks)
        if attention == "argmax":
            context, _ = hard_attention_forward(X[rows], looks.alpha[0])
        elif rng is not None and attention == "sampled":
            context, _, _ = sampled_attention_forward(X[rows], looks.alpha[0], rng)
        z = sigmoid(h @ params.gate.W.T + params.gate.b) * context
        h, c, _ = lstm_cell_forward(np.concatenate([y, z], axis=-1) @ W_x.T + h @ W_h.T + b, c)
        log_p = log_softmax(linear_forward(np.concatenate([h, y, z], axis=-1), *params.output)[0])
        shape = (B, kept, -1)
        return log_p.reshape(shape), (h.reshape(shape), c.reshape(shape)), looks.alpha[0].reshape(shape)

    return decode_steps(step, (h[:, None], c[:, None]), np.full(B, limit), end=0, beam=beam)
