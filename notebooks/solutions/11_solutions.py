"""Solutions of the homework in notebook 11. ``python 11_solutions.py`` grades them.

Of the system that writes, 4: a memory of one slot remembers the last value alone; an earlier one has the share
1 · 0 = 0, and so the gradient 0.
"""

import math

import numpy as np

import nnmem


def my_margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    """Rivals are all but the right one, and of them those that the mask leaves."""
    targets = np.asarray(targets)
    right = np.take_along_axis(scores, targets[..., None], axis=-1)
    rivals = np.arange(scores.shape[-1]) != targets[..., None]
    if mask is not None:
        rivals = rivals & mask
    costs = rivals & (margin - right + scores > 0)
    return np.where(costs, margin - right + scores, 0).sum(axis=-1), (costs, targets)


def my_margin_ranking_backward(dlosses, cache):
    """Rivals that are too near go down, the right one goes up once for each."""
    costs, targets = cache
    dscores = costs * dlosses[..., None]
    up = -dscores.sum(axis=-1, keepdims=True)
    np.put_along_axis(dscores, targets[..., None], up, axis=-1)
    return dscores


def sigmoid(x):
    """It cannot overflow."""
    return (1 + np.tanh(x / 2)) / 2


def my_attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    """The formula, item after item; what the backward needs is kept."""
    if g.shape != X.shape[:-1]:
        raise ValueError(f"g has shape {g.shape}, should be {X.shape[:-1]}")
    h, kept = np.zeros((*X.shape[:-2], len(U)), X.dtype), []
    for i in range(X.shape[-2]):
        x = X[..., i, :]
        r = sigmoid(x @ W_r.T + h @ U_r.T + b_r)
        candidate = np.tanh(x @ W.T + r * (h @ U.T) + b)
        kept.append((h, r, candidate))
        h = g[..., i, None] * candidate + (1 - g[..., i, None]) * h
    return h, (X, g, W_r, U_r, W, U, kept)


def my_attention_gru_backward(dc, cache):
    """The loop upside down."""
    X, g, W_r, U_r, W, U, kept = cache
    dX, dg, dh = np.zeros_like(X), np.zeros_like(g), dc
    sums = [np.zeros_like(part) for part in (W_r, U_r, U[0], W, U, U[0])]
    rows = (-1, len(U))
    for i in reversed(range(X.shape[-2])):
        h, r, candidate = kept[i]
        x, gate = X[..., i, :], g[..., i, None]
        dg[..., i] = (dh * (candidate - h)).sum(axis=-1)
        da = gate * dh * (1 - candidate**2)
        da_r = da * (h @ U.T) * r * (1 - r)
        dX[..., i, :] = da_r @ W_r + da @ W
        for k, (left, right) in enumerate(
            ((da_r, x), (da_r, h), (da_r, None), (da, x), (r * da, h), (da, None))
        ):
            flat = left.reshape(rows)
            sums[k] += (
                flat.sum(axis=0) if right is None else flat.T @ right.reshape(len(flat), -1)
            )
        dh = (1 - gate) * dh + da_r @ U_r + (r * da) @ U
    return dX, dg, *sums


def my_layer_norm_forward(X, gain, bias, eps=1e-5):
    """Mean 0 and variance 1 in each row, then scaled and shifted."""
    if X.shape[-1] == 0 or not eps > 0:
        raise ValueError(f"my_layer_norm_forward: X has shape {X.shape}, eps is {eps}")
    centred = X - X.mean(axis=-1, keepdims=True)
    sigma = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    n = centred / sigma
    return gain * n + bias, (n, sigma, gain)


def my_layer_norm_backward(dY, cache):
    """What would shift or stretch a row is taken out."""
    n, sigma, gain = cache
    dn, rows = dY * gain, (-1, len(gain))
    shift = dn.mean(axis=-1, keepdims=True)
    stretch = (dn * n).mean(axis=-1, keepdims=True)
    dX = (dn - shift - n * stretch) / sigma
    return (
        dX,
        (dY * n).reshape(rows).sum(axis=0),
        dY.reshape(rows).sum(axis=0),
    )


def my_gelu_forward(X):
    """Each number times the share of a normal distribution below it."""
    erf = np.vectorize(math.erf, otypes=[float])
    Phi = (0.5 + 0.5 * erf(X / math.sqrt(2))).astype(X.dtype)
    return X * Phi, (X, Phi)


def my_gelu_backward(dY, cache):
    """The product rule."""
    X, Phi = cache
    with np.errstate(over="ignore", under="ignore"):
        phi = np.exp(-X * X / 2) / math.sqrt(2 * math.pi)
    return dY * (Phi + X * phi)


def my_attention_write_forward(M, w, V):
    """Shares from behind: what later values leave."""
    left = np.ones((*w.shape[:-2], w.shape[-2] + 1, w.shape[-1]), w.dtype)
    for t in reversed(range(w.shape[-2])):
        left[..., t, :] = left[..., t + 1, :] * (1 - w[..., t, :])
    c = w * left[..., 1:, :]
    M_next = left[..., 0, :, None] * M + np.swapaxes(c, -1, -2) @ V
    return M_next, c, (M, w, V, left, c)


def my_attention_write_backward(dM_next, dc, cache):
    """The same writing, of what values are worth."""
    M, w, V, left, c = cache
    g = dc + V @ np.swapaxes(dM_next, -1, -2)
    b = (M * dM_next).sum(axis=-1)
    dw = np.zeros_like(w)
    for t in range(w.shape[-2]):
        dw[..., t, :] = left[..., t + 1, :] * (g[..., t, :] - b)
        b = b + w[..., t, :] * (g[..., t, :] - b)
    return left[..., 0, :, None] * dM_next, dw, c @ dM_next


if __name__ == "__main__":
    print(nnmem.grade(globals()))
