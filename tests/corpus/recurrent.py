# Margin ranking, the attention GRU and the GRU, as people write them: loops, one big product, names of their own.
# %% right: a story at a time for the loss, one product for both gates, cells called from the sequence
import numpy as np


def squash(x):
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    targets = np.asarray(targets)
    if targets.shape != scores.shape[:-1]:
        raise ValueError("one target for each row")
    losses, hinge = np.zeros(targets.shape, scores.dtype), np.zeros(scores.shape, bool)
    for at in np.ndindex(targets.shape):
        row, t = scores[at], int(targets[at])
        for i in range(len(row)):
            if i == t or (mask is not None and not mask[at][i]):
                continue
            gap = margin - row[t] + row[i]
            if not gap <= 0:
                losses[at] += gap
                hinge[at][i] = True
    return losses, (hinge, targets, scores.dtype)


def margin_ranking_backward(dlosses, cache):
    hinge, targets, dtype = cache
    ds = np.zeros(hinge.shape, dtype)
    for at in np.ndindex(targets.shape):
        ds[at][hinge[at]] = dlosses[at]
        ds[at][int(targets[at])] -= hinge[at].sum() * dlosses[at]
    return ds


def attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    if g.shape != X.shape[:-1]:
        raise ValueError("a gate for each item")
    h = np.zeros((*X.shape[:-2], U.shape[0]), X.dtype)
    tape = []
    for k in range(X.shape[-2]):
        x, gate = X[..., k, :], g[..., k, None]
        r = squash(x @ W_r.T + h @ U_r.T + b_r)
        Uh = h @ U.T
        new = np.tanh(x @ W.T + r * Uh + b)
        tape.append((x, gate, h, r, Uh, new))
        h = gate * new + (1 - gate) * h
    return h, (tape, X, g, W_r, U_r, W, U)


def flat(a):
    return a.reshape(-1, a.shape[-1])


def attention_gru_backward(dc, cache):
    tape, X, g, W_r, U_r, W, U = cache
    dX, dg, dh = np.zeros_like(X), np.zeros_like(g), dc
    dW_r, dU_r, dW, dU = np.zeros_like(W_r), np.zeros_like(U_r), np.zeros_like(W), np.zeros_like(U)
    db_r, db = np.zeros_like(U[0]), np.zeros_like(U[0])
    for k in range(len(tape) - 1, -1, -1):
        x, gate, h, r, Uh, new = tape[k]
        dg[..., k] = (dh * (new - h)).sum(-1)
        da = dh * gate * (1 - new**2)
        dar = da * Uh * r * (1 - r)
        dX[..., k, :] = da @ W + dar @ W_r
        dW += flat(da).T @ flat(x)
        dW_r += flat(dar).T @ flat(x)
        dU += flat(da * r).T @ flat(h)
        dU_r += flat(dar).T @ flat(h)
        db += flat(da).sum(0)
        db_r += flat(dar).sum(0)
        dh = dh * (1 - gate) + (da * r) @ U + dar @ U_r
    return dX, dg, dW_r, dU_r, db_r, dW, dU, db


def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    if W.shape[0] != 3 * n:
        raise ValueError("three blocks of rows")
    zr = squash(x @ W[: 2 * n].T + h @ U[: 2 * n].T + b[: 2 * n])
    z, r = zr[..., :n], zr[..., n:]
    new = np.tanh(x @ W[2 * n :].T + (r * h) @ U[2 * n :].T + b[2 * n :])
    return h + z * (new - h), (x, h, W, U, z, r, new)


def gru_cell_backward(dh_next, cache):
    x, h, W, U, z, r, new = cache
    n = h.shape[-1]
    dnew = dh_next * z
    dz = dh_next * (new - h)
    dh = dh_next * (1 - z)
    an = dnew * (1 - new**2)
    drh = an @ U[2 * n :]
    dr = drh * h
    dh = dh + drh * r
    az, ar = dz * z * (1 - z), dr * r * (1 - r)
    dh = dh + az @ U[:n] + ar @ U[n : 2 * n]
    a = np.concatenate([az, ar, an], -1)
    dU = np.concatenate([flat(az).T @ flat(h), flat(ar).T @ flat(h), flat(an).T @ flat(r * h)])
    return a @ W, dh, flat(a).T @ flat(x), dU, flat(a).sum(0)


