"""Random arguments: what a letter of the text stands for, and those kinds that need a hint in the entry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnmem.nn.losses import sigmoid
from nnmem.nn.softmax import softmax

SIZES: Mapping[str, int] = {
    **{"N": 7, "M": 4, "d": 5, "d_q": 3, "d_v": 8, "h": 6, "p": 10, "d_out": 9},
    **{"n": 7, "m": 4, "d_e": 3, "S": 3},
    **{"k": 6, "T": 6, "count": 6, "n2": 9},
    **{"C": 3, "K": 3, "U": 6, "V": 4},
}
SQUARE: Mapping[str, int] = {**dict.fromkeys(SIZES, 4), "S": 3}  # a circular shift has a middle
BATCH = (2, 3)


def draw(name: str, shape: tuple[int, ...], rng: np.random.Generator, sizes: Mapping[str, int] = SIZES) -> np.ndarray:
    """Return a random argument of the kind its name stands for: a distribution, indices, a gate, normal numbers."""
    if name in ("targets", "lengths"):
        return rng.integers(*((0, sizes["n"]) if name == "targets" else (1, sizes["m"] + 1)), size=shape)
    if name in ("alpha", "w", "w_c", "w_prev", "w_g"):
        return distribution(shape, rng)
    if name == "permutations":
        return rng.permuted(np.tile(np.arange(shape[-1]), (shape[0], 1)), axis=1)
    values = rng.normal(size=shape)
    if name in ("g", "erase"):
        values = sigmoid(values)
    if name in ("beta", "gamma"):
        values = (name == "gamma") + np.exp(values)
    return values


def distribution(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights that sum to one."""
    return softmax(rng.normal(size=shape))


def signs(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """States of −1 and +1."""
    return rng.choice([-1.0, 1.0], size=shape)


def quarters(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights and biases in steps of 1/4: sums of them are exact, so their order does not decide a sign."""
    return rng.integers(-8, 9, size=shape) / 4


def symmetric(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Weights of a Hopfield network (8.15), in steps of 1/4."""
    W = np.triu(quarters(shape, rng), 1)
    return W + W.T
