"""One loop for writing a sequence symbol after symbol (解码): the right one given, the best one taken, or a beam kept.

Teacher forcing (教师强制) reads the right symbols whatever the network would choose; greedy search (贪心搜索) takes the
most probable symbol at each step; beam search (束搜索) keeps the most probable unfinished sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.tree import tree_map


class Decoded(NamedTuple):
    """The best sequence that was found for each input."""

    indices: np.ndarray  # (B, m), −1 behind the end
    lengths: np.ndarray  # (B,) how many indices there are, the end symbol not counted
    log_likelihood: np.ndarray  # (B,) of the sequence, the end symbol included
    seen: np.ndarray  # (B, m, ...) what the step showed at each symbol, such as attention weights


Step = Callable[[Any, np.ndarray], tuple[np.ndarray, Any, np.ndarray]]


def decode_steps(
    step: Step, state: Any, limit: np.ndarray, end: int | None = None, beam: int = 1, targets: np.ndarray | None = None
) -> Decoded:
    """Choose symbol after symbol; each choice is what the next step reads.

    Parameters
    ----------
    step : callable
        ``(state, read) -> log_p, state, seen``: read (B, K) are the symbols chosen before, −1 at first; log_p (B, K, V)
        are the next one's log-probabilities. All that a state holds has the leading axes (B, K) too.
    state : tree of (B, 1, ...) arrays
        Where to start. K is 1 at first, then as many sequences as are kept.
    limit : (B,) array of int
        The most symbols that each sequence may have.
    end : int, optional
        The symbol that ends a sequence.
    beam : int
        How many sequences are kept at each step: 1 is greedy.
    targets : (B, m) array of int, optional
        The right symbols, which are then chosen (teacher forcing); −1 behind the end.

    Returns
    -------
    Decoded

    Raises
    ------
    ValueError
        The beam is below 1, or targets come with a beam.
    """
    if beam < 1 or (targets is not None and beam > 1):
        raise ValueError(f"decode: beam is {beam}, should be {'1 with targets' if beam > 1 else 'at least 1'}")
    B = len(limit)
    row = np.arange(B)[:, None]
    read, indices = np.full((B, 1), -1), np.zeros((B, 1, 0), np.intp)
    finished, score = np.zeros((B, 1), bool), None
    seen: list[np.ndarray] = []
    for i in range(int(limit.max(initial=0)) if targets is None else targets.shape[1]):
        log_p, state, shown = step(state, read)
        columns = log_p.shape[-1]
        score = np.zeros((B, 1), log_p.dtype) if score is None else score
        log_p[finished] = -np.inf
        log_p[finished, 0] = 0  # a finished sequence has one way on, which costs nothing
        total = (score[..., None] + log_p).reshape(B, -1)
        best = np.argsort(-total, axis=1, kind="stable")[:, :beam]
        if targets is not None:
            best = np.where(finished, 0, targets[:, i : i + 1])
        parent, choice = np.divmod(best, columns)
        state = tree_map(lambda leaf, kept=parent: leaf[row, kept], state)
        score, finished = total[row, best], finished[row, parent]
        finished |= choice == (columns if end is None else end)
        read = np.where(finished, -1, choice)
        seen = [earlier[row, parent] for earlier in [*seen, shown]]
        indices = np.concatenate([indices[row, parent], read[..., None]], axis=2)
        finished |= i + 1 >= limit[:, None] if targets is None else False
        if finished.all():
            break
    score = np.zeros((B, 1)) if score is None else score
    shown = np.stack([each[:, 0] for each in seen], axis=1) if seen else np.zeros((B, 0))
    return Decoded(indices[:, 0], (indices[:, 0] >= 0).sum(axis=1), score[:, 0], shown)
