"""Maxout (最大输出单元): of every two features the larger one, Goodfellow et al. 2013."""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream

__all__ = ["maxout_backward", "maxout_forward"]

MAXOUT = "X (..., 2k)"


def maxout_forward(X: np.ndarray) -> tuple[np.ndarray, tuple]:
    """The larger of each two neighbours (最大输出单元).

    Section 8.1.3, before the word that a translator writes; Goodfellow et al. 2013, section 3, and Bahdanau et al.
    2014, appendix A.2.2::

        yᵢ = max(x₂ᵢ₋₁, x₂ᵢ)

    Parameters
    ----------
    X : (..., 2k) array
        Features, two and two.

    Returns
    -------
    Y : (..., k) array
    cache : tuple

    Departs from the text: the chapter has no maxout; it is the paper's, with two features to a unit.
    """
    (X,) = arrays("maxout_forward", MAXOUT, X)
    pairs = X.reshape(*X.shape[:-1], X.shape[-1] // 2, 2)
    Y = np.maximum(pairs[..., 0], pairs[..., 1])
    return Y, (pairs[..., 0] == Y, X.dtype)


def maxout_backward(dY: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of X: all of it to the larger of the two, the first where they are equal::

    dx₂ᵢ₋₁ = dyᵢ 1[x₂ᵢ₋₁ ≥ x₂ᵢ],     dx₂ᵢ = dyᵢ 1[x₂ᵢ₋₁ < x₂ᵢ]
    """
    first, dtype = cache
    dY = upstream("maxout_backward", "dY", dY, first.shape, dtype)
    dpairs = np.stack([np.where(first, dY, 0), np.where(first, 0, dY)], axis=-1)
    return dpairs.reshape(*first.shape[:-1], 2 * first.shape[-1])
