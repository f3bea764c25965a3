"""The scores by name, for every function with the option ``score``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention import scores as s
from nnmem.nn.linear import weight_gradient
from nnmem.nn.options import one_of


class Score(NamedTuple):
    """What a name stands for.

    All scores but the additive one are a dot product of the items with p, which is made from the query: ``query``
    makes p, ``query_backward`` takes its gradient back to the query and the parameters.
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    layout: str
    query: Callable[..., np.ndarray] | None = None
    query_backward: Callable[..., tuple[np.ndarray, ...]] | None = None


def scaled_query_backward(dp: np.ndarray, q: np.ndarray) -> tuple[np.ndarray]:
    """Gradient of q in p = q / √d."""
    return (dp / math.sqrt(q.shape[-1]),)


def bilinear_query_backward(dp: np.ndarray, q: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of q and W in p = W q."""
    return dp @ W, weight_gradient(dp, q)


SCORES = {
    "additive": Score(s.additive_score_forward, s.additive_score_backward, s.ADDITIVE),
    "dot": Score(
        s.dot_score_forward,
        s.dot_score_backward,
        s.DOT,
        lambda q: q,
        lambda dp, q: (dp,),
    ),
    "scaled_dot": Score(
        s.scaled_dot_score_forward,
        s.scaled_dot_score_backward,
        s.DOT,
        lambda q: q / math.sqrt(q.shape[-1]),
        scaled_query_backward,
    ),
    "bilinear": Score(
        s.bilinear_score_forward,
        s.bilinear_score_backward,
        s.BILINEAR,
        lambda q, W: q @ W.T,
        bilinear_query_backward,
    ),
}


def find_score(function: str, score: str) -> Score:
    """Return the score of this name, or raise a ValueError that lists the names there are."""
    return SCORES[one_of(function, "score", score, SCORES)]
