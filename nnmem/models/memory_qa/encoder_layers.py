"""What an encoder of BERT's architecture repeats: self-attention with biases, and a layer (Devlin et al. 2018).

::

    A = LN(X + SelfAttention(X))                 every position looks at every other
    Y = LN(A + W₂ GELU(W₁ A + b₁) + b₂)          and is then worked on alone

The norm stands behind the residual sum, as in BERT; many later encoders have it before.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from nnmem.attention.query_kernels import attend, attend_backward, for_every_query
from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.gelu_kernels import gelu_in_place
from nnmem.nn.layer_norm import LayerNormParams, layer_norm_backward, layer_norm_forward, layer_norm_init
from nnmem.nn.linear import LinearParams, linear_backward, linear_forward, project
from nnmem.nn.options import count


class SelfAttentionParams(NamedTuple):
    heads: LinearParams  # W (3d, d): of the queries, of the keys, of the values; in each, head after head
    output: LinearParams  # W (d, d)


class EncoderLayerParams(NamedTuple):
    attention: SelfAttentionParams
    attention_norm: LayerNormParams
    widen: LinearParams  # W₁ (m, d)
    narrow: LinearParams  # W₂ (d, m)
    norm: LayerNormParams


def normal_linear(rng: np.random.Generator, rows: int, columns: int, dtype: type = np.float32) -> LinearParams:
    """First parameters of a linear map as BERT has them: normal with standard deviation 0.02, no bias."""
    return LinearParams(rng.normal(0, 0.02, (rows, columns)).astype(dtype), np.zeros(rows, dtype))


def encoder_layer_init(rng: np.random.Generator, d: int, wide: int, dtype: type = np.float32) -> EncoderLayerParams:
    """First parameters of a layer."""
    return EncoderLayerParams(
        SelfAttentionParams(normal_linear(rng, 3 * d, d, dtype), normal_linear(rng, d, d, dtype)),
        layer_norm_init(d, dtype),
        normal_linear(rng, wide, d, dtype),
        normal_linear(rng, d, wide, dtype),
        layer_norm_init(d, dtype),
    )


def self_attention_forward(
    X: np.ndarray, params: SelfAttentionParams, num_heads: int, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Multi-head attention of a sequence over itself (自注意力), with a bias in each of its four linear maps.

    ``multi_head_attention_forward`` with Q = K = V = X, and biases; the three projections are one product.

    Parameters
    ----------
    X : (..., L, d) array
    params : SelfAttentionParams
    num_heads : int
        Of d / num_heads columns each.
    mask : (..., L) or (..., L, L) bool array, optional
        True = may be attended to.

    Returns
    -------
    Y : (..., L, d) array
    alpha : (..., num_heads, L, L) array
    cache : tuple

    Raises
    ------
    ValueError
        num_heads does not divide d, or W is not (3d, d).
    """
    function = "self_attention_forward"
    (X,) = arrays(function, "X (..., L, d)", X)
    *lead, L, d = X.shape
    if d % count(function, "num_heads", num_heads):
        raise ValueError(f"{function}: num_heads is {num_heads}, should divide {d}, the columns of X {X.shape}")
    if params.heads.W.shape != (3 * d, d):
        raise ValueError(f"{function}: heads.W has shape {params.heads.W.shape}, should be {(3 * d, d)}")
    mask = for_every_query(function, mask, (*lead, L, L))
    if mask is not None:
        mask = np.broadcast_to(mask[..., None, :, :], (*lead, num_heads, L, L))
    projected, heads = linear_forward(X, *_with_scaled_queries(params.heads, num_heads))
    P, K, V = _three(projected, num_heads)
    R = np.empty((*lead, L, num_heads, d // num_heads), X.dtype)
    _, alpha = attend(P, K, V, mask, out=R.swapaxes(-2, -3))
    Y, output = linear_forward(R.reshape(X.shape), *params.output)
    return Y, alpha, (P, K, V, alpha, heads, output)


def self_attention_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, SelfAttentionParams]:
    """Gradients of X and the parameters.

    As of multi-head attention; X, which was queries, keys and values, gets the sum of three gradients, and one product
    with the stacked W adds them::

        dα = dR Vᵀ        dS = α ∘ (dα − rowsum(α ∘ dα))        dP = dS K,  dK = dSᵀ P,  dV = αᵀ dR
        dX = [dP, dK, dV] [W_Q / √d_h; W_K; W_V]
    """
    P, K, V, alpha, heads, output = cache
    *lead, num_heads, L, d_h = P.shape
    dR, *doutput = linear_backward(dY, output)
    dR = dR.reshape(*lead, L, num_heads, d_h).swapaxes(-2, -3)
    dprojected = np.empty((*lead, L, 3 * num_heads * d_h), dR.dtype)
    attend_backward(dR, None, P, K, V, alpha, out=_three(dprojected, num_heads))
    dX, *dheads = linear_backward(dprojected, heads)
    return dX, SelfAttentionParams(_with_scaled_queries(LinearParams(*dheads), num_heads), LinearParams(*doutput))


def _three(projected: np.ndarray, num_heads: int) -> tuple[np.ndarray, ...]:
    """Queries, keys and values, (..., num_heads, L, d_h) each, of (..., L, 3 num_heads d_h): views, not copies."""
    parts = projected.reshape(*projected.shape[:-1], 3, num_heads, -1).swapaxes(-2, -4)
    return parts[..., 0, :, :], parts[..., 1, :, :], parts[..., 2, :, :]


def _with_scaled_queries(heads: LinearParams, num_heads: int) -> LinearParams:
    """Divide the queries' third of the rows by √d_h: the scores are then those of scaled dot products."""
    W, b = heads.W.copy(), heads.b.copy()
    d = len(W) // 3
    W[:d] /= math.sqrt(d // num_heads)
    b[:d] /= math.sqrt(d // num_heads)
    return LinearParams(W, b)


def encoder_layer_forward(
    X: np.ndarray, params: EncoderLayerParams, num_heads: int, mask: np.ndarray | None = None, eps: float = 1e-12
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """One layer.

    Parameters
    ----------
    X : (..., L, d) array
    params : EncoderLayerParams
    num_heads : int
    mask : (..., L) or (..., L, L) bool array, optional
        True = may be attended to.
    eps : float
        Of both norms.

    Returns
    -------
    Y : (..., L, d) array
    alpha : (..., num_heads, L, L) array
    cache : tuple

    Raises
    ------
    ValueError, TypeError
        num_heads does not divide d, or eps is not above 0.
    """
    attended, alpha, attention = self_attention_forward(X, params.attention, num_heads, mask)
    attended += X
    A, attention_norm = layer_norm_forward(attended, *params.attention_norm, eps=eps)
    G = project(A, params.widen.W)
    slope = gelu_in_place(G, params.widen.b)
    worked, narrow = linear_forward(G, *params.narrow)
    worked += A
    Y, norm = layer_norm_forward(worked, *params.norm, eps=eps)
    return Y, alpha, (attention, attention_norm, (A, params.widen.W), slope, narrow, norm)


def encoder_layer_backward(dY: np.ndarray, cache: tuple) -> tuple[np.ndarray, EncoderLayerParams]:
    """Gradients of X and the parameters: the layer upside down; what a residual sum gets goes both ways::

    dA = dN + (W₁ᵀ (GELU′ ∘ W₂ᵀ dN))        dX = dM + d(SelfAttention)(dM)        with dN, dM behind the norms
    """
    attention, attention_norm, widen, slope, narrow, norm = cache
    dY = upstream("encoder_layer_backward", "dY", dY, slope.shape[:-1] + dY.shape[-1:], slope.dtype)
    dN, *dnorm = layer_norm_backward(dY, norm)
    dG, *dnarrow = linear_backward(dN, narrow)
    dG *= slope
    dA, *dwiden = linear_backward(dG, widen)
    dA += dN
    dM, *dattention_norm = layer_norm_backward(dA, attention_norm)
    dX, dattention = self_attention_backward(dM, attention)
    dX += dM
    return dX, EncoderLayerParams(
        dattention,
        LayerNormParams(*dattention_norm),
        LinearParams(*dwiden),
        LinearParams(*dnarrow),
        LayerNormParams(*dnorm),
    )
