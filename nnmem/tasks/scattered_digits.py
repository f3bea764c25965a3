"""A handwritten digit somewhere on a large canvas, alone or among clutter: pieces of other digits.

After the translated and cluttered MNIST of Mnih et al. 2014, section 4.1, with scikit-learn's digits of 8 x 8 pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count, share

DIGIT, PIECE = 8, 4  # sides in pixels


class Canvases(NamedTuple):
    """A batch of pictures, each with one whole digit."""

    pictures: np.ndarray  # (B, side, side) float32, from 0 (empty) to 1
    labels: np.ndarray  # (B,) which digit
    corners: np.ndarray  # (B, 2) row and column of its upper left pixel


def canvases(
    rng: np.random.Generator,
    digits: np.ndarray,
    labels: np.ndarray,
    batch: int,
    side: int = 32,
    clutter: int = 4,
    reach: float = 1.0,
) -> Canvases:
    """Draw canvases with one of the digits (n, 64) and so many pieces of others.

    A piece is 4 x 4 pixels out of any of the digits, anywhere; where ink lies on ink the darker stays. The digit is
    whole on the canvas; ``reach`` says how far from the middle it may be, from 0 to 1, everywhere.

    Raises
    ------
    ValueError, TypeError
        There is no digit, the canvas is smaller than one, or a setting is out of range.
    """
    count("canvases", "side", side, DIGIT), count("canvases", "clutter", clutter, 0)
    reach = share("canvases", "reach", reach)
    if digits.shape[1:] != (DIGIT * DIGIT,) or not len(digits) == len(labels) > 0:
        raise ValueError(
            f"canvases: digits has shape {digits.shape} and labels {labels.shape}, "
            f"should be (n, {DIGIT * DIGIT}) and (n,) with n at least 1"
        )
    images = digits.reshape(-1, DIGIT, DIGIT).astype(np.float32)
    pictures = np.zeros((batch, side, side), np.float32)
    chosen = rng.integers(len(images), size=batch)
    free = (side - DIGIT) / 2
    corners = np.rint(free + reach * free * rng.uniform(-1, 1, (batch, 2))).astype(int)
    _stamp(pictures, images[chosen], corners)
    for _ in range(clutter):
        cut = _patches(rng.integers(DIGIT - PIECE + 1, size=(batch, 2)))
        pieces = images[rng.integers(len(images), size=batch)[:, None, None], cut[0], cut[1]]
        _stamp(pictures, pieces, rng.integers(side - PIECE + 1, size=(batch, 2)))
    return Canvases(pictures, labels[chosen], corners)


def _stamp(pictures: np.ndarray, stamps: np.ndarray, corners: np.ndarray) -> None:
    """Put a square (B, n, n) on each picture, the darker of two pixels on top."""
    under = np.arange(len(pictures))[:, None, None], *_patches(corners, stamps.shape[-1])
    pictures[under] = np.maximum(pictures[under], stamps)


def _patches(corners: np.ndarray, side: int = PIECE) -> tuple[np.ndarray, np.ndarray]:
    """Rows (B, side, 1) and columns (B, 1, side) of squares."""
    return corners[:, :1, None] + np.arange(side)[:, None], corners[:, 1:, None] + np.arange(side)


def shuffled_row(
    rng: np.random.Generator, digits: np.ndarray, labels: np.ndarray, batch: int, n: int = 9
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw rows of n digits of which one is whole; in each of the others the same pixels stand in a random order.

    Returns
    -------
    X : (batch, n, 64) float32 array
    answers : (batch,) array
        Which digit the whole one is.
    places : (batch,) int array
        Which of the n it is.
    """
    count("shuffled_row", "n", n)
    chosen, places, rows = rng.integers(len(digits), size=(batch, n)), rng.integers(n, size=batch), np.arange(batch)
    X = rng.permuted(digits[chosen].astype(np.float32), axis=-1)
    whole = chosen[rows, places]
    X[rows, places] = digits[whole]
    return X, labels[whole], places
