# An encoder's layer norm and GELU, and writing by attention.
# %% right: as the notebook has it, and writing as a plain loop
import math

import numpy as np


def layer_norm_forward(X, gain, bias, eps=1e-5):
    if not X.shape[-1] or eps <= 0:
        raise ValueError("nothing to normalise")
    mu = X.mean(axis=-1, keepdims=True)
    sigma = np.sqrt(((X - mu) ** 2).mean(axis=-1, keepdims=True) + eps)
    n = (X - mu) / sigma
    return gain * n + bias, (n, sigma, gain)


def layer_norm_backward(dY, cache):
    n, sigma, gain = cache
    axes = tuple(range(dY.ndim - 1))
    dn = dY * gain
    dX = (dn - dn.mean(axis=-1, keepdims=True) - n * (dn * n).mean(axis=-1, keepdims=True)) / sigma
    return dX, (dY * n).sum(axis=axes), dY.sum(axis=axes)


def gelu_forward(X):
    erf = np.vectorize(math.erf, otypes=[float])
    Phi = (0.5 * (1 + erf(X / math.sqrt(2)))).astype(X.dtype)
    return X * Phi, (X, Phi)


def gelu_backward(dY, cache):
    X, Phi = cache
    with np.errstate(over="ignore", under="ignore"):
        return dY * (Phi + X * np.exp(-X * X / 2) / math.sqrt(2 * math.pi))


def attention_write_forward(M, w, V):
    memories, c = [M], np.zeros_like(w)
    for t in range(w.shape[-2]):
        memories.append((1 - w[..., t, :, None]) * memories[-1] + w[..., t, :, None] * V[..., t, None, :])
        c[..., :t, :] *= 1 - w[..., t, None, :]
        c[..., t, :] = w[..., t, :]
    return memories[-1], c, (memories, c, w, V)


def attention_write_backward(dM_next, dc, cache):
    memories, _, w, V = cache
    dw, dV = np.zeros_like(w), np.zeros_like(V)
    dM, dc = dM_next.copy(), dc.copy()
    shares = cache[1].copy()
    for t in reversed(range(w.shape[-2])):
        dw[..., t, :] = ((V[..., t, None, :] - memories[t]) * dM).sum(axis=-1) + dc[..., t, :]
        dV[..., t, :] = (w[..., t, :, None] * dM).sum(axis=-2)
        before = memories_shares(w, t)
        dw[..., t, :] -= (before * dc[..., :t, :]).sum(axis=-2)
        dc[..., :t, :] *= 1 - w[..., t, None, :]
        dM = (1 - w[..., t, :, None]) * dM
    return dM, dw, dV


def memories_shares(w, t):
    c = np.zeros_like(w[..., :t, :])
    for s in range(t):
        c[..., :s, :] *= 1 - w[..., s, None, :]
        c[..., s, :] = w[..., s, :]
    return c


# %% wrong forward: d − 1
def layer_norm_forward(X, gain, bias, eps=1e-5):
    mu = X.mean(axis=-1, keepdims=True)
    n = (X - mu) / np.sqrt(X.var(axis=-1, ddof=1, keepdims=True) + eps)
    return gain * n + bias, (n,)


# %% wrong forward: behind the root
def layer_norm_forward(X, gain, bias, eps=1e-5):
    n = (X - X.mean(axis=-1, keepdims=True)) / (X.std(axis=-1, keepdims=True) + eps)
    return gain * n + bias, (n,)


# %% wrong forward: ε is missing
def layer_norm_forward(X, gain, bias, eps=1e-5):
    n = (X - X.mean(axis=-1, keepdims=True)) / X.std(axis=-1, keepdims=True)
    return gain * n + bias, (n,)


# %% wrong forward: divided by the variance
def layer_norm_forward(X, gain, bias, eps=1e-5):
    n = (X - X.mean(axis=-1, keepdims=True)) / (X.var(axis=-1, keepdims=True) + eps)
    return gain * n + bias, (n,)


# %% wrong forward: batch normalisation|axis
def layer_norm_forward(X, gain, bias, eps=1e-5):
    rows = X.reshape(-1, X.shape[-1])
    n = (X - rows.mean(axis=0)) / np.sqrt(rows.var(axis=0) + eps)
    return gain * n + bias, (n,)


# %% wrong forward: whole array
def layer_norm_forward(X, gain, bias, eps=1e-5):
    n = (X - X.mean()) / np.sqrt(X.var() + X.dtype.type(eps))
    return gain * n + bias, (n,)


