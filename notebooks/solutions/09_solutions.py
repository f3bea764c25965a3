"""Solutions to the homework of notebook 9: ``nnmem grade notebooks/solutions/09_solutions.py``."""

import numpy as np


def bound_modulus_forward(z_re, z_im):
    """Divide by the modulus where it is above one."""
    size = np.maximum(1, np.hypot(z_re, z_im))
    return z_re / size, z_im / size, (z_re, z_im, size)


def bound_modulus_backward(dy_re, dy_im, cache):
    """Outside the circle, what is along y is lost."""
    z_re, z_im, size = cache
    y_re, y_im = z_re / size, z_im / size
    along = np.where(size > 1, dy_re * y_re + dy_im * y_im, 0)
    return (dy_re - along * y_re) / size, (dy_im - along * y_im) / size


def fast_weight_read_forward(H, q, decay=0.95, rate=0.5):
    """Score, fade, sum: attention without a softmax."""
    T = H.shape[-2]
    fade = (rate * float(decay) ** np.arange(T - 1, -1, -1)).astype(H.dtype)
    weights = fade * (H @ q[..., None])[..., 0]
    return (weights[..., None, :] @ H)[..., 0, :], (H, q, fade, weights)


def fast_weight_read_backward(dr, cache):
    """A state is key and value: two terms. The query's gradient is the read of dr."""
    H, q, fade, weights = cache
    back = fade * (H @ dr[..., None])[..., 0]
    dH = weights[..., None] * dr[..., None, :] + back[..., None] * q[..., None, :]
    return dH, (back[..., None, :] @ H)[..., 0, :]


def modrelu_forward(z_re, z_im, b):
    """A real scale times z; 0 where z is 0 or shorter than −b."""
    modulus = np.hypot(z_re, z_im)
    open_ = (modulus + b > 0) & (modulus > 0)
    length = np.where(modulus > 0, modulus, 1)
    scale = np.where(open_, 1 + b / length, 0)
    return scale * z_re, scale * z_im, (z_re, z_im, b, length, open_, scale)


def modrelu_backward(dy_re, dy_im, cache):
    """The gradient times the scale, less what moving along z takes from the scale."""
    z_re, z_im, b, length, open_, scale = cache
    n_re, n_im = z_re / length, z_im / length
    along = np.where(open_, dy_re * n_re + dy_im * n_im, 0)
    less = b / length * along
    return (
        scale * dy_re - less * n_re,
        scale * dy_im - less * n_im,
        along.reshape(-1, len(b)).sum(axis=0),
    )
