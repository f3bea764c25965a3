"""Patterns to store: drawn glyphs, handwritten digits, random ones; −1 is paper, +1 is ink."""

from __future__ import annotations

import numpy as np

from nnmem.tasks.digits import load_digits

DRAWN = """
.....#....  .#......#.  ..........  ....##....  ....##....
.....#....  ..#....#..  .########.  ....##....  ...#..#...
##########  ..........  .#......#.  ##########  ..#....#..
#....#...#  ..######..  .#......#.  ....##....  .#......#.
#....#...#  .#......#.  .#......#.  ...####...  ##########
#....#...#  #.##..##.#  .#......#.  ..#.##.#..  ..#....#..
##########  #........#  .#......#.  .#..##..#.  ..#.##.#..
.....#....  #..####..#  .#......#.  #...##...#  ..#.##.#..
.....#....  .#......#.  .########.  ....##....  ..#.##.#..
.....#....  ..######..  ..........  ....##....  ..######..
"""
NAMES = ("middle", "robot", "mouth", "tree", "house")


def random_patterns(count: int, m: int, rng: np.random.Generator, common: float = 0.5) -> np.ndarray:
    """Random patterns; each entry differs from one shared pattern with probability ``common``.

    At one half they are independent; nearer to zero they are correlated, as pictures are.

    Returns
    -------
    patterns : (count, m) array
    """
    shared = rng.choice([-1.0, 1.0], size=m)
    return np.where(rng.random((count, m)) < common, -shared, shared)


def flip(patterns: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Flip the same share of the entries of every pattern, each time other ones.

    Returns
    -------
    probes : (..., m) array
    """
    m = patterns.shape[-1]
    chosen = rng.random(patterns.shape).argsort(axis=-1) < round(share * m)
    return np.where(chosen, -patterns, patterns)


def glyphs() -> np.ndarray:
    """Five drawn glyphs of 10 × 10 pixels.

    Returns
    -------
    patterns : (5, 100) array
    """
    rows = [line.split() for line in DRAWN.strip().splitlines()]
    return np.array([[1.0 if c == "#" else -1.0 for row in rows for c in row[k]] for k in range(len(NAMES))])


def binary_digits() -> tuple[np.ndarray, np.ndarray]:
    """The handwritten digits of ``load_digits``: ink where the grey level is above 7 of 16.

    Returns
    -------
    patterns : (1797, 64) array
    labels : (1797,) int array
    """
    pictures, labels = load_digits()
    return np.where(pictures > 7 / 16, 1.0, -1.0), labels