# %% wrong forward: before the gain
def layer_norm_forward(X, gain, bias, eps=1e-5):
    n = (X - X.mean(axis=-1, keepdims=True)) / np.sqrt(X.var(axis=-1, keepdims=True) + eps)
    return gain * (n + bias), (n,)


# %% wrong forward: root of the mean square
def layer_norm_forward(X, gain, bias, eps=1e-5):
    return gain * X / np.sqrt((X * X).mean(axis=-1, keepdims=True) + eps) + bias, (X,)


# %% wrong backward: taken for constants
def layer_norm_backward(dY, cache):
    n, sigma, gain = cache
    axes = tuple(range(dY.ndim - 1))
    return dY * gain / sigma, (dY * n).sum(axis=axes), dY.sum(axis=axes)


# %% wrong backward: σ is taken for a constant
def layer_norm_backward(dY, cache):
    n, sigma, gain = cache
    axes, dn = tuple(range(dY.ndim - 1)), dY * gain
    return (dn - dn.mean(axis=-1, keepdims=True)) / sigma, (dY * n).sum(axis=axes), dY.sum(axis=axes)


# %% wrong backward: sums stand in place of means
def layer_norm_backward(dY, cache):
    n, sigma, gain = cache
    axes, dn = tuple(range(dY.ndim - 1)), dY * gain
    dX = (dn - dn.sum(axis=-1, keepdims=True) - n * (dn * n).sum(axis=-1, keepdims=True)) / sigma
    return dX, (dY * n).sum(axis=axes), dY.sum(axis=axes)


# %% wrong backward: the gain is missing
def layer_norm_backward(dY, cache):
    n, sigma, gain = cache
    axes = tuple(range(dY.ndim - 1))
    dX = (dY - dY.mean(axis=-1, keepdims=True) - n * (dY * n).mean(axis=-1, keepdims=True)) / sigma
    return dX, (dY * n).sum(axis=axes), dY.sum(axis=axes)


# %% wrong backward: in dgain, n is missing
def layer_norm_backward(dY, cache):
    n, sigma, gain = cache
    axes, dn = tuple(range(dY.ndim - 1)), dY * gain
    dX = (dn - dn.mean(axis=-1, keepdims=True) - n * (dn * n).mean(axis=-1, keepdims=True)) / sigma
    return dX, dY.sum(axis=axes), dY.sum(axis=axes)


# %% wrong forward: form with tanh
def gelu_forward(X):
    return 0.5 * X * (1 + np.tanh(math.sqrt(2 / math.pi) * (X + 0.044715 * X * X * X))), (X,)


# %% wrong forward: not divided by √2
def gelu_forward(X):
    Phi = (0.5 * (1 + np.vectorize(math.erf, otypes=[float])(X))).astype(X.dtype)
    return X * Phi, (X, Phi)


# %% wrong forward: 1.702
def gelu_forward(X):
    Phi = 1 / (1 + np.exp(-1.702 * X))
    return X * Phi, (X, Phi)


# %% wrong forward: SiLU
def gelu_forward(X):
    Phi = 1 / (1 + np.exp(-X))
    return X * Phi, (X, Phi)


# %% wrong forward: this is Φ
def gelu_forward(X):
    Phi = (0.5 * (1 + np.vectorize(math.erf, otypes=[float])(X / math.sqrt(2)))).astype(X.dtype)
    return Phi, (X, Phi)


# %% wrong forward: not halved|factor
def gelu_forward(X):
    Phi = (1 + np.vectorize(math.erf, otypes=[float])(X / math.sqrt(2))).astype(X.dtype)
    return X * Phi, (X, Phi)


# %% wrong backward: slope of Φ is forgotten
def gelu_backward(dY, cache):
    return dY * cache[1]


# %% wrong backward: not multiplied by x
def gelu_backward(dY, cache):
    X, Phi = cache
    return dY * (Phi + np.exp(-X * X / 2) / math.sqrt(2 * math.pi))


# %% wrong backward: not divided by √
def gelu_backward(dY, cache):
    X, Phi = cache
    return dY * (Phi + X * np.exp(-X * X / 2))


# %% wrong backward: −x² in place
def gelu_backward(dY, cache):
    X, Phi = cache
    return dY * (Phi + X * np.exp(-X * X) / math.sqrt(2 * math.pi))


