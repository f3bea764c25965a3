"""Bidirectional associative memory (双向联想记忆): hetero-association (异联想), from one space to another and back."""

from __future__ import annotations

import numpy as np

from nnmem.associative.hopfield import check_states
from nnmem.associative.ties import Ties, signs
from nnmem.nn.arguments import arrays
from nnmem.nn.options import count

__all__ = ["bidirectional_retrieve", "bidirectional_weights"]

PAIRS, PROBE = "X (N, m), Y (N, k)", "x (..., m), W (m, k)"


def bidirectional_weights(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Hebb's rule for pairs (异联想的 Hebbian 法则).

    Section 8.2.3, hetero-association, beside (8.19); Kosko 1988::

        wᵢⱼ = (1/N) Σₙ xᵢ⁽ⁿ⁾ yⱼ⁽ⁿ⁾

    Parameters
    ----------
    X : (N, m) array
        Patterns of −1 and +1, one a row.
    Y : (N, k) array
        What each is to be associated with, of −1 and +1.

    Returns
    -------
    W : (m, k) array

    Raises
    ------
    ValueError, TypeError
        There are no pairs, or an entry is not −1 or +1.

    Departs from the text: the chapter names hetero-association and gives no formula; divided by N as (8.19) is, which
    the paper does not do.
    """
    function = "bidirectional_weights"
    X, Y = arrays(function, PAIRS, X, Y)
    if not len(X):
        raise ValueError(f"{function}: X has shape {X.shape}, no patterns; should be (N, m), N at least 1")
    check_states(function, "X", X)
    check_states(function, "Y", Y)
    return X.T @ Y / len(X)


def bidirectional_retrieve(
    x: np.ndarray, W: np.ndarray, max_steps: int = 100
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Let a bidirectional associative memory resonate from x until both layers rest.

    Section 8.2.3, hetero-association; Kosko 1988. The layers take turns; the energy −xᵀ W y never rises::

        y ← sign(Wᵀ x)      x ← sign(W y)      (0 counts as +1, as in (8.14))

    Parameters
    ----------
    x : (..., m) array
        Probes of −1 and +1.
    W : (m, k) array
    max_steps : int
        Give up after so many rounds, with converged = False.

    Returns
    -------
    x : (..., m) array
        What the first layer ends in.
    y : (..., k) array
        What it is associated with.
    energies : (T, ...) array
        After every round.
    converged : (...,) bool array

    Raises
    ------
    ValueError, TypeError
        A probe is not of −1 and +1.

    Departs from the text: the chapter names hetero-association and gives no formula.
    """
    function = "bidirectional_retrieve"
    x, W = arrays(function, PROBE, x, W)
    check_states(function, "x", x)
    count(function, "max_steps", max_steps)
    dtype, exact = W.dtype, W.astype(np.float64, copy=False)
    to_y, to_x = Ties(W.T, 0), Ties(W, 0)
    energies = []
    for _ in range(max_steps):
        y = signs(x @ exact, to_y, dtype)
        h = y @ exact.T
        energies.append(-(x * h).sum(axis=-1))
        before, x = x, signs(h, to_x, dtype)
        converged = (x == before).all(axis=-1)
        if converged.all():
            break
    return x, y, np.array(energies, dtype), converged
