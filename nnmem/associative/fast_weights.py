"""Fast weights (快速权重): connections that are a short-term memory, read without ever being written down.

Every state h leaves its trace h hᵀ in a matrix A of connections, and all older traces fade. Reading A with a query is
attention to the recent past: each state answers by how well it fits the query, and the more faintly the older it is.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import outer
from nnmem.nn.options import positive, share

__all__ = ["fast_weight_read_backward", "fast_weight_read_forward"]

FAST_WEIGHTS = "H (..., T, d), q (..., d)"


def fast_weight_read_forward(
    H: np.ndarray, q: np.ndarray, decay: float = 0.95, rate: float = 0.5
) -> tuple[np.ndarray, tuple]:
    """Read fast weights (快速权重): what the states so far answer to a query.

    Section 8.2.3, memory in the connections; Ba et al. 2016, whose λ is the decay and whose η is the rate::

        r = A q,   A = Σₜ η λ^(T−t) hₜ hₜᵀ,   so   r = η Σₜ λ^(T−t) hₜ (hₜᵀ q)        t = 1, …, T

    The second form never makes the d × d matrix A: T dot products with the query, then a sum weighted by them.

    Parameters
    ----------
    H : (..., T, d) array
        States, the oldest first.
    q : (..., d) array
        Query.
    decay : float
        λ, from 0 (the last state alone: 0⁰ = 1) to 1 (none fades).
    rate : float
        η, above zero.

    Returns
    -------
    r : (..., d) array
        Zero where there are no states.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        decay is outside 0 to 1, or rate ≤ 0.

    Departs from the text: the chapter says that part of the connections can be a short-term memory, without a formula.
    """
    function = "fast_weight_read_forward"
    H, q = arrays(function, FAST_WEIGHTS, H, q)
    decay, rate = share(function, "decay", decay), positive(function, "rate", rate)
    age = np.arange(H.shape[-2])[::-1]
    strength = (rate * decay**age).astype(H.real.dtype)
    weights = strength * (H @ q[..., None])[..., 0]
    r = (weights[..., None, :] @ H)[..., 0, :]
    return r, (H, q, strength, weights)


def fast_weight_read_backward(dr: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of H and q.

    With cₜ = η λ^(T−t) and weights wₜ = cₜ hₜᵀ q, so that r = Σₜ wₜ hₜ, each state is met twice, as what is read and as
    what is compared::

        dwₜ = hₜᵀ dr
        dhₜ = wₜ dr + cₜ dwₜ q
        dq  = Σₜ cₜ dwₜ hₜ          = Aᵀ dr = A dr
    """
    H, q, strength, weights = cache
    dr = upstream("fast_weight_read_backward", "dr", dr, q.shape, q.dtype)
    dscores = strength * (H @ dr[..., None])[..., 0]
    dH = outer(weights, dr) + outer(dscores, q)
    dq = (dscores[..., None, :] @ H)[..., 0, :]
    return dH, dq
