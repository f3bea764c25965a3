# Equation (8.22) and the addressing by location of section 8.3.2.
# %% right: the paper's, with lengths divided out first
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_gradient(dw, w):
    return w * (dw - (w * dw).sum(axis=-1, keepdims=True))


def cosine_content_addressing_forward(M, k, beta):
    lengths, length = np.linalg.norm(M, axis=-1)[..., None], np.linalg.norm(k, axis=-1)[..., None]
    lengths, length = np.where(lengths == 0, np.inf, lengths), np.where(length == 0, np.inf, length)
    rows, key = M / lengths, k / length
    cosine = (rows * key[..., None, :]).sum(axis=-1)
    w = softmax(beta[..., None] * cosine)
    return w, (rows, lengths, key, length, beta[..., None], cosine, w)


def cosine_content_addressing_backward(dw, cache):
    rows, lengths, key, length, beta, cosine, w = cache
    ds = softmax_gradient(dw, w)
    dcosine = (beta * ds)[..., None]
    dM = dcosine * (key[..., None, :] - cosine[..., None] * rows) / lengths
    dk = (dcosine * (rows - cosine[..., None] * key[..., None, :])).sum(axis=-2) / length
    return dM, dk, (ds * cosine).sum(axis=-1)


def interpolate_forward(w_c, w_prev, g):
    g = g[..., None]
    return g * w_c + (1 - g) * w_prev, (w_c, w_prev, g)


def interpolate_backward(dw, cache):
    w_c, w_prev, g = cache
    return g * dw, (1 - g) * dw, ((w_c - w_prev) * dw).sum(axis=-1)


def shift_forward(w_g, s):
    R = s.shape[-1] // 2
    return sum(s[..., j, None] * np.roll(w_g, j - R, axis=-1) for j in range(s.shape[-1])), (w_g, s)


def shift_backward(dw, cache):
    w_g, s = cache
    R = s.shape[-1] // 2
    dw_g = sum(s[..., j, None] * np.roll(dw, R - j, axis=-1) for j in range(s.shape[-1]))
    return dw_g, np.stack([(np.roll(w_g, j - R, axis=-1) * dw).sum(axis=-1) for j in range(s.shape[-1])], axis=-1)


def sharpen_forward(w, gamma):
    gamma = gamma[..., None]
    w = np.maximum(w, np.finfo(w.dtype).tiny)
    y = softmax(gamma * np.log(w))
    return y, (w, gamma, y)


def sharpen_backward(dy, cache):
    w, gamma, y = cache
    ds = softmax_gradient(dy, y)
    return gamma * ds / w, (ds * np.log(w)).sum(axis=-1)


# %% wrong: the division by the lengths \|k\| \|mᵢ\| is missing
def cosine_content_addressing_forward(M, k, beta):
    return softmax(beta[..., None] * (M @ k[..., None])[..., 0]), None


# %% wrong: β is missing
def cosine_content_addressing_forward(M, k, beta):
    rows, key = M / np.linalg.norm(M, axis=-1)[..., None], k / np.linalg.norm(k, axis=-1)[..., None]
    return softmax((rows * key[..., None, :]).sum(axis=-1)), None


# %% wrong: the part that points along mᵢ is not taken away: the length of mᵢ is taken as constant
def cosine_content_addressing_backward(dw, cache):
    rows, lengths, key, length, beta, cosine, w = cache
    ds = softmax_gradient(dw, w)
    dcosine = (beta * ds)[..., None]
    return dcosine * key[..., None, :] / lengths, (dcosine * rows).sum(axis=-2) / length, (ds * cosine).sum(axis=-1)


# %% wrong: g and 1 − g are exchanged
def interpolate_forward(w_c, w_prev, g):
    g = g[..., None]
    return g * w_prev + (1 - g) * w_c, (w_c, w_prev, g)


# %% wrong: gradient of w_prev: .*(term|part|factor)
def interpolate_backward(dw, cache):
    w_c, w_prev, g = cache
    return g * dw, dw, ((w_c - w_prev) * dw).sum(axis=-1)


# %% wrong: in dg, w_prev is forgotten
def interpolate_backward(dw, cache):
    w_c, w_prev, g = cache
    return g * dw, (1 - g) * dw, (w_c * dw).sum(axis=-1)


# %% wrong: the direction is reversed
def shift_forward(w_g, s):
    R = s.shape[-1] // 2
    return sum(s[..., j, None] * np.roll(w_g, R - j, axis=-1) for j in range(s.shape[-1])), (w_g, s)


# %% wrong: entry j is a shift by j in place of j − R
def shift_forward(w_g, s):
    return sum(s[..., j, None] * np.roll(w_g, j, axis=-1) for j in range(s.shape[-1])), (w_g, s)


# %% wrong: the shift is padded with zeros
def shift_forward(w_g, s):
    R, N = s.shape[-1] // 2, w_g.shape[-1]
    padded = np.concatenate([np.zeros_like(w_g[..., :R]), w_g, np.zeros_like(w_g[..., :R])], axis=-1)
    return sum(s[..., -1 - j, None] * padded[..., j : j + N] for j in range(s.shape[-1])), (w_g, s)


# %% wrong: in dw_g the direction is not reversed: what moved by j − R comes back by as much
def shift_backward(dw, cache):
    w_g, s = cache
    R = s.shape[-1] // 2
    ds = np.stack([(np.roll(w_g, j - R, axis=-1) * dw).sum(axis=-1) for j in range(s.shape[-1])], axis=-1)
    return sum(s[..., j, None] * np.roll(dw, j - R, axis=-1) for j in range(s.shape[-1])), ds


# %% wrong: the division by the sum is missing
def sharpen_forward(w, gamma):
    return w ** gamma[..., None], (w, gamma[..., None], w ** gamma[..., None])


# %% wrong: the scale of key and memory must not matter: no ε is added
def cosine_content_addressing_forward(M, k, beta):
    lengths = np.linalg.norm(M, axis=-1) * np.linalg.norm(k, axis=-1)[..., None]
    return softmax(beta[..., None] * (M @ k[..., None])[..., 0] / (lengths + M.dtype.type(1e-30))), (M, k, beta)


# %% wrong: small weights count in full
def sharpen_forward(w, gamma):
    y = softmax(gamma[..., None] * np.log(np.maximum(w, 1e-4)))
    return y, (w, gamma[..., None], y)


# %% wrong: small weights count in full
def sharpen_forward(w, gamma):
    y = softmax(gamma[..., None] * np.log(np.maximum(w, 1e-8)))
    return y, (w, gamma[..., None], y)


# %% wrong: small weights count in full
def sharpen_forward(w, gamma):
    y = softmax(gamma[..., None] * np.log(np.maximum(w, 0) + 1e-20))
    return y, (w, gamma[..., None], y)


# %% wrong: the absolute value of w is taken: a negative weight counts as the smallest normal number
def sharpen_forward(w, gamma):
    y = softmax(gamma[..., None] * np.log(np.maximum(np.abs(w), np.finfo(w.dtype).tiny)))
    return y, (w, gamma[..., None], y)


# %% wrong: (softmax|step|term).* is missing
def sharpen_backward(dy, cache):
    w, gamma, y = cache
    ds = y * dy
    return gamma * ds / w, (ds * np.log(w)).sum(axis=-1)
