"""Handwritten digits (手写数字): 1,797 pictures of 8 x 8 pixels that scikit-learn carries."""

from __future__ import annotations

import numpy as np


def load_digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the pictures (1797, 64), a row of pixels from 0 to 1 each, and their labels (1797,).

    Raises
    ------
    ModuleNotFoundError
        scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ModuleNotFoundError:
        raise ModuleNotFoundError("the digits come with scikit-learn: pip install -e '.[notebooks]'") from None
    data = datasets.load_digits()
    return data.data / 16, data.target


def split_digits(
    rng: np.random.Generator, held_out: int = 599
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return pictures and labels to remember, then pictures and labels held out; a third unless told."""
    pictures, labels = load_digits()
    order = rng.permutation(len(labels))
    new, old = order[:held_out], order[held_out:]
    return pictures[old], labels[old], pictures[new], labels[new]
