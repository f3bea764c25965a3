"""Structured attention (结构化注意力), section 8.1.2: each item is chosen or not, and neighbours agree.

Kim et al. 2017. In place of a softmax, which spreads one choice over all items, a linear-chain conditional random field
(线性链条件随机场) over one variable for each item; attention is its marginals (边际分布). They come from the
forward-backward algorithm (前向-后向算法), in logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nnmem.attention.distribution import weighted_sum_backward, weighted_sum_forward
from nnmem.nn.arguments import arrays, upstream

__all__ = [
    "chain_marginals_backward",
    "chain_marginals_forward",
    "structured_attention_backward",
    "structured_attention_forward",
]

LogSum = Callable[[np.ndarray], np.ndarray]
SHORT = 8  # steps that are walked one by one; a longer chain is halved
CHAIN = "unary (..., n, C), pairwise (C, C)"
SEGMENTS = "X (..., n, d), unary (..., n, 2), pairwise (2, 2)"


def chain_marginals_forward(unary: np.ndarray, pairwise: np.ndarray) -> tuple[np.ndarray, tuple]:
    """How probable is each state at each position of a chain (边际分布)?

    Section 8.1.2; Kim et al. 2017, section 3.1. A linear-chain conditional random field and its marginals::

        p(z) = exp(Σᵢ θᵢ(zᵢ) + Σᵢ ψ(zᵢ, zᵢ₊₁)) / Z
        μᵢ(c) = p(zᵢ = c) ∝ exp(Fᵢ(c) + θᵢ(c) + Bᵢ(c))
        Fᵢ₊₁(c′) = log Σ_c exp(Fᵢ(c) + θᵢ(c) + ψ(c, c′))             what comes from the left
        Bᵢ₋₁(c)  = log Σ_c′ exp(ψ(c, c′) + θᵢ(c′) + Bᵢ(c′))          what comes from the right

    Parameters
    ----------
    unary : (..., n, C) array
        θ, the score of each state at each position; −inf forbids it.
    pairwise : (C, C) array
        ψ, the score of state c (row) followed by state c′ (column); −inf forbids it.

    Returns
    -------
    marginals : (..., n, C) array
        Each row sums to one, or is zero if every sequence of states is forbidden.
    cache : tuple

    Departs from the text: the chapter speaks of a graphical model alone; the formula is the paper's.
    """
    unary, pairwise = arrays("chain_marginals_forward", CHAIN, unary, pairwise)
    theta = _states_first(unary)
    shares: list[tuple[np.ndarray, np.ndarray]] = []

    def log_sum(terms: np.ndarray) -> np.ndarray:
        found, share = _log_sum_exp(terms)
        shares.append(share)
        return found

    with np.errstate(divide="ignore"):
        F, B = _from_both_sides(theta, pairwise, log_sum)
    mu = _probabilities(F + theta + B, axes=(0,))
    return _states_last(mu, unary.shape), (unary.shape, pairwise, theta, F, B, shares, mu)


def chain_marginals_backward(dmarginals: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of unary and pairwise, by one more pass along the chain.

    log Z is the function whose first derivatives are the marginals: ∂log Z/∂θᵢ(c) = μᵢ(c), and ∂log Z/∂ψ(c, c′) =
    Σᵢ ξᵢ(c, c′), the marginals of neighbours. Its second derivatives are symmetric, so the gradient of g · μ is how
    the marginals change when θ moves in the direction g (a dot is that change)::

        dθ = (∂μ/∂θ)ᵀ g = (∂μ/∂θ) g = μ̇          dψ = Σᵢ ξ̇ᵢ          with θ̇ = g
        Ḟᵢ₊₁(c′) = Σ_c p(c | c′) (Ḟᵢ(c) + gᵢ(c)),     Ḃ alike: log Σ exp changes by the average of its terms' changes
        μ̇ᵢ = μᵢ ∘ (Lᵢ − μᵢᵀ Lᵢ),     Lᵢ = Ḟᵢ + gᵢ + Ḃᵢ
        ξ̇ᵢ = ξᵢ ∘ (Lᵢ − Σ ξᵢ ∘ Lᵢ),   Lᵢ(c, c′) = Ḟᵢ(c) + gᵢ(c) + gᵢ₊₁(c′) + Ḃᵢ₊₁(c′)
    """
    shape, pairwise, theta, F, B, shares, mu = cache
    g = _states_first(upstream("chain_marginals_backward", "dmarginals", dmarginals, shape, mu.dtype))
    share = iter(shares)

    def average(changes: np.ndarray) -> np.ndarray:
        terms, total = next(share)
        return np.add.reduce(terms * changes, axis=1) / total

    F_dot, B_dot = _from_both_sides(g, np.zeros_like(pairwise), average)
    L = F_dot + g + B_dot
    mu_dot = mu * (L - (mu * L).sum(axis=0))
    xi = _probabilities(_each_pair(F + theta, theta + B) + pairwise[..., None, None], axes=(0, 1))
    L = _each_pair(F_dot + g, g + B_dot)
    xi_dot = xi * (L - (xi * L).sum(axis=(0, 1)))
    return _states_last(mu_dot, shape), xi_dot.sum(axis=(2, 3))