def gru_sequence_forward(X, h, W, U, b):
    states, tapes = [], []
    for t in range(X.shape[-2]):
        h, tape = gru_cell_forward(X[..., t, :], h, W, U, b)
        states.append(h)
        tapes.append(tape)
    return np.stack(states, -2) if states else np.zeros((*X.shape[:-1], h.shape[-1]), X.dtype), (tapes, X, h, W, U, b)


def gru_sequence_backward(dH, cache):
    tapes, X, h, W, U, b = cache
    dX, dh = np.zeros_like(X), np.zeros_like(h)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    for t in range(len(tapes))[::-1]:
        dX[..., t, :], dh, w, u, bb = gru_cell_backward(dH[..., t, :] + dh, tapes[t])
        dW, dU, db = dW + w, dU + u, db + bb
    return dX, dh, dW, dU, db


def bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    if U_back.shape != U_on.shape:
        raise ValueError("both directions have one size")
    start = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    A, a = gru_sequence_forward(X, start, W_on, U_on, b_on)
    B, b = gru_sequence_forward(np.flip(X, -2), start, W_back, U_back, b_back)
    return np.concatenate([A, np.flip(B, -2)], -1), (a, b)


def bidirectional_gru_backward(dH, cache):
    n = dH.shape[-1] // 2
    dX, _, *on = gru_sequence_backward(dH[..., :n], cache[0])
    dXb, _, *back = gru_sequence_backward(np.flip(dH[..., n:], -2), cache[1])
    return dX + np.flip(dXb, -2), *on, *back


# %% wrong forward: its own rival
def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    s_t = np.take_along_axis(scores, np.asarray(targets)[..., None], -1)
    gaps = np.maximum(0, margin - s_t + scores)
    if mask is not None:
        gaps = gaps * mask
    return gaps.sum(-1), (gaps > 0, targets, scores.dtype)


# %% wrong forward: only the best rival
def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    targets = np.asarray(targets)
    s_t = np.take_along_axis(scores, targets[..., None], -1)
    gaps = np.maximum(0, margin - s_t + scores)
    rivals = np.arange(scores.shape[-1]) != targets[..., None]
    if mask is not None:
        rivals = rivals & mask
    return (gaps * rivals).max(-1), (rivals & (gaps > 0), targets, scores.dtype)


# %% wrong forward: mask
def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    targets = np.asarray(targets)
    s_t = np.take_along_axis(scores, targets[..., None], -1)
    gaps = np.maximum(0, margin - s_t + scores)
    rivals = np.arange(scores.shape[-1]) != targets[..., None]
    return (gaps * rivals).sum(-1), (rivals & (gaps > 0), targets, scores.dtype)


# %% wrong forward: margin
def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    targets = np.asarray(targets)
    s_t = np.take_along_axis(scores, targets[..., None], -1)
    gaps = np.maximum(0, 1.0 - s_t + scores)
    rivals = np.arange(scores.shape[-1]) != targets[..., None]
    if mask is not None:
        rivals = rivals & mask
    return (gaps * rivals).sum(-1), (rivals & (gaps > 0), targets, scores.dtype)


# %% wrong forward: sign|swapped|wrong way
def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    targets = np.asarray(targets)
    s_t = np.take_along_axis(scores, targets[..., None], -1)
    gaps = np.maximum(0, margin + s_t - scores)
    rivals = np.arange(scores.shape[-1]) != targets[..., None]
    if mask is not None:
        rivals = rivals & mask
    return (gaps * rivals).sum(-1), (rivals & (gaps > 0), targets, scores.dtype)


# %% wrong forward: mean
def margin_ranking_forward(scores, targets, mask=None, margin=0.1):
    targets = np.asarray(targets)
    s_t = np.take_along_axis(scores, targets[..., None], -1)
    gaps = np.maximum(0, margin - s_t + scores)
    rivals = np.arange(scores.shape[-1]) != targets[..., None]
    if mask is not None:
        rivals = rivals & mask
    return (gaps * rivals).sum(-1) / scores.shape[-1], (rivals & (gaps > 0), targets, scores.dtype)


# %% wrong backward: once
def margin_ranking_backward(dlosses, cache):
    hinge, targets, dtype = cache
    ds = np.where(hinge, dlosses[..., None], 0).astype(dtype)
    np.put_along_axis(ds, targets[..., None], -dlosses[..., None] * hinge.any(-1, keepdims=True), -1)
    return ds


# %% wrong backward: not pushed up|right one
def margin_ranking_backward(dlosses, cache):
    hinge, targets, dtype = cache
    return np.where(hinge, dlosses[..., None], 0).astype(dtype)


