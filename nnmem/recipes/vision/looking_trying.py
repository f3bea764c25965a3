"""The trained network that looks around as a thing to use: a picture in, a digit out, and the path of its eye."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnmem.attention.glimpse import glimpse_forward
from nnmem.models.vision.recurrent_attention import RecurrentAttention, RecurrentAttentionParams
from nnmem.nn.softmax import softmax
from nnmem.recipes.trained import Answer
from nnmem.recipes.vision.picture_files import on_square, read_ink

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WANTS = "a picture with a digit about a quarter as high as the picture, such as digit.png"


class EyePath(NamedTuple):
    """What the network saw of a picture, glimpse after glimpse."""

    places: np.ndarray  # (T, 2) from −1 to 1
    retinas: np.ndarray  # (T, scales, size, size)
    probabilities: np.ndarray  # (T, classes), had it stopped there


class KnownPicture(NamedTuple):
    """A picture whose answer is known."""

    picture: np.ndarray  # (side, side)
    label: int


def look_at(
    model: RecurrentAttention, params: RecurrentAttentionParams, picture: np.ndarray, start: np.ndarray, glimpses: int
) -> EyePath:
    """Look at one picture (side, side), first at ``start`` (2,), without noise."""
    noise = np.zeros((glimpses - 1, 2), picture.dtype)
    _, _, places, _ = model.look(params, picture, start.astype(picture.dtype), noise)
    retinas = [glimpse_forward(picture, place, model.size, model.scales)[0] for place in places]
    logits = [model.forward(params, picture, places[: t + 1])[0] for t in range(glimpses)]
    return EyePath(places, np.array(retinas), softmax(np.array(logits)))


def reply(model: RecurrentAttention, params: RecurrentAttentionParams, side: int, glimpses: int, given: Any) -> Answer:
    """Say which digit is in a person's picture, or in one whose answer is known; the first look is at its middle."""
    label, notices = None, []
    if isinstance(given, KnownPicture):
        picture, label = given
    else:
        ink, read = read_ink(given, WANTS)
        picture, fitted = on_square(ink, side)
        notices = read + fitted
    path = look_at(model, params, picture, np.zeros(2), glimpses)
    found, sure = int(path.probabilities[-1].argmax()), float(path.probabilities[-1].max())
    pixels = np.round((1 + path.places) * side / 2).astype(int).tolist()
    verdict = "" if label is None else "   right" if found == label else f"   wrong, should be {label}"
    looked = ", ".join(f"({row}, {column})" for row, column in pixels)
    text = f"in   {side} x {side} pixels, looked at in (row, column) {looked}\n"
    text += f"out  {found}, with probability {sure:.2f}{verdict}"
    right = None if label is None else found == label
    facts = {"answer": found, "probability": sure, "right": right, "looked_at": pixels}
    return Answer(text, facts, lambda: draw_eye_path(picture, path), tuple(notices))


def draw_eye_path(picture: np.ndarray, path: EyePath) -> Figure:
    """Draw the way of the eye over the picture, and what it saw at each glimpse."""
    from nnmem.plots import eye_path, new_figure

    T, scales = path.retinas.shape[:2]
    figure, axes = new_figure(scales, T + 3, (1.1 * (T + 3), 1.1 * scales), squeeze=False)
    whole = figure.add_subplot(axes[0, 0].get_gridspec()[:, :3])
    for ax in axes[:, :3].ravel():
        ax.remove()
    eye_path(whole, picture, path.places, path.retinas.shape[-1])
    whole.set(xlabel="column", ylabel="row")
    for t in range(T):
        for k in range(scales):
            ax = axes[k, t + 3]
            ax.imshow(path.retinas[t, k], cmap="gray_r", vmin=0, vmax=1)
            ax.set_xticks([])
            ax.set_yticks([])
            if t == 0:
                ax.set_ylabel(f"scale {2**k}", fontsize=9)
        best = int(path.probabilities[t].argmax())
        axes[0, t + 3].set_title(f"glimpse {t + 1}\n{best}: {path.probabilities[t, best]:.2f}", fontsize=9)
    return figure
