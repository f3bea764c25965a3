"""Digit mosaics (数字拼图): pictures of handwritten digits in a 3 x 3 grid, with captions in words.

A picture has 32 x 32 pixels. Its digits, 8 x 8 pixels each, stand at {0, 11, 22} + {0, 1, 2} from above and from the
left. A caption names them in reading order: three top left , seven middle centre . A third of the digits is held out;
those that are shown in training also come turned, stretched, slanted and bent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnmem.nn.options import count as whole
from nnmem.tasks.digits import split_digits

SIDE, DIGIT, PITCH, JITTER = 32, 8, 11, 3
PATCH, STRIDE = 12, 4  # regions of a picture: 6 x 6 patches
PLACES = (SIDE - PATCH) // STRIDE + 1
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ROWS, COLUMNS = ["top", "middle", "bottom"], ["left", "centre", "right"]
WORDS = [".", ",", *NAMES, *ROWS, *COLUMNS]  # the full stop ends a caption
EACH = 4  # words for a digit: its name, its row, its column, a comma or the full stop
NO_DIGIT = 10  # the class of a patch that holds no whole digit
COPIES, BEND = 30, 0.3


class Digits(NamedTuple):
    """Pictures of single digits."""

    pictures: np.ndarray  # (P, 8, 8) from 0 to 1
    labels: np.ndarray  # (P,)


class Mosaics(NamedTuple):
    """Pictures and what stands in them."""

    pictures: np.ndarray  # (B, 32, 32) from 0 to 1
    labels: np.ndarray  # (B, n) the digits in reading order
    cells: np.ndarray  # (B, n) 0 to 8, in reading order
    corners: np.ndarray  # (B, n, 2) the upper left pixel of each digit: row, column


def digit_pools(seed: int, copies: int = COPIES) -> tuple[Digits, Digits]:
    """Return the digits shown in training, each with so many changed copies, and the third that is held out."""
    rng = np.random.default_rng([seed, 2**31])
    old, old_labels, new, new_labels = split_digits(rng)
    shown, held_out = (pictures.reshape(-1, DIGIT, DIGIT).astype(np.float32) for pictures in (old, new))
    pictures = np.concatenate([shown, *(changed(shown, rng) for _ in range(copies))])
    return Digits(pictures, np.tile(old_labels, copies + 1)), Digits(held_out, new_labels)


def changed(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return copies of pictures (P, 8, 8), each turned by up to 12 degrees, stretched by 12 %, slanted by .15 and bent.

    To bend, 3 x 3 points of a picture move by some .3 pixels each way, and what lies between moves with them.
    """
    P = len(pictures)
    angle = np.deg2rad(rng.uniform(-12, 12, P))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[np.ones(P), rng.uniform(-0.15, 0.15, P)], [np.zeros(P), np.ones(P)]])
    A = np.einsum("ijp,jkp->pik", turn, slant) / rng.uniform(0.88, 1.12, (P, 1, 1))
    middle = (DIGIT - 1) / 2
    grid = np.stack(np.meshgrid(np.arange(DIGIT), np.arange(DIGIT), indexing="ij"), axis=-1) - middle
    near = np.maximum(0, 1 - np.abs(np.linspace(0, 2, DIGIT)[:, None] - np.arange(3)))  # (8, 3) a pixel to a point
    bent = np.einsum("ui,vj,pijk->puvk", near, near, rng.normal(0, BEND, (P, 3, 3, 2)))
    return sampled(pictures, np.einsum("pik,uvk->puvi", A, grid) + middle + bent)


