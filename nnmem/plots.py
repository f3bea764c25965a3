"""Pictures; matplotlib is imported when one is drawn. Colours are those of Okabe and Ito, told apart by everyone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


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
