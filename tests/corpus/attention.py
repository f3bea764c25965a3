# Equations (8.5) to (8.9), and 8.1.2.
# %% right: one softmax for all
import math

import numpy as np


def gram(a, b):
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def softmax(s, mask):
    s = s if mask is None else np.where(mask, s, -np.inf)
    top = s.max(axis=-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(axis=-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


def softmax_gradient(dalpha, alpha):
    return alpha * (dalpha - (alpha * dalpha).sum(axis=-1, keepdims=True))


def weighted_sum_forward(alpha, X):
    return (alpha[..., None] * X).sum(axis=-2), (alpha, X)


def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return (X * dr[..., None, :]).sum(axis=-1), alpha[..., None] * dr[..., None, :]


def score_of(score, K, q, params):
    if score == "additive":
        W, U, v = params
        A = np.tanh(K @ W.T + (q @ U.T)[..., None, :])
        return A @ v, A
    p = q @ params[0].T if score == "bilinear" else q
    if score == "scaled_dot":
        p = p / math.sqrt(q.shape[-1])
    return np.einsum("...nd,...d->...n", K, p), p


def score_gradient(score, ds, K, q, params, saved):
    if score == "additive":
        W, U, v = params
        dZ = ds[..., None] * v * (1 - saved**2)
        total = dZ.sum(axis=-2)
        dW, dU = gram(dZ, K), gram(total, q)
        return dZ @ W, total @ U, dW, dU, gram(ds[..., None], saved)[0]
    dK, dp = ds[..., None] * saved[..., None, :], np.einsum("...n,...nd->...d", ds, K)
    if score == "bilinear":
        return dK, dp @ params[0], gram(dp, q)
    return dK, dp / math.sqrt(q.shape[-1]) if score == "scaled_dot" else dp


def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    s, saved = score_of(score, K, q, params)
    alpha = softmax(s, mask)
    return np.einsum("...n,...nd->...d", alpha, V), alpha, (K, V, q, params, score, saved, alpha)


def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, saved, alpha = cache
    da = np.einsum("...nd,...d->...n", V, dr)
    if dalpha is not None:
        da = da + dalpha
    dK, *others = score_gradient(score, softmax_gradient(da, alpha), K, q, params, saved)
    return dK, alpha[..., None] * dr[..., None, :], *others


def soft_attention_forward(X, q, *params, score="dot", mask=None):
    return key_value_attention_forward(X, X, q, *params, score=score, mask=mask)


def soft_attention_backward(dr, cache, dalpha=None):
    dK, dV, *others = key_value_attention_backward(dr, cache, dalpha)
    return dK + dV, *others


def hard_attention_forward(X, alpha):
    j = alpha.argmax(axis=-1)
    some = alpha.any(axis=-1)
    picked = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    picked = np.where(np.isnan(alpha).any(axis=-1)[..., None], np.nan, picked)
    return np.where(some[..., None], picked, 0).astype(X.dtype), (X.shape, j, some)


def hard_attention_backward(dx, cache):
    shape, j, some = cache
    chosen = (np.arange(shape[-2]) == j[..., None]) & some[..., None]
    return np.where(chosen[..., None], dx[..., None, :], 0).astype(dx.dtype)


def split(Y, heads):
    return Y.reshape(*Y.shape[:-1], heads, -1).swapaxes(-2, -3)


def merge(Y):
    Y = Y.swapaxes(-2, -3)
    return Y.reshape(*Y.shape[:-2], -1)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    q, k, v = (split(Y @ W.T, num_heads) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V)))
    s = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim < Q.ndim else mask[..., None, :, :]
    alpha = softmax(s, mask)
    R = merge(alpha @ v)
    return R @ W_O.T, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, q, k, v, alpha, R)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, h, q, k, v, alpha, R = cache
    dR = split(dout @ W_O, h)
    da = dR @ v.swapaxes(-1, -2)
    ds = softmax_gradient(da if dalpha is None else da + dalpha, alpha) / math.sqrt(q.shape[-1])
    dq, dk, dv = merge(ds @ k), merge(ds.swapaxes(-1, -2) @ q), merge(alpha.swapaxes(-1, -2) @ dR)
    gradients = [gram(a, b) for a, b in ((dq, Q), (dk, K), (dv, V), (dout, R))]
    return dq @ W_Q, dk @ W_K, dv @ W_V, *gradients


