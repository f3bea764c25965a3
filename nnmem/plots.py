"""Pictures of attention and memory, in colours that colour-blind readers can tell apart."""

from __future__ import annotations

import os
import tempfile
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


def eye_path(
    ax: Axes, pixels: np.ndarray, places: np.ndarray, size: int, title: str = "", colour: str = "black"
) -> None:
    """Draw a picture (H, W), dark on light, and places (T, 2) from −1 to 1 where it was looked at, in their order.

    The square around a place is its window of ``size`` pixels.
    """
    from matplotlib.patches import Rectangle

    H, W = pixels.shape
    ax.imshow(pixels, cmap="gray_r", vmin=0, vmax=1, extent=(0, W, H, 0))
    y, x = ((1 + places) * (H, W) / 2).T
    ax.plot(x, y, color=ORANGE, linewidth=1.5, zorder=2.5)
    for t, (row, column) in enumerate(zip(y, x, strict=True)):
        corner = np.floor(column + 0.5) - size // 2, np.floor(row + 0.5) - size // 2
        ax.add_patch(Rectangle(corner, size, size, fill=False, edgecolor=COLOURS[t % 5], linewidth=1.2))
        ax.text(column, row, str(t + 1), ha="center", va="center", fontsize=10, color=COLOURS[t % 5], weight="bold")
    ax.set(xlim=(0, W), ylim=(H, 0))
    ax.set_title(title, fontsize=10, color=colour)


def drawing(width: float, height: float, inch: float = 1.0) -> Any:
    """Return a figure and blank axes for a diagram: x from 0 to width, y from 0 (below) to height, ``inch`` a unit."""
    figure, ax = new_figure(size=(width * inch, height * inch))
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return figure, ax