# %% wrong backward: that of erf
def gelu_backward(dY, cache):
    X, Phi = cache
    return dY * (Phi + X * 2 / math.sqrt(math.pi) * np.exp(-X * X))


# %% wrong forward: only added
def attention_write_forward(M, w, V):
    return M + np.swapaxes(w, -1, -2) @ V, w, (M, w, V)


# %% wrong forward: turned round
def attention_write_forward(M, w, V):
    c, left = np.zeros_like(w), np.ones_like(w[..., 0, :])
    for t in range(w.shape[-2]):
        c[..., t, :] = w[..., t, :] * left
        left = left * (1 - w[..., t, :])
    return left[..., None] * M + np.swapaxes(c, -1, -2) @ V, c, (M, w, V)


# %% wrong forward: not erased
def attention_write_forward(M, w, V):
    c, left = np.zeros_like(w), np.ones_like(w[..., 0, :])
    for t in reversed(range(w.shape[-2])):
        c[..., t, :] = w[..., t, :] * left
        left = left * (1 - w[..., t, :])
    return M + np.swapaxes(c, -1, -2) @ V, c, (M, w, V)


# %% wrong forward: erases itself
def attention_write_forward(M, w, V):
    c, left = np.zeros_like(w), np.ones_like(w[..., 0, :])
    for t in reversed(range(w.shape[-2])):
        left = left * (1 - w[..., t, :])
        c[..., t, :] = w[..., t, :] * left
    return left[..., None] * M + np.swapaxes(c, -1, -2) @ V, c, (M, w, V)


# %% wrong forward: later values leave is missing
def attention_write_forward(M, w, V):
    for t in range(w.shape[-2]):
        M = (1 - w[..., t, :, None]) * M + w[..., t, :, None] * V[..., t, None, :]
    return M, w.copy(), (M, w, V)


# %% wrong backward: erases is forgotten
def attention_write_backward(dM_next, dc, cache):
    memories, c, w, V = cache
    left = np.ones((*w.shape[:-2], w.shape[-2] + 1, w.shape[-1]), w.dtype)
    for t in reversed(range(w.shape[-2])):
        left[..., t, :] = left[..., t + 1, :] * (1 - w[..., t, :])
    g = dc + V @ np.swapaxes(dM_next, -1, -2)
    return left[..., 0, :, None] * dM_next, left[..., 1:, :] * g, c @ dM_next


# %% wrong backward: gradient of the shares is forgotten
def attention_write_backward(dM_next, dc, cache):
    memories, c, w, V = cache
    dw, dM = np.zeros_like(w), dM_next
    for t in reversed(range(w.shape[-2])):
        dw[..., t, :] = ((V[..., t, None, :] - memories[t]) * dM).sum(axis=-1)
        dM = (1 - w[..., t, :, None]) * dM
    return dM, dw, c @ dM_next


# %% wrong backward: the shares are the weights: what later values leave is missing
def attention_write_backward(dM_next, dc, cache):
    memories, c, w, V = cache
    left, b = np.ones((*w.shape[:-2], w.shape[-2] + 1, w.shape[-1]), w.dtype), (memories[0] * dM_next).sum(-1)
    for t in reversed(range(w.shape[-2])):
        left[..., t, :] = left[..., t + 1, :] * (1 - w[..., t, :])
    g, dw = dc + V @ np.swapaxes(dM_next, -1, -2), np.zeros_like(w)
    for t in range(w.shape[-2]):
        dw[..., t, :] = left[..., t + 1, :] * (g[..., t, :] - b)
        b = (1 - w[..., t, :]) * b + w[..., t, :] * g[..., t, :]
    return left[..., 0, :, None] * dM_next, dw, w @ dM_next


# %% wrong backward: what was there before is not erased
def attention_write_backward(dM_next, dc, cache):
    memories, c, w, V = cache
    left, b = np.ones((*w.shape[:-2], w.shape[-2] + 1, w.shape[-1]), w.dtype), (memories[0] * dM_next).sum(-1)
    for t in reversed(range(w.shape[-2])):
        left[..., t, :] = left[..., t + 1, :] * (1 - w[..., t, :])
    g, dw = dc + V @ np.swapaxes(dM_next, -1, -2), np.zeros_like(w)
    for t in range(w.shape[-2]):
        dw[..., t, :] = left[..., t + 1, :] * (g[..., t, :] - b)
        b = (1 - w[..., t, :]) * b + w[..., t, :] * g[..., t, :]
    return dM_next.copy(), dw, c @ dM_next
