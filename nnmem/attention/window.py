"""A window that slides over a text (软窗口): the first attention, and one that can only go forward.

Graves 2013, section 5. It does not compare contents. A mixture of K bell curves stands over the positions 1, …, U of a
text; a network moves them on, and what lies under them is read.
"""

from __future__ import annotations

import numpy as np

from nnmem.attention.distribution import weighted_sum_backward, weighted_sum_forward
from nnmem.nn.arguments import arrays, upstream

__all__ = ["gaussian_window_backward", "gaussian_window_forward"]

WINDOW = "a (..., K), b (..., K), kappa (..., K), C (..., U, V)"


def gaussian_window_forward(
    a: np.ndarray, b: np.ndarray, kappa: np.ndarray, C: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Soft window over a sequence (软窗口): K bell curves over its positions, and what they read.

    Section 8.1.3, two sequences aligned; Graves 2013, equations (46) and (47)::

        φ(u) = Σₖ aₖ exp(−bₖ (κₖ − u)²),     u = 1, …, U
        w    = Σᵤ φ(u) cᵤ

    Parameters
    ----------
    a : (..., K) array
        Heights.
    b : (..., K) array
        Sharpness, the inverse of twice a variance; below 0 a curve would have no top.
    kappa : (..., K) array
        Centres. Graves lets κₜ = κₜ₋₁ + exp(κ̂ₜ), which makes the window move forward alone.
    C : (..., U, V) array
        The sequence, one symbol a row, one-hot or otherwise; rows of zeros are padding.

    Returns
    -------
    w : (..., V) array
    phi : (..., U) array
        Weights; they are not normalised.
    cache : tuple

    Departs from the text: positions count from 1, as in the paper: position u is row u − 1 of C. The weights are no
    distribution.
    """
    a, b, kappa, C = arrays("gaussian_window_forward", WINDOW, a, b, kappa, C)
    u = np.arange(1, C.shape[-2] + 1, dtype=C.real.dtype)
    D = kappa[..., None] - u
    bells = np.exp(-b[..., None] * D * D)
    phi = (a[..., None] * bells).sum(axis=-2)
    w, weighted = weighted_sum_forward(phi, C)
    return w, phi, (a, b, D, bells, weighted)


def gaussian_window_backward(dw: np.ndarray, dphi: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    """Gradients of a, b, kappa and C.

    φ goes into w and to the caller. With Eₖᵤ = exp(−bₖ (κₖ − u)²), whose derivative by its exponent is itself::

        dcᵤ   = φ(u) dw              dφ(u) = cᵤᵀ dw + dphi(u)
        daₖ   = Σᵤ dφ(u) Eₖᵤ
        dbₖ   = −aₖ Σᵤ dφ(u) Eₖᵤ (κₖ − u)²
        dκₖ   = −2 aₖ bₖ Σᵤ dφ(u) Eₖᵤ (κₖ − u)
    """
    a, b, D, bells, weighted = cache
    phi, C = weighted
    dw = upstream("gaussian_window_backward", "dw", dw, C.shape[:-2] + C.shape[-1:], C.dtype)
    dphi = upstream("gaussian_window_backward", "dphi", dphi, phi.shape, phi.dtype)
    dphi_of_w, dC = weighted_sum_backward(dw, weighted)
    dbells = (dphi + dphi_of_w)[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * D * D).sum(axis=-1)
    dkappa = -2 * a * (b * (dbells * D).sum(axis=-1))
    return da, db, dkappa, dC
