"""A person's picture, from a file or an array, as ink on a square: what was done to it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nnmem.recipes.trained import InputError

MOST = 10_000  # pixels a side


def read_ink(given: Any, wants: str) -> tuple[np.ndarray, list[str]]:
    """Return ink (H, W) float32, 0 for paper to 1, of a picture file or an array, and what was done to it.

    Colours become grey. Ink is what is rarer: a picture that is mostly bright is dark on light, and is turned round.

    Raises
    ------
    InputError
        There is no such file, or it holds no picture.
    """
    notices = []
    pixels = _decoded(Path(given), wants) if isinstance(given, str | Path) else np.asarray(given)
    if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "fiub" or not pixels.size or max(pixels.shape) > MOST:
        raise InputError(f"an array {pixels.shape} of {pixels.dtype} is no picture; should be {wants}")
    pixels = pixels / 255 if pixels.dtype == np.uint8 else pixels.astype(float)
    if pixels.ndim == 3:
        if pixels.shape[-1] not in (1, 2, 3, 4):
            raise InputError(f"a picture {pixels.shape} has {pixels.shape[-1]} channels; should be {wants}")
        if pixels.shape[-1] in (2, 4):  # what shines through is white paper
            pixels = pixels[..., :-1] * pixels[..., -1:] + 1 - pixels[..., -1:]
        if pixels.shape[-1] == 3 and np.ptp(pixels, axis=-1).max() > 0.02:
            notices.append("the picture has colours: it was turned to grey")
        pixels = pixels.mean(axis=-1)
    if not np.isfinite(pixels).all() or pixels.min() < 0 or pixels.max() > 1:
        raise InputError(f"the picture has pixels from {pixels.min():g} to {pixels.max():g}; should be 0 to 1")
    if np.median(pixels) > 0.5:
        pixels = 1 - pixels
        notices.append("the picture is dark on light: it was turned round, as the model knows light on dark")
    return pixels.astype(np.float32), notices


def on_square(ink: np.ndarray, side: int) -> tuple[np.ndarray, list[str]]:
    """Return the ink on side x side pixels: a smaller one in the middle, a larger one cut to a square and shrunk."""
    (H, W), notices = ink.shape, []
    if max(H, W) <= side:
        if min(H, W) < side:
            top, left = (side - H) // 2, (side - W) // 2
            ink = np.pad(ink, ((top, side - H - top), (left, side - W - left)))
            notices.append(f"the picture has {H} x {W} pixels: it stands in the middle of {side} x {side}")
        return ink, notices
    n = min(H, W)
    if H != W:
        top, left = (H - n) // 2, (W - n) // 2
        ink = ink[top : top + n, left : left + n]
        notices.append(f"the picture has {H} x {W} pixels: the square in its middle is used")
    shares = _shares(n, side)
    if n != side:
        notices.append(f"it was {'shrunk' if n > side else 'stretched'} from {n} x {n} to {side} x {side} pixels")
    return (shares @ ink @ shares.T).astype(np.float32), notices


def _shares(n: int, side: int) -> np.ndarray:
    """How much of each of n pixels is in each of side pixels (side, n); a row sums to one."""
    edges = np.linspace(0, n, side + 1)
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(n)
    return np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None) * side / n


def _decoded(path: Path, wants: str) -> np.ndarray:
    from matplotlib.image import imread

    if not path.is_file():
        raise InputError(f"there is no file {path}; should be {wants}")
    try:
        return np.asarray(imread(path))
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow raises for files that are no pictures
        raise InputError(f"{path} is no picture ({str(error).splitlines()[0]}); should be {wants}") from None
