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


def my_gru_cell_forward(x, h, W, U, b):
    """Rows of W, U and b: update gate, reset gate, candidate."""
    if len(W) != 3 * h.shape[-1]:
        raise ValueError(f"W has shape {W.shape}, should have {3 * h.shape[-1]} rows")
    (W_z, W_r, W_h), (U_z, U_r, U_h), (b_z, b_r, b_h) = (
        np.split(part, 3) for part in (W, U, b)
    )
    z = sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    r = sigmoid(x @ W_r.T + h @ U_r.T + b_r)
    candidate = np.tanh(x @ W_h.T + (r * h) @ U_h.T + b_h)
    return (1 - z) * h + z * candidate, (x, h, W, U, z, r, candidate)


def over_rows(a, b):
    """The sum of outer products."""
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def my_gru_cell_backward(dh_next, cache):
    """The state was kept, was reset, and made both gates."""
    x, h, W, U, z, r, candidate = cache
    U_z, U_r, U_h = np.split(U, 3)
    da_h = dh_next * z * (1 - candidate**2)
    dk = da_h @ U_h
    da_z, da_r = dh_next * (candidate - h) * z * (1 - z), dk * h * r * (1 - r)
    dh = dh_next * (1 - z) + dk * r + da_z @ U_z + da_r @ U_r
    da = np.concatenate([da_z, da_r, da_h], axis=-1)
    dU = [over_rows(da_z, h), over_rows(da_r, h), over_rows(da_h, r * h)]
    return da @ W, dh, over_rows(da, x), np.concatenate(dU), da.reshape(-1, len(W)).sum(axis=0)


def my_gru_sequence_forward(X, h, W, U, b):
    """Step after step."""
    H, steps = np.empty((*X.shape[:-1], h.shape[-1]), X.dtype), []
    for t in range(X.shape[-2]):
        H[..., t, :], step = my_gru_cell_forward(X[..., t, :], h, W, U, b)
        h = H[..., t, :]
        steps.append(step)
    return H, (steps, X, h, W, U, b)


def my_gru_sequence_backward(dH, cache):
    """From the last step to the first; each state is an output, and where the next step starts."""
    steps, X, h, *params = cache
    dX, dh, sums = np.empty_like(X), np.zeros_like(h), [np.zeros_like(p) for p in params]
    for t in reversed(range(len(steps))):
        dX[..., t, :], dh, *shares = my_gru_cell_backward(dH[..., t, :] + dh, steps[t])
        sums = [total + share for total, share in zip(sums, shares, strict=True)]
    return dX, dh, *sums


def my_bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    """Turned round, read, and turned round again."""
    h = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    H_on, on = my_gru_sequence_forward(X, h, W_on, U_on, b_on)
    H_back, back = my_gru_sequence_forward(X[..., ::-1, :], h, W_back, U_back, b_back)
    return np.concatenate([H_on, H_back[..., ::-1, :]], axis=-1), (on, back)


def my_bidirectional_gru_backward(dH, cache):
    """Each direction its half; both read X."""
    n = dH.shape[-1] // 2
    dX_on, _, *of_on = my_gru_sequence_backward(dH[..., :n], cache[0])
    dX_back, _, *of_back = my_gru_sequence_backward(dH[..., ::-1, n:], cache[1])
    return dX_on + dX_back[..., ::-1, :], *of_on, *of_back


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
