"""Structured attention (结构化注意力): each item is chosen or not, and neighbours agree, section 8.1.2; Kim et al. 2017.

In place of a softmax, which spreads one choice over all items, a linear-chain conditional random field (线性链条件随机场)
over one variable for each item; attention is its marginals (边际分布). They come from the forward-backward algorithm
(前向-后向算法), in logarithms.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.attention.distribution import weighted_sum_backward, weighted_sum_forward
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.softmax import log_sum_exp, softmax_in_place

__all__ = [
    "chain_marginals_backward",
    "chain_marginals_forward",
    "structured_attention_backward",
    "structured_attention_forward",
]


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

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit.

    Departs from the text: the chapter speaks of a graphical model alone; the formula is the paper's.
    """
    unary, pairwise = arrays("chain_marginals_forward", "unary (..., n, C), pairwise (C, C)", unary, pairwise)
    F, B, weights = _messages(unary, pairwise)
    marginals = F + unary + B
    softmax_in_place(marginals)
    return marginals, (unary, pairwise, F, B, weights, marginals)


def chain_marginals_backward(dmarginals: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of unary and pairwise, by one more pass along the chain.

    log Z is the function whose first derivatives are the marginals: ∂log Z/∂θᵢ(c) = μᵢ(c), and ∂log Z/∂ψ(c, c′) =
    Σᵢ ξᵢ(c, c′), the marginals of neighbours. Its second derivatives are symmetric, so the gradient of g · μ is how
    the marginals change when θ moves in the direction g (a dot is that change)::

        dθ = (∂μ/∂θ)ᵀ g = (∂μ/∂θ) g = μ̇          dψ = Σᵢ ξ̇ᵢ          with θ̇ = g
        Ḟᵢ₊₁(c′) = Σ_c p(c | c′) (Ḟᵢ(c) + gᵢ(c)),     Ḃ alike
        μ̇ᵢ = μᵢ ∘ (Lᵢ − μᵢᵀ Lᵢ),     Lᵢ = Ḟᵢ + gᵢ + Ḃᵢ
        ξ̇ᵢ = ξᵢ ∘ (Lᵢ − Σ ξᵢ ∘ Lᵢ),   Lᵢ(c, c′) = Ḟᵢ(c) + gᵢ(c) + gᵢ₊₁(c′) + Ḃᵢ₊₁(c′)
    """
    unary, pairwise, F, B, weights, marginals = cache
    g = upstream("chain_marginals_backward", "dmarginals", dmarginals, unary.shape, unary.dtype)
    F_dot, B_dot = _messages_change(g, weights)
    change = F_dot + g + B_dot
    dunary = marginals * (change - (marginals * change).sum(axis=-1, keepdims=True))

    neighbours = _each_pair(F + unary, unary + B) + pairwise
    pairs = neighbours.reshape(*neighbours.shape[:-2], pairwise.size)
    softmax_in_place(pairs)
    change = _each_pair(F_dot + g, g + B_dot).reshape(pairs.shape)
    dpairs = pairs * (change - (pairs * change).sum(axis=-1, keepdims=True))
    dpairwise = dpairs.reshape(-1, *pairwise.shape).sum(axis=0)
    return dunary, dpairwise


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

    Raises
    ------
    ValueError, TypeError
        A shape or dtype does not fit.

    Departs from the text: the formula is the paper's; any number of items may be chosen, none included.
    """
    function = "structured_attention_forward"
    X, unary, pairwise = arrays(
        function, "X (..., n, d), unary (..., n, 2), pairwise (2, 2)", X, unary, pairwise
    )
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
    dalpha_of_r, dX = weighted_sum_backward(dr, weighted)
    if dalpha is not None:
        dalpha = upstream("structured_attention_backward", "dalpha", dalpha, dalpha_of_r.shape, dalpha_of_r.dtype)
        dalpha_of_r = dalpha_of_r + dalpha
    dmarginals = np.stack([np.zeros_like(dalpha_of_r), dalpha_of_r], axis=-1)
    return dX, *chain_marginals_backward(dmarginals, chain)


def _messages(unary: np.ndarray, pairwise: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """F and B (..., n, C), each row up to a constant, and p(c | c′) for both directions.

    The right-hand message is the left-hand one of the chain read backwards with ψ turned round, so one loop carries
    both. A constant changes no marginal; the largest entry is kept at 0, or a long chain would run out of digits.
    """
    *lead, n, C = unary.shape
    rows = math.prod(lead)
    theta = unary.reshape(rows, n, C).transpose(1, 2, 0)
    theta = np.stack([theta, theta[::-1]], axis=2)  # (n, C, 2, rows)
    psi = np.stack([pairwise, pairwise.T], axis=2)[..., None]  # (C, C, 2, 1)
    steps = theta[:, :, None] + psi  # (n, C, C, 2, rows): from c to c′
    messages = np.zeros_like(theta)
    lowest = np.finfo(theta.dtype).min
    for i in range(1, n):
        message = log_sum_exp(messages[i - 1][:, None] + steps[i - 1], axis=0)
        messages[i] = message - message.real.max(axis=0, initial=lowest)
    weights = np.moveaxis(messages[:-1, :, None] + steps[:-1], 1, -1)
    weights = np.ascontiguousarray(weights)
    softmax_in_place(weights)
    F, B = _both_ways(messages, unary.shape)
    return F, B, np.moveaxis(weights, -1, 1)


def _messages_change(g: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How F and B change when θ moves in the direction g, each row up to a constant, which is kept small."""
    *lead, n, C = g.shape
    theta = g.reshape(math.prod(lead), n, C).transpose(1, 2, 0)
    theta = np.stack([theta, theta[::-1]], axis=2)
    changes = np.zeros_like(theta)
    for i in range(1, n):
        change = (weights[i - 1] * (changes[i - 1] + theta[i - 1])[:, None]).sum(axis=0)
        changes[i] = change - change[0]
    return _both_ways(changes, g.shape)


def _both_ways(messages: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Messages (n, C, 2, rows) as those from the left and those from the right, (..., n, C)."""
    from_left, from_right = messages[:, :, 0], messages[::-1, :, 1]
    return from_left.transpose(2, 0, 1).reshape(shape), from_right.transpose(2, 0, 1).reshape(shape)


def _each_pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """leftᵢ(c) + rightᵢ₊₁(c′) for every pair of neighbours: (..., n − 1, C, C)."""
    return left[..., :-1, :, None] + right[..., 1:, None, :]