def structured_attention_forward(
    X: np.ndarray, unary: np.ndarray, pairwise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Structured attention (结构化注意力): the sum of the items that a chain chooses, in expectation.

    Section 8.1.2; Kim et al. 2017, sections 3.1 and 4.1, segmentation attention (分段注意力)::

        αᵢ = p(zᵢ = 1)          from ``chain_marginals``, two states
        r  = Σᵢ αᵢ xᵢ = E_z[Σᵢ zᵢ xᵢ]

    Parameters
    ----------
    X : (..., n, d) array
        Items, one a row.
    unary : (..., n, 2) array
        The score of leaving each item (0) and of choosing it (1).
    pairwise : (2, 2) array
        The score of a state (row) followed by another (column): a large diagonal chooses whole segments.

    Returns
    -------
    r : (..., d) array
    alpha : (..., n) array
        Each from 0 to 1; they do not sum to one.
    cache : tuple

    Departs from the text: the formula is the paper's; any number of items may be chosen, none included.
    """
    X, unary, pairwise = arrays("structured_attention_forward", SEGMENTS, X, unary, pairwise)
    marginals, chain = chain_marginals_forward(unary, pairwise)
    alpha = marginals[..., 1]
    r, weighted = weighted_sum_forward(alpha, X)
    return r, alpha, (chain, weighted)


def structured_attention_backward(
    dr: np.ndarray, cache: tuple, dalpha: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of X, unary and pairwise.

    The two parts in reverse; state 0 is in nothing that follows, so nothing comes back to its marginal::

        dxᵢ = αᵢ dr,     dαᵢ = xᵢᵀ dr (+ dalphaᵢ)
        dμᵢ = (0, dαᵢ)  →  dθ, dψ
    """
    chain, weighted = cache
    _, X = weighted
    dr = upstream("structured_attention_backward", "dr", dr, X.shape[:-2] + X.shape[-1:], X.dtype)
    dalpha_of_r, dX = weighted_sum_backward(dr, weighted)
    if dalpha is not None:
        dalpha = upstream("structured_attention_backward", "dalpha", dalpha, dalpha_of_r.shape, dalpha_of_r.dtype)
        dalpha_of_r = dalpha_of_r + dalpha
    dmarginals = np.stack([np.zeros_like(dalpha_of_r), dalpha_of_r], axis=-1)
    return dX, *chain_marginals_backward(dmarginals, chain)


def _from_both_sides(theta: np.ndarray, pairwise: np.ndarray, log_sum: LogSum) -> tuple[np.ndarray, np.ndarray]:
    """F and B, each (C, n, rows): what comes from the right comes from the left in the chain read backwards."""
    both = np.stack([theta, theta[:, ::-1]], axis=2)
    psi = np.stack([pairwise.T, pairwise], axis=2)
    messages = _messages(both[:, :-1] + psi[:, :, None, :, None], log_sum)
    return messages[:, :, 0], messages[:, ::-1, 1]


def _messages(steps: np.ndarray, log_sum: LogSum) -> np.ndarray:
    """What comes from the left at the m + 1 ends of m steps (to C, from C, m, ...), up to a constant: (C, m + 1, ...).

    F at the end of a step is ``log_sum(step + F)``. Two steps are one longer step, so every second message is one of a
    chain half as long, and the others are a step from these: log₂ m rounds of whole arrays. A constant changes no
    marginal; it is taken out of the longer steps, or a long chain would run out of digits.

    ``log_sum`` is log Σ exp over axis 1. With θ̇ in the steps and averages for ``log_sum``, these are the changes Ḟ.
    """
    m = steps.shape[2]
    F = np.zeros((len(steps), m + 1, *steps.shape[3:]), steps.dtype)
    if m <= SHORT:
        for i in range(m):
            F[:, i + 1] = log_sum(steps[:, :, i] + F[:, i])
        return F
    even = m - m % 2  # of an odd number, the last is handed on as it is
    first, second = steps[:, :, 0:even:2], steps[:, :, 1:even:2]
    longer = log_sum(second[:, :, None] + first)
    longer -= longer.real.max(axis=(0, 1), initial=_lowest(longer))
    known = _messages(np.concatenate([longer, steps[:, :, even:]], axis=2), log_sum)
    F[:, ::2], F[:, m] = known[:, : even // 2 + 1], known[:, -1]
    F[:, 1:even:2] = log_sum(first + F[:, 0:even:2])
    return F


def _log_sum_exp(terms: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """log Σ exp over axis 1; and the terms with their sum, of which each has a share (1 if there is nothing)."""
    largest = np.maximum.reduce(terms.real, axis=1, initial=_lowest(terms))
    terms = np.exp(terms - largest[:, None])
    total = np.add.reduce(terms, axis=1)
    return np.log(total) + largest, (terms, np.maximum(total, 1))


def _probabilities(scores: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The softmax over the first axes; zeros where all scores are −inf."""
    p = np.exp(scores - scores.real.max(axis=axes, initial=_lowest(scores)))
    total = p.sum(axis=axes)
    return p / (total + (total == 0))


def _lowest(scores: np.ndarray) -> float:
    """The lowest number, in place of a maximum of −inf: −inf less it is −inf, and less −inf would be NaN."""
    return np.finfo(scores.dtype).min


def _states_first(unary: np.ndarray) -> np.ndarray:
    """(..., n, C) as (C, n, rows): what is summed over states is then a sum of whole arrays."""
    *lead, n, C = unary.shape
    return np.ascontiguousarray(unary.reshape(math.prod(lead), n, C).transpose(2, 1, 0))


def _states_last(theta: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """(C, n, rows) as (..., n, C)."""
    return theta.transpose(2, 1, 0).reshape(shape)


def _each_pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """leftᵢ(c) + rightᵢ₊₁(c′) for every pair of neighbours: (C, C, n − 1, rows)."""
    return left[:, None, :-1] + right[None, :, 1:]
