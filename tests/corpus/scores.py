# Equations (8.2) to (8.4).
# %% right: rows and matrix products
import math

import numpy as np


def gram(a, b):
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def additive_score_forward(X, q, W, U, v):
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    return A @ v, (X, q, W, U, v, A)


def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    total = dZ.sum(axis=-2)
    n, m = (int(np.prod(Y.shape[:-1])) for Y in (dZ, total))
    dW = dZ.reshape(n, -1).T @ X.reshape(n, -1)
    dU = total.reshape(m, -1).T @ q.reshape(m, -1)
    dv = dscores.reshape(n) @ A.reshape(n, -1)
    return dZ @ W, total @ U, dW, dU, dv


def dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1), (X, q)


def dot_score_backward(dscores, cache):
    X, q = cache
    return dscores[..., None] * q[..., None, :], (dscores[..., None] * X).sum(axis=-2)


def scaled_dot_score_forward(X, q):
    scores, cache = dot_score_forward(X, q)
    return scores / math.sqrt(X.shape[-1]), cache


def scaled_dot_score_backward(dscores, cache):
    return dot_score_backward(dscores / math.sqrt(cache[1].shape[-1]), cache)


def bilinear_score_forward(X, q, W):
    p = q @ W.T
    return np.einsum("...nd,...d->...n", X, p), (X, q, W, p)


def bilinear_score_backward(dscores, cache):
    X, q, W, p = cache
    dp = np.einsum("...n,...nd->...d", dscores, X)
    return np.einsum("...n,...d->...nd", dscores, p), dp @ W, gram(dp, q)


# %% right: loops over items and batch
import numpy as np


def dot_score_forward(memory, query):
    scores = np.zeros(memory.shape[:-1], dtype=memory.dtype)
    for place in np.ndindex(scores.shape):
        scores[place] = np.dot(memory[place], query[place[:-1]])
    return scores, [memory, query]


def dot_score_backward(upstream, saved):
    memory, query = saved
    dmemory, dquery = np.zeros_like(memory), np.zeros_like(query)
    for place in np.ndindex(upstream.shape):
        dmemory[place] = upstream[place] * query[place[:-1]]
        dquery[place[:-1]] += upstream[place] * memory[place]
    return [dmemory, dquery]


def additive_score_forward(X, q, W, U, v):
    scores = np.zeros(X.shape[:-1], dtype=X.dtype)
    for place in np.ndindex(scores.shape):
        scores[place] = v @ np.tanh(W @ X[place] + U @ q[place[:-1]])
    return scores, (X, q, W, U, v)


def additive_score_backward(dscores, cache):
    X, q, W, U, v = cache
    dX, dq, dW, dU, dv = (np.zeros_like(a) for a in cache)
    for place in np.ndindex(dscores.shape):
        a = np.tanh(W @ X[place] + U @ q[place[:-1]])
        dz = dscores[place] * v * (1 - a * a)
        dX[place] = W.T @ dz
        dq[place[:-1]] += U.T @ dz
        dW += np.outer(dz, X[place])
        dU += np.outer(dz, q[place[:-1]])
        dv += dscores[place] * a
    return dX, dq, dW, dU, dv


# %% wrong: W is used transposed
def additive_score_forward(X, q, W, U, v):
    A = np.tanh(X @ W + (q @ U.T)[..., None, :])
    return A @ v, (X, q, W, U, v, A)


# %% wrong: the activation is a sigmoid in place of tanh
def additive_score_forward(X, q, W, U, v):
    A = 1 / (1 + np.exp(-(X @ W.T + (q @ U.T)[..., None, :])))
    return A @ v, (X, q, W, U, v, A)


# %% wrong: tanh is missing
def additive_score_forward(X, q, W, U, v):
    A = X @ W.T + (q @ U.T)[..., None, :]
    return A @ v, (X, q, W, U, v, A)


# %% wrong: q is not used
def additive_score_forward(X, q, W, U, v):
    A = np.tanh(X @ W.T)
    return A @ v, (X, q, W, U, v, A)


# %% wrong: another order
def additive_score_forward(q, X, W, U, v):
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    return A @ v, (X, q, W, U, v, A)


# %% wrong: only with batch axes
def additive_score_forward(X, q, W, U, v):
    A = np.tanh(X @ W.T + U @ q)
    return A @ v, (X, q, W, U, v, A)


# %% wrong: gradient of X.*sigmoid
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * A * (1 - A)
    total = dZ.sum(axis=-2)
    dW = gram(dZ, X)
    dU = gram(total, q)
    return dZ @ W, total @ U, dW, dU, gram(dscores[..., None], A)[0]


# %% wrong: taken at tanh
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - np.tanh(A) ** 2)
    total = dZ.sum(axis=-2)
    dW = gram(dZ, X)
    dU = gram(total, q)
    return dZ @ W, total @ U, dW, dU, gram(dscores[..., None], A)[0]


# %% wrong: the power a² is missing
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A)
    total = dZ.sum(axis=-2)
    dW = gram(dZ, X)
    dU = gram(total, q)
    return dZ @ W, total @ U, dW, dU, gram(dscores[..., None], A)[0]


# %% wrong: the factor v is missing
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * (1 - A**2)
    total = dZ.sum(axis=-2)
    dW = gram(dZ, X)
    dU = gram(total, q)
    return dZ @ W, total @ U, dW, dU, gram(dscores[..., None], A)[0]


# %% wrong: gradient of W: it is transposed
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    total = dZ.sum(axis=-2)
    dW = gram(X, dZ)
    dU = gram(total, q)
    return dZ @ W, total @ U, dW, dU, gram(dscores[..., None], A)[0]


