"""Optimisers, clipping and schedules of the learning rate.

An optimiser is its settings; ``init(x)`` gives its state, a named tuple of arrays, and ``step(x, dx, state, lr)``
changes x and the state in place. x is the vector of all parameters, from ``tree.pack``. Work goes a chunk at a time,
small enough that a chunk's parameters, gradients and state stay in the processor's cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from nnmem.nn.progress import Progress

CHUNK = 2**16


def _chunks(size: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, size, CHUNK))


class Optimiser(Protocol):
    """What ``fit`` asks of an optimiser."""

    def init(self, x: np.ndarray) -> Any: ...

    def step(self, x: np.ndarray, dx: np.ndarray, state: Any, lr: float) -> None: ...


class SGDState(NamedTuple):
    velocity: np.ndarray  # (n,)


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent (随机梯度下降) with momentum (动量法)::

        u ← μ u − η dx      x ← x + u

    The rate η is inside the velocity: a step keeps the rate it was made with. PyTorch leaves η out of u, so under a
    schedule, and only there, its steps differ.
    """

    momentum: float = 0.0

    def init(self, x: np.ndarray) -> SGDState:
        return SGDState(np.zeros_like(x))

    def step(self, x: np.ndarray, dx: np.ndarray, state: SGDState, lr: float) -> None:
        for part in _chunks(x.size):
            u = state.velocity[part]
            u *= self.momentum
            u -= lr * dx[part]
            x[part] += u


class RMSPropState(NamedTuple):
    square: np.ndarray  # (n,)
    mean: np.ndarray  # (n,)
    velocity: np.ndarray  # (n,)


@dataclass(frozen=True)
class RMSProp:
    """Gradients divided by their own recent size (Tieleman and Hinton 2012)::

        s ← ρ s + (1 − ρ) dx²      a ← ρ a + (1 − ρ) dx  (0 unless centred)
        u ← μ u − η dx / √(s − a² + ε)      x ← x + u

    ε is inside the root, and η inside the velocity; PyTorch has both outside, so the same numbers mean other steps.
    ``GRAVES`` is the form of Graves 2013, equations (38) to (41), with which the neural Turing machine was trained.
    """

    decay: float = 0.9
    momentum: float = 0.0
    eps: float = 1e-8
    centred: bool = False

    def init(self, x: np.ndarray) -> RMSPropState:
        return RMSPropState(np.zeros_like(x), np.zeros_like(x), np.zeros_like(x))

    def step(self, x: np.ndarray, dx: np.ndarray, state: RMSPropState, lr: float) -> None:
        for part in _chunks(x.size):
            d, (s, a, u) = dx[part], (array[part] for array in state)
            s *= self.decay
            s += (1 - self.decay) * (d * d)
            spread = s + self.eps
            if self.centred:
                a *= self.decay
                a += (1 - self.decay) * d
                spread -= a * a
            np.sqrt(spread, out=spread)
            u *= self.momentum
            u -= lr * (d / spread)
            x[part] += u


GRAVES = RMSProp(decay=0.95, momentum=0.9, eps=1e-4, centred=True)


class AdamState(NamedTuple):
    m: np.ndarray  # (n,)
    v: np.ndarray  # (n,)
    t: np.ndarray  # () steps taken


@dataclass(frozen=True)
class Adam:
    """Adaptive moments (Kingma and Ba 2015)::

        m ← β₁ m + (1 − β₁) dx      v ← β₂ v + (1 − β₂) dx²
        x ← x − η m̂ / (√v̂ + ε),     m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)

    The hats undo the start from zero.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def init(self, x: np.ndarray) -> AdamState:
        return AdamState(np.zeros_like(x), np.zeros_like(x), np.zeros((), np.int64))

    def step(self, x: np.ndarray, dx: np.ndarray, state: AdamState, lr: float) -> None:
        state.t[...] += 1
        t = int(state.t)
        root = math.sqrt(1 - self.beta2**t)
        rate, eps = lr * root / (1 - self.beta1**t), self.eps * root  # the hats, moved into two numbers
        for part in _chunks(x.size):
            d, m, v = dx[part], state.m[part], state.v[part]
            m *= self.beta1
            work = (1 - self.beta1) * d
            m += work
            v *= self.beta2
            np.multiply(d, d, out=work)
            work *= 1 - self.beta2
            v += work
            np.sqrt(v, out=work)
            work += eps
            np.divide(m, work, out=work)
            work *= rate
            x[part] -= work


def clip_by_norm(dx: np.ndarray, limit: float) -> float:
    """Shrink a gradient in place so that its norm is at most the limit; return the norm it had."""
    norm = math.sqrt(float(np.dot(dx, dx)))
    if norm > limit:
        dx *= limit / norm
    return norm


def clip_by_value(dx: np.ndarray, limit: float) -> None:
    """Keep every entry of a gradient in ±limit, in place."""
    np.clip(dx, -limit, limit, out=dx)


@dataclass(frozen=True)
class Cosine:
    """Up to ``lr`` over ``warm_up`` steps; from step ``start`` on down half a cosine wave to ``final * lr``."""

    lr: float
    steps: int
    start: int = 0
    final: float = 0.01
    warm_up: int = 1

    def __call__(self, progress: Progress) -> float:
        share = min(max(progress.step - self.start, 0) / max(self.steps, 1), 1)
        warm = min((progress.step + 1) / self.warm_up, 1)
        return warm * self.lr * (self.final + (1 - self.final) * (1 + math.cos(math.pi * share)) / 2)


@dataclass(frozen=True)
class Halving:
    """``lr``, halved after every ``every`` steps from step ``start`` on."""

    lr: float
    every: int
    start: int = 0

    def __call__(self, progress: Progress) -> float:
        return self.lr * 0.5 ** (max(progress.step - self.start, 0) // self.every)
