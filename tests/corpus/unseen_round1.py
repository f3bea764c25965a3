# Written without sight of this corpus: round1. The first section is what the answers below are changes of.
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


# %% wrong: the weights are squared once more
# columns are normalised in place of rows
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    if mask is not None:
        e = e * mask
    z = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(z == 0, 1, z)
    return alpha**2, alpha


# %% wrong: only the diagonal of the softmax's Jacobian is used: dsᵢ = αᵢ \(1 − αᵢ\) dαᵢ
# only the diagonal of the Jacobian
def attention_distribution_backward(dalpha, alpha):
    return dalpha * alpha * (1 - alpha)


# %% wrong: tanh stands outside: tanh\(vᵀ \(W x \+ U q\)\)
# tanh applied after v
def additive_score_forward(X, q, W, U, v):
    Z = X @ W.T + (q @ U.T)[..., None, :]
    return np.tanh(Z @ v), (X, q, W, U, v, Z)


# %% wrong: in dv, the derivative 1 − a² stands in place of a
# dq without the sum through U: uses W in place of U shape fits only square
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    t = dZ.sum(-2)
    return dZ @ W, t @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(dscores[..., None], 1 - A**2)[0]


# %% wrong: in dW, q xᵢᵀ stands in place of xᵢ qᵀ: it is transposed
# dX forgets W: shape of hidden layer
def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    dp = (dscores[..., None] * X).sum(-2)
    return dscores[..., None] * (q @ W.T)[..., None, :], dp @ W, outer_sum(q, dp)


# %% wrong: it is divided by d in place of √d
# divided by d in place of sqrt d
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / X.shape[-1], (X, q)


# %% wrong: it is divided by √N in place of √d
# divided by sqrt(N) in place of sqrt(d)
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / X.dtype.type(X.shape[-2]) ** 0.5, (X, q)


# %% wrong: it is 1/N times what it should be: a mean is taken in place of a sum, or it is divided by N
# dq is a mean
def dot_score_backward(ds, cache):
    X, q = cache
    return ds[..., None] * q[..., None, :], (ds[..., None] * X).mean(-2)


# %% wrong: it is minus the squared distance, −\|xᵢ − q\|², in place of the product xᵢᵀ q
# uses the squared distance in place of the product
def dot_score_forward(X, q):
    return -((X - q[..., None, :]) ** 2).sum(-1), (X, q)


# %% wrong: in r = average\(α, X\): a mean is taken in place of a sum
# the weighted sum is divided by N
def weighted_sum_forward(alpha, X):
    return (alpha[..., None] * X).mean(-2), (alpha, X)


# %% wrong: in dX, the path through the values, αᵢ dr, is missing
# path through the values forgotten in dX
def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = soft_back(alpha, da)
    return score_backward(ds, X, q, params, score)


# %% wrong: dalpha is ignored
# dalpha ignored
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, alpha = cache
    ds = soft_back(alpha, (V * dr[..., None, :]).sum(-1))
    dK, *rest = score_backward(ds, K, q, params, score)
    return (dK, alpha[..., None] * dr[..., None, :], *rest)


# %% wrong: among equal weights the last item is taken
# last among equals
def hard_attention_forward(X, alpha):
    N = alpha.shape[-1]
    j = N - 1 - alpha[..., ::-1].argmax(-1)
    x = np.take_along_axis(X, j[..., None, None], -2)[..., 0, :]
    x = np.where((alpha == 0).all(-1)[..., None], 0, x)
    x = np.where(np.isnan(alpha).any(-1)[..., None], np.nan, x)
    return x.astype(X.dtype), (X, j)


# %% wrong: it is α_j x_j in place of x_j: the item is not multiplied by its weight
# alpha_j x_j
def hard_attention_forward(X, alpha):
    j = alpha.argmax(-1)
    x = np.take_along_axis(X * alpha[..., None], j[..., None, None], -2)[..., 0, :]
    return x, (X, j)


