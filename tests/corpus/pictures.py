# Attention in pictures: patches, convolution, pooling, the gate of a caption, and the gradient of what was drawn.
# %% right: by loops over places and pixels
import numpy as np


def patches_forward(X, size, stride=1):
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            cut = X[..., i * stride : i * stride + size, j * stride : j * stride + size, :]
            P[..., i, j, :] = cut.reshape(*lead, size * size * c)
    return P, (X.shape, size, stride)


def patches_backward(dP, cache):
    shape, size, stride = cache
    *lead, h, w, _ = dP.shape
    dX = np.zeros(shape, dP.dtype)
    for i in range(h):
        for j in range(w):
            back = dP[..., i, j, :].reshape(*lead, size, size, shape[-1])
            dX[..., i * stride : i * stride + size, j * stride : j * stride + size, :] += back
    return dX


def convolution_forward(X, W, b, stride=1):
    *lead, H, width, c = X.shape
    k, s = W.shape[:2]
    h, w = (H - s) // stride + 1, (width - s) // stride + 1
    Y = np.zeros((*lead, h, w, k), X.dtype)
    for u in range(s):
        for v in range(s):
            part = X[..., u : u + (h - 1) * stride + 1 : stride, v : v + (w - 1) * stride + 1 : stride, :]
            Y += part @ W[:, u, v].T
    return Y + b, (X, W, stride)


def convolution_backward(dY, cache):
    X, W, stride = cache
    k, s = W.shape[:2]
    h, w = dY.shape[-3:-1]
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    flat = dY.reshape(-1, k)
    for u in range(s):
        for v in range(s):
            at = (..., slice(u, u + (h - 1) * stride + 1, stride), slice(v, v + (w - 1) * stride + 1, stride), slice(None))
            dX[at] += dY @ W[:, u, v]
            dW[:, u, v] = flat.T @ X[at].reshape(-1, X.shape[-1])
    return dX, dW, flat.sum(axis=0)


def max_pooling_forward(X, size=2):
    *lead, H, W, c = X.shape
    h, w = H // size, W // size
    squares = X[..., : h * size, : w * size, :].reshape(*lead, h, size, w, size, c)
    flat = np.moveaxis(squares, -4, -3).reshape(*lead, h, w, size * size, c)
    best = flat.argmax(axis=-2)
    return np.take_along_axis(flat, best[..., None, :], -2)[..., 0, :], (X.shape, size, best)


def max_pooling_backward(dY, cache):
    shape, s, best = cache
    dX = np.zeros(shape, dY.dtype)
    h, w = dY.shape[-3:-1]
    for u in range(s):
        for v in range(s):
            dX[..., u : h * s : s, v : w * s : s, :] = np.where(best == u * s + v, dY, 0)
    return dX


def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    a = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    s = a @ v
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    t = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(t == 0, 1, t)
    c = (alpha[..., None] * X).sum(axis=-2)
    z = q @ w + b[0]
    beta = 0.5 + 0.5 * np.tanh(z / 2)
    return beta[..., None] * c, alpha, (X, q, W, U, v, w, a, alpha, c, beta)


def gated_attention_backward(dr, cache, dalpha=None):
    X, q, W, U, v, w, a, alpha, c, beta = cache
    dz = (dr * c).sum(-1) * beta * (1 - beta)
    dc = beta[..., None] * dr
    g = (X @ dc[..., None])[..., 0] + (0 if dalpha is None else dalpha)
    ds = alpha * (g - (alpha * g).sum(-1, keepdims=True))
    dA = ds[..., None] * v * (1 - a * a)
    dX = alpha[..., None] * dc[..., None, :] + dA @ W
    over = dA.sum(-2)
    dq = over @ U + dz[..., None] * w
    rows = lambda A: A.reshape(-1, A.shape[-1])
    dW, dU = rows(dA).T @ rows(X), rows(over).T @ rows(q)
    return dX, dq, dW, dU, rows(a).T @ ds.ravel(), rows(q).T @ dz.ravel(), np.array([dz.sum()], dr.dtype)


