"""The score-function gradient (得分函数估计, REINFORCE): learning from a choice drawn at random and what it earned.

The score function here is that of statistics, ∇ log p, and no score of attention. A choice z ∼ p earns a reward R(z);
its mean J = Σ p(z) R(z) has the gradient E[R(z) ∇ log p(z)], which one draw estimates. What is taken off the reward
(基准线) changes no mean and lowers the variance; what is given for entropy keeps the choices from settling too early.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import count, share

__all__ = ["entropy_backward", "entropy_forward", "score_function_backward", "score_function_forward"]

CHOICE = "log_p (...)"
DISTRIBUTION = "log_p (..., N)"


def score_function_forward(
    log_p: np.ndarray, reward: np.ndarray, baseline: np.ndarray | float = 0.0
) -> tuple[np.ndarray, tuple]:
    """What to differentiate where a choice was drawn (得分函数估计的替代目标)::

        S = (R − b) log p(z),   z ∼ p

    Section 8.1.2; REINFORCE, Williams 1992, section 4; Xu et al. 2015, equation (12).

    Parameters
    ----------
    log_p : (...) array
        Log-probability of what was drawn: a weight's, or the density of a place.
    reward : (...) array
        R(z), which receives no gradient. To minimise a loss, pass the loss and descend.
    baseline : float or (...) array, optional
        b, which must not depend on z: a running mean of earlier rewards, or the mean of other draws'.

    Returns
    -------
    S : (...) array
        Its value says nothing; the mean of its gradient over z is the gradient of J = E[R(z)].
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        The baseline is neither one number nor one for each reward.
    """
    (log_p,) = arrays("score_function_forward", CHOICE, log_p)
    taken = advantage("score_function_forward", reward, baseline, log_p.shape, log_p.dtype)
    return taken * log_p, (taken,)


def score_function_backward(dS: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of log p(z), which the baseline leaves unbiased::

    dlog p = (R − b) dS
    E[(R − b) ∇ log p] = Σ R ∇p − b Σ ∇p = ∇J − b ∇1 = ∇J
    """
    (taken,) = cache
    dS = upstream("score_function_backward", "dS", dS, taken.shape, taken.dtype)
    return taken * dS


def advantage(function: str, reward: Any, baseline: Any, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """R − b, checked on behalf of a function.

    Raises
    ------
    ValueError, TypeError
        The reward is not of this shape, or the baseline is neither one number nor of this shape.
    """
    reward = upstream(function, "reward", reward, shape, dtype)
    if np.shape(baseline) not in ((), shape):
        raise ValueError(f"{function}: baseline has shape {np.shape(baseline)}, should be () or {shape}")
    return reward - np.asarray(baseline, dtype)


def mean_of_others(reward: np.ndarray, axis: int = -1) -> np.ndarray:
    """A baseline for each of n draws: the mean reward of the n − 1 others, which do not know of it.

    R less this is (R − mean) n / (n − 1).

    Raises
    ------
    ValueError
        There are no others: n is below 2.
    """
    n = count("mean_of_others", "number of draws", reward.shape[axis], least=2)
    return (reward.sum(axis=axis, keepdims=True) - reward) / (n - 1)


def moving_mean(mean: Any, reward: np.ndarray, decay: float = 0.9) -> np.ndarray:
    """The next running mean of rewards, b ← ρ b + (1 − ρ) R, as in Xu et al. 2015, section 4.1."""
    decay = share("moving_mean", "decay", decay)
    return decay * np.asarray(mean) + (1 - decay) * np.asarray(reward)


def entropy_forward(log_p: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Entropy of a distribution over the last axis (熵), in nats.

    Section 8.1.2; Xu et al. 2015, section 4.1, add it to the reward::

        H = −Σᵢ pᵢ log pᵢ

    Parameters
    ----------
    log_p : (..., N) array
        Log-probabilities, −∞ where the probability is 0, such as ``log_softmax`` gives.

    Returns
    -------
    H : (...) array
    cache : tuple
    """
    (log_p,) = arrays("entropy_forward", DISTRIBUTION, log_p)
    finite = np.where(log_p.real > -np.inf, log_p, 0)
    p = np.exp(log_p)
    return -(p * finite).sum(axis=-1), (p, finite)


def entropy_backward(dH: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of every log pᵢ, as if each were free::

    dlog pᵢ = −pᵢ (1 + log pᵢ) dH
    dsᵢ     = −pᵢ (log pᵢ + H) dH        behind a softmax
    """
    p, finite = cache
    dH = upstream("entropy_backward", "dH", dH, p.shape[:-1], p.dtype)
    return -p * (1 + finite) * dH[..., None]