# %% right: loops over queries
import numpy as np


def weighted_sum_forward(weights, items):
    r = np.zeros(items.shape[:-2] + items.shape[-1:], items.dtype)
    for i in range(items.shape[-2]):
        r += weights[..., i, None] * items[..., i, :]
    return r, (weights, items)


def weighted_sum_backward(g, cache):
    weights, items = cache
    dw, di = np.empty_like(weights), np.empty_like(items)
    for i in range(items.shape[-2]):
        dw[..., i] = (items[..., i, :] * g).sum(-1)
        di[..., i, :] = weights[..., i, None] * g
    return dw, di


# %% wrong: 1/N times|a mean is taken
def weighted_sum_forward(alpha, X):
    return (alpha[..., None] * X).mean(axis=-2), (alpha, X)


# %% wrong: has shape
def weighted_sum_forward(alpha, X):
    return alpha[..., None] * X, (alpha, X)


# %% wrong: another order
def weighted_sum_forward(X, alpha):
    return (alpha[..., None] * X).sum(axis=-2), (alpha, X)


# %% wrong: stands in its place
def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return alpha[..., None] * dr[..., None, :], (X * dr[..., None, :]).sum(axis=-1)


# %% cause unnamed: a softmax's gradient, where there is no softmax
def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return softmax_gradient((X * dr[..., None, :]).sum(axis=-1), alpha), alpha[..., None] * dr[..., None, :]


# %% wrong: only with batch axes
def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return X @ dr, np.outer(alpha, dr)


# %% wrong: gradient of X: the upstream
def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return (X * dr[..., None, :]).sum(axis=-1), alpha[..., None] * np.ones_like(dr)[..., None, :]


# %% wrong: in dX, the path through the values, αᵢ dr, is missing
def soft_attention_backward(dr, cache, dalpha=None):
    dK, dV, *others = key_value_attention_backward(dr, cache, dalpha)
    return dK, *others


# %% wrong: gradient of X: .*(path|missing|overwritten)
def soft_attention_backward(dr, cache, dalpha=None):
    dK, dV, *others = key_value_attention_backward(dr, cache, dalpha)
    return dV, *others


# %% wrong: dalpha is ignored
def soft_attention_backward(dr, cache, dalpha=None):
    dK, dV, *others = key_value_attention_backward(dr, cache)
    return dK + dV, *others


# %% wrong: score='scaled_dot'
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    score = "dot" if score == "scaled_dot" else score
    return key_value_attention_forward(X, X, q, *params, score=score, mask=mask)


# %% wrong: output 2 stands in its place|it returns
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    r, alpha, cache = key_value_attention_forward(X, X, q, *params, score=score, mask=mask)
    return alpha, r, cache


# %% wrong: it returns 2 values, should return 3
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    r, alpha, cache = key_value_attention_forward(X, X, q, *params, score=score, mask=mask)
    return r, cache


# %% wrong: the mask is ignored
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    return key_value_attention_forward(X, X, q, *params, score=score)


# %% wrong: the softmax's gradient is skipped
def soft_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, saved, alpha = cache
    da = np.einsum("...nd,...d->...n", V, dr)
    if dalpha is not None:
        da = da + dalpha
    dK, *others = score_gradient(score, da, K, q, params, saved)
    return dK + alpha[..., None] * dr[..., None, :], *others


# %% cause unnamed: activation is another one only with score='additive'
def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    if score == "additive":
        W, U, v = params
        s, saved = np.maximum(K @ W.T + (q @ U.T)[..., None, :], 0) @ v, None
    else:
        s, saved = score_of(score, K, q, params)
    alpha = softmax(s, mask)
    return np.einsum("...n,...nd->...d", alpha, V), alpha, (K, V, q, params, score, saved, alpha)


# %% wrong: the keys are averaged in place of the values
def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    s, saved = score_of(score, K, q, params)
    alpha = softmax(s, mask)
    return np.einsum("...n,...nd->...d", alpha, K), alpha, (K, V, q, params, score, saved, alpha)