# %% wrong backward: upstream
def margin_ranking_backward(dlosses, cache):
    hinge, targets, dtype = cache
    ds = hinge.astype(dtype)
    np.put_along_axis(ds, targets[..., None], -hinge.sum(-1, keepdims=True).astype(dtype), -1)
    return ds


# %% wrong backward: sign|-1 times
def margin_ranking_backward(dlosses, cache):
    hinge, targets, dtype = cache
    ds = np.where(hinge, -dlosses[..., None], 0).astype(dtype)
    np.put_along_axis(ds, targets[..., None], hinge.sum(-1, keepdims=True) * dlosses[..., None], -1)
    return ds


# %% wrong forward: swapped|in place of g
def attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    h = np.zeros((*X.shape[:-2], U.shape[0]), X.dtype)
    for k in range(X.shape[-2]):
        x, gate = X[..., k, :], g[..., k, None]
        r = squash(x @ W_r.T + h @ U_r.T + b_r)
        h = gate * h + (1 - gate) * np.tanh(x @ W.T + r * (h @ U.T) + b)
    return h, ()


# %% wrong forward: reset gate
def attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    h = np.zeros((*X.shape[:-2], U.shape[0]), X.dtype)
    for k in range(X.shape[-2]):
        x, gate = X[..., k, :], g[..., k, None]
        h = (1 - gate) * h + gate * np.tanh(x @ W.T + h @ U.T + b)
    return h, ()


# %% wrong forward: before the product
def attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    h = np.zeros((*X.shape[:-2], U.shape[0]), X.dtype)
    for k in range(X.shape[-2]):
        x, gate = X[..., k, :], g[..., k, None]
        r = squash(x @ W_r.T + h @ U_r.T + b_r)
        h = (1 - gate) * h + gate * np.tanh(x @ W.T + (r * h) @ U.T + b)
    return h, ()


# %% cause unnamed
def attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    g = np.exp(g) / np.exp(g).sum(-1, keepdims=True)
    h = np.zeros((*X.shape[:-2], U.shape[0]), X.dtype)
    for k in range(X.shape[-2]):
        x, gate = X[..., k, :], g[..., k, None]
        r = squash(x @ W_r.T + h @ U_r.T + b_r)
        h = (1 - gate) * h + gate * np.tanh(x @ W.T + r * (h @ U.T) + b)
    return h, ()


# %% cause unnamed
def attention_gru_forward(X, g, W_r, U_r, b_r, W, U, b):
    h = np.zeros((*X.shape[:-2], U.shape[0]), X.dtype)
    c = np.zeros_like(h)
    for k in range(X.shape[-2]):
        x = X[..., k, :]
        r = squash(x @ W_r.T + h @ U_r.T + b_r)
        h = np.tanh(x @ W.T + r * (h @ U.T) + b)
        c = c + g[..., k, None] * h
    return c, ()


# %% wrong backward: dg|old state|h̃
def attention_gru_backward(dc, cache):
    tape, X, g, W_r, U_r, W, U = cache
    dX, dg, dh = np.zeros_like(X), np.zeros_like(g), dc
    dW_r, dU_r, dW, dU = np.zeros_like(W_r), np.zeros_like(U_r), np.zeros_like(W), np.zeros_like(U)
    db_r, db = np.zeros_like(U[0]), np.zeros_like(U[0])
    for k in range(len(tape) - 1, -1, -1):
        x, gate, h, r, Uh, new = tape[k]
        dg[..., k] = (dh * new).sum(-1)
        da = dh * gate * (1 - new**2)
        dar = da * Uh * r * (1 - r)
        dX[..., k, :] = da @ W + dar @ W_r
        dW, dW_r = dW + flat(da).T @ flat(x), dW_r + flat(dar).T @ flat(x)
        dU, dU_r = dU + flat(da * r).T @ flat(h), dU_r + flat(dar).T @ flat(h)
        db, db_r = db + flat(da).sum(0), db_r + flat(dar).sum(0)
        dh = dh * (1 - gate) + (da * r) @ U + dar @ U_r
    return dX, dg, dW_r, dU_r, db_r, dW, dU, db


