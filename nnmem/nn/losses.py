"""Losses from logits, one number for each prediction; sum or average them as the experiment wants."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnmem.nn.arguments import arrays, attendable, upstream
from nnmem.nn.options import whole_numbers
from nnmem.nn.softmax import log_softmax


def cross_entropy_forward(logits: np.ndarray, targets: Any, mask: np.ndarray | None = None) -> tuple[np.ndarray, tuple]:
    """Cross-entropy of a softmax (交叉熵), in nats::

        L = −log softmax(z)[t] = log Σₖ exp(zₖ) − z_t

    Parameters
    ----------
    logits : (..., K) array
    targets : (...) array of int
        The right class, 0 to K − 1.
    mask : (...) bool array, optional
        True = counts; where it is False the loss is 0.

    Returns
    -------
    losses : (...) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A target is no class.
    """
    function = "cross_entropy_forward"
    (logits,) = arrays(function, "logits (..., K)", logits)
    targets = whole_numbers(function, "targets", targets, 0, logits.shape[-1])
    if targets.shape != logits.shape[:-1]:
        raise ValueError(f"{function}: targets has shape {targets.shape}, should be {logits.shape[:-1]}")
    mask = attendable(function, mask, targets.shape)
    log_p = log_softmax(logits)
    losses = -_rows(log_p)[np.arange(targets.size), targets.ravel()].reshape(targets.shape)
    if mask is not None:
        losses = np.where(mask, losses, 0)
    return losses, (log_p, targets, mask)


def cross_entropy_backward(dlosses: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the logits: what was predicted less what was right, dz = dL (softmax(z) − 1[k = t])."""
    log_p, targets, mask = cache
    dlosses = upstream("cross_entropy_backward", "dlosses", dlosses, targets.shape, log_p.dtype)
    if mask is not None:
        dlosses = np.where(mask, dlosses, 0)
    dlogits = np.exp(log_p, order="C")  # whatever the order of the logits: its rows are written to below
    _rows(dlogits)[np.arange(targets.size), targets.ravel()] -= 1
    dlogits *= dlosses[..., None]
    return dlogits


def _rows(Y: np.ndarray) -> np.ndarray:
    """An array (..., K) as rows (n, K): a view where it is contiguous, else a copy."""
    return Y.reshape(math.prod(Y.shape[:-1]), Y.shape[-1])


def binary_cross_entropy_forward(
    logits: np.ndarray, targets: Any, mask: np.ndarray | None = None
) -> tuple[np.ndarray, tuple]:
    """Cross-entropy of a yes-or-no prediction (二元交叉熵), in nats (divide by log 2 for bits)::

        L = −t log σ(z) − (1 − t) log(1 − σ(z)) = max(z, 0) − z t + log(1 + exp(−|z|))

    Parameters
    ----------
    logits : (...) array
    targets : (...) array
        0 or 1, or a probability between.
    mask : (...) bool array, optional
        True = counts; where it is False the loss is 0.

    Returns
    -------
    losses : (...) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A target is outside 0 to 1.
    """
    function = "binary_cross_entropy_forward"
    (logits,) = arrays(function, "logits (...)", logits)
    targets = np.asarray(targets)
    if targets.shape != logits.shape:
        raise ValueError(f"{function}: targets has shape {targets.shape}, should be {logits.shape}")
    if targets.dtype.kind not in "biuf":
        raise TypeError(f"{function}: targets has dtype {targets.dtype}, should be numbers")
    targets = targets.astype(logits.real.dtype, copy=False)
    if targets.size and not (targets.min() >= 0 and targets.max() <= 1):
        wrong = targets[~((targets >= 0) & (targets <= 1))][0]
        raise ValueError(f"{function}: targets has the entry {wrong}, should be in 0 to 1")
    mask = attendable(function, mask, logits.shape)
    positive = logits.real > 0
    losses = np.log1p(np.exp(np.where(positive, -logits, logits)))
    losses += np.where(positive, logits, 0)
    losses -= logits * targets
    if mask is not None:
        losses = np.where(mask, losses, 0)
    return losses, (logits, targets, mask)


def binary_cross_entropy_backward(dlosses: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of the logits: what was predicted less what was right, dz = dL (σ(z) − t)."""
    logits, targets, mask = cache
    dlosses = upstream("binary_cross_entropy_backward", "dlosses", dlosses, logits.shape, logits.dtype)
    if mask is not None:
        dlosses = np.where(mask, dlosses, 0)
    dlogits = sigmoid(logits)
    dlogits -= targets
    dlogits *= dlosses
    return dlogits


def sigmoid(z: np.ndarray) -> np.ndarray:
    """σ(z) = 1 / (1 + exp(−z)) = (1 + tanh(z / 2)) / 2, which cannot overflow."""
    s = np.tanh(z * 0.5)
    s *= 0.5
    s += 0.5
    return s
