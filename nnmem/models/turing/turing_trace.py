"""Everything that happened inside a neural Turing machine, step by step, for pictures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.models.turing.heads import Control


class Trace(NamedTuple):
    """Each with the time axis first; H counts reading heads, then writing heads."""

    memory: np.ndarray  # (T + 1, ..., N, d) before each step, and after the last
    weights: np.ndarray  # (T, ..., H, N) α
    content: np.ndarray  # (T, ..., H, N) what content alone would have chosen, before gate, shift and sharpening
    reads: np.ndarray  # (T, ..., R, d) r
    hidden: np.ndarray  # (T, ..., h) of the controller
    control: Control  # keys, erase and add vectors, gates, strengths, sharpnesses, shifts of every step


def trace(cache: tuple) -> Trace:
    """Return what the cache of ``NTM.forward`` holds, under its names.

    Parameters
    ----------
    cache : tuple
        Of ``NTM.forward``.

    Returns
    -------
    Trace
        Of copies: changing them changes no gradient.
    """
    _, last, scan = cache
    heads, S, steps = scan[2], scan[5], scan[-1]
    read_size = heads.reads * heads.width
    return Trace(
        memory=np.stack([step.M for step in steps] + [last.memory]),
        weights=np.stack([step.w for step in steps]),
        content=np.stack([step.addressed.w_c for step in steps]),
        reads=S[1:, ..., :read_size].reshape(*S[1:].shape[:-1], heads.reads, heads.width).copy(),
        hidden=S[1:, ..., read_size:].copy(),
        control=Control(*(np.stack(values) for values in zip(*(step.control for step in steps), strict=True))),
    )
