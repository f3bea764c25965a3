"""Patches of a picture (图块), one a row: what a convolution is a matrix product of, and what a glimpse is cut from."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import count

__all__ = ["patches_backward", "patches_forward"]

PICTURES = "X (..., H, W, c)"


def patches_forward(X: np.ndarray, size: int, stride: int = 1) -> tuple[np.ndarray, tuple]:
    """Cut pictures into square patches, each laid out as a row (图块)::

        p_ij = X[i t : i t + s, j t : j t + s, :]

    Section 8.1.3; the regions of a picture that attention chooses from, and what a filter of a convolution is
    multiplied with. s is the size, t the stride.

    Parameters
    ----------
    X : (..., H, W, c) array
        Pictures of H rows and W columns; c is 1 for grey and 3 for colours.
    size : int
        Rows and columns of a patch.
    stride : int, optional
        How far the next patch lies below, or to the right. What is left at the lower and right edge is in no patch.

    Returns
    -------
    P : (..., h, w, size · size · c) array
        h = (H − size) // stride + 1 rows of patches, w columns; pixels in reading order, channels innermost.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A picture is smaller than a patch, or size or stride is no whole number of at least 1.
    """
    (X,) = arrays("patches_forward", PICTURES, X)
    s, t = count("patches_forward", "size", size), count("patches_forward", "stride", stride)
    large_enough("patches_forward", X, s, "patch")
    windows = sliding_window_view(X, (s, s), axis=(-3, -2))[..., ::t, ::t, :, :, :]
    P = np.moveaxis(windows, -3, -1)  # (..., h, w, s, s, c)
    return P.reshape(*P.shape[:-3], s * s * X.shape[-1]), (X.shape, X.dtype, s, t)


def patches_backward(dP: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of X.

    A pixel is copied into every patch that covers it, so it receives from all of them; pixel (u, v) of all patches at
    once::

        dX[i t + u, j t + v, :] += dp_ij[u, v, :]        for u, v = 0, …, s − 1
    """
    shape, dtype, s, t = cache
    *lead, H, W, c = shape
    h, w = (H - s) // t + 1, (W - s) // t + 1
    dP = upstream("patches_backward", "dP", dP, (*lead, h, w, s * s * c), dtype).reshape(*lead, h, w, s, s, c)
    dX = np.zeros(shape, dtype)
    for u in range(s):
        for v in range(s):
            dX[..., u : u + h * t - t + 1 : t, v : v + w * t - t + 1 : t, :] += dP[..., u, v, :]
    return dX


def large_enough(function: str, X: np.ndarray, size: int, what: str) -> None:
    """Raise ValueError unless something of this size fits into the pictures."""
    if min(X.shape[-3:-1]) < size:
        should = f"(..., H, W, c) with H and W at least {size}, the size of a {what}"
        raise ValueError(f"{function}: X has shape {X.shape}, should be {should}")
