"""Layers of a complex-valued network (复数网络), on real and imaginary parts: a linear map and three nonlinearities.

Trabelsi et al. 2018, sections 3.1, 3.4 and 3.6. Two real arrays stand for a complex one, so every gradient is one of
real numbers: dz_re and dz_im say how the loss changes with the real and with the imaginary part.
"""

from __future__ import annotations

import math

import numpy as np

from nnmem.nn.arguments import arrays, upstream
from nnmem.nn.linear import project, weight_gradient
from nnmem.nn.options import count, generator

__all__ = [
    "complex_linear_backward",
    "complex_linear_forward",
    "crelu_backward",
    "crelu_forward",
    "modrelu_backward",
    "modrelu_forward",
    "rayleigh_weights",
    "zrelu_backward",
    "zrelu_forward",
]

COMPLEX_LINEAR = "x_re (..., d), x_im (..., d), W_re (p, d), W_im (p, d)"
MODRELU = "z_re (..., p), z_im (..., p), b (p,)"
NO_BIAS = "z_re (..., p), z_im (..., p)"

Parts = tuple[np.ndarray, np.ndarray]


def complex_linear_forward(
    x_re: np.ndarray, x_im: np.ndarray, W_re: np.ndarray, W_im: np.ndarray
) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Linear map of complex vectors (复数线性层).

    Section 8.2.3 on complex numbers; Trabelsi et al. 2018, section 3.1::

        y = W x,   W = W_re + i W_im,   x = x_re + i x_im
        y_re = W_re x_re − W_im x_im        y_im = W_im x_re + W_re x_im

    It has half the freedom of a real map between vectors of twice the length: each weight turns and stretches.

    Parameters
    ----------
    x_re, x_im : (..., d) array
    W_re, W_im : (p, d) array

    Returns
    -------
    y_re, y_im : (..., p) array
    cache : tuple
    """
    x_re, x_im, W_re, W_im = arrays("complex_linear_forward", COMPLEX_LINEAR, x_re, x_im, W_re, W_im)
    y_re = project(x_re, W_re) - project(x_im, W_im)
    y_im = project(x_re, W_im) + project(x_im, W_re)
    return y_re, y_im, (x_re, x_im, W_re, W_im)


def complex_linear_backward(
    dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of x_re, x_im, W_re and W_im: in complex numbers, what is transposed is also conjugated::

    dx = conj(W)ᵀ dy        dx_re =  W_reᵀ dy_re + W_imᵀ dy_im
                            dx_im = −W_imᵀ dy_re + W_reᵀ dy_im
    dW = Σ dy conj(x)ᵀ      dW_re = Σ dy_re x_reᵀ + dy_im x_imᵀ
                            dW_im = Σ dy_im x_reᵀ − dy_re x_imᵀ
    """
    x_re, x_im, W_re, W_im = cache
    shape = x_re.shape[:-1] + W_re.shape[:1]
    dy_re = upstream("complex_linear_backward", "dy_re", dy_re, shape, x_re.dtype)
    dy_im = upstream("complex_linear_backward", "dy_im", dy_im, shape, x_re.dtype)
    dx_re = project(dy_re, W_re.T) + project(dy_im, W_im.T)
    dx_im = project(dy_im, W_re.T) - project(dy_re, W_im.T)
    dW_re = weight_gradient(dy_re, x_re) + weight_gradient(dy_im, x_im)
    dW_im = weight_gradient(dy_im, x_re) - weight_gradient(dy_re, x_im)
    return dx_re, dx_im, dW_re, dW_im


