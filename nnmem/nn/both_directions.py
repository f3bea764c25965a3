"""A recurrent network run in both directions over sequences of different lengths (双向循环神经网络).

Schuster and Paliwal 1997. In a padded batch the backward direction of a sequence starts at its own end, not at the
batch's: padding is read before nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.nn.arguments import upstream
from nnmem.nn.gru import gru_backward, gru_forward
from nnmem.nn.lstm import lstm_backward, lstm_forward
from nnmem.nn.options import whole_numbers
from nnmem.nn.tree import zeros_like


class BidirectionalParams(NamedTuple):
    """Parameters of a GRU or an LSTM for each direction."""

    onward: Any
    backward: Any


class Network(NamedTuple):
    """A recurrent network: its pair over a sequence."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]


GRU = Network(gru_forward, gru_backward)
LSTM = Network(lstm_forward, lstm_backward)


def bidirectional_forward(
    X: np.ndarray, params: BidirectionalParams, lengths: Any = None, network: Network = GRU
) -> tuple[np.ndarray, tuple]:
    """Read each sequence in both directions.

    Parameters
    ----------
    X : (T, B, d) array
        Inputs, time first.
    params : BidirectionalParams
    lengths : (B,) array of int, optional
        Real steps of each sequence, 1 to T; T everywhere if not given.
    network : Network

    Returns
    -------
    H : (T, B, 2h) array
        At every step what was read up to it, then what is read from the end back to it; 0 behind a sequence's end.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A length is outside 1 to T.
    """
    X = np.asarray(X)
    if X.ndim != 3:
        raise ValueError(f"bidirectional_forward: X has shape {X.shape}, should be (T, B, d)")
    T, B, _ = X.shape
    lengths = np.full(B, T) if lengths is None else whole_numbers("bidirectional_forward", "lengths", lengths, 1, T + 1)
    turn = turned(T, lengths)
    H_on, last_on, on = network.forward(X, None, params.onward, lengths)
    H_back, last_back, back = network.forward(X[turn], None, params.backward, lengths)
    real = (np.arange(T)[:, None] < lengths)[..., None]
    H = np.where(real, np.concatenate([H_on, H_back[turn]], axis=-1), 0)
    return H, (on, back, zeros_like(last_on), zeros_like(last_back), turn, real, network, H.dtype)


def bidirectional_backward(dH: np.ndarray, cache: tuple) -> tuple[np.ndarray, BidirectionalParams]:
    """Gradients of X and the parameters: each direction's own, X read by both.

    Turning a sequence round twice leaves it as it was, so gradients are turned by the same indices::

        dX = dX(onward) + turned(dX(backward))
    """
    on, back, zero_on, zero_back, turn, real, network, dtype = cache
    n = dH.shape[-1] // 2
    dH = np.where(real, upstream("bidirectional_backward", "dH", dH, (*real.shape[:2], 2 * n), dtype), 0)
    dX, _, don = network.backward(np.ascontiguousarray(dH[..., :n]), zero_on, on)
    dX_back, _, dback = network.backward(dH[..., n:][turn], zero_back, back)
    return dX + dX_back[turn], BidirectionalParams(don, dback)


def turned(T: int, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Indices (T, B) that read each sequence from its own end, and leave what stands behind it."""
    t = np.arange(T)[:, None]
    return np.where(t < lengths, lengths - 1 - t, t), np.arange(len(lengths))[None, :]
