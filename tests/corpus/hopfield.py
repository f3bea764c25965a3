# Equations (8.14) to (8.19).
# %% right: with matrices
import numpy as np


def gram(a, b):
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def total(a):
    return a.reshape(-1, a.shape[-1]).sum(axis=0)


def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    if beta is None:
        return np.where(h >= 0, 1, -1).astype(s.dtype), None
    out = np.tanh(beta * h)
    return out, (s, W, beta, out)


def hopfield_update_backward(dout, cache):
    s, W, beta, out = cache
    dh = dout * (1 - out**2) * beta
    return dh @ W, gram(dh, s), total(dh)


def hopfield_energy_forward(s, W, b):
    return -((s @ W.T) * s).sum(axis=-1) / 2 - s @ b, (s, W, b)


def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    dE = dE[..., None]
    return -dE * (s @ (W + W.T) / 2 + b), -gram(dE * s, s) / 2, -total(dE * s)


def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / len(patterns)
    np.fill_diagonal(W, 0)
    return W, patterns


def hebbian_weights_backward(dW, cache):
    d = dW - np.diag(np.diag(dW))
    return cache @ (d + d.T) / len(cache)


# %% right: with sums over neurons
import numpy as np


def hopfield_energy_forward(s, W, b):
    E = np.zeros(s.shape[:-1], s.dtype)
    m = s.shape[-1]
    for i in range(m):
        for j in range(m):
            E -= W[i, j] * s[..., i] * s[..., j] / 2
        E -= b[i] * s[..., i]
    return E, (s, W, b)


def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    ds, dW, db = np.zeros_like(s), np.zeros_like(W), np.zeros_like(b)
    m = s.shape[-1]
    for i in range(m):
        for j in range(m):
            ds[..., i] -= dE * (W[i, j] + W[j, i]) * s[..., j] / 2
            dW[i, j] = -(dE * s[..., i] * s[..., j]).sum() / 2
        ds[..., i] -= dE * b[i]
        db[i] = -(dE * s[..., i]).sum()
    return ds, dW, db


def hebbian_weights_forward(patterns):
    N, m = patterns.shape
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        for i in range(m):
            for j in range(m):
                if i != j:
                    W[i, j] += x[i] * x[j] / N
    return W, patterns


# %% wrong: the factor ½ before sᵀ W s is missing
def hopfield_energy_forward(s, W, b):
    return -((s @ W.T) * s).sum(axis=-1) - s @ b, (s, W, b)


# %% wrong: the sign is flipped
def hopfield_energy_forward(s, W, b):
    return ((s @ W.T) * s).sum(axis=-1) / 2 + s @ b, (s, W, b)


# %% wrong: b is not used
def hopfield_energy_forward(s, W, b):
    return -((s @ W.T) * s).sum(axis=-1) / 2, (s, W, b)


# %% wrong: the term s W is missing
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    dE = dE[..., None]
    return -dE * (s @ W.T / 2 + b), -gram(dE * s, s) / 2, -total(dE * s)


# %% wrong: in dW, the factor ½ is missing
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    dE = dE[..., None]
    return -dE * (s @ (W + W.T) / 2 + b), -gram(dE * s, s), -total(dE * s)


# %% wrong: gradient of b: the sign is flipped
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    dE = dE[..., None]
    return -dE * (s @ (W + W.T) / 2 + b), -gram(dE * s, s) / 2, total(dE * s)


# %% wrong: β is forgotten in the derivative
def hopfield_update_backward(dout, cache):
    s, W, beta, out = cache
    dh = dout * (1 - out**2)
    return dh @ W, gram(dh, s), total(dh)


# %% wrong: gradient of s.*transpose
def hopfield_update_backward(dout, cache):
    s, W, beta, out = cache
    dh = dout * (1 - out**2) * beta
    return dh @ W.T, gram(dh, s), total(dh)


# %% wrong: dW is transposed
def hopfield_update_backward(dout, cache):
    s, W, beta, out = cache
    dh = dout * (1 - out**2) * beta
    return dh @ W, gram(s, dh), total(dh)


# %% wrong: gradient of b: the sum over the batch is missing
def hopfield_update_backward(dout, cache):
    s, W, beta, out = cache
    dh = dout * (1 - out**2) * beta
    return dh @ W, gram(dh, s), dh


# %% wrong: W is used transposed
def hopfield_update_forward(s, W, b, beta=None):
    out = np.tanh(beta * (s @ W + b))
    return out, (s, W, beta, out)


# %% wrong: the bias b is missing
def hopfield_update_forward(s, W, b, beta=None):
    out = np.tanh(beta * (s @ W.T))
    return out, (s, W, beta, out)


# %% wrong: the diagonal is kept
def hebbian_weights_forward(patterns):
    return patterns.T @ patterns / len(patterns), patterns


# %% wrong: the division by N, the number of patterns, is missing
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: it is divided by m, the number of neurons, in place of N, the number of patterns
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: the result has shape \(2, 2\), should be \(3, 3\)
def hebbian_weights_forward(patterns):
    W = patterns @ patterns.T / len(patterns)
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: a pattern enters twice, as xᵢ and as xⱼ
def hebbian_weights_backward(dW, cache):
    d = dW - np.diag(np.diag(dW))
    return cache @ d / len(cache)


# %% wrong: the diagonal of dW is not left out
def hebbian_weights_backward(dW, cache):
    return cache @ (dW + dW.T) / len(cache)
