"""A glimpse (一瞥): a small part of a picture, sharp in the middle and coarser around it, and where to look for it.

Mnih, Heess, Graves and Kavukcuoglu 2014. A network that sees a picture through glimpses alone pays for their number and
size, not for the picture's. Where it looks is drawn from a Gaussian, so that looking can be learned from reward.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.options import count, positive

__all__ = ["gaussian_policy_backward", "gaussian_policy_forward", "glimpse_backward", "glimpse_forward"]

PICTURE, PLACE = "picture (..., H, W)", "place (..., 2)"
GLIMPSE = f"{PICTURE}, {PLACE}"
POLICY = "mean (..., d), place (..., d)"


def glimpse_forward(picture: np.ndarray, place: np.ndarray, size: int = 8, scales: int = 3) -> tuple[np.ndarray, tuple]:
    """What is seen of a picture from a place (一瞥传感器): windows of several scales, each as size x size means.

    Section 8.4, the visual attention of Mnih et al. 2014, section 3.1, "retina". With g the size, (r, c) the pixel at
    the place and I = 0 beyond the edge of the picture::

        v_kij = 4⁻ᵏ Σ_{a,b < 2ᵏ} I[r + 2ᵏ (i − ⌊g/2⌋) + a, c + 2ᵏ (j − ⌊g/2⌋) + b],     k = 0, …, scales − 1
        r = ⌊(1 + y) H / 2 + 1/2⌋,     c = ⌊(1 + x) W / 2 + 1/2⌋

    Parameters
    ----------
    picture : (..., H, W) array
        Of any size, smaller than a window too.
    place : (..., 2) array
        y and x, from −1 (the upper, the left edge) to 1; far beyond, the glimpse sees zeros. It receives no gradient:
        r and c are whole numbers, so a glimpse is a step function of its place.
    size : int
        g, the side of what is seen at each scale.
    scales : int
        Windows of sides g, 2g, 4g, and so on.

    Returns
    -------
    retina : (..., scales, size, size) array
        NaN where the place is NaN.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        size or scales is no whole number above zero.

    Departs from the text: the chapter names the network alone. The paper leaves open how a window is made smaller; here
    it is by means.
    """
    picture, place = arrays("glimpse_forward", GLIMPSE, picture, place)
    size, scales = count("glimpse_forward", "size", size), count("glimpse_forward", "scales", scales)
    index, inside = _window(picture.shape, place.real, size, scales)
    window = np.where(inside, picture.reshape(-1)[index], 0) if picture.size else np.zeros(index.shape, picture.dtype)
    retina = np.empty((*place.shape[:-1], scales, size, size), picture.dtype)
    for k in range(scales):
        retina[..., k, :, :] = _block_means(window[_middle(k, size, scales)], 2**k)
    retina[np.isnan(place).any(axis=-1)] = np.nan
    return retina, (picture.shape, place.real, retina.shape, retina.dtype)


def glimpse_backward(dretina: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the picture alone; what no window shows receives none.

    Every pixel of a window is one of the 4ᵏ that make a mean, and may lie in the windows of several scales::

        dI[r + 2ᵏ (i − ⌊g/2⌋) + a, c + 2ᵏ (j − ⌊g/2⌋) + b] += 4⁻ᵏ dv_kij
    """
    shape, place, retina_shape, dtype = cache
    dretina = upstream("glimpse_backward", "dretina", dretina, retina_shape, dtype)
    scales, size = retina_shape[-3:-1]
    index, inside = _window(shape, place, size, scales)
    dwindow = np.zeros(index.shape, dtype)
    for k in range(scales):
        dwindow[_middle(k, size, scales)] += (dretina[..., k, :, :] / 4**k).repeat(2**k, axis=-2).repeat(2**k, axis=-1)
    dpicture = np.zeros(math.prod(shape), dtype)
    dpicture[index[inside]] = dwindow[inside]  # a window has no pixel twice
    return dpicture.reshape(shape)


def _window(shape: tuple[int, ...], place: np.ndarray, size: int, scales: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the largest window around each place: the index of its pixels among all, and which of them the picture has."""
    H, W = shape[-2:]
    side = size * 2 ** (scales - 1)
    with np.errstate(over="ignore"):
        pixel = np.floor((1.0 + place) * (H / 2, W / 2) + 0.5)
    pixel = np.clip(np.where(np.isnan(pixel), -side, pixel), -side, (H + side, W + side)).astype(np.intp)
    corner = pixel - size // 2 * 2 ** (scales - 1)
    rows, columns = (corner[..., axis, None] + np.arange(side) for axis in (0, 1))
    has_row, has_column = (rows >= 0) & (rows < H), (columns >= 0) & (columns < W)
    first = H * W * np.arange(math.prod(place.shape[:-1])).reshape(*place.shape[:-1], 1)
    rows, columns = np.where(has_row, first + W * rows, 0), np.where(has_column, columns, 0)
    return rows[..., :, None] + columns[..., None, :], has_row[..., :, None] & has_column[..., None, :]


def _middle(k: int, size: int, scales: int) -> tuple[Any, ...]:
    """Where the window of scale k lies in the largest."""
    start = size // 2 * (2 ** (scales - 1) - 2**k)
    part = slice(start, start + size * 2**k)
    return ..., part, part


def _block_means(window: np.ndarray, side: int) -> np.ndarray:
    """The mean of every block of side x side pixels."""
    rows = window[..., ::side, :].copy()
    for a in range(1, side):
        rows += window[..., a::side, :]
    blocks = rows[..., ::side].copy()
    for b in range(1, side):
        blocks += rows[..., b::side]
    return blocks / side**2


def gaussian_policy_forward(mean: np.ndarray, place: np.ndarray, std: float = 0.1) -> tuple[np.ndarray, tuple]:
    """Log-density of the place that was looked at, drawn from a Gaussian around a mean (高斯策略), in nats.

    Section 8.4, the visual attention of Mnih et al. 2014, section 3: a network gives the mean, the spread is fixed::

        log p(l | μ) = −Σᵢ (lᵢ − μᵢ)² / (2σ²) − d log(σ √(2π)),     l = μ + σ ε,  ε ∼ N(0, I)

    Parameters
    ----------
    mean : (..., d) array
        μ, where the network wants to look.
    place : (..., d) array
        l, where it looked.
    std : float
        σ.

    Returns
    -------
    log_p : (...) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        std is no number above zero.
    """
    mean, place = arrays("gaussian_policy_forward", POLICY, mean, place)
    std = positive("gaussian_policy_forward", "std", std)
    deviation = (place - mean) / std
    log_p = -(deviation * deviation / 2 + math.log(std * math.sqrt(2 * math.pi))).sum(axis=-1)
    return log_p, (deviation, std)


def gaussian_policy_backward(dlog_p: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of mean and place, as if both were free::

        dμ = (l − μ) / σ² dlog p        dl = −dμ

    A score-function estimate takes dμ alone: the place was drawn and stays where it is.
    """
    deviation, std = cache
    dlog_p = upstream("gaussian_policy_backward", "dlog_p", dlog_p, deviation.shape[:-1], deviation.dtype)
    dmean = dlog_p[..., None] * deviation / std
    return dmean, -dmean
