# What the answers in unseen_*.py are changes of, written without sight of the rest of this corpus.
# %% right: plain functions
import numpy as np

import nnmem


def softmax(s, axis=-1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def masked_softmax(s, mask):
    if mask is None:
        return softmax(s)
    mask = np.broadcast_to(mask, s.shape)
    top = np.where(mask, s, -np.inf).max(axis=-1, keepdims=True)
    e = np.where(mask, np.exp(np.where(mask, s - np.where(np.isfinite(top), top, 0), 0)), 0)
    z = e.sum(axis=-1, keepdims=True)
    return (e / np.where(z == 0, 1, z)).astype(s.dtype)


def soft_back(alpha, d):
    return alpha * (d - (alpha * d).sum(-1, keepdims=True))


def outer_sum(a, b):
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def attention_distribution_forward(scores, mask=None):
    alpha = masked_softmax(scores, mask)
    return alpha, alpha


def attention_distribution_backward(dalpha, alpha):
    return soft_back(alpha, dalpha)


def additive_score_forward(X, q, W, U, v):
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    return A @ v, (X, q, W, U, v, A)


def dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1), (X, q)


def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / X.dtype.type(X.shape[-1]) ** 0.5, (X, q)


def bilinear_score_forward(X, q, W):
    return (X * (q @ W.T)[..., None, :]).sum(-1), (X, q, W)


def weighted_sum_forward(alpha, X):
    return (alpha[..., None] * X).sum(-2), (alpha, X)


def hard_attention_forward(X, alpha):
    j = alpha.argmax(-1)
    x = np.take_along_axis(X, j[..., None, None], -2)[..., 0, :]
    dead = (alpha == 0).all(-1)
    nan = np.isnan(alpha).any(-1)
    x = np.where(dead[..., None], 0, x)
    x = np.where(nan[..., None], np.nan, x).astype(X.dtype)
    return x, (X, j, dead)


def score_and_back(X, q, params, score):
    if score == "dot":
        s = (X * q[..., None, :]).sum(-1)
    elif score == "scaled_dot":
        s = (X * q[..., None, :]).sum(-1) / X.dtype.type(X.shape[-1]) ** 0.5
    elif score == "bilinear":
        s = (X * (q @ params[0].T)[..., None, :]).sum(-1)
    else:
        W, U, v = params
        s = np.tanh(X @ W.T + (q @ U.T)[..., None, :]) @ v
    return s


def score_backward(ds, X, q, params, score):
    if score in ("dot", "scaled_dot"):
        c = X.dtype.type(1) if score == "dot" else X.dtype.type(X.shape[-1]) ** -0.5
        return c * ds[..., None] * q[..., None, :], c * (ds[..., None] * X).sum(-2)
    if score == "bilinear":
        W = params[0]
        p = q @ W.T
        dp = (ds[..., None] * X).sum(-2)
        return ds[..., None] * p[..., None, :], dp @ W, outer_sum(dp, q)
    W, U, v = params
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    dZ = ds[..., None] * v * (1 - A * A)
    t = dZ.sum(-2)
    return dZ @ W, t @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(ds[..., None], A)[0]


def soft_attention_forward(X, q, *params, score="dot", mask=None):
    alpha = masked_softmax(score_and_back(X, q, params, score), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, q, params, score, alpha)


def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    alpha = masked_softmax(score_and_back(K, q, params, score), mask)
    return (alpha[..., None] * V).sum(-2), alpha, (K, V, q, params, score, alpha)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    def heads(Y, W):
        Z = Y @ W.T
        return np.moveaxis(Z.reshape(*Z.shape[:-1], num_heads, -1), -2, -3)

    P, K2, V2 = heads(Q, W_Q), heads(K, W_K), heads(V, W_V)
    root = Q.dtype.type(P.shape[-1]) ** 0.5
    S = P @ np.swapaxes(K2, -1, -2) / root
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim == K.ndim - 1 else mask[..., None, :, :]
    alpha = masked_softmax(S, mask)
    R = np.moveaxis(alpha @ V2, -3, -2)
    R = R.reshape(*R.shape[:-2], -1)
    return R @ W_O.T, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, P, K2, V2, alpha, R, root)


def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    if beta is None:
        return np.where(h >= 0, 1, -1).astype(s.dtype), (None, s, W, None)
    y = np.tanh(beta * h)
    return y, (beta, s, W, y)


def hopfield_energy_forward(s, W, b):
    return -(s * (s @ W.T)).sum(-1) / 2 - s @ b, (s, W, b)


def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / len(patterns)
    np.fill_diagonal(W, 0)
    return W, patterns


