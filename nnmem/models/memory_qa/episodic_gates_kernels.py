"""The gates of several episodes over packed facts: what concerns the question is computed once for all of them.

The text is ``episodic_gates_forward`` and ``episodic_gates_backward`` in ``episodic_gates.py``; a test holds both
equal. Z z is a sum of three products, Z_q [f ∘ q, |f − q|] + Z_m [f ∘ m, |f − m|] + Z_o o; the first is the same in
every episode.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Beside(NamedTuple):
    """Facts beside the question or the memory of their story."""

    x: np.ndarray  # (R, d)
    sign: np.ndarray  # (R, d) of f − x
    z: np.ndarray  # (R, 2d) [f ∘ x, |f − x|]


def three_parts(Z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z_q and Z_m, (k, 2d) each, and Z_o (k,), from Z (k, 4d + 1)."""
    of_q, of_m, from_q, from_m = np.split(Z[:, :-1], 4, axis=1)
    return np.concatenate([of_q, from_q], axis=1), np.concatenate([of_m, from_m], axis=1), Z[:, -1]


def joined_parts(Z_q: np.ndarray, Z_m: np.ndarray, Z_o: np.ndarray) -> np.ndarray:
    """Z (k, 4d + 1) from its parts."""
    (of_q, from_q), (of_m, from_m) = np.split(Z_q, 2, axis=1), np.split(Z_m, 2, axis=1)
    return np.concatenate([of_q, of_m, from_q, from_m, Z_o[:, None]], axis=1)


def beside_forward(F: np.ndarray, x: np.ndarray) -> Beside:
    """Compare facts F (R, d) with the rows x (R, d)."""
    apart = F - x
    sign, z = np.sign(apart.real), np.empty((len(F), 2 * F.shape[1]), F.dtype)
    np.multiply(F, x, out=z[:, : F.shape[1]])
    np.multiply(apart, sign, out=z[:, F.shape[1] :])
    return Beside(x, sign, z)


def beside_backward(dz: np.ndarray, F: np.ndarray, cache: Beside) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of F and x: df = a ∘ x + c ∘ sign and dx = a ∘ f − c ∘ sign, where dz = [a, c]."""
    x, sign, _ = cache
    by, apart = dz[:, : F.shape[1]], dz[:, F.shape[1] :] * sign
    return by * x + apart, by * F - apart
