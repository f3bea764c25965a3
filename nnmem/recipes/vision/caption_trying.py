"""A person's own picture: read, cropped, scaled, captioned, and drawn with the spots where each word looked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.vision.captioner import CaptionerParams
from nnmem.models.vision.captioning import write_captions
from nnmem.models.vision.patch_encoder import PatchEncoderParams
from nnmem.recipes.trained import Answer, InputError
from nnmem.recipes.vision.caption_training import ENCODER, MODEL
from nnmem.tasks.digit_mosaics import EACH, PATCH, PLACES, SIDE, STRIDE, WORDS, Mosaics, captions, read_caption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = f"the name of a picture file (PNG or JPEG), handwritten digits in a grid of 3 x 3, at least {PATCH} pixels wide"
LONGEST = 36  # words of nine digits


def reply(encoder: PatchEncoderParams, writer: CaptionerParams, given: Any) -> Answer:
    """Write the caption of a picture: a file, an array (H, W) or with colours, or a mosaic whose caption is known."""
    right = read_caption(captions(given)[0]) if isinstance(given, Mosaics) else None
    pixels = given.pictures[0] if isinstance(given, Mosaics) else read_picture(given)
    picture, notices = (pixels, ()) if isinstance(given, Mosaics) else prepared(pixels)
    found = write_captions(MODEL, writer, ENCODER.regions(encoder, picture[None]), LONGEST)
    ended = found.lengths[0] < found.seen.shape[1]
    words = [WORDS[word] for word in found.indices[0, : found.lengths[0]]] + [WORDS[0]] * int(ended)
    alpha = found.seen[0, : len(words)]
    caption = " ".join(words)
    if not ended:
        notices = (*notices, f"no full stop within {LONGEST} words: the caption is cut off")
    most = alpha.argmax(axis=-1)
    lines = [caption + ("" if right in (None, caption) else f"   (wrong: {right})"), ""]
    for word, i, weights in zip(words, most, alpha, strict=True):
        row, column = (STRIDE * part for part in divmod(int(i), PLACES))
        where = f"rows {row:2} to {row + PATCH - 1:2}, columns {column:2} to {column + PATCH - 1:2}"
        lines.append(f"{word:>8}  looks most at {where} ({weights[i]:.2f})")
    facts: dict[str, Any] = {"caption": caption, "right": None if right is None else caption == right}
    facts |= {"words": words, "looks": np.round(alpha, 3).reshape(-1, PLACES, PLACES).tolist()}
    return Answer("\n".join(lines), facts, lambda: draw_looks(picture, words, alpha), notices)


def read_picture(given: Any) -> np.ndarray:
    """Return the pixels of a file, or of an array, from 0 to 1: (H, W), or (H, W, 3 or 4).

    Raises
    ------
    InputError
        There is no such file, it is no picture, or the array is none.
    """
    if not isinstance(given, str | Path):
        pixels = np.asarray(given)
    else:
        path = Path(given)
        if not path.is_file():
            raise InputError(f"{path}: there is no such file; should be {WANTS}")
        from matplotlib.image import imread

        try:
            pixels = imread(path)
        except Exception as error:  # what is wrong in a file can fail anywhere in a reader of pictures
            raise InputError(
                f"{path} is no picture that can be read ({type(error).__name__}); should be {WANTS}"
            ) from None
    if pixels.dtype.kind not in "fiu" or pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (1,), (3,), (4,)):
        raise InputError(f"an array {pixels.shape} of {pixels.dtype} is no picture; should be (H, W), or (H, W, 3)")
    scale = np.iinfo(pixels.dtype).max if pixels.dtype.kind in "iu" else 1
    pixels = pixels.astype(np.float32) / np.float32(scale)
    if pixels.size and not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        raise InputError("a picture's numbers should be from 0 to 1, or whole numbers of 8 or 16 bits")
    return pixels


def prepared(pixels: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return pixels as the model knows pictures, ink 1 on paper 0, 32 x 32; and what was done to them."""
    notices = []
    if pixels.ndim == 3:
        if pixels.shape[2] == 4:
            pixels = pixels[..., :3] * pixels[..., 3:] + 1 - pixels[..., 3:]  # what is transparent is white
        if pixels.shape[2] == 3 and np.ptp(pixels, axis=2).max(initial=0) > 0:
            notices.append("the picture has colours: only how bright they are is kept")
        pixels = pixels @ np.array([0.299, 0.587, 0.114], np.float32) if pixels.shape[2] == 3 else pixels[..., 0]
    side = min(pixels.shape)
    if side < PATCH:
        raise InputError(
            f"the picture has {pixels.shape[0]} x {pixels.shape[1]} pixels, fewer than a patch; should be {WANTS}"
        )
    if pixels.shape != (side, side):
        notices.append(f"the picture is cropped to its middle, {side} x {side} pixels")
        top, left = ((n - side) // 2 for n in pixels.shape)
        pixels = pixels[top : top + side, left : left + side]
    if side != SIDE:
        notices.append(f"the picture is scaled from {side} x {side} to {SIDE} x {SIDE} pixels")
        share = shares(side)
        pixels = share @ pixels @ share.T
    if np.median(pixels) > 0.5:
        notices.append("dark on light: the picture is inverted, the model knows ink as 1 and paper as 0")
        pixels = 1 - pixels
    return pixels.astype(np.float32), tuple(notices)


def shares(side: int) -> np.ndarray:
    """How much of each old pixel each new one takes, (32, side): the mean over what the new one covers."""
    edges = np.arange(SIDE + 1) * side / SIDE
    start, stop = edges[:-1, None], edges[1:, None]
    old = np.arange(side)
    return (np.clip(np.minimum(stop, old + 1) - np.maximum(start, old), 0, None) * SIDE / side).astype(np.float32)


def spots(alpha: np.ndarray) -> np.ndarray:
    """Weights (36,) spread over the pixels (32, 32) that their patches see, most in the middle of a patch."""
    distance = np.arange(PATCH) - (PATCH - 1) / 2
    bell = np.exp(-(distance**2) / (2 * (PATCH / 4) ** 2))
    found = np.zeros((SIDE, SIDE))
    for weight, (row, column) in zip(alpha, np.ndindex(PLACES, PLACES), strict=True):
        found[row * STRIDE :, column * STRIDE :][:PATCH, :PATCH] += weight * np.outer(bell, bell)
    return found


def draw_looks(picture: np.ndarray, words: list[str], alpha: np.ndarray) -> Figure:
    """Draw the picture once for each word, with the spots where it looked; the words of a digit stand in a row."""
    from matplotlib.colors import LinearSegmentedColormap

    from nnmem.plots import ORANGE, new_figure

    rows = max(1, -(-len(words) // EACH))
    figure, axes = new_figure(rows, EACH, size=(6.4, 1.75 * rows), squeeze=False)
    clear = LinearSegmentedColormap.from_list("spot", [(1, 1, 1, 0), ORANGE])
    for ax in axes.flat[len(words) :]:
        ax.set_axis_off()
    for ax, word, weights in zip(axes.flat, words, alpha, strict=False):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        ax.imshow(spots(weights), cmap=clear, vmin=0, vmax=1, alpha=0.75)
        ax.set_title(word, fontsize=11, pad=3)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    axes[-1, 0].set_xlabel("orange: looked at")
    return figure
