"""Addressing by location (基于位置的寻址): from the weights of the last step to those of this one by interpolation,
shift and sharpening. The chapter mentions it in section 8.3.2 and leaves it out; Graves et al. 2014, section 3.3.2.
"""

from __future__ import annotations

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.softmax import softmax, softmax_gradient

__all__ = [
    "interpolate_backward",
    "interpolate_forward",
    "sharpen_backward",
    "sharpen_forward",
    "shift_backward",
    "shift_forward",
]

INTERPOLATE = "w_c (..., N), w_prev (..., N), g (...)"
SHIFT, SHARPEN = "w_g (..., N), s (..., S)", "w (..., N), gamma (...)"


def interpolate_forward(w_c: np.ndarray, w_prev: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Interpolation (插值): a gate chooses between this step's content weights and the last step's weights.

    Section 8.3.2; Graves et al. 2014, equation (7)::

        w_g = g w_c + (1 − g) w_prev

    Parameters
    ----------
    w_c : (..., N) array
        Weights by content.
    w_prev : (..., N) array
        Weights of the last step.
    g : (...) array
        Interpolation gate, 0 to 1: 1 looks at content alone, 0 ignores it.

    Returns
    -------
    w_g : (..., N) array
        Sums to one if both weights do.
    cache : tuple
    """
    w_c, w_prev, g = arrays("interpolate_forward", INTERPOLATE, w_c, w_prev, g)
    g = g[..., None]
    w_g = g * w_c + (1 - g) * w_prev
    return w_g, (w_c, w_prev, g)


def interpolate_backward(dw_g: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of w_c, w_prev and g.

    Equation (7) of the paper, backwards; g multiplies w_c, and w_prev with the other sign::

        dw_c = g dw_g     dw_prev = (1 − g) dw_g     dg = (w_c − w_prev)ᵀ dw_g
    """
    w_c, w_prev, g = cache
    dw_g = upstream("interpolate_backward", "dw_g", dw_g, w_c.shape, w_c.dtype)
    dw_c = g * dw_g
    dw_prev = (1 - g) * dw_g
    dg = ((w_c - w_prev) * dw_g).sum(axis=-1)
    return dw_c, dw_prev, dg


def shift_forward(w_g: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Circular shift (循环移位): the weights move to neighbouring rows; behind the last row comes the first.

    Section 8.3.2; Graves et al. 2014, equation (8)::

        w̃ᵢ = Σⱼ sⱼ w_g[i − (j − R)],   j = 0 … 2R, rows counted modulo N

    Parameters
    ----------
    w_g : (..., N) array
        Weights.
    s : (..., S) array
        Shift weights, S = 2R + 1 of them: entry j is a shift by j − R, the middle one stays.

    Returns
    -------
    w : (..., N) array
        Sums to one if w_g and s do.
    cache : tuple

    Raises
    ------
    ValueError
        S is even, or larger than N (a row would be reached twice).

    Departs from the text: the paper sums over all N shifts; those beyond ±R have no weight.
    """
    w_g, s = arrays("shift_forward", SHIFT, w_g, s)
    N, S = w_g.shape[-1], s.shape[-1]
    if S % 2 == 0 or 0 < N < S:
        raise ValueError(
            f"shift_forward: s has shape {s.shape}, should be (..., 2R+1), an odd number of shifts, at most N = {N}"
        )
    i, j = np.arange(N), np.arange(S)[:, None]
    moved = np.take(w_g, (i - (j - S // 2)) % N, axis=-1)  # (..., S, N): row j is w_g moved by j − R
    w = (s[..., None, :] @ moved)[..., 0, :]
    return w, (moved, s)


def shift_backward(dw: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of w_g and s.

    Equation (8) of the paper, backwards. What moved there by j − R comes back by as much::

        dw_gᵢ = Σⱼ sⱼ dw̃[i + (j − R)]     dsⱼ = Σᵢ dw̃ᵢ w_g[i − (j − R)]
    """
    moved, s = cache
    S, N = moved.shape[-2:]
    dw = upstream("shift_backward", "dw", dw, (*s.shape[:-1], N), s.dtype)
    i, j = np.arange(N), np.arange(S)[:, None]
    back = np.take(dw, (i + (j - S // 2)) % N, axis=-1)  # (..., S, N): row j is dw moved back by j − R
    dw_g = (s[..., None, :] @ back)[..., 0, :]
    ds = (moved @ dw[..., None])[..., 0]
    return dw_g, ds


def sharpen_forward(w: np.ndarray, gamma: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Sharpening (锐化): what a shift has blurred becomes distinct again.

    Section 8.3.2; Graves et al. 2014, equation (9)::

        yᵢ = wᵢ^γ / Σⱼ wⱼ^γ = softmax(γ log w)ᵢ

    Parameters
    ----------
    w : (..., N) array
        Weights. They need not sum to one. What is below the smallest normal number (1e-38 in float32), zero and
        negative weights among it, counts as that number, so that log w is finite: a one-hot row stays one-hot, a row
        without weight becomes uniform.
    gamma : (...) array
        At least 1: 1 changes nothing in weights that sum to one, large γ leaves the largest.

    Returns
    -------
    y : (..., N) array
        Each row sums to one.
    cache : tuple
    """
    w, gamma = arrays("sharpen_forward", SHARPEN, w, gamma)
    gamma = gamma[..., None]
    w = np.maximum(w, np.finfo(w.dtype).tiny)
    log_w = np.log(w)
    y = softmax(gamma * log_w)
    return y, (w, gamma, log_w, y)


def sharpen_backward(dy: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of w and gamma.

    Equation (9) of the paper, backwards: a softmax whose scores are the product γ log w::

        ds = y ∘ (dy − yᵀdy)     dγ = Σᵢ dsᵢ log wᵢ     dwᵢ = γ dsᵢ / wᵢ
    """
    w, gamma, log_w, y = cache
    dy = upstream("sharpen_backward", "dy", dy, y.shape, y.dtype)
    ds = softmax_gradient(dy, y)
    dgamma = (ds * log_w).sum(axis=-1)
    dw = gamma * ds / w
    return dw, dgamma
