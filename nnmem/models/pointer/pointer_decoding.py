"""Decoding of a pointer network (解码): which indices are most probable, found greedily or with a beam (束搜索)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.query_kernels import additive_score_matrix_forward
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.nn.lstm import LSTMState, lstm_step_forward
from nnmem.nn.options import count
from nnmem.nn.softmax import log_softmax


class Decoded(NamedTuple):
    """The best sequence that was found for each input."""

    indices: np.ndarray  # (B, m), −1 behind the end
    lengths: np.ndarray  # (B,) how many indices there are, the end token not counted
    log_likelihood: np.ndarray  # (B,) of the sequence, the end token included


def decode(
    model: PointerNetwork,
    params: PointerNetworkParams,
    X: np.ndarray,
    lengths: Any = None,
    beam: int = 1,
    no_repeat: bool = False,
) -> Decoded:
    """Choose index after index; each choice is what the decoder reads next.

    Parameters
    ----------
    model : PointerNetwork
    params : PointerNetworkParams
    X : (B, n, d) array
    lengths : (B,) array of int, optional
        How many of the n inputs are real; all if not given.
    beam : int
        How many unfinished sequences are kept at each step: 1 is greedy.
    no_repeat : bool
        Forbid what has been chosen already.

    Returns
    -------
    Decoded

    Raises
    ------
    ValueError, TypeError
        A shape, dtype or length does not fit, or the beam is below 1.
    """
    count("decode", "beam", beam)
    items, last, mask, _ = model.encode(params, X, lengths)
    B, n = X.shape[:2]
    columns = items.shape[1]
    limit = np.full(B, n) if lengths is None else np.asarray(lengths)
    row = np.arange(B)[:, None]

    # Everything has a second axis: the sequences kept, one at first.
    state = LSTMState(last.h[:, None], last.c[:, None])
    read = np.broadcast_to(params.start, (B, 1, len(params.start)))
    allowed = np.ones((B, 1, columns), bool) if mask is None else mask[:, None].copy()
    score = np.zeros((B, 1), items.dtype)
    finished = np.zeros((B, 1), bool)
    indices = np.zeros((B, 1, 0), np.intp)
    for step in range(columns):
        state, _ = lstm_step_forward(np.ascontiguousarray(read), state, params.decoder)
        scores, _ = additive_score_matrix_forward(items, state.h, *params.pointer)
        log_p = log_softmax(scores, allowed)
        log_p[finished] = -np.inf
        log_p[finished, 0] = 0  # a finished sequence has one way on, which costs nothing
        total = (score[..., None] + log_p).reshape(B, -1)
        best = np.argsort(-total, axis=1, kind="stable")[:, :beam]
        parent, choice = np.divmod(best, columns)
        state = LSTMState(state.h[row, parent], state.c[row, parent])
        score, finished, allowed = total[row, best], finished[row, parent], allowed[row, parent]
        finished |= choice == n
        choice = np.where(finished, -1, choice)
        indices = np.concatenate([indices[row, parent], choice[..., None]], axis=2)
        if not model.end:
            finished |= step + 1 >= limit[:, None]
        if no_repeat:
            allowed &= np.arange(columns) != choice[..., None]
        read = X[row, choice]
        if finished.all():
            break
    return Decoded(indices[:, 0], (indices[:, 0] >= 0).sum(axis=1), score[:, 0])