# %% wrong: the division by √d_h is missing
# no scaling in the heads
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    root = Q.dtype.type(W_Q.shape[0] // num_heads) ** 0.5
    return base_mha(Q, K, V, W_Q * root, W_K, W_V, W_O, num_heads, mask)


# %% wrong: it is divided by √d in place of √d_h
# scaled by sqrt(d) in place of sqrt(d_h)
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    root = Q.dtype.type(W_Q.shape[0] // num_heads) ** 0.5
    return base_mha(Q, K, V, W_Q * root / Q.dtype.type(Q.shape[-1]) ** 0.5, W_K, W_V, W_O, num_heads, mask)


# %% wrong: the heads are split by a reshape alone, without moving the axis of heads: the rows are mixed up
# heads split by reshape only
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    def heads(Y, W):
        Z = Y @ W.T
        return Z.reshape(*Z.shape[:-2], num_heads, Z.shape[-2], -1)
    P, K2, V2 = heads(Q, W_Q), heads(K, W_K), heads(V, W_V)
    S = P @ np.swapaxes(K2, -1, -2) / Q.dtype.type(P.shape[-1]) ** 0.5
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim == K.ndim - 1 else mask[..., None, :, :]
    alpha = masked_softmax(S, mask)
    R = alpha @ V2
    R = R.reshape(*Q.shape[:-1], -1)
    return R @ W_O.T, alpha, 0


# %% wrong: where W s \+ b = 0 the state should be \+1 \(≥ in \(8\.14\)\), and is −1: > for ≥
# > for >=
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    if beta is None:
        return np.where(h > 0, 1, -1).astype(s.dtype), None
    return np.tanh(beta * h), (beta, s, W, np.tanh(beta * h))


# %% wrong: where W s \+ b = 0 the state should be \+1, and is 0: np\.sign gives 0 there
# np.sign
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    return (np.sign(h) if beta is None else np.tanh(beta * h)), (beta, s, W, np.tanh((beta or 1) * h))


# %% wrong: β is forgotten in the derivative
# beta forgotten in the backward
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        raise ValueError("step function")
    dz = ds_next * (1 - y * y)
    return dz @ W, outer_sum(dz, s), dz.reshape(-1, dz.shape[-1]).sum(0)


# %% wrong: the factor ½ before sᵀ W s is missing
# the half is missing
def hopfield_energy_forward(s, W, b):
    return -(s * (s @ W.T)).sum(-1) - s @ b, (s, W, b)


# %% wrong: the bias term has the wrong sign
# sign of the bias term
def hopfield_energy_forward(s, W, b):
    return -(s * (s @ W.T)).sum(-1) / 2 + s @ b, (s, W, b)


# %% wrong: W is taken to be symmetric: ds = −dE \(W s \+ b\) in place of −dE \(½ \(W \+ Wᵀ\) s \+ b\)
# ds assumes symmetric W
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    ds = -dE[..., None] * (s @ W.T + b)
    return ds, -0.5 * outer_sum(dE[..., None] * s, s), -(dE[..., None] * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: it is divided by m, the number of neurons, in place of N, the number of patterns
# divided by m in place of N
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: the identity is subtracted
# identity subtracted
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / len(patterns) - np.eye(patterns.shape[1], dtype=patterns.dtype)
    return W, patterns


# %% wrong: dW is taken to be symmetric: \(2/N\) dWᵀ x in place of \(1/N\) \(dW \+ dWᵀ\) x
# no transposed dW
def hebbian_weights_backward(dW, cache):
    X = cache
    dW = dW - np.diag(np.diag(dW))
    return 2 * X @ dW / len(X)


# %% wrong: the states s′ are taken to be 0 and 1
# states 0 and 1
def boltzmann_log_likelihood_forward(s, W, b):
    m = len(b)
    S = np.array(np.meshgrid(*[[0.0, 1.0]] * m, indexing="ij")).reshape(m, -1).T.astype(s.dtype)
    f = (S * (S @ W.T)).sum(-1) / 2 + S @ b
    own = (s * (s @ W.T)).sum(-1) / 2 + s @ b
    t = f.max()
    return own - np.log(np.exp(f - t).sum()) - t, 0


# %% wrong: log Z, the logarithm of the partition function, is missing: this is −E\(s\)
# log Z forgotten
def boltzmann_log_likelihood_forward(s, W, b):
    return (s * (s @ W.T)).sum(-1) / 2 + s @ b, 0


# %% wrong: with interaction='exp', the logarithm is missing: E = −log Σ exp\(o\), not −Σ exp\(o\)
# exponential without logarithm
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        return -np.exp(o).sum(-1), (s, patterns, np.exp(o))
    return -(o**interaction).sum(-1), (s, patterns, interaction * o ** (interaction - 1))


# %% wrong: the sign is flipped
# the sign of the dense energy
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        t = o.max(-1, keepdims=True)
        return np.log(np.exp(o - t).sum(-1)) + t[..., 0], 0
    return (o**interaction).sum(-1), 0


# %% wrong: β is missing in the softmax
# beta missing in modern update
def modern_hopfield_forward(X, s, beta=1.0):
    alpha = softmax((X * s[..., None, :]).sum(-1))
    return (alpha[..., None] * X).sum(-2), alpha, 0


# %% wrong: 1/β before the logarithm is missing
# 1/beta missing in the energy
def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * (X * s[..., None, :]).sum(-1)
    t = z.max(-1, keepdims=True)
    return -(np.log(np.exp(z - t).sum(-1)) + t[..., 0]) + (s * s).sum(-1) / 2, 0


# %% wrong: the convolution is linear, cut at d: the indices are to be taken modulo d \(circular\)
# linear convolution
def bind_forward(a, b):
    d = a.shape[-1]
    c = np.zeros_like(a)
    for j in range(d):
        c[..., j:] += a[..., j : j + 1] * b[..., : d - j]
    return c, (a, b)


# %% wrong: the transforms are divided, F\(c\) / F\(a\), in place of multiplied by the conjugate
# division in the frequency domain
def unbind_forward(c, a):
    y = np.fft.irfft(np.fft.rfft(c) / np.fft.rfft(a), c.shape[-1]).astype(c.dtype)
    return y, (c, a)


# %% wrong: the logarithm is missing: this is p, not log p
# probabilities in place of log
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = A @ v
    if mask is not None:
        mask = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
    return masked_softmax(s, mask), 0


# %% wrong: the argument lengths is ignored
# lengths ignored
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    return np.take_along_axis(log_p, targets[..., None], -1)[..., 0].sum(-1), 0


# %% wrong: the length is off by one: one step too many is counted
# length off by one
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    p = np.take_along_axis(log_p, targets[..., None], -1)[..., 0]
    if lengths is not None:
        p = np.where(np.arange(p.shape[-1]) <= np.asarray(lengths)[..., None], p, 0)
    return p.sum(-1), 0


# %% wrong: the similarity is divided by β in place of multiplied
# beta inside the norm only: divided by beta
def cosine_content_addressing_forward(M, k, beta):
    nM, nk = np.sqrt((M * M).sum(-1)), np.sqrt((k * k).sum(-1))
    c = (M * k[..., None, :]).sum(-1) / (nM * nk[..., None])
    return softmax(c / beta[..., None]), 0


# %% wrong: the division by the length \|k\| of the key is missing
# key not normalised
def cosine_content_addressing_forward(M, k, beta):
    nM = np.sqrt((M * M).sum(-1))
    c = (M * k[..., None, :]).sum(-1) / nM
    return softmax(beta[..., None] * c), 0


# %% wrong: g and 1 − g are exchanged
# gate exchanged
def interpolate_forward(w_c, w_prev, g):
    return (1 - g[..., None]) * w_c + g[..., None] * w_prev, 0


# %% wrong: the direction is reversed: entry j should shift by j − R to the right, and shifts to the left
# roll in the wrong direction
def shift_forward(w_g, s):
    R = s.shape[-1] // 2
    return sum(s[..., j : j + 1] * np.roll(w_g, R - j, axis=-1) for j in range(s.shape[-1])), (w_g, s)


# %% wrong: the power is taken after the division by the sum, so the result does not sum to one: \(w / Σ w\)\^γ
# normalised before the power
def sharpen_forward(w, gamma):
    p = w / w.sum(-1, keepdims=True)
    return p ** gamma[..., None], 0


# %% wrong: the weight α is missing in the erasing: e in place of αᵢ e
# erase without the weight
def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return M * (1 - erase[..., None, :]) + a * add[..., None, :], 0


# %% wrong: the order is wrong: first added, then erased, so that what is added is erased too
# add first, then erase
def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return (M + a * add[..., None, :]) * (1 - a * erase[..., None, :]), 0
