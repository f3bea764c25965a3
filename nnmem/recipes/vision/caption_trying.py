"""A person's own picture: read, cropped, scaled, captioned, and drawn with the spots where each word looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.vision.captioner import CaptionerParams
from nnmem.models.vision.captioning import write_captions
from nnmem.models.vision.patch_encoder import PatchEncoderParams
from nnmem.recipes.trained import Answer
from nnmem.recipes.vision.caption_training import ENCODER, MODEL
from nnmem.recipes.vision.picture_files import read_ink, scaled_to_square
from nnmem.tasks.digit_mosaics import EACH, PATCH, PLACES, SIDE, STRIDE, WORDS, Mosaics, captions, read_caption

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = f"the name of a picture file (PNG or JPEG), handwritten digits in a grid of 3 x 3, at least {PATCH} pixels wide"
LONGEST = 36  # words of nine digits


def reply(encoder: PatchEncoderParams, writer: CaptionerParams, given: Any) -> Answer:
    """Write the caption of a picture: a file, an array (H, W) or with colours, or a mosaic whose caption is known."""
    right = read_caption(captions(given)[0]) if isinstance(given, Mosaics) else None
    notices: list[str] = []
    if isinstance(given, Mosaics):
        picture = given.pictures[0]
    else:
        ink, read = read_ink(given, WANTS, PATCH)
        picture, fitted = scaled_to_square(ink, SIDE)
        notices = read + fitted
    found = write_captions(MODEL, writer, ENCODER.regions(encoder, picture[None]), LONGEST)
    ended = found.lengths[0] < found.seen.shape[1]
    words = [WORDS[word] for word in found.indices[0, : found.lengths[0]]] + [WORDS[0]] * int(ended)
    alpha = found.seen[0, : len(words)]
    caption = " ".join(words)
    if not ended:
        notices.append(f"no full stop within {LONGEST} words: the caption is cut off")
    most = alpha.argmax(axis=-1)
    lines = [caption + ("" if right in (None, caption) else f"   (wrong: {right})"), ""]
    for word, i, weights in zip(words, most, alpha, strict=True):
        row, column = (STRIDE * part for part in divmod(int(i), PLACES))
        where = f"rows {row:2} to {row + PATCH - 1:2}, columns {column:2} to {column + PATCH - 1:2}"
        lines.append(f"{word:>8}  looks most at {where} ({weights[i]:.2f})")
    facts: dict[str, Any] = {"caption": caption, "right": None if right is None else caption == right}
    facts |= {"words": words, "looks": np.round(alpha, 3).reshape(-1, PLACES, PLACES).tolist()}
    return Answer("\n".join(lines), facts, lambda: draw_looks(picture, words, alpha), tuple(notices))


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