def boltzmann_log_likelihood_forward(s, W, b):
    m = len(b)
    S = np.array(np.meshgrid(*[[-1.0, 1.0]] * m, indexing="ij")).reshape(m, -1).T.astype(s.dtype)
    E = -(S * (S @ W.T)).sum(-1) / 2 - S @ b
    top = (-E).max()
    p = np.exp(-E - top)
    own = -(s * (s @ W.T)).sum(-1) / 2 - s @ b
    return -own - np.log(p.sum()) - top, (s, W, b, S, p / p.sum())


def continuous_hopfield_energy_forward(u, W, b, beta=1.0):
    v = np.tanh(beta * u)
    z = np.abs(beta * u)
    lc = z + np.log1p(np.exp(-2 * z)) - u.dtype.type(np.log(2))
    return (v * u - lc / beta - v * (v @ W.T) / 2 - v * b).sum(-1), (u, W, b, beta, v)


def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        t = o.max(-1, keepdims=True)
        return -(np.log(np.exp(o - t).sum(-1)) + t[..., 0]), (s, patterns, softmax(o))
    return -(o**interaction).sum(-1), (s, patterns, interaction * o ** (interaction - 1))


def modern_hopfield_forward(X, s, beta=1.0):
    alpha = softmax(beta * (X * s[..., None, :]).sum(-1))
    return (alpha[..., None] * X).sum(-2), alpha, (X, s, beta, alpha)


def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * (X * s[..., None, :]).sum(-1)
    t = z.max(-1, keepdims=True)
    E = -(np.log(np.exp(z - t).sum(-1)) + t[..., 0]) / beta + (s * s).sum(-1) / 2
    return E, (X, s, softmax(z))


def bind_forward(a, b):
    d = a.shape[-1]
    return sum(a[..., j : j + 1] * np.roll(b, j, axis=-1) for j in range(d)), (a, b)


def unbind_forward(c, a):
    d = a.shape[-1]
    return sum(a[..., j : j + 1] * np.roll(c, -j, axis=-1) for j in range(d)), (c, a)


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = A @ v
    if mask is not None:
        mask = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
        s = np.where(mask, s, -np.inf)
    top = s.max(-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        log_p = s - top - np.log(np.exp(s - top).sum(-1, keepdims=True))
    log_p = np.where(np.isnan(log_p) | (s == -np.inf), -np.inf, log_p).astype(X.dtype)
    return log_p, (X, E, W, U, v, A, np.exp(log_p))


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m = log_p.shape[-2]
    real = np.ones(targets.shape, bool) if lengths is None else np.arange(m) < np.asarray(lengths)[..., None]
    t = np.where(real, targets, 0)
    picked = np.take_along_axis(log_p, t[..., None], -1)[..., 0]
    return np.where(real, picked, 0).sum(-1), (log_p.shape, t, real)


def content_addressing_forward(M, q, *params, score="dot"):
    alpha = softmax(score_and_back(M, q, params, score))
    return alpha, (M, q, params, score, alpha)


def cosine_content_addressing_forward(M, k, beta):
    nM, nk = np.sqrt((M * M).sum(-1)), np.sqrt((k * k).sum(-1))
    c = (M * k[..., None, :]).sum(-1) / np.where(nM * nk[..., None] == 0, 1, nM * nk[..., None])
    w = softmax(beta[..., None] * c)
    return w, (M, k, beta, w, c, nM, nk)


def interpolate_forward(w_c, w_prev, g):
    return g[..., None] * w_c + (1 - g[..., None]) * w_prev, (w_c, w_prev, g)


def shift_forward(w_g, s):
    R = s.shape[-1] // 2
    return sum(s[..., j : j + 1] * np.roll(w_g, j - R, axis=-1) for j in range(s.shape[-1])), (w_g, s)


def sharpen_forward(w, gamma):
    log_w = np.log(np.maximum(w, np.finfo(w.dtype).tiny))
    y = softmax(gamma[..., None] * log_w)
    return y, (w, gamma, y, log_w)


def memory_read_forward(M, alpha):
    return (alpha[..., None] * M).sum(-2), (M, alpha)


def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return M * (1 - a * erase[..., None, :]) + a * add[..., None, :], (M, alpha, erase, add)


base_mha = multi_head_attention_forward
base_blf = boltzmann_log_likelihood_forward
base_mhe = modern_hopfield_energy_forward
base_pll = pointer_log_likelihood_forward
base_cos = cosine_content_addressing_forward
base_ptr = pointer_distribution_forward
base_sharpen = sharpen_forward
base_cont = continuous_hopfield_energy_forward
base_de, ref, refm = nnmem.dense_energy_forward, nnmem.hopfield_retrieve, nnmem.modern_hopfield_retrieve
