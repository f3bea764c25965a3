"""Cases for ``nnmem bench``: each file has ``cases(peers)``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.nn.optimisers import Optimiser, clip_by_norm
from nnmem.nn.tree import leaves, pack


def training_step(
    loss_and_gradients: Callable[[Any], tuple[float, Any]], params: Any, optimiser: Optimiser, clip: float, lr: float
) -> Callable[[], float]:
    """Return a whole step as ``nnmem.nn.training.fit`` does it: forward, backward, clipping by norm, update."""
    x, params = pack(params)
    dx, gradients = pack(params)
    views, state = [view for _, view in leaves(gradients)], optimiser.init(x)

    def run() -> float:
        loss, grads = loss_and_gradients(params)
        for view, (_, gradient) in zip(views, leaves(grads), strict=True):
            np.copyto(view, gradient)
        clip_by_norm(dx, clip)
        optimiser.step(x, dx, state, lr)
        return loss

    return run
