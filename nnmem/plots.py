"""Pictures of attention and memory, in colours that colour-blind readers can tell apart."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#777777"
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, GREY)
WEIGHTS = "viridis"


def new_figure(rows: int = 1, columns: int = 1, size: tuple[float, float] = (7.0, 3.6), **kwargs: Any) -> Any:
    """Return a figure and its axes in the house style: readable at half the width of a page."""
    import matplotlib.pyplot as plt

    plt.rcParams.update({"font.size": 11, "axes.prop_cycle": plt.cycler(color=COLOURS), "savefig.dpi": 120})
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False})
    return plt.subplots(rows, columns, figsize=size, layout="constrained", **kwargs)


def save(figure: Figure, name: str) -> None:
    """Write ``NAME.png`` into the folder that NNMEM_FIGURES names, as ``nnmem chapter`` does; else nothing."""
    if folder := os.environ.get("NNMEM_FIGURES"):
        path = Path(folder) / f"{name}.png"
        part = path.with_suffix(".part")
        figure.savefig(part, format="png", metadata={"Software": None})
        part.replace(path)


def attention_map(
    ax: Axes, alpha: np.ndarray, queries: Sequence[str] = (), items: Sequence[str] = (), numbers: bool = False
) -> Any:
    """Draw an attention matrix, a query a row and an item a column, from 0 to 1; return the image for a colour bar."""
    image = ax.imshow(alpha, cmap=WEIGHTS, vmin=0, vmax=1, aspect="auto")
    if len(items):
        ax.set_xticks(range(len(items)), items)
    if len(queries):
        ax.set_yticks(range(len(queries)), queries)
    for i, j in np.ndindex(*alpha.shape) if numbers else ():
        ax.text(j, i, f"{alpha[i, j]:.2f}", ha="center", va="center", color="white" if alpha[i, j] < 0.6 else "black")
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return image


def picture(ax: Axes, pixels: np.ndarray, title: str = "", colour: str = "black") -> None:
    """Draw a square picture given as a row of pixels, dark on light, with a title in a colour."""
    side = int(np.sqrt(pixels.size))
    ax.imshow(np.reshape(pixels, (side, side)), cmap="gray_r")
    ax.set_title(title, fontsize=10, color=colour)
    ax.set_axis_off()


def learning_curves(losses: Mapping[str, np.ndarray], ylabel: str = "loss", window: int = 100) -> Figure:
    """Draw losses against steps, each the mean over ``window`` steps, on a logarithmic axis."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for (name, loss), colour in zip(losses.items(), COLOURS * len(losses), strict=False):
        width = min(window, max(len(loss), 1))
        means = np.convolve(loss, np.ones(width) / width, mode="valid")
        axes.plot(np.arange(len(means)) + width, means, color=colour, label=name)
    axes.set(xlabel="training step", ylabel=f"{ylabel}, mean of {window} steps", yscale="log")
    axes.legend(frameon=False)
    return figure
