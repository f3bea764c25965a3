"""The loss of a network that answers and chooses where to look (混合损失), Mnih et al. 2014, section 3.

What it answers is learned from the right answer, where it looks from reward: a step that minimises the cross-entropy
raises, at once, the log-density of places that earned more than a baseline.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.attention.glimpse import gaussian_policy_backward, gaussian_policy_forward
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.score_function import score_function_backward, score_function_forward


def hybrid_loss_forward(
    logits: np.ndarray,
    means: np.ndarray,
    *,
    labels: Any,
    places: np.ndarray,
    reward: np.ndarray,
    baseline: np.ndarray | float = 0.0,
    std: float = 0.1,
) -> tuple[np.ndarray, tuple]:
    """Cross-entropy of the answer less the score-function objective of the places::

        L = CE(logits, label) − Σ_t (R − b) log p(l_t | μ_t)

    Parameters
    ----------
    logits : (..., k) array
    means : (T, ..., 2) array
        μ_t, those of the places that were drawn.
    labels : (...) array of int
    places : (T, ..., 2) array
        l_t; they were drawn and receive no gradient.
    reward : (...) array
        R, one for all places of a picture: 1 if the answer is right.
    baseline : float or (...) array, optional
        b, which must not depend on these places.
    std : float
        σ of the places.

    Returns
    -------
    losses : (...) array
        The value of the second part says nothing; its gradient is what counts.
    cache : tuple
    """
    entropies, answer = cross_entropy_forward(logits, labels)
    log_p, policy = gaussian_policy_forward(means, places, std)
    S, estimate = score_function_forward(log_p.sum(axis=0), reward, baseline)
    return entropies - S, (answer, policy, estimate, log_p.shape)


def hybrid_loss_backward(dlosses: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of logits and means; log p is a sum over glimpses, so each receives what the sum does."""
    answer, policy, estimate, shape = cache
    dlog_p = np.broadcast_to(score_function_backward(-dlosses, estimate), shape)
    dmeans, _ = gaussian_policy_backward(dlog_p, policy)
    return cross_entropy_backward(dlosses, answer), dmeans