# %% wrong backward: kept|1 − g
def attention_gru_backward(dc, cache):
    tape, X, g, W_r, U_r, W, U = cache
    dX, dg, dh = np.zeros_like(X), np.zeros_like(g), dc
    dW_r, dU_r, dW, dU = np.zeros_like(W_r), np.zeros_like(U_r), np.zeros_like(W), np.zeros_like(U)
    db_r, db = np.zeros_like(U[0]), np.zeros_like(U[0])
    for k in range(len(tape) - 1, -1, -1):
        x, gate, h, r, Uh, new = tape[k]
        dg[..., k] = (dh * (new - h)).sum(-1)
        da = dh * gate * (1 - new**2)
        dar = da * Uh * r * (1 - r)
        dX[..., k, :] = da @ W + dar @ W_r
        dW, dW_r = dW + flat(da).T @ flat(x), dW_r + flat(dar).T @ flat(x)
        dU, dU_r = dU + flat(da * r).T @ flat(h), dU_r + flat(dar).T @ flat(h)
        db, db_r = db + flat(da).sum(0), db_r + flat(dar).sum(0)
        dh = (da * r) @ U + dar @ U_r
    return dX, dg, dW_r, dU_r, db_r, dW, dU, db


# %% wrong backward: reset gate|r ∘
def attention_gru_backward(dc, cache):
    tape, X, g, W_r, U_r, W, U = cache
    dX, dg, dh = np.zeros_like(X), np.zeros_like(g), dc
    dW_r, dU_r, dW, dU = np.zeros_like(W_r), np.zeros_like(U_r), np.zeros_like(W), np.zeros_like(U)
    db_r, db = np.zeros_like(U[0]), np.zeros_like(U[0])
    for k in range(len(tape) - 1, -1, -1):
        x, gate, h, r, Uh, new = tape[k]
        dg[..., k] = (dh * (new - h)).sum(-1)
        da = dh * gate * (1 - new**2)
        dar = da * Uh * r * (1 - r)
        dX[..., k, :] = da @ W + dar @ W_r
        dW, dW_r = dW + flat(da).T @ flat(x), dW_r + flat(dar).T @ flat(x)
        dU, dU_r = dU + flat(da).T @ flat(h), dU_r + flat(dar).T @ flat(h)
        db, db_r = db + flat(da).sum(0), db_r + flat(dar).sum(0)
        dh = dh * (1 - gate) + (da * r) @ U + dar @ U_r
    return dX, dg, dW_r, dU_r, db_r, dW, dU, db


# %% wrong forward: other way round
def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    z = squash(x @ W[:n].T + h @ U[:n].T + b[:n])
    r = squash(x @ W[n : 2 * n].T + h @ U[n : 2 * n].T + b[n : 2 * n])
    new = np.tanh(x @ W[2 * n :].T + (r * h) @ U[2 * n :].T + b[2 * n :])
    return z * h + (1 - z) * new, ()


# %% wrong forward: behind the product
def gru_cell_forward(x, h, W, U, b):
    a, u = x @ W.T + b, h @ U.T
    n = h.shape[-1]
    z, r = squash(a[..., :n] + u[..., :n]), squash(a[..., n : 2 * n] + u[..., n : 2 * n])
    new = np.tanh(a[..., 2 * n :] + r * u[..., 2 * n :])
    return (1 - z) * h + z * new, ()


# %% wrong forward: mixed up
def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    r = squash(x @ W[:n].T + h @ U[:n].T + b[:n])
    z = squash(x @ W[n : 2 * n].T + h @ U[n : 2 * n].T + b[n : 2 * n])
    new = np.tanh(x @ W[2 * n :].T + (r * h) @ U[2 * n :].T + b[2 * n :])
    return (1 - z) * h + z * new, ()


# %% wrong forward: PyTorch's cell
def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    a, u = x @ W.T + b, h @ U.T
    r, z = squash(a[..., :n] + u[..., :n]), squash(a[..., n : 2 * n] + u[..., n : 2 * n])
    new = np.tanh(a[..., 2 * n :] + r * u[..., 2 * n :])
    return (1 - z) * new + z * h, ()


# %% cause unnamed
def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    z = squash(x @ W[n : 2 * n].T + h @ U[n : 2 * n].T + b[n : 2 * n])
    r = squash(x @ W[2 * n :].T + h @ U[2 * n :].T + b[2 * n :])
    new = np.tanh(x @ W[:n].T + (r * h) @ U[:n].T + b[:n])
    return (1 - z) * h + z * new, ()


# %% wrong forward: σ in place of tanh|sigmoid
def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    z = squash(x @ W[:n].T + h @ U[:n].T + b[:n])
    r = squash(x @ W[n : 2 * n].T + h @ U[n : 2 * n].T + b[n : 2 * n])
    new = squash(x @ W[2 * n :].T + (r * h) @ U[2 * n :].T + b[2 * n :])
    return (1 - z) * h + z * new, ()


