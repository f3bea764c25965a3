"""A person's picture, from a file or an array, as ink on a square: what was done to it is said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from nnmem.recipes.trained import InputError

MOST = 10_000  # pixels a side
BRIGHTNESS = 0.299, 0.587, 0.114  # of red, green and blue


def read_ink(given: Any, wants: str, least: int = 1) -> tuple[np.ndarray, list[str]]:
    """Return ink (H, W) float32, 0 for paper to 1, of a picture file or an array, and what was done to it.

    Colours become grey. Ink is what is rarer: a picture that is mostly bright is dark on light, and is inverted.

    Raises
    ------
    InputError
        There is no such file, it holds no picture, or a side has fewer than ``least`` pixels.
    """
    notices = []
    pixels = _decoded(Path(given), wants) if isinstance(given, str | Path) else np.asarray(given)
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "fiub" or channels not in (1, 2, 3, 4):
        raise InputError(f"an array {pixels.shape} of {pixels.dtype} is no picture; should be {wants}")
    H, W = pixels.shape[:2]
    if not least <= min(H, W) <= max(H, W) <= MOST:
        raise InputError(f"the picture has {H} x {W} pixels, should have {least} to {MOST} a side: {wants}")
    scale = np.iinfo(pixels.dtype).max if pixels.dtype in (np.uint8, np.uint16) else 1
    pixels = pixels.reshape(H, W, channels) / scale
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        least_pixel, most_pixel = pixels.min(), pixels.max()
        raise InputError(f"the picture has pixels from {least_pixel:g} to {most_pixel:g}, should be from 0 to 1")
    if channels in (2, 4):  # what shines through is white paper
        pixels = pixels[..., :-1] * pixels[..., -1:] + 1 - pixels[..., -1:]
    ink = pixels[..., 0]
    if np.ptp(pixels, axis=2).max() > 0.02:
        ink = pixels @ BRIGHTNESS
        notices.append("the picture has colours: only how bright they are is kept")
    if np.median(ink) > 0.5:
        ink = 1 - ink
        notices.append("dark on light: the picture is inverted, the model knows ink as 1 and paper as 0")
    if np.ptp(ink) < 0.02:
        raise InputError(f"the picture is of one shade, there is nothing on it; should be {wants}")
    return ink.astype(np.float32), notices


def on_square(ink: np.ndarray, side: int) -> tuple[np.ndarray, list[str]]:
    """Return the ink on side x side pixels, a smaller picture in the middle; and what was done."""
    H, W = ink.shape
    if max(H, W) > side or H == W == side:
        return scaled_to_square(ink, side)
    top, left = (side - H) // 2, (side - W) // 2
    ink = np.pad(ink, ((top, side - H - top), (left, side - W - left)))
    return ink, [f"the picture has {H} x {W} pixels: it stands in the middle of {side} x {side}"]


def scaled_to_square(ink: np.ndarray, side: int) -> tuple[np.ndarray, list[str]]:
    """Return the ink cropped to a square and scaled to side x side pixels; and what was done.

    Raises
    ------
    InputError
        All ink lies beside the square.
    """
    (H, W), n, notices = ink.shape, min(ink.shape), []
    if H != W:
        top, left = (H - n) // 2, (W - n) // 2
        ink = ink[top : top + n, left : left + n]
        if not ink.any():
            raise InputError(f"the picture has {H} x {W} pixels, and in its middle, {n} x {n} pixels, there is nothing")
        notices.append(f"the picture is cropped to its middle, {n} x {n} pixels")
    if n != side:
        share = _shares(n, side)
        ink = share @ ink @ share.T
        notices.append(f"the picture is scaled from {n} x {n} to {side} x {side} pixels")
    return ink.astype(np.float32), notices


def _shares(n: int, side: int) -> np.ndarray:
    """How much of each of n pixels is in each of side pixels (side, n); a row sums to one."""
    edges = np.linspace(0, n, side + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(n)
    return np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None) * side / n


def _decoded(path: Path, wants: str) -> np.ndarray:
    from matplotlib.image import imread
    from PIL import Image

    if not os.path.isfile(path):
        raise InputError(f"there is no file {path}; should be {wants}")
    try:
        with Image.open(path) as opened:  # reads no more than the size
            if max(opened.size) > MOST:
                raise ValueError(f"it has {opened.height} x {opened.width} pixels, should have {MOST} a side at most")
        return np.asarray(imread(path))
    except Exception as error:  # what is wrong in a file can fail anywhere in a reader of pictures
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{path} is no picture ({reason}); should be {wants}") from None
