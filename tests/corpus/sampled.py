# Beside (8.7): one item drawn.
# %% right: a loop over rng.choice
import numpy as np


def sampled_attention_forward(X, alpha, rng):
    z = np.empty(alpha.shape[:-1], int)
    for place in np.ndindex(z.shape):
        z[place] = rng.choice(alpha.shape[-1], p=alpha[place])
    return np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :], z, (X, alpha, z)


def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
    X, alpha, z = cache
    hot = np.arange(alpha.shape[-1]) == z[..., None]
    dX = np.zeros_like(X) if dx_z is None else hot[..., None] * dx_z[..., None, :]
    return dX, (hot * (reward - baseline)[..., None] / alpha).astype(alpha.dtype)


# %% cause unnamed: the largest weight in place of a draw
def sampled_attention_forward(X, alpha, rng):
    z = alpha.argmax(axis=-1)
    return np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :], z, (X, alpha, z)


# %% cause unnamed: drawn as if all were equally likely
def sampled_attention_forward(X, alpha, rng):
    z = np.floor(rng.random(alpha.shape[:-1]) * alpha.shape[-1]).astype(int)
    return np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :], z, (X, alpha, z)


# %% wrong: gradient of alpha: a division is missing
def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
    X, alpha, z = cache
    hot = np.arange(alpha.shape[-1]) == z[..., None]
    dX = np.zeros_like(X) if dx_z is None else hot[..., None] * dx_z[..., None, :]
    return dX, hot * (reward - baseline)[..., None]


# %% wrong: gradient of alpha: what stands behind the cache is ignored
def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
    X, alpha, z = cache
    hot = np.arange(alpha.shape[-1]) == z[..., None]
    dX = np.zeros_like(X) if dx_z is None else hot[..., None] * dx_z[..., None, :]
    return dX, (hot * reward[..., None] / alpha).astype(alpha.dtype)


# %% wrong: gradient of X: it is zero everywhere
def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
    X, alpha, z = cache
    hot = np.arange(alpha.shape[-1]) == z[..., None]
    return np.zeros_like(X), (hot * (reward - baseline)[..., None] / alpha).astype(alpha.dtype)