def box(
    ax: Axes, centre: tuple[float, float], text: str, colour: str = GREY, size: tuple[float, float] = (0.9, 0.5)
) -> None:
    """Draw a part of a diagram: a rounded box in a pale colour with its name in it."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import FancyBboxPatch

    (x, y), (width, height) = centre, size
    style = f"round,pad=0,rounding_size={0.2 * min(size)}"
    corner = (x - width / 2, y - height / 2)
    pale = 1 - 0.18 * (1 - np.array(to_rgb(colour)))  # opaque: what passes behind a part is hidden by it
    shape = FancyBboxPatch(corner, width, height, boxstyle=style, facecolor=pale, edgecolor=colour, linewidth=1.4)
    shape.set_zorder(2.5)
    ax.add_patch(shape)
    ax.text(x, y, text, ha="center", va="center", fontsize=11)


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    text: str = "",
    colour: str = "black",
    width: float = 1.2,
    bend: float = 0.0,
) -> None:
    """Draw an arrow of a diagram, with a word at its middle where there is one; ``bend`` curves it."""
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": width, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12}
    ax.annotate("", end, start, arrowprops={**style, "connectionstyle": f"arc3,rad={bend}"})
    if text:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        background = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(*middle, text, ha="center", va="center", fontsize=10, color=colour, bbox=background)


def learning_curves(losses: Mapping[str, np.ndarray], ylabel: str = "loss", window: int = 100) -> Figure:
    """Draw losses against steps, each the mean over ``window`` steps, on a logarithmic axis."""
    figure, ax = new_figure(size=(6.0, 3.5))
    for name, loss in losses.items():
        width = min(window, max(len(loss), 1))
        means = np.convolve(loss, np.ones(width) / width, mode="valid")
        ax.plot(np.arange(len(means)) + width, means, label=name)
    ax.set(xlabel="training step", ylabel=f"{ylabel}, mean of {window} steps", yscale="log")
    ax.legend()
    return figure


def hopfield_landscape(ax: Axes, landscape: tuple[np.ndarray, np.ndarray, np.ndarray]) -> Any:
    """Draw every state of a small Hopfield network, as ``landscape`` lays them out.

    Each shows its energy, an arrow for every flip, a ring where it rests.

    Neighbours differ in one neuron; the grid closes on itself, so arrows leave at one edge and arrive at the other.
    """
    states, energies, unstable = landscape
    image = ax.imshow(energies, cmap=WEIGHTS, alpha=0.75)
    rows, columns = energies.shape
    arrow = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.2, "mutation_scale": 11, "shrinkA": 0, "shrinkB": 0}
    for y, x in np.ndindex(rows, columns):
        text = "".join("●" if on > 0 else "○" for on in states[y, x])
        ax.text(x, y, f"{text}\n{energies[y, x] + 0.0:g}", ha="center", va="center", fontsize=10)
        if not unstable[y, x].any():
            ax.add_patch(_ring(x, y))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            to = (y + dy) % rows, (x + dx) % columns
            differs = states[y, x] != states[to]
            if (unstable[y, x] & differs).any() and not ((dx or dy) < 0 and (columns if dx else rows) == 2):
                ax.annotate("", (x + 0.66 * dx, y + 0.66 * dy), (x + 0.34 * dx, y + 0.34 * dy), arrowprops=arrow)
                if to != (y + dy, x + dx):
                    start, end = (to[1] - 0.66 * dx, to[0] - 0.66 * dy), (to[1] - 0.34 * dx, to[0] - 0.34 * dy)
                    ax.annotate("", end, start, arrowprops=arrow)
    ax.set(xlim=(-0.75, columns - 0.25), ylim=(rows - 0.25, -0.75))
    ax.set_axis_off()
    return image


def descent(trajectory: np.ndarray, energies: np.ndarray, unit: str = "flip", shown: int = 6) -> Figure:
    """Draw a retrieval as a strip: square pictures of some states over the energy against the flip or step."""
    steps = np.unique(np.linspace(0, len(energies) - 1, shown).round().astype(int))
    figure, axes = new_figure(2, len(steps), (9.0, 4.2), height_ratios=[1, 1.3])
    for ax, step in zip(axes[0], steps, strict=True):
        picture(ax, trajectory[step], f"{unit} {step}")
    below = figure.add_subplot(axes[1, 0].get_gridspec()[1, :])
    for ax in axes[1]:
        ax.remove()
    below.plot(energies, color=BLUE)
    below.plot(steps, energies[steps], "o", color=RED)
    below.set(xlabel=unit, ylabel="energy E")
    return figure


def descent_gif(trajectory: np.ndarray, energies: np.ndarray, frames: int = 25) -> bytes:
    """Animate a retrieval: the state as a square picture beside the energy so far. Returns a GIF."""
    import matplotlib.pyplot as plt
    from matplotlib.animation import FuncAnimation, PillowWriter

    figure, (left, right) = new_figure(1, 2, (6.0, 2.6), width_ratios=[1, 1.6])
    picture(left, trajectory[0])
    image = left.images[0]
    (line,) = right.plot([], [], color=BLUE)
    (dot,) = right.plot([], [], "o", color=RED)
    right.set(xlim=(0, len(energies) - 1), ylim=(energies.min() - 1, energies.max() + 1), xlabel="flip")
    right.set_ylabel("energy E")
    steps = np.unique(np.linspace(0, len(energies) - 1, frames).round().astype(int))

    def show(step: int) -> Sequence[Any]:
        image.set_data(trajectory[step].reshape(image.get_array().shape))
        line.set_data(range(step + 1), energies[: step + 1])
        dot.set_data([step], [energies[step]])
        return image, line, dot

    animation = FuncAnimation(figure, show, frames=[*steps, *[steps[-1]] * 8], interval=120)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "descent.gif"
        animation.save(path, PillowWriter(fps=8), dpi=72)
        plt.close(figure)
        return path.read_bytes()


def _ring(x: float, y: float) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.45, y - 0.45), 0.9, 0.9, fill=False, linewidth=3, edgecolor=RED, zorder=3)
