# Memory in the connections: fast weights, complex layers, complex keys and their copies.
# %% right: as the notebook has it, in complex numbers where that is shorter
import numpy as np


def fast_weight_read_forward(H, q, decay=0.95, rate=0.5):
    T = H.shape[-2]
    fade = np.array([rate * decay ** (T - 1 - t) for t in range(T)], H.dtype)
    A = np.einsum("t,...td,...te->...de", fade, H, H)
    return np.einsum("...de,...e->...d", A, q), (H, q, fade, A)


def fast_weight_read_backward(dr, cache):
    H, q, fade, A = cache
    dA = np.einsum("...d,...e->...de", dr, q)
    dH = np.einsum("t,...de,...te->...td", fade, dA + np.swapaxes(dA, -1, -2), H)
    return dH, np.einsum("...de,...d->...e", A, dr)


def complex_bind_forward(a_re, a_im, b_re, b_im):
    a, b = a_re + 1j * a_im, b_re + 1j * b_im
    return (a * b).real, (a * b).imag, (a, b)


def complex_bind_backward(dc_re, dc_im, cache):
    a, b = cache
    dc = dc_re + 1j * dc_im
    da, db = b.conj() * dc, a.conj() * dc
    return da.real, da.imag, db.real, db.imag


def complex_linear_forward(x_re, x_im, W_re, W_im):
    x, W = x_re + 1j * x_im, W_re + 1j * W_im
    y = x @ W.T
    return y.real, y.imag, (x, W)


def complex_linear_backward(dy_re, dy_im, cache):
    x, W = cache
    dy = dy_re + 1j * dy_im
    dx = dy @ W.conj()
    dW = dy.reshape(-1, dy.shape[-1]).T @ x.conj().reshape(-1, x.shape[-1])
    return dx.real, dx.imag, dW.real, dW.imag


def bound_modulus_forward(z_re, z_im):
    size = np.maximum(np.sqrt(z_re**2 + z_im**2), 1)
    return z_re / size, z_im / size, (z_re / size, z_im / size, size)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, size = cache
    p = (size > 1) * (dy_re * y_re + dy_im * y_im)
    return (dy_re - p * y_re) / size, (dy_im - p * y_im) / size


# %% wrong: the oldest state is the strongest
def fast_weight_read_forward(H, q, decay=0.95, rate=0.5):
    fade = (rate * decay ** np.arange(H.shape[-2])).astype(H.dtype)
    A = np.einsum("t,...td,...te->...de", fade, H, H)
    return np.einsum("...de,...e->...d", A, q), (H, q, fade, A)


# %% wrong: the part of the key
def fast_weight_read_backward(dr, cache):
    H, q, fade, A = cache
    weights = fade * (H @ q[..., None])[..., 0]
    return weights[..., None] * dr[..., None, :], np.einsum("...de,...d->...e", A, dr)


# %% wrong: i² is −1
def complex_bind_forward(a_re, a_im, b_re, b_im):
    return a_re * b_re + a_im * b_im, a_re * b_im + a_im * b_re, (a_re + 1j * a_im, b_re + 1j * b_im)


# %% wrong: the gradient is bound in place of unbound
def complex_bind_backward(dc_re, dc_im, cache):
    a, b = cache
    dc = dc_re + 1j * dc_im
    da, db = b * dc, a * dc
    return da.real, da.imag, db.real, db.imag


# %% wrong: W is transposed and not conjugated
def complex_linear_backward(dy_re, dy_im, cache):
    x, W = cache
    dy = dy_re + 1j * dy_im
    dx = dy @ W
    dW = dy.reshape(-1, dy.shape[-1]).T @ x.conj().reshape(-1, x.shape[-1])
    return dx.real, dx.imag, dW.real, dW.imag


# %% wrong: which changes the phase
def bound_modulus_forward(z_re, z_im):
    return np.clip(z_re, -1, 1), np.clip(z_im, -1, 1), (z_re, z_im, np.ones_like(z_re))


# %% wrong: the size is taken for a constant
def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, size = cache
    return dy_re / size, dy_im / size