def doubly_stochastic_forward(alpha):
    left = 1 - alpha.sum(axis=-2)
    return (left**2).sum(axis=-1), (alpha, left)


def doubly_stochastic_backward(dP, cache):
    alpha, left = cache
    return np.zeros_like(alpha) - 2 * (left * dP[..., None])[..., None, :]


def score_function_forward(log_p, reward, baseline=0.0):
    gain = reward - baseline
    return gain * log_p, gain


def score_function_backward(dS, cache):
    return cache * dS


def entropy_forward(log_p):
    p = np.exp(log_p)
    terms = np.where(p > 0, p * np.where(p > 0, log_p, 0), 0)
    return -terms.sum(axis=-1), log_p


def entropy_backward(dH, cache):
    p = np.exp(cache)
    return np.where(p > 0, -p * (1 + np.where(p > 0, cache, 0)), 0) * dH[..., None]


good_patches_forward = patches_forward
good_patches_backward = patches_backward
good_convolution_forward = convolution_forward
good_convolution_backward = convolution_backward
good_max_pooling_forward = max_pooling_forward
good_max_pooling_backward = max_pooling_backward
good_gated_attention_forward = gated_attention_forward
good_gated_attention_backward = gated_attention_backward
good_doubly_stochastic_forward = doubly_stochastic_forward
good_doubly_stochastic_backward = doubly_stochastic_backward
good_score_function_forward = score_function_forward
good_score_function_backward = score_function_backward
good_entropy_forward = entropy_forward
good_entropy_backward = entropy_backward


# %% wrong: columns stand before rows
def patches_forward(X, size, stride=1):
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            cut = X[..., i * stride : i * stride + size, j * stride : j * stride + size, :]
            P[..., i, j, :] = cut.swapaxes(-2, -3).reshape(*lead, -1)
    return P, (X.shape, size, stride)


# %% wrong: channels stand first
def patches_forward(X, size, stride=1):
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            cut = X[..., i * stride : i * stride + size, j * stride : j * stride + size, :]
            P[..., i, j, :] = np.moveaxis(cut, -1, -3).reshape(*lead, -1)
    return P, (X.shape, size, stride)


# %% wrong: the stride is ignored
def patches_forward(X, size, stride=1):
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            P[..., i, j, :] = X[..., i : i + size, j : j + size, :].reshape(*lead, -1)
    return P, (X.shape, size, stride)


# %% wrong: the last row and column|shape
def patches_forward(X, size, stride=1):
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride, (W - size) // stride
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            cut = X[..., i * stride : i * stride + size, j * stride : j * stride + size, :]
            P[..., i, j, :] = cut.reshape(*lead, -1)
    return P, (X.shape, size, stride)


# %% wrong: size was taken for the stride
def patches_forward(X, size, stride=1):
    stride = size
    *lead, H, W, c = X.shape
    h, w = (H - size) // stride + 1, (W - size) // stride + 1
    P = np.empty((*lead, h, w, size * size * c), X.dtype)
    for i in range(h):
        for j in range(w):
            cut = X[..., i * stride : i * stride + size, j * stride : j * stride + size, :]
            P[..., i, j, :] = cut.reshape(*lead, -1)
    return P, (X.shape, size, stride)


# %% wrong: overwritten
def patches_backward(dP, cache):
    shape, size, stride = cache
    *lead, h, w, _ = dP.shape
    dX = np.zeros(shape, dP.dtype)
    for i in range(h):
        for j in range(w):
            back = dP[..., i, j, :].reshape(*lead, size, size, shape[-1])
            dX[..., i * stride : i * stride + size, j * stride : j * stride + size, :] = back
    return dX


# %% wrong: mean
def patches_backward(dP, cache):
    shape, size, stride = cache
    *lead, h, w, _ = dP.shape
    dX, n = np.zeros(shape, dP.dtype), np.zeros(shape, dP.dtype)
    for i in range(h):
        for j in range(w):
            back = dP[..., i, j, :].reshape(*lead, size, size, shape[-1])
            dX[..., i * stride : i * stride + size, j * stride : j * stride + size, :] += back
            n[..., i * stride : i * stride + size, j * stride : j * stride + size, :] += 1
    return dX / np.maximum(n, 1)


