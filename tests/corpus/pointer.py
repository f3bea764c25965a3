# Equations (8.10) to (8.13).
# %% right: one log-softmax
import numpy as np


def gram(a, b):
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = A @ v
    if mask is not None:
        s = np.where(mask if mask.ndim == s.ndim else mask[..., None, :], s, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.exp(s - top).sum(axis=-1, keepdims=True)
    log_p = s - top - np.log(np.where(total == 0, 1, total))
    return log_p, (X, E, W, U, v, A, log_p)


def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, A, log_p = cache
    d = np.where(np.isfinite(log_p), dlog_p, 0)
    ds = d - np.exp(log_p) * d.sum(axis=-1, keepdims=True)
    dZ = ds[..., None] * v * (1 - A**2)
    dx, de = dZ.sum(axis=-3), dZ.sum(axis=-2)
    return dx @ W, de @ U, gram(dx, X), gram(de, E), gram(ds[..., None], A)[0]


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    real = np.ones(targets.shape, bool)
    if lengths is not None:
        real = np.arange(targets.shape[-1]) < lengths[..., None]
    targets = np.where(real, targets, 0)
    picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return np.where(real, picked, 0).sum(axis=-1), (log_p.shape, targets, real)


def pointer_log_likelihood_backward(dL, cache):
    shape, targets, real = cache
    hot = (np.arange(shape[-1]) == targets[..., None]) & real[..., None]
    return (hot * dL[..., None, None]).astype(dL.dtype)


# %% wrong: in ds = dl − p Σ dl, the second term is missing
def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, A, log_p = cache
    ds = np.where(np.isfinite(log_p), dlog_p, 0)
    dZ = ds[..., None] * v * (1 - A**2)
    dx, de = dZ.sum(axis=-3), dZ.sum(axis=-2)
    return dx @ W, de @ U, gram(dx, X), gram(de, E), gram(ds[..., None], A)[0]


# %% wrong: the gradient is that of a softmax, p ∘ \(dl − Σ p dl\)
def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, A, log_p = cache
    p = np.exp(log_p)
    ds = p * (dlog_p - (p * dlog_p).sum(axis=-1, keepdims=True))
    dZ = ds[..., None] * v * (1 - A**2)
    dx, de = dZ.sum(axis=-3), dZ.sum(axis=-2)
    return dx @ W, de @ U, gram(dx, X), gram(de, E), gram(ds[..., None], A)[0]


# %% wrong: 1/. times|mean
def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, A, log_p = cache
    d = np.where(np.isfinite(log_p), dlog_p, 0)
    ds = d - np.exp(log_p) * d.sum(axis=-1, keepdims=True)
    dZ = ds[..., None] * v * (1 - A**2)
    dx, de = dZ.mean(axis=-3), dZ.sum(axis=-2)
    return dx @ W, de @ U, gram(dx, X), gram(de, E), gram(ds[..., None], A)[0]


# %% wrong: the mask is ignored
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = A @ v
    log_p = s - s.max(axis=-1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=-1, keepdims=True))
    return log_p, (X, E, W, U, v, A, log_p)


# %% wrong: the logarithm is missing
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = A @ v
    if mask is not None:
        s = np.where(mask if mask.ndim == s.ndim else mask[..., None, :], s, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=-1, keepdims=True)
    p = e / np.where(total == 0, 1, total)
    return p, (X, E, W, U, v, A, p)


# %% wrong: lengths missing
def pointer_log_likelihood_forward(log_p, targets):
    return np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0].sum(axis=-1), (log_p.shape, targets)


# %% wrong: targets behind the length are not to be looked at, whatever they are
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return picked, (log_p.shape, targets, np.ones(picked.shape, bool))


# %% wrong: a mean over all m steps is taken in place of the sum
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    real = np.ones(picked.shape, bool)
    if lengths is not None:
        real = np.arange(picked.shape[-1]) < lengths[..., None]
    return np.where(real, picked, 0).mean(axis=-1), (log_p.shape, targets, real)


# %% wrong: the sign is flipped
def pointer_log_likelihood_backward(dL, cache):
    shape, targets, real = cache
    hot = (np.arange(shape[-1]) == targets[..., None]) & real[..., None]
    return -(hot * dL[..., None, None]).astype(dL.dtype)


# %% wrong: the upstream gradient is not used
def pointer_log_likelihood_backward(dL, cache):
    shape, targets, real = cache
    hot = (np.arange(shape[-1]) == targets[..., None]) & real[..., None]
    return hot.astype(dL.dtype)


# %% wrong: argument lengths is ignored
def pointer_log_likelihood_backward(dL, cache):
    shape, targets, real = cache
    return ((np.arange(shape[-1]) == targets[..., None]) * dL[..., None, None]).astype(dL.dtype)


# %% wrong: targets are counted from 1
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    picked = np.take_along_axis(log_p, targets[..., None] - 1, axis=-1)[..., 0]
    real = np.ones(picked.shape, bool)
    if lengths is not None:
        real = np.arange(picked.shape[-1]) < lengths[..., None]
    return np.where(real, picked, 0).sum(axis=-1), (log_p.shape, targets, real)


# %% wrong: argument lengths is ignored
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    picked = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return picked.sum(axis=-1), (log_p.shape, targets, np.ones(picked.shape, bool))


# %% wrong: mean|times
def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, A, log_p = cache
    d = np.where(np.isfinite(log_p), dlog_p, 0)
    ds = d - np.exp(log_p) * d.mean(axis=-1, keepdims=True)
    dZ = ds[..., None] * v * (1 - A**2)
    dx, de = dZ.sum(axis=-3), dZ.sum(axis=-2)
    return dx @ W, de @ U, gram(dx, X), gram(de, E), gram(ds[..., None], A)[0]
