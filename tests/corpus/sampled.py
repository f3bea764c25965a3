# Beside (8.7): one item drawn.
# %% right: a loop over rng.choice
import numpy as np


def sampled_attention_forward(X, alpha, rng):
    if (alpha < 0).any():
        raise ValueError("weights are not negative")
    z = np.empty(alpha.shape[:-1], int)
    u = rng.random(alpha.shape[:-1])
    for place in np.ndindex(z.shape):
        z[place] = -1 if not alpha[place].any() else min((np.cumsum(alpha[place]) <= u[place]).sum(), alpha.shape[-1] - 1)
    x = np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :]
    x = np.where(z[..., None] < 0, 0, x).astype(X.dtype)
    return np.where(np.isnan(alpha).any(-1)[..., None], np.nan, x).astype(X.dtype), z, (X, alpha, z)


def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
    X, alpha, z = cache
    hot = np.arange(alpha.shape[-1]) == z[..., None]
    dX = np.zeros_like(X) if dx_z is None else hot[..., None] * dx_z[..., None, :]
    return dX, (hot * (reward - baseline)[..., None] / alpha).astype(alpha.dtype)


# %% wrong: the item of largest weight is taken in place of one drawn
def sampled_attention_forward(X, alpha, rng):
    z = alpha.argmax(axis=-1)
    return np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :], z, (X, alpha, z)


# %% cause unnamed: drawn as if all were equally likely
def sampled_attention_forward(X, alpha, rng):
    z = np.floor(rng.random(alpha.shape[:-1]) * alpha.shape[-1]).astype(int)
    return np.take_along_axis(X, z[..., None, None], axis=-2)[..., 0, :], z, (X, alpha, z)


# %% wrong: in dα, the division by α_z is missing: the gradient of log α_z is 1 / α_z
def sampled_attention_backward(reward, cache, baseline=0.0, dx_z=None):
    X, alpha, z = cache
    hot = np.arange(alpha.shape[-1]) == z[..., None]
    dX = np.zeros_like(X) if dx_z is None else hot[..., None] * dx_z[..., None, :]
    return dX, hot * (reward - baseline)[..., None]


# %% wrong: in dα, the baseline is ignored
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