# %% wrong forward: b is not used
def gru_cell_forward(x, h, W, U, b):
    n = h.shape[-1]
    z = squash(x @ W[:n].T + h @ U[:n].T)
    r = squash(x @ W[n : 2 * n].T + h @ U[n : 2 * n].T)
    new = np.tanh(x @ W[2 * n :].T + (r * h) @ U[2 * n :].T)
    return (1 - z) * h + z * new, ()


# %% wrong backward: gates is missing
def gru_cell_backward(dh_next, cache):
    x, h, W, U, z, r, new = cache
    n = h.shape[-1]
    an = dh_next * z * (1 - new**2)
    drh = an @ U[2 * n :]
    az, ar = dh_next * (new - h) * z * (1 - z), drh * h * r * (1 - r)
    a = np.concatenate([az, ar, an], -1)
    dU = np.concatenate([flat(az).T @ flat(h), flat(ar).T @ flat(h), flat(an).T @ flat(r * h)])
    return a @ W, dh_next * (1 - z) + drh * r, flat(a).T @ flat(x), dU, flat(a).sum(0)


# %% wrong backward: dU_h forgets
def gru_cell_backward(dh_next, cache):
    x, h, W, U, z, r, new = cache
    n = h.shape[-1]
    an = dh_next * z * (1 - new**2)
    drh = an @ U[2 * n :]
    az, ar = dh_next * (new - h) * z * (1 - z), drh * h * r * (1 - r)
    a = np.concatenate([az, ar, an], -1)
    dh = dh_next * (1 - z) + drh * r + az @ U[:n] + ar @ U[n : 2 * n]
    return a @ W, dh, flat(a).T @ flat(x), flat(a).T @ flat(h), flat(a).sum(0)


# %% wrong backward: z \(1 − z\)|update gate
def gru_cell_backward(dh_next, cache):
    x, h, W, U, z, r, new = cache
    n = h.shape[-1]
    an = dh_next * z * (1 - new**2)
    drh = an @ U[2 * n :]
    az, ar = dh_next * (new - h), drh * h * r * (1 - r)
    a = np.concatenate([az, ar, an], -1)
    dh = dh_next * (1 - z) + drh * r + az @ U[:n] + ar @ U[n : 2 * n]
    dU = np.concatenate([flat(az).T @ flat(h), flat(ar).T @ flat(h), flat(an).T @ flat(r * h)])
    return a @ W, dh, flat(a).T @ flat(x), dU, flat(a).sum(0)


# %% wrong backward: tanh
def gru_cell_backward(dh_next, cache):
    x, h, W, U, z, r, new = cache
    n = h.shape[-1]
    an = dh_next * z
    drh = an @ U[2 * n :]
    az, ar = dh_next * (new - h) * z * (1 - z), drh * h * r * (1 - r)
    a = np.concatenate([az, ar, an], -1)
    dh = dh_next * (1 - z) + drh * r + az @ U[:n] + ar @ U[n : 2 * n]
    dU = np.concatenate([flat(az).T @ flat(h), flat(ar).T @ flat(h), flat(an).T @ flat(r * h)])
    return a @ W, dh, flat(a).T @ flat(x), dU, flat(a).sum(0)


# %% wrong forward: starts from 0
def gru_sequence_forward(X, h, W, U, b):
    states, h = [], np.zeros_like(h)
    for t in range(X.shape[-2]):
        h, _ = gru_cell_forward(X[..., t, :], h, W, U, b)
        states.append(h)
    return np.stack(states, -2), ()


# %% wrong forward: before each step
def gru_sequence_forward(X, h, W, U, b):
    states = []
    for t in range(X.shape[-2]):
        states.append(h)
        h, _ = gru_cell_forward(X[..., t, :], h, W, U, b)
    return np.stack(states, -2), ()


# %% wrong forward: last state|should be
def gru_sequence_forward(X, h, W, U, b):
    for t in range(X.shape[-2]):
        h, _ = gru_cell_forward(X[..., t, :], h, W, U, b)
    return h, ()


# %% wrong forward: not carried on
def gru_sequence_forward(X, h, W, U, b):
    return np.stack([gru_cell_forward(X[..., t, :], h, W, U, b)[0] for t in range(X.shape[-2])], -2), ()


