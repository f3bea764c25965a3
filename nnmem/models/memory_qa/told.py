"""What a model that answers questions is given: a story in the order in which it was told, and a question."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays
from nnmem.nn.options import whole_numbers


class Told(NamedTuple):
    """B questions, each about a story of at most N sentences."""

    S: np.ndarray  # (B, N, F) features of sentences, in the order told, 0 behind the last
    lengths: np.ndarray  # (B,) sentences of each story, 0 to N
    Q: np.ndarray  # (B, F) features of questions


def check_told(function: str, told: Told, features: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return S, which of its slots hold a sentence, and Q.

    Raises
    ------
    ValueError, TypeError
        A shape is none that fits the model, or a length is outside 0 to N.
    """
    S, Q = arrays(function, "S (B, N, F), Q (B, F)", told.S, told.Q)
    if S.shape[-1] != features:
        raise ValueError(f"{function}: S has shape {S.shape}, should be {(*S.shape[:2], features)}")
    lengths = whole_numbers(function, "lengths", told.lengths, 0, S.shape[1] + 1)
    if lengths.shape != S.shape[:1]:
        raise ValueError(f"{function}: lengths has shape {lengths.shape}, should be {S.shape[:1]}")
    return S, np.arange(S.shape[1]) < lengths[:, None], Q
