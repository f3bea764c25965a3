"""Dropout (丢弃法), Srivastava et al. 2014: in training some features are left out, so that none is relied on alone."""

from __future__ import annotations

import numpy as np

from nnmem.nn.options import generator, share


def dropout_mask(rng: np.random.Generator, shape: tuple[int, ...], rate: float, dtype: type = np.float32) -> np.ndarray:
    """What features are multiplied with in training: 0 with probability ``rate``, else 1 / (1 − rate).

    Its mean is 1, so nothing changes when it is left out in use. Its gradient is itself: dx = mask ∘ dy.

    Raises
    ------
    ValueError, TypeError
        The rate is not from 0 to 1, or 1 itself; or rng is no generator.
    """
    generator("dropout_mask", rng)
    if share("dropout_mask", "rate", rate) == 1:
        raise ValueError("dropout_mask: rate is 1, should leave something")
    return (rng.random(shape, np.float32) >= rate).astype(dtype) / dtype(1 - rate)
