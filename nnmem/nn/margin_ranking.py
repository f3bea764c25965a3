"""Margin ranking loss (间隔排序损失): what is right must score higher than all else, by a margin.

Weston et al. 2014 train the memory network with it, equations (6) to (8): for each supporting fact (支持事实) among the
sentences, and for the answer among the words.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.nn.arguments import arrays, attendable, upstream
from nnmem.nn.options import whole_numbers

__all__ = ["margin_ranking_backward", "margin_ranking_forward"]

RANKED = "scores (..., n)"


def margin_ranking_forward(
    scores: np.ndarray, targets: Any, mask: np.ndarray | None = None, margin: float = 0.1
) -> tuple[np.ndarray, tuple]:
    """Margin ranking loss (间隔排序损失).

    Section 8.3.1; Weston et al. 2014, equations (6) to (8)::

        L = Σ_{i ≠ t} max(0, γ − s_t + sᵢ)

    Parameters
    ----------
    scores : (..., n) array
    targets : (...) array of int
        t, which of the n is right.
    mask : (..., n) bool array, optional
        True = a rival; an entry where it is False costs nothing. The right one is none, whatever the mask says.
    margin : float
        γ, by how much the right one must be ahead.

    Returns
    -------
    losses : (...) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A target is none of the n.

    Departs from the text: the chapter says only that the supporting sentences are known in training; the loss is the
    paper's, summed over all rivals where the paper samples some.
    """
    function = "margin_ranking_forward"
    (scores,) = arrays(function, RANKED, scores)
    if np.shape(targets) != scores.shape[:-1]:
        raise ValueError(f"{function}: targets has shape {np.shape(targets)}, should be {scores.shape[:-1]}")
    targets = whole_numbers(function, "targets", targets, 0, scores.shape[-1])
    mask = attendable(function, mask, scores.shape)
    right = np.take_along_axis(scores, targets[..., None], axis=-1)
    short = margin - right + scores
    is_right = np.arange(scores.shape[-1]) == targets[..., None]
    costs = ~(short.real <= 0) & ~is_right  # NaN costs NaN
    if mask is not None:
        costs &= mask
    return np.where(costs, short, 0).sum(axis=-1), (costs, targets, scores.dtype)


def margin_ranking_backward(dlosses: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the scores.

    A rival that is too near is pushed down; the right one is pushed up once for each of them::

        dsᵢ = dL 1[γ − s_t + sᵢ > 0]  (i ≠ t)        ds_t = −Σ_{i ≠ t} dsᵢ
    """
    costs, targets, dtype = cache
    dlosses = upstream("margin_ranking_backward", "dlosses", dlosses, targets.shape, dtype)
    dscores = np.where(costs, dlosses[..., None], 0).astype(dtype, copy=False)
    np.put_along_axis(dscores, targets[..., None], -dscores.sum(axis=-1, keepdims=True), axis=-1)
    return dscores
