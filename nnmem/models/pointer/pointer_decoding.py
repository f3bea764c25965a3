"""Decoding of a pointer network (解码): which indices are most probable, found greedily or with a beam (束搜索)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.attention.query_kernels import additive_score_matrix_forward
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.nn.decoding import Decoded, decode_steps
from nnmem.nn.lstm import LSTMState, lstm_step_forward
from nnmem.nn.options import count
from nnmem.nn.softmax import log_softmax


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
    row = np.arange(B)[:, None]
    allowed = np.ones((B, 1, columns), bool) if mask is None else mask[:, None]
    limit = np.full(B, columns) if model.end or lengths is None else np.asarray(lengths)

    def step(state: tuple[LSTMState, np.ndarray], chosen: np.ndarray) -> tuple[np.ndarray, Any, np.ndarray]:
        hidden, allowed = state
        x = np.where((chosen < 0)[..., None], params.start, X[row, chosen])
        hidden, _ = lstm_step_forward(x, hidden, params.decoder)
        if no_repeat:
            allowed = allowed & (np.arange(columns) != chosen[..., None])
        scores, _ = additive_score_matrix_forward(items, hidden.h, *params.pointer)
        log_p = log_softmax(scores, allowed)
        return log_p, (hidden, allowed), np.exp(log_p)

    start = LSTMState(last.h[:, None], last.c[:, None]), allowed
    return decode_steps(step, start, limit, n if model.end else None, beam)