def modrelu_forward(z_re: np.ndarray, z_im: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Shrink or stretch the modulus and keep the phase (modReLU, 保留相位).

    Section 8.2.3 on complex numbers; Arjovsky et al. 2016, equation 8; Trabelsi et al. 2018, equation 5::

        y = max(0, |z| + b) z / |z|        0 where z = 0, which has no phase

    With b < 0, what is shorter than −b is silenced: a threshold on the modulus.

    Parameters
    ----------
    z_re, z_im : (..., p) array
    b : (p,) array

    Returns
    -------
    y_re, y_im : (..., p) array
    cache : tuple
    """
    z_re, z_im, b = arrays("modrelu_forward", MODRELU, z_re, z_im, b)
    modulus = modulus_of(z_re, z_im)
    length = np.where(modulus == 0, 1, modulus)  # z = 0: whatever is divided, 0 comes out
    on = ~(modulus.real + b.real <= 0) & (modulus != 0)  # NaN is on, and comes out
    reach = np.where(on, modulus + b, 0)
    n_re, n_im = z_re / length, z_im / length
    return reach * n_re, reach * n_im, (n_re, n_im, length, on, b)


def modrelu_backward(dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients of z_re, z_im and b.

    Where |z| + b > 0, y = z + b n with n = z / |z|, elsewhere 0. What of dy is along n, p = dy_re n_re + dy_im n_im,
    does not turn n; what is across it, c = dy_im n_re − dy_re n_im, does, the more the shorter z is::

        ∂n/∂z_re = −n_im (−n_im, n_re) / |z|        dz = dy + b c (−n_im, n_re) / |z|        db = Σ p
    """
    n_re, n_im, length, on, b = cache
    dy_re = upstream("modrelu_backward", "dy_re", dy_re, n_re.shape, n_re.dtype)
    dy_im = upstream("modrelu_backward", "dy_im", dy_im, n_re.shape, n_re.dtype)
    along = np.where(on, dy_re * n_re + dy_im * n_im, 0)
    across = np.where(on, b, 0) * (dy_im * n_re - dy_re * n_im)
    db = along.reshape(math.prod(n_re.shape[:-1]), n_re.shape[-1]).sum(axis=0)
    dz_re = np.where(on, dy_re - across * n_im / length, 0)
    dz_im = np.where(on, dy_im + across * n_re / length, 0)
    return dz_re, dz_im, db


def crelu_forward(z_re: np.ndarray, z_im: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """ReLU of the real and of the imaginary part (CReLU).

    Section 8.2.3 on complex numbers (复数网络); Trabelsi et al. 2018, section 3.4::

        y = max(0, z_re) + i max(0, z_im)

    Parameters
    ----------
    z_re, z_im : (..., p) array

    Returns
    -------
    y_re, y_im : (..., p) array
    cache : tuple
    """
    z_re, z_im = arrays("crelu_forward", NO_BIAS, z_re, z_im)
    return np.where(z_re.real < 0, 0, z_re), np.where(z_im.real < 0, 0, z_im), (z_re, z_im)


def crelu_backward(dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple) -> Parts:
    """Gradients of z_re and z_im: each part for itself, dz_re = dy_re where z_re ≥ 0, and so on::

    ∂y_re/∂z_re = 1[z_re ≥ 0]        ∂y_im/∂z_im = 1[z_im ≥ 0]        (at 0 the slope from the right)
    """
    z_re, z_im = cache
    dy_re = upstream("crelu_backward", "dy_re", dy_re, z_re.shape, z_re.dtype)
    dy_im = upstream("crelu_backward", "dy_im", dy_im, z_re.shape, z_re.dtype)
    return np.where(z_re.real < 0, 0, dy_re), np.where(z_im.real < 0, 0, dy_im)


def zrelu_forward(z_re: np.ndarray, z_im: np.ndarray) -> tuple[np.ndarray, np.ndarray, tuple]:
    """Let a number pass if its phase is in the first quadrant (zReLU, 第一象限).

    Section 8.2.3 on complex numbers; Guberman 2016; Trabelsi et al. 2018, equation 7::

        y = z where 0 ≤ θ ≤ π/2, θ the phase of z; 0 elsewhere

    Parameters
    ----------
    z_re, z_im : (..., p) array

    Returns
    -------
    y_re, y_im : (..., p) array
    cache : tuple
    """
    z_re, z_im = arrays("zrelu_forward", NO_BIAS, z_re, z_im)
    outside = np.minimum(z_re.real, z_im.real) < 0  # not by the phase, which may round to π/2; NaN passes
    return np.where(outside, 0, z_re), np.where(outside, 0, z_im), (outside, z_re.dtype)


def zrelu_backward(dy_re: np.ndarray, dy_im: np.ndarray, cache: tuple) -> Parts:
    """Gradients of z_re and z_im: dz = dy in the first quadrant, both parts or none::

    ∂y_re/∂z_re = ∂y_im/∂z_im = 1[z_re ≥ 0 and z_im ≥ 0]
    """
    outside, dtype = cache
    dy_re = upstream("zrelu_backward", "dy_re", dy_re, outside.shape, dtype)
    dy_im = upstream("zrelu_backward", "dy_im", dy_im, outside.shape, dtype)
    return np.where(outside, 0, dy_re), np.where(outside, 0, dy_im)


def rayleigh_weights(rng: np.random.Generator, p: int, d: int, dtype: type = np.float32) -> Parts:
    """Draw first values of a complex matrix (p, d): any phase, and a modulus of Rayleigh's distribution.

    Trabelsi et al. 2018, section 3.6, in Glorot's form::

        W = |W| e^(iθ),   θ uniform in ±π,   |W| ~ Rayleigh(σ),   σ = 1 / √(p + d)

    so that E|W|² = 2 σ² = 2 / (p + d).

    Returns
    -------
    W_re, W_im : (p, d) array
    """
    function = "rayleigh_weights"
    shape = count(function, "p", p), count(function, "d", d)
    modulus = generator(function, rng).rayleigh(1 / math.sqrt(p + d), shape)
    phase = rng.uniform(-np.pi, np.pi, shape)
    return (modulus * np.cos(phase)).astype(dtype), (modulus * np.sin(phase)).astype(dtype)


def modulus_of(z_re: np.ndarray, z_im: np.ndarray) -> np.ndarray:
    """|z|, of numbers as large as they come; a root of squares where the complex step asks."""
    return np.sqrt(z_re * z_re + z_im * z_im) if np.iscomplexobj(z_re) else np.hypot(z_re, z_im)
