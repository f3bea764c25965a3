"""Convolution (卷积) as one matrix product, and max pooling (最大汇聚): the layers of a net that reads pictures."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import project, weight_gradient
from nnmem.nn.options import count
from nnmem.nn.patches import PICTURES, large_enough, patches_backward, patches_forward

__all__ = ["convolution_backward", "convolution_forward", "max_pooling_backward", "max_pooling_forward"]

CONVOLUTION = f"{PICTURES}, W (k, s, s, c), b (k,)"


class ConvolutionParams(NamedTuple):
    W: np.ndarray  # (k, s, s, c)
    b: np.ndarray  # (k,)


def convolution_init(rng: np.random.Generator, filters: int, size: int, channels: int) -> ConvolutionParams:
    """First parameters for filters before a ReLU: normal of variance 2 / (s s c), He et al. 2015."""
    W = rng.normal(0, math.sqrt(2 / (size * size * channels)), (filters, size, size, channels))
    return ConvolutionParams(W.astype(np.float32), np.zeros(filters, np.float32))


def convolution_forward(X: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int = 1) -> tuple[np.ndarray, tuple]:
    """Every filter at every place of a picture (卷积), without a border::

        y_ij = W p_ij + b,     p_ij the patch of X at (i t, j t), W one filter a row

    Section 8.1.3; LeCun et al. 1989. A linear layer that all patches share, so one product for all places.

    Parameters
    ----------
    X : (..., H, W, c) array
        Pictures, or the features that a layer below made of them.
    W : (k, s, s, c) array
        Filters of s rows and s columns.
    b : (k,) array
    stride : int, optional
        t, from one place to the next.

    Returns
    -------
    Y : (..., h, w, k) array
        h = (H − s) // stride + 1 rows, w columns: k features for each place.
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A picture is smaller than a filter, or the stride is no whole number of at least 1.

    Departs from the text: signal processing turns the filter round; as in other libraries, this is cross-correlation.
    """
    X, W, b = arrays("convolution_forward", CONVOLUTION, X, W, b)
    s, t = W.shape[1], count("convolution_forward", "stride", stride)
    if not s:
        raise ValueError(f"convolution_forward: W has shape {W.shape}, should be (k, s, s, c) with s at least 1")
    large_enough("convolution_forward", X, s, "filter")
    P, cut = patches_forward(X, s, t)
    return project(P, W.reshape(len(W), P.shape[-1])) + b, (P, W, cut)


def convolution_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of X, W and b: those of a linear layer, then every patch back to where it was cut out.

    W and b are used at every place of every picture, so their gradients are sums over all of them::

        dp_ij = Wᵀ dy_ij     dW = Σ dy_ij p_ijᵀ     db = Σ dy_ij
        dX    = the sum of all dp_ij, each at its place
    """
    P, W, cut = cache
    dY = upstream("convolution_backward", "dY", dY, P.shape[:-1] + W.shape[:1], P.dtype)
    rows = W.reshape(len(W), P.shape[-1])
    ones = np.ones((*dY.shape[:-1], 1), dY.dtype)
    db = weight_gradient(dY, ones)[:, 0]  # the sum over all places, as a product: ten times as fast
    return patches_backward(project(dY, rows.T), cut), weight_gradient(dY, P).reshape(W.shape), db


def max_pooling_forward(X: np.ndarray, size: int = 2) -> tuple[np.ndarray, tuple]:
    """The largest of each square of size by size places, for each feature (最大汇聚)::

        y_ij = max X[i s + u, j s + v]     over u, v = 0, …, s − 1

    Section 8.1.1 names it as attention without a query: what is largest wins.

    Parameters
    ----------
    X : (..., H, W, c) array
    size : int, optional
        s. What is left at the lower and right edge is in no square.

    Returns
    -------
    Y : (..., H // s, W // s, c) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        A picture is smaller than a square, or the size is no whole number of at least 1.
    """
    (X,) = arrays("max_pooling_forward", PICTURES, X)
    s = count("max_pooling_forward", "size", size)
    large_enough("max_pooling_forward", X, s, "square")
    parts = _places(X, s)
    Y = functools.reduce(np.maximum, parts[1:], parts[0].copy())
    left, largest = np.ones(Y.shape, bool), []
    for part in parts:
        largest.append((part == Y) & left)  # the first of equals
        left ^= largest[-1]
    return Y, (X.shape, X.dtype, s, largest)


def max_pooling_backward(dY: np.ndarray, cache: tuple) -> np.ndarray:
    """Gradient of X: all of it to the largest of its square, the first of equals::

    dX[i s + u, j s + v] = dy_ij  where that place was the largest, else 0
    """
    shape, dtype, s, largest = cache
    dY = upstream("max_pooling_backward", "dY", dY, largest[0].shape, dtype)
    dX = np.zeros(shape, dtype)
    for part, here in zip(_places(dX, s), largest, strict=True):
        np.multiply(dY, here, out=part)
    return dX


def _places(X: np.ndarray, s: int) -> list[np.ndarray]:
    """Views (..., H // s, W // s, c): place (u, v) of every square, in reading order."""
    *_, H, W, _ = X.shape
    return [X[..., u : H // s * s : s, v : W // s * s : s, :] for u in range(s) for v in range(s)]