def sampled(pictures: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Pixels of pictures (P, H, W) at places (P, h, w, 2) between them, bilinear; 0 outside."""
    H, W = pictures.shape[1:]
    corner = np.floor(places).astype(int)
    share = places - corner
    found = np.zeros(places.shape[:-1])
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)))
    which = np.arange(len(pictures))[:, None, None]
    for u in (0, 1):
        for v in (0, 1):
            weight = np.where(u, share[..., 0], 1 - share[..., 0]) * np.where(v, share[..., 1], 1 - share[..., 1])
            row, column = (np.clip(corner[..., axis] + 1 + k, 0, n + 1) for axis, k, n in ((0, u, H), (1, v, W)))
            found += weight * padded[which, row, column]
    return found.astype(pictures.dtype)


def draw_mosaics(rng: np.random.Generator, digits: Digits, batch: int, count: int) -> Mosaics:
    """Draw pictures with so many digits each, in different cells.

    Raises
    ------
    ValueError, TypeError
        The count is no whole number from 1 to 9.
    """
    if whole("draw_mosaics", "count", count) > 9:
        raise ValueError(f"draw_mosaics: count is {count}, should be at most 9, the cells of a picture")
    cells = np.sort(rng.random((batch, 9)).argsort(axis=1)[:, :count], axis=1)
    corners = np.stack([cells // 3, cells % 3], axis=-1) * PITCH + rng.integers(0, JITTER, (batch, count, 2))
    chosen = rng.integers(len(digits.labels), size=(batch, count))
    pictures = np.zeros((batch, SIDE, SIDE), np.float32)
    row, column = (corners[..., axis, None, None] for axis in (0, 1))
    pixels = np.arange(DIGIT)
    pictures[np.arange(batch)[:, None, None, None], row + pixels[:, None], column + pixels] = digits.pictures[chosen]
    return Mosaics(pictures, digits.labels[chosen], cells, corners)


def captions(mosaics: Mosaics) -> np.ndarray:
    """Return the right words of each picture, (B, 4n): name, row, column and a comma or full stop for each digit."""
    labels, cells = mosaics.labels, mosaics.cells
    words = np.empty((*labels.shape, EACH), np.intp)
    words[..., 0] = 2 + labels
    words[..., 1] = 12 + cells // 3
    words[..., 2] = 15 + cells % 3
    words[..., 3] = 1
    words[:, -1:, 3] = 0
    return words.reshape(len(labels), EACH * labels.shape[1])


def whole_digits(mosaics: Mosaics) -> np.ndarray:
    """True where a patch, in reading order, holds the whole of a digit: (B, n, 36)."""
    starts = np.arange(PLACES) * STRIDE
    row, column = (
        (starts <= corner) & (corner + DIGIT <= starts + PATCH)
        for corner in (mosaics.corners[..., axis, None] for axis in (0, 1))
    )
    return (row[..., :, None] & column[..., None, :]).reshape(*mosaics.labels.shape, PLACES**2)


def draw_patches(rng: np.random.Generator, digits: Digits, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw patches (batch, 12, 12) of mosaics with two to four digits, and their classes.

    Of every two, one holds a whole digit and one does not: a part of one, of two, or nothing.
    """
    mosaics = draw_mosaics(rng, digits, batch, int(rng.integers(2, 5)))
    held = whole_digits(mosaics)
    with_digit = np.arange(batch) % 2 == 0
    fits = held.any(axis=1) == with_digit[:, None]
    place = np.where(fits, rng.random(fits.shape), -1).argmax(axis=1)
    inside = held[np.arange(batch), :, place]
    label = mosaics.labels[np.arange(batch), inside.argmax(axis=1)]
    row, column = (part[:, None] * STRIDE + np.arange(PATCH) for part in np.divmod(place, PLACES))
    patches = mosaics.pictures[np.arange(batch)[:, None, None], row[:, :, None], column[:, None, :]]
    return patches, np.where(with_digit, label, NO_DIGIT)


def read_caption(words: Sequence[int]) -> str:
    """Return words as a line, up to the full stop or −1."""
    line = []
    for word in words:
        if word < 0:
            break
        line.append(WORDS[word])
        if word == 0:
            break
    return " ".join(line)
