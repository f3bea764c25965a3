"""What trying a pointer network shares: what it points at, step by step, and the picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.recipes.pointer.pointer_training import SIZES, scale
from nnmem.recipes.trained import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 200


def point(model: PointerNetwork, params: PointerNetworkParams, unit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what the network chooses of inputs (n, d) in 0 to 1, greedily, and its distribution at every step."""
    X = scale(unit)[None]
    chosen = decode(model, params, X).indices[0]
    steps = np.where(chosen < 0, len(unit), chosen)  # with an end token, that is what the last one points at
    log_p, _ = model.forward(params, X, steps[None])
    return chosen[chosen >= 0], np.exp(log_p[0])


def size_notice(n: int, what: str) -> tuple[str, ...]:
    """Return a notice if there are more or fewer inputs than in training.

    Raises
    ------
    InputError
        There are more than make sense: the network knows 5 to 10.
    """
    if n > MOST:
        raise InputError(f"there are {n} {what}; should be {MOST} at most, {SIZES[0]} to {SIZES[1]} as in training")
    learned = f"the model has learned from {SIZES[0]} to {SIZES[1]} {what}, not {n}"
    return () if SIZES[0] <= n <= SIZES[1] else (learned,)


def draw_pointing(ax: Axes, p: np.ndarray, items: Sequence[str]) -> Any:
    """Draw where the network points, a step a row."""
    from nnmem.plots import attention_map

    image = attention_map(ax, p, [str(step + 1) for step in range(len(p))], items)
    ax.set(xlabel="input", ylabel="step")
    ax.tick_params(axis="x", rotation=90 if len(items) > 6 else 0)
    return image
