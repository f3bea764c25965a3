"""Learning rules (学习规则): the storing phase (存储阶段), from patterns to the weights of a Hopfield network.

Hebb's rule (8.19) is the chapter's. The two others hold more patterns, and correlated ones.
"""

from __future__ import annotations

import numpy as np

from nnmem.associative.hopfield import check_states
from nnmem.nn.arguments import arrays, upstream

__all__ = ["hebbian_weights_backward", "hebbian_weights_forward", "pseudo_inverse_weights", "storkey_weights"]

LAYOUT = "patterns (N, m)"


def hebbian_weights_forward(patterns: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Hebbian learning (Hebbian 法则): neurons that mostly agree are connected.

    Equation (8.19), section 8.2.3, with the diagonal left out as (8.15) demands; Hopfield 1982, equation (2)::

        wᵢⱼ = (1/N) Σₙ xᵢ⁽ⁿ⁾ xⱼ⁽ⁿ⁾,   wᵢᵢ = 0

    Other books divide by m, the number of neurons, instead of N. That scales weights and energy; without a bias the
    signs of the local fields, and so every retrieval, stay the same.

    Parameters
    ----------
    patterns : (N, m) array
        One pattern a row, of −1 and +1 for a memory; the formula takes any real numbers.

    Returns
    -------
    W : (m, m) array
        Symmetric; its columns are contiguous in memory, as retrieval reads them.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        There are no patterns, or they are of 0 and 1, or not an array of floats or integers with two axes.

    Departs from the text: (8.19) gives wᵢᵢ = 1, which contradicts (8.15).
    """
    patterns = _patterns("hebbian_weights_forward", patterns)
    W = patterns.T @ patterns
    W /= len(patterns)
    np.fill_diagonal(W, 0)
    return W.T, (patterns,)


def hebbian_weights_backward(dW: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the patterns.

    Equation (8.19), backwards. Pattern n enters twice, as xᵢ and as xⱼ; the diagonal is constant::

        dx⁽ⁿ⁾ = (1/N) (dW + dWᵀ) x⁽ⁿ⁾,   with the diagonal of dW left out

    dW is taken entry by entry: it need not be symmetric.
    """
    (patterns,) = cache
    N, m = patterns.shape
    dW = upstream("hebbian_weights_backward", "dW", dW, (m, m), patterns.dtype)
    both = dW + dW.T
    np.fill_diagonal(both, 0)
    return patterns @ both / N


def pseudo_inverse_weights(patterns: np.ndarray) -> np.ndarray:
    """Weights by the pseudo-inverse rule (伪逆规则): patterns that resemble one another are fixed points too.

    Section 8.2.3 on better learning algorithms; Personnaz, Guyon and Dreyfus 1985. W projects onto the space that the
    patterns span, then loses its diagonal::

        W = X⁺ X,   wᵢᵢ = 0

    so that hᵢ = (1 − (X⁺X)ᵢᵢ) xᵢ has the sign of xᵢ as long as (X⁺X)ᵢᵢ < 1. That fails where the patterns span the
    whole space: of m independent ones X⁺X is the identity, W is 0, and nothing is remembered. From
    probes with 10 % of the entries flipped half are recalled up to about N = m/2.

    Parameters
    ----------
    patterns : (N, m) array
        One pattern a row, of −1 and +1.

    Returns
    -------
    W : (m, m) array
        Zero before the first pattern; its diagonal stays 0.

    Raises
    ------
    ValueError, TypeError
        There are no patterns, or they are not of −1 and +1.

    Departs from the text: the chapter speaks of better learning algorithms without one; X⁺X is the paper's,
    and (8.15) takes its diagonal.
    """
    patterns = _patterns("pseudo_inverse_weights", patterns)
    check_states("pseudo_inverse_weights", "patterns", patterns)
    _, size, V = np.linalg.svd(patterns, full_matrices=False)
    V = V[size > size[0] * max(patterns.shape) * np.finfo(size.dtype).eps]
    W = V.T @ V
    np.fill_diagonal(W, 0)
    return W.T


def storkey_weights(patterns: np.ndarray) -> np.ndarray:
    """Weights by Storkey's rule (Storkey 规则): local and incremental as Hebb's, with less crosstalk.

    Section 8.2.3 on better learning algorithms; Storkey 1997. Patterns come one after the other; each is stored less
    what the network knows of it already::

        wᵢⱼ ← wᵢⱼ + (1/m) (xᵢ xⱼ − xᵢ hⱼᵢ − hᵢⱼ xⱼ),   hᵢⱼ = Σₖ wᵢₖ xₖ over k ≠ i, j

    With f = W x, hᵢⱼ = fᵢ − wᵢⱼ xⱼ, and the three products become outer products plus 2 wᵢⱼ.

    Parameters
    ----------
    patterns : (N, m) array
        One pattern a row, of −1 and +1.

    Returns
    -------
    W : (m, m) array

    Raises
    ------
    ValueError, TypeError
        There are no patterns, or they are not of −1 and +1.

    Departs from the text: the chapter speaks of better learning algorithms without one; the rule is the paper's, its
    diagonal set to zero as (8.15) asks.
    """
    patterns = _patterns("storkey_weights", patterns)
    check_states("storkey_weights", "patterns", patterns)
    m = patterns.shape[1]
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        f = W @ x
        crosstalk = np.outer(x, f)
        W += (np.outer(x, x) - crosstalk - crosstalk.T + 2 * W) / m
        np.fill_diagonal(W, 0)
    return W


def _patterns(function: str, patterns: np.ndarray) -> np.ndarray:
    """Return the patterns as an array of at least one row and column that is not written in 0 and 1."""
    (patterns,) = arrays(function, LAYOUT, patterns)
    if not patterns.size:
        raise ValueError(
            f"{function}: patterns has shape {patterns.shape}, no patterns; should be (N, m), both at least 1"
        )
    if (patterns == 0).any() and ((patterns == 0) | (patterns == 1)).all():
        raise ValueError(f"{function}: patterns are of 0 and 1, should be of -1 and +1: convert with 2 * patterns - 1")
    return patterns