# %% wrong: columns stand before rows
def patches_backward(dP, cache):
    shape, size, stride = cache
    *lead, h, w, _ = dP.shape
    dX = np.zeros(shape, dP.dtype)
    for i in range(h):
        for j in range(w):
            back = dP[..., i, j, :].reshape(*lead, size, size, shape[-1]).swapaxes(-2, -3)
            dX[..., i * stride : i * stride + size, j * stride : j * stride + size, :] += back
    return dX


# %% wrong: turned round
def convolution_forward(X, W, b, stride=1):
    return good_convolution_forward(X, W[:, ::-1, ::-1], b, stride)


# %% wrong: b is (missing|not used)
def convolution_forward(X, W, b, stride=1):
    Y, cache = good_convolution_forward(X, W, b, stride)
    return Y - b, cache


# %% wrong: rows and columns are exchanged
def convolution_forward(X, W, b, stride=1):
    return good_convolution_forward(X, W.swapaxes(1, 2), b, stride)


# %% wrong: the stride is ignored
def convolution_forward(X, W, b, stride=1):
    return good_convolution_forward(X, W, b, 1)


# %% wrong: for every filter weight
def convolution_forward(X, W, b, stride=1):
    Y, cache = good_convolution_forward(X, W, b, stride)
    return Y - b + b * W[0].size, cache


# %% wrong: mean
def convolution_backward(dY, cache):
    dX, dW, db = good_convolution_backward(dY, cache)
    return dX, dW, dY.reshape(-1, dY.shape[-1]).mean(axis=0)


# %% wrong: mean
def convolution_backward(dY, cache):
    dX, dW, db = good_convolution_backward(dY, cache)
    return dX, dW / dY[..., 0].size, db


# %% wrong: turned round
def convolution_backward(dY, cache):
    X, W, stride = cache
    dX, dW, db = good_convolution_backward(dY, (X, W[:, ::-1, ::-1], stride))
    return dX, dW, db


# %% wrong: turned round
def convolution_backward(dY, cache):
    dX, dW, db = good_convolution_backward(dY, cache)
    return dX, dW[:, ::-1, ::-1], db


# %% wrong: overwritten
def convolution_backward(dY, cache):
    X, W, stride = cache
    s, (h, w) = W.shape[1], dY.shape[-3:-1]
    dX, dW, db = good_convolution_backward(dY, cache)
    dX = np.zeros_like(X)
    for i in range(h):
        for j in range(w):
            back = np.tensordot(dY[..., i, j, :], W, 1)
            dX[..., i * stride : i * stride + s, j * stride : j * stride + s, :] = back
    return dX, dW, db


# %% wrong: mean
def max_pooling_forward(X, size=2):
    Y, cache = good_max_pooling_forward(X, size)
    *lead, h, w, c = Y.shape
    return X[..., : h * size, : w * size, :].reshape(*lead, h, size, w, size, c).mean(axis=(-4, -2)), cache


# %% wrong: smallest
def max_pooling_forward(X, size=2):
    Y, cache = good_max_pooling_forward(-X, size)
    return -Y, cache


# %% wrong: absolute
def max_pooling_forward(X, size=2):
    return good_max_pooling_forward(np.abs(X), size)


# %% wrong: channels
def max_pooling_forward(X, size=2):
    Y, cache = good_max_pooling_forward(X, size)
    return np.broadcast_to(Y.max(axis=-1, keepdims=True), Y.shape) + 0.0, cache


# %% wrong: shared equally
def max_pooling_backward(dY, cache):
    shape, s, best = cache
    dX = np.zeros(shape, dY.dtype)
    h, w = dY.shape[-3:-1]
    for u in range(s):
        for v in range(s):
            dX[..., u : h * s : s, v : w * s : s, :] = dY / s**2
    return dX


# %% wrong: every place
def max_pooling_backward(dY, cache):
    shape, s, best = cache
    dX = np.zeros(shape, dY.dtype)
    h, w = dY.shape[-3:-1]
    for u in range(s):
        for v in range(s):
            dX[..., u : h * s : s, v : w * s : s, :] = dY
    return dX