# %% wrong: gradient of W: the sum over the batch is missing
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    total = dZ.sum(axis=-2)
    dU = gram(total, q)
    return dZ @ W, total @ U, dZ.swapaxes(-1, -2) @ X, dU, gram(dscores[..., None], A)[0]


# %% wrong: gradient of q.*mean
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    total = dZ.sum(axis=-2)
    dW = gram(dZ, X)
    dU = gram(total, q)
    return dZ @ W, dZ.mean(axis=-2) @ U, dW, dU, gram(dscores[..., None], A)[0]


# %% wrong: gradient of v: the sum over the (batch|items) is missing
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    total = dZ.sum(axis=-2)
    dW = gram(dZ, X)
    dU = gram(total, q)
    return dZ @ W, total @ U, dW, dU, dscores[..., None] * A


# %% wrong: only the last item counts
def dot_score_backward(dscores, cache):
    X, q = cache
    dX, dq = np.zeros_like(X), np.zeros_like(q)
    for i in range(X.shape[-2]):
        dX[..., i, :] = dscores[..., i, None] * q
        dq = dscores[..., i, None] * X[..., i, :]
    return dX, dq


# %% wrong: gradient of q: it is 1/2 times
def dot_score_backward(dscores, cache):
    X, q = cache
    return dscores[..., None] * q[..., None, :], (dscores[..., None] * X).sum(axis=-2) / 2


# %% wrong: gradient of q: the sign is flipped
def dot_score_backward(dscores, cache):
    X, q = cache
    return dscores[..., None] * q[..., None, :], -(dscores[..., None] * X).sum(axis=-2)


# %% wrong: stands in its place
def dot_score_backward(dscores, cache):
    X, q = cache
    return (dscores[..., None] * X).sum(axis=-2), dscores[..., None] * q[..., None, :]


# %% wrong: the upstream gradient is not used
def dot_score_backward(dscores, cache):
    X, q = cache
    return np.zeros_like(X) + q[..., None, :], X.sum(axis=-2)


# %% wrong: it returns 1 gradients, should return 2
def dot_score_backward(dscores, cache):
    X, q = cache
    return dscores[..., None] * q[..., None, :]


# %% wrong: gradient of q: it has shape
def dot_score_backward(dscores, cache):
    X, q = cache
    return dscores[..., None] * q[..., None, :], np.swapaxes(X, -1, -2) * dscores[..., None, :]


# %% wrong: raises ValueError
def dot_score_forward(X, q):
    return q @ X, (X, q)


# %% wrong: only with batch axes
def dot_score_forward(X, q):
    return X @ q, (X, q)


# %% wrong: constant factor|another factor|times what it should be
def dot_score_forward(X, q):
    return 2 * (X * q[..., None, :]).sum(axis=-1), (X, q)


# %% wrong: the division by √d is missing
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1), (X, q)


# %% wrong: it is divided by d in place of √d
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1) / X.shape[-1], (X, q)


# %% wrong: √
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1) / math.sqrt(X.shape[-2]), (X, q)


# %% wrong: float32 is lost
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(axis=-1) / np.sqrt(X.shape[-1]), (X, q)


# %% wrong: the division by √d is missing
def scaled_dot_score_backward(dscores, cache):
    return dot_score_backward(dscores, cache)


# %% wrong: the division by √d is missing
def scaled_dot_score_backward(dscores, cache):
    X, q = cache
    root = math.sqrt(q.shape[-1])
    return dscores[..., None] * q[..., None, :] / root, (dscores[..., None] * X).sum(axis=-2)


# %% wrong: transpose
def bilinear_score_forward(X, q, W):
    p = q @ W
    return np.einsum("...nd,...d->...n", X, p), (X, q, W, p)


# %% wrong: in dW, q xᵢᵀ stands in place of xᵢ qᵀ: it is transposed
def bilinear_score_backward(dscores, cache):
    X, q, W, p = cache
    dp = np.einsum("...n,...nd->...d", dscores, X)
    return np.einsum("...n,...d->...nd", dscores, p), dp @ W, gram(q, dp)


# %% wrong: gradient of W: the sum over the batch is missing
def bilinear_score_backward(dscores, cache):
    X, q, W, p = cache
    dp = np.einsum("...n,...nd->...d", dscores, X)
    return np.einsum("...n,...d->...nd", dscores, p), dp @ W, dp[..., :, None] * q[..., None, :]


# %% wrong: gradient of W: only the last entry of the batch
def bilinear_score_backward(dscores, cache):
    X, q, W, p = cache
    dp = np.einsum("...n,...nd->...d", dscores, X)
    dW = np.zeros_like(W)
    for row, other in zip(dp.reshape(-1, dp.shape[-1]), q.reshape(-1, q.shape[-1])):
        dW = np.outer(row, other)
    return np.einsum("...n,...d->...nd", dscores, p), dp @ W, dW


# %% wrong: gradient of q.*transpose
def bilinear_score_backward(dscores, cache):
    X, q, W, p = cache
    dp = np.einsum("...n,...nd->...d", dscores, X)
    return np.einsum("...n,...d->...nd", dscores, p), dp @ W.T, gram(dp, q)


# %% wrong: gradient of W: it is 1/the batch size times
def bilinear_score_backward(dscores, cache):
    X, q, W, p = cache
    dp = np.einsum("...n,...nd->...d", dscores, X)
    batch = max(int(np.prod(q.shape[:-1])), 1)
    return np.einsum("...n,...d->...nd", dscores, p), dp @ W, gram(dp, q) / batch
