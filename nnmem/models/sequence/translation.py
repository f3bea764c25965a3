"""From a trained translator's source to words: greedily or with a beam, and where it looked."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.models.sequence.alignment import look, no_looks
from nnmem.models.sequence.translator import Translator, TranslatorParams
from nnmem.nn.decoding import Decoded, decode_steps
from nnmem.nn.gru import gru_step_forward
from nnmem.nn.linear import linear_forward, project
from nnmem.nn.maxout import maxout_forward
from nnmem.nn.options import count, whole_numbers
from nnmem.nn.softmax import log_softmax


def translate(
    model: Translator,
    params: TranslatorParams,
    source: Any,
    lengths: Any = None,
    limit: int = 40,
    beam: int = 1,
    targets: Any = None,
) -> Decoded:
    """Write word after word until the end symbol.

    Parameters
    ----------
    model : Translator
    params : TranslatorParams
    source : (B, N) array of int
    lengths : (B,) array of int, optional
        How many of the N symbols are real; all if not given.
    limit : int
        The most words that are written.
    beam : int
        How many unfinished sentences are kept: 1 is greedy.
    targets : (B, m) array of int, optional
        Words to be read in place of its own (teacher forcing), for their log-likelihood and alignment.

    Returns
    -------
    Decoded
        ``seen`` is the alignment, (B, m, N).

    Raises
    ------
    ValueError, TypeError
        A symbol, a length or a shape does not fit, the limit is below 0, or the beam below 1.
    """
    H, mask, s, _ = model.encode(params, source, lengths)
    B = len(H)
    keys = project(H, params.alignment.U)
    W, U, b = params.decoder

    def step(s: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        kept = s.shape[1]
        rows = np.repeat(np.arange(B), kept)
        s = s.reshape(B * kept, -1)
        y = params.target[np.maximum(chosen, 0).ravel()]
        looks = no_looks(1, keys[rows], H[rows])
        c = look(0, s, keys[rows], H[rows], mask[rows], params.alignment, looks)
        features, _ = linear_forward(np.concatenate([s, y, c], axis=-1), *params.readout)
        logits, _ = linear_forward(maxout_forward(features)[0], *params.output)
        log_p = log_softmax(logits)
        s, _ = gru_step_forward(np.concatenate([y, c], axis=-1) @ W.T + b, s, U)
        shape = (B, kept, -1)
        return log_p.reshape(shape), s.reshape(shape), looks.alpha[0].reshape(shape)

    limit = count("translate", "limit", limit, least=0)
    if targets is not None:
        targets = whole_numbers("translate", "targets", targets, -1, model.target_symbols)
        if targets.ndim != 2 or len(targets) != B:
            raise ValueError(f"translate: targets has shape {targets.shape}, should be (B, m) = ({B}, m)")
    return decode_steps(step, s[:, None], np.full(B, limit), end=0, beam=beam, targets=targets)