# %% wrong: first place|the part with X
def max_pooling_backward(dY, cache):
    shape, s, best = cache
    dX = np.zeros(shape, dY.dtype)
    h, w = dY.shape[-3:-1]
    dX[..., : h * s : s, : w * s : s, :] = dY
    return dX


# %% wrong: the gate is missing|factor β is missing
def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    r, alpha, cache = good_gated_attention_forward(X, q, W, U, v, w, b, mask)
    return (alpha[..., None] * X).sum(-2), alpha, cache


# %% wrong: tanh
def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    r, alpha, cache = good_gated_attention_forward(X, q, W, U, v, w, b, mask)
    return np.tanh(q @ w + b[0])[..., None] * (alpha[..., None] * X).sum(-2), alpha, cache


# %% wrong: sigmoid
def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    r, alpha, cache = good_gated_attention_forward(X, q, W, U, v, w, b, mask)
    return (q @ w + b[0])[..., None] * (alpha[..., None] * X).sum(-2), alpha, cache


# %% wrong: b is
def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    return good_gated_attention_forward(X, q, W, U, v, w, 0 * b, mask)


# %% wrong: multiplied by the gate
def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    r, alpha, cache = good_gated_attention_forward(X, q, W, U, v, w, b, mask)
    return r, alpha * cache[-1][..., None], cache


# %% wrong: wrong way round
def gated_attention_forward(X, q, W, U, v, w, b, mask=None):
    r, alpha, cache = good_gated_attention_forward(X, q, W, U, v, w, b, mask)
    return (1 - cache[-1][..., None]) * cache[-2], alpha, cache


# %% wrong: dq
def gated_attention_backward(dr, cache, dalpha=None):
    dX, dq, dW, dU, dv, dw, db = good_gated_attention_backward(dr, cache, dalpha)
    X, q, W, U, v, w, a, alpha, c, beta = cache
    dz = (dr * c).sum(-1) * beta * (1 - beta)
    return dX, dq - dz[..., None] * w, dW, dU, dv, dw, db


# %% wrong: derivative of the sigmoid|factor β · \\(1 - β\\) is missing
def gated_attention_backward(dr, cache, dalpha=None):
    dX, dq, dW, dU, dv, dw, db = good_gated_attention_backward(dr, cache, dalpha)
    X, q, W, U, v, w, a, alpha, c, beta = cache
    dz, right = (dr * c).sum(-1), (dr * c).sum(-1) * beta * (1 - beta)
    dq = dq + (dz - right)[..., None] * w
    return dX, dq, dW, dU, dv, (dz[..., None] * q).reshape(-1, len(w)).sum(0), dz.sum().reshape(1)


# %% wrong: gate unchanged|factor β is missing
def gated_attention_backward(dr, cache, dalpha=None):
    X, q, W, U, v, w, a, alpha, c, beta = cache
    _, _, _, _, _, dw, db = good_gated_attention_backward(dr, cache, dalpha)
    dX, dq, dW, dU, dv, _, _ = good_gated_attention_backward(dr, (*cache[:-1], np.ones_like(beta)), dalpha)
    dz = (dr * c).sum(-1) * beta * (1 - beta)
    return dX, dq + dz[..., None] * w, dW, dU, dv, dw, db


# %% wrong: mean
def gated_attention_backward(dr, cache, dalpha=None):
    dX, dq, dW, dU, dv, dw, db = good_gated_attention_backward(dr, cache, dalpha)
    n = max(cache[-1].size, 1)
    return dX, dq, dW, dU, dv, dw / n, db / n


# %% wrong: over the regions|zero everywhere
def doubly_stochastic_forward(alpha):
    left = 1 - alpha.sum(axis=-1)
    return (left**2).sum(axis=-1), (alpha, 1 - alpha.sum(axis=-2))


# %% wrong: not squared|power left² is missing
def doubly_stochastic_forward(alpha):
    left = 1 - alpha.sum(axis=-2)
    return left.sum(axis=-1), (alpha, left)


