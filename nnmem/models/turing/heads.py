"""The heads (读写头) of a neural Turing machine: from what the controller emits to weights over the memory.

All heads stand side by side on one axis, the reading ones first, so each formula is computed once a step. What the
controller emits for a step is one row z, cut into quantities that are squashed to their ranges::

    full:     [gate; erase] σ    [add; key] tanh    [strength] softplus    [sharpness] 1 + softplus    [shift] softmax
    content:  [erase] σ          [add] tanh         [query] as it is

Nothing is checked here; the formulas are the kernels of ``turing_kernels.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.models.turing.turing_kernels import (
    CosineCache,
    DotCache,
    InterpolateCache,
    SharpenCache,
    ShiftCache,
    cosine_weights,
    cosine_weights_gradient,
    dot_weights,
    dot_weights_gradient,
    interpolated,
    interpolated_gradient,
    sharpened,
    sharpened_gradient,
    shifted,
    shifted_gradient,
)
from nnmem.nn.softmax_kernels import softmax_gradient_in_place, softmax_in_place


class Control(NamedTuple):
    """What the controller tells the heads at a step; those from ``gate`` on are empty for addressing by content."""

    key: np.ndarray  # (..., H, d) key, or query of (8.22)
    erase: np.ndarray  # (..., writes, d)
    add: np.ndarray  # (..., writes, d)
    gate: np.ndarray  # (..., H)
    strength: np.ndarray  # (..., H)
    sharpness: np.ndarray  # (..., H)
    shift: np.ndarray  # (..., H, S)


class Location(NamedTuple):
    """What interpolation, shift and sharpening keep."""

    interpolate: InterpolateCache
    shift: ShiftCache
    sharpen: SharpenCache


class Addressed(NamedTuple):
    """What ``address`` keeps for its gradient."""

    content: CosineCache | DotCache
    w_c: np.ndarray  # (..., H, N) weights by content
    location: Location | None  # None for addressing by content


@dataclass(frozen=True)
class Heads:
    """How many heads there are and how they address.

    Parameters
    ----------
    reads, writes : int
    width : int
        d, the length of a memory row.
    shifts : int
        S = 2R + 1, the number of shifts of a head; 0 for addressing by content alone.
    """

    reads: int
    writes: int
    width: int
    shifts: int

    def sizes(self) -> tuple[int, ...]:
        """How many entries of z are gates, erase, add, keys, strengths, sharpnesses and shifts, in this order."""
        H, written = self.reads + self.writes, self.writes * self.width
        one = H if self.shifts else 0
        return one, written, written, H * self.width, one, one, H * self.shifts

    def cut(self, z: np.ndarray) -> Control:
        """Return the quantities as views of z (..., Z)."""
        parts, start = [], 0
        for size in self.sizes():
            parts.append(z[..., start : start + size])
            start += size
        gate, erase, add, key, strength, sharpness, shift = parts
        lead, d = z.shape[:-1], self.width
        key = key.reshape(*lead, self.reads + self.writes, d)
        erase, add = erase.reshape(*lead, self.writes, d), add.reshape(*lead, self.writes, d)
        shift = shift.reshape(*lead, self.reads + self.writes, self.shifts)
        return Control(key, erase, add, gate, strength, sharpness, shift)

    def squash_in_place(self, z: np.ndarray) -> Control:
        """Overwrite z with the quantities; σ(z) = (1 + tanh(z / 2)) / 2 shares the tanh with what is bounded by it."""
        gate, erase, add, key, strength, sharpness, _ = self.sizes()
        sigmoids, bounded = z[..., : gate + erase], z[..., : gate + erase + add + (key if self.shifts else 0)]
        sigmoids *= 0.5
        np.tanh(bounded, out=bounded)
        sigmoids *= 0.5
        sigmoids += 0.5
        control = self.cut(z)
        if self.shifts:
            start = gate + erase + add + key
            positive = z[..., start : start + strength + sharpness]
            positive[...] = softplus(positive)
            control.sharpness[...] += 1
            softmax_in_place(control.shift)
        return control

    def slopes(self, Z: np.ndarray) -> np.ndarray:
        """The derivatives of all that is squashed entry by entry, from the squashed Z: σ − σ², 1 − tanh², 1 − e⁻ˢ."""
        gate, erase, add, key, strength, *_ = self.sizes()
        first, bounded = gate + erase, gate + erase + add + (key if self.shifts else 0)
        slopes = np.ones_like(Z)
        slopes[..., :first] = Z[..., :first]
        slopes[..., :bounded] -= Z[..., :bounded] * Z[..., :bounded]
        if self.shifts:
            middle, end = bounded + strength, bounded + 2 * strength
            slopes[..., bounded:middle] -= np.exp(-Z[..., bounded:middle])
            slopes[..., middle:end] -= np.exp(1 - Z[..., middle:end])
        return slopes

    def squash_gradient_in_place(self, dz: np.ndarray, slopes: np.ndarray, control: Control) -> None:
        """Overwrite the gradients of the quantities, dz, with those of what the controller emitted."""
        dz *= slopes
        if self.shifts:
            softmax_gradient_in_place(self.cut(dz).shift, control.shift)


def address(M: np.ndarray, w_prev: np.ndarray, control: Control) -> tuple[np.ndarray, Addressed]:
    """Weights (..., H, N) of all heads, from the content of the memory and from the weights of the last step."""
    if not control.gate.shape[-1]:
        w, dot = dot_weights(M, control.key)
        return w, Addressed(dot, w, None)
    w_c, cosine = cosine_weights(M, control.key, control.strength)
    w_g, interpolate = interpolated(w_c, w_prev, control.gate)
    moved, shift = shifted(w_g, control.shift)
    w, sharpen = sharpened(moved, control.sharpness)
    return w, Addressed(cosine, w_c, Location(interpolate, shift, sharpen))


def address_gradient(dw: np.ndarray, cache: Addressed, dM: np.ndarray, dcontrol: Control) -> np.ndarray:
    """Add the gradient of M to dM, write those of the quantities to dcontrol, return that of w_prev."""
    content, _, location = cache
    if location is None or isinstance(content, DotCache):
        assert isinstance(content, DotCache)
        dcontrol.key[...] = dot_weights_gradient(dw, content, dM)
        return np.zeros_like(dw)
    dmoved, dcontrol.sharpness[...] = sharpened_gradient(dw, location.sharpen)
    dw_g, dcontrol.shift[...] = shifted_gradient(dmoved, location.shift)
    dw_c, dw_prev, dcontrol.gate[...] = interpolated_gradient(dw_g, location.interpolate)
    dcontrol.key[...], dcontrol.strength[...] = cosine_weights_gradient(dw_c, content, dM)
    return dw_prev


def softplus(z: np.ndarray) -> np.ndarray:
    """log(1 + eᶻ) = max(z, 0) + log(1 + exp(−|z|)), positive and about z where z is large."""
    return np.maximum(z, 0) + np.log1p(np.exp(np.minimum(z, -z)))
