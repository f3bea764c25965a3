"""How a network that writes reads its text: a window that slides, attention that may jump, or no attention.

Each is a pair over one step. ``read_forward(h, place, params, C) -> w, place, weights, cache`` reads the texts
C (B, U, V) with the state h (B, n); ``read_backward(dw, dplace, cache) -> dh, dplace, dparams``. A place is what a
window remembers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.soft import key_value_attention_backward, key_value_attention_forward
from nnmem.attention.window import gaussian_window_backward, gaussian_window_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward

FIRST_STEP = -2.5  # log of how far a window moves at first, in letters: a twelfth; a movement is about that
ATTENTION_SIZE, POSITIONS = 64, 16


class Reading(NamedTuple):
    init: Callable[..., Any]  # (rng, n, V, curves, dtype) -> params
    read_forward: Callable[..., Any]
    read_backward: Callable[..., Any]
    curves: bool  # whether a place has an entry for each curve, or none


class ComparingParams(NamedTuple):
    """Parameters of the additive score (8.2)."""

    W: np.ndarray  # (l, V + positions)
    U: np.ndarray  # (l, n)
    v: np.ndarray  # (l,)


def window_init(rng: np.random.Generator, n: int, V: int, curves: int, dtype: type) -> LinearParams:
    """Heights and sharpness of 1, and slow steps."""
    b: np.ndarray = np.zeros(3 * curves, dtype)
    b[2 * curves :] = FIRST_STEP
    return LinearParams(glorot_uniform(rng, (3 * curves, n), dtype), b)


def window_read_forward(
    h: np.ndarray, place: np.ndarray, params: LinearParams, C: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple]:
    """Graves 2013, equations (48) to (51): the window's curves from h, each moved on by at least nothing::

    (α̂, β̂, κ̂) = W h + b,     α = exp(α̂),  β = exp(β̂),  κₜ = κₜ₋₁ + exp(κ̂)
    """
    hats, linear = linear_forward(h, *params)
    alpha, beta, onward = np.split(np.exp(hats), 3, axis=-1)
    w, phi, window = gaussian_window_forward(alpha, beta, place + onward, C)
    return w, place + onward, phi, (linear, alpha, beta, onward, window, phi)


def window_read_backward(
    dw: np.ndarray, dplace: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, LinearParams]:
    """Each curve's numbers by d exp(x) = exp(x) dx; a centre is handed on, so it receives from the next step too."""
    linear, alpha, beta, onward, window, phi = cache
    dalpha, dbeta, dkappa, _ = gaussian_window_backward(dw, np.zeros_like(phi), window)
    dkappa = dkappa + dplace
    dhats = np.concatenate([dalpha * alpha, dbeta * beta, dkappa * onward], axis=-1)
    dh, *dparams = linear_backward(dhats, linear)
    return dh, dkappa, LinearParams(*dparams)


def comparing_init(rng: np.random.Generator, n: int, V: int, curves: int, dtype: type) -> ComparingParams:
    """Glorot uniform."""
    W, U = (glorot_uniform(rng, (ATTENTION_SIZE, size), dtype) for size in (V + POSITIONS, n))
    return ComparingParams(W, U, glorot_uniform(rng, (1, ATTENTION_SIZE), dtype)[0])


def comparing_read_forward(
    h: np.ndarray, place: np.ndarray, params: ComparingParams, C: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple]:
    """Additive attention over letters, told apart by sines of their position."""
    angles = np.arange(C.shape[1])[:, None] * (math.pi / 40) * np.arange(1, POSITIONS // 2 + 1)
    positions = np.concatenate([np.sin(angles), np.cos(angles)], axis=-1).astype(C.dtype)
    keys = np.concatenate([C, np.broadcast_to(positions, (len(C), *positions.shape))], axis=-1)
    real = np.asarray(C.any(axis=-1))
    w, alpha, cache = key_value_attention_forward(keys, C, h, *params, score="additive", mask=real)
    return w, place, alpha, cache


def comparing_read_backward(
    dw: np.ndarray, dplace: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, ComparingParams]:
    """Those of the attention; the text gets none."""
    _, _, dh, *dparams = key_value_attention_backward(dw, cache)
    return dh, dplace, ComparingParams(*dparams)


def mean_init(rng: np.random.Generator, n: int, V: int, curves: int, dtype: type) -> tuple[()]:
    """Nothing to learn."""
    return ()


def mean_read_forward(h: np.ndarray, place: np.ndarray, params: tuple[()], C: np.ndarray) -> tuple[Any, ...]:
    """Which letters there are, in no order: their mean, whatever h."""
    real = C.any(axis=-1)
    weights = (real / real.sum(axis=-1, keepdims=True)).astype(C.dtype)
    return (weights[:, None] @ C)[:, 0], place, weights, (h,)


def mean_read_backward(dw: np.ndarray, dplace: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, tuple[()]]:
    """Nothing comes back: the mean of a text depends on the text alone."""
    return np.zeros_like(cache[0]), dplace, ()


READINGS = {
    "window": Reading(window_init, window_read_forward, window_read_backward, curves=True),
    "additive": Reading(comparing_init, comparing_read_forward, comparing_read_backward, curves=False),
    "mean": Reading(mean_init, mean_read_forward, mean_read_backward, curves=False),
}