# %% wrong: absolute values
def doubly_stochastic_forward(alpha):
    left = 1 - alpha.sum(axis=-2)
    return np.abs(left).sum(axis=-1), (alpha, left)


# %% wrong: mean
def doubly_stochastic_forward(alpha):
    left = 1 - alpha.sum(axis=-2)
    return (left**2).mean(axis=-1), (alpha, left)


# %% wrong: 1 − is missing|term 1 is missing
def doubly_stochastic_forward(alpha):
    left = alpha.sum(axis=-2)
    return (left**2).sum(axis=-1), (alpha, 1 - left)


# %% wrong: mean
def doubly_stochastic_forward(alpha):
    left = 1 - alpha.mean(axis=-2)
    return (left**2).sum(axis=-1), (alpha, 1 - alpha.sum(axis=-2))


# %% wrong: the square of the sum
def doubly_stochastic_forward(alpha):
    left = 1 - alpha.sum(axis=-2)
    return left.sum(axis=-1) ** 2, (alpha, left)


# %% wrong: sign
def doubly_stochastic_backward(dP, cache):
    return -good_doubly_stochastic_backward(dP, cache)


# %% wrong: 2
def doubly_stochastic_backward(dP, cache):
    return good_doubly_stochastic_backward(dP, cache) / 2


# %% wrong: each word is penalised
def doubly_stochastic_backward(dP, cache):
    alpha, left = cache
    return -2 * (1 - alpha) * dP[..., None, None]


# %% wrong: added|sign of baseline
def score_function_forward(log_p, reward, baseline=0.0):
    gain = reward + baseline
    return gain * log_p, gain


# %% wrong: baseline
def score_function_forward(log_p, reward, baseline=0.0):
    return reward * log_p, reward - baseline


# %% wrong: sign
def score_function_forward(log_p, reward, baseline=0.0):
    return -(reward - baseline) * log_p, reward - baseline


# %% wrong: in place of its logarithm
def score_function_forward(log_p, reward, baseline=0.0):
    return (reward - baseline) * np.exp(log_p), reward - baseline


# %% wrong: baseline
def score_function_forward(log_p, reward, baseline=0.0):
    return reward * log_p - baseline, reward - baseline


# %% wrong backward: baseline
def score_function_backward(dS, cache):
    gain, reward = cache
    return reward * dS


def score_function_forward(log_p, reward, baseline=0.0):
    gain = reward - baseline
    return gain * log_p, (gain, reward)


# %% wrong backward: of p|multiplied by p
def score_function_backward(dS, cache):
    gain, log_p = cache
    return gain * dS / np.exp(log_p)


def score_function_forward(log_p, reward, baseline=0.0):
    gain = reward - baseline
    return gain * log_p, (gain, log_p)


# %% wrong backward: of p|multiplied by p
def score_function_backward(dS, cache):
    gain, log_p = cache
    return gain * dS * np.exp(log_p)


def score_function_forward(log_p, reward, baseline=0.0):
    gain = reward - baseline
    return gain * log_p, (gain, log_p)


# %% wrong: sign
def entropy_forward(log_p):
    H, cache = good_entropy_forward(log_p)
    return -H, cache


# %% wrong: bits
def entropy_forward(log_p):
    H, cache = good_entropy_forward(log_p)
    return H / np.log(2), cache


# %% wrong: p
def entropy_forward(log_p):
    return -log_p.sum(axis=-1), log_p


# %% wrong: mean
def entropy_forward(log_p):
    H, cache = good_entropy_forward(log_p)
    return H / log_p.shape[-1], cache


# %% wrong: 1
def entropy_backward(dH, cache):
    return -np.exp(cache) * cache * dH[..., None]


# %% wrong: of the scores
def entropy_backward(dH, cache):
    p = np.exp(cache)
    H = -(p * cache).sum(axis=-1, keepdims=True)
    return -p * (cache + H) * dH[..., None]


# %% wrong: of p
def entropy_backward(dH, cache):
    return -(1 + cache) * dH[..., None]