# %% wrong backward: through time
def gru_sequence_backward(dH, cache):
    tapes, X, h, W, U, b = cache
    dX, dW, dU, db = np.zeros_like(X), np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    for t in range(len(tapes))[::-1]:
        dX[..., t, :], dh, w, u, bb = gru_cell_backward(dH[..., t, :], tapes[t])
        dW, dU, db = dW + w, dU + u, db + bb
    return dX, dh, dW, dU, db


# %% wrong backward: sum over the steps
def gru_sequence_backward(dH, cache):
    tapes, X, h, W, U, b = cache
    dX, dh = np.zeros_like(X), np.zeros_like(h)
    for t in range(len(tapes))[::-1]:
        dX[..., t, :], dh, dW, dU, db = gru_cell_backward(dH[..., t, :] + dh, tapes[t])
    return dX, dh, dW, dU, db


# %% wrong backward: only the last
def gru_sequence_backward(dH, cache):
    tapes, X, h, W, U, b = cache
    dX, dh = np.zeros_like(X), dH[..., -1, :]
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    for t in range(len(tapes))[::-1]:
        dX[..., t, :], dh, w, u, bb = gru_cell_backward(dh, tapes[t])
        dW, dU, db = dW + w, dU + u, db + bb
    return dX, dh, dW, dU, db


# %% wrong backward: order
def gru_sequence_backward(dH, cache):
    tapes, X, h, W, U, b = cache
    dX, dh = [], np.zeros_like(h)
    dW, dU, db = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b)
    for t in range(len(tapes))[::-1]:
        dx, dh, w, u, bb = gru_cell_backward(dH[..., t, :] + dh, tapes[t])
        dX.append(dx)
        dW, dU, db = dW + w, dU + u, db + bb
    return np.stack(dX, -2), dh, dW, dU, db


# %% wrong forward: turned round again
def bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    start = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    A, a = gru_sequence_forward(X, start, W_on, U_on, b_on)
    B, b = gru_sequence_forward(np.flip(X, -2), start, W_back, U_back, b_back)
    return np.concatenate([A, B], -1), (a, b)


# %% wrong forward: from the first item
def bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    start = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    A, a = gru_sequence_forward(X, start, W_on, U_on, b_on)
    B, b = gru_sequence_forward(X, start, W_back, U_back, b_back)
    return np.concatenate([A, B], -1), (a, b)


# %% wrong forward: halves are swapped
def bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    start = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    A, a = gru_sequence_forward(X, start, W_on, U_on, b_on)
    B, b = gru_sequence_forward(np.flip(X, -2), start, W_back, U_back, b_back)
    return np.concatenate([np.flip(B, -2), A], -1), (a, b)


# %% cause unnamed
def bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    start = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    A, a = gru_sequence_forward(X, start, W_on, U_on, b_on)
    B, b = gru_sequence_forward(X[..., ::-1], start, W_back, U_back, b_back)
    return np.concatenate([A, B], -1), (a, b)


# %% wrong forward: starts from the last
def bidirectional_gru_forward(X, W_on, U_on, b_on, W_back, U_back, b_back):
    start = np.zeros((*X.shape[:-2], U_on.shape[-1]), X.dtype)
    A, a = gru_sequence_forward(X, start, W_on, U_on, b_on)
    B, b = gru_sequence_forward(np.flip(X, -2), A[..., -1, :], W_back, U_back, b_back)
    return np.concatenate([A, np.flip(B, -2)], -1), (a, b)


# %% wrong backward: upstream gradient of the backward direction
def bidirectional_gru_backward(dH, cache):
    n = dH.shape[-1] // 2
    dX, _, *on = gru_sequence_backward(dH[..., :n], cache[0])
    dXb, _, *back = gru_sequence_backward(dH[..., n:], cache[1])
    return dX + np.flip(dXb, -2), *on, *back


# %% wrong backward: not turned round
def bidirectional_gru_backward(dH, cache):
    n = dH.shape[-1] // 2
    dX, _, *on = gru_sequence_backward(dH[..., :n], cache[0])
    dXb, _, *back = gru_sequence_backward(np.flip(dH[..., n:], -2), cache[1])
    return dX + dXb, *on, *back


# %% wrong backward: onward direction alone
def bidirectional_gru_backward(dH, cache):
    n = dH.shape[-1] // 2
    dX, _, *on = gru_sequence_backward(dH[..., :n], cache[0])
    _, _, *back = gru_sequence_backward(np.flip(dH[..., n:], -2), cache[1])
    return dX, *on, *back