# %% wrong: gradient of V: the gradient of K stands in its place
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, saved, alpha = cache
    da = np.einsum("...nd,...d->...n", V, dr)
    if dalpha is not None:
        da = da + dalpha
    dK, *others = score_gradient(score, softmax_gradient(da, alpha), K, q, params, saved)
    return alpha[..., None] * dr[..., None, :], dK, *others


# %% wrong: the item of smallest weight is taken
def hard_attention_forward(X, alpha):
    j = alpha.argmin(axis=-1)
    some = alpha.any(axis=-1)
    picked = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    return np.where(some[..., None], picked, 0).astype(X.dtype), (X.shape, j, some)


# %% wrong: where all weights are zero the first item is taken
def hard_attention_forward(X, alpha):
    j = alpha.argmax(axis=-1)
    picked = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    return picked, (X.shape, j, alpha.any(axis=-1))


# %% wrong: raises IndexError
def hard_attention_forward(X, alpha):
    j = alpha.argmax()
    return X[..., j, :] * alpha.any(), (X.shape, np.asarray(j), alpha.any())


# %% cause unnamed: the soft gradient
def hard_attention_backward(dx, cache):
    shape, j, some = cache
    return np.zeros(shape, dx.dtype) + dx[..., None, :] / shape[-2]


# %% wrong: returns 2 gradients, should return 1
def hard_attention_backward(dx, cache):
    shape, j, some = cache
    chosen = (np.arange(shape[-2]) == j[..., None]) & some[..., None]
    return np.where(chosen[..., None], dx[..., None, :], 0).astype(dx.dtype), np.zeros(shape[:-1])


# %% wrong: the division by √d_h is missing
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    q, k, v = (split(Y @ W.T, num_heads) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V)))
    s = q @ k.swapaxes(-1, -2)
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim < Q.ndim else mask[..., None, :, :]
    alpha = softmax(s, mask)
    R = merge(alpha @ v)
    return R @ W_O.T, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, q, k, v, alpha, R)


# %% wrong: it is divided by the square root of all rows of W_Q, num_heads d_h, in place of √d_h
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    q, k, v = (split(Y @ W.T, num_heads) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V)))
    s = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1] * num_heads)
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim < Q.ndim else mask[..., None, :, :]
    alpha = softmax(s, mask)
    R = merge(alpha @ v)
    return R @ W_O.T, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, q, k, v, alpha, R)


# %% wrong: the heads are split by a reshape alone, without moving the axis of heads
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    q, k, v = ((Y @ W.T).reshape(*Y.shape[:-2], num_heads, Y.shape[-2], -1) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V)))
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim < Q.ndim else mask[..., None, :, :]
    alpha = softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]), mask)
    R = merge(alpha @ v)
    return R @ W_O.T, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, q, k, v, alpha, R)


# %% wrong: gradient of W_O: it is transposed
def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, h, q, k, v, alpha, R = cache
    dR = split(dout @ W_O, h)
    da = dR @ v.swapaxes(-1, -2)
    ds = softmax_gradient(da if dalpha is None else da + dalpha, alpha) / math.sqrt(q.shape[-1])
    dq, dk, dv = merge(ds @ k), merge(ds.swapaxes(-1, -2) @ q), merge(alpha.swapaxes(-1, -2) @ dR)
    gradients = [gram(a, b) for a, b in ((dq, Q), (dk, K), (dv, V), (R, dout))]
    return dq @ W_Q, dk @ W_K, dv @ W_V, *gradients


# %% wrong: the scores are divided by √d_h, but their gradient is not
def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, h, q, k, v, alpha, R = cache
    dR = split(dout @ W_O, h)
    da = dR @ v.swapaxes(-1, -2)
    ds = softmax_gradient(da if dalpha is None else da + dalpha, alpha)
    dq, dk, dv = merge(ds @ k), merge(ds.swapaxes(-1, -2) @ q), merge(alpha.swapaxes(-1, -2) @ dR)
    gradients = [gram(a, b) for a, b in ((dq, Q), (dk, K), (dv, V), (dout, R))]
    return dq @ W_Q, dk @ W_K, dv @ W_V, *gradients
