# Right answers by strangers who saw neither this corpus nor the grader.
# %% right: attention_distribution
import numpy as np


def attention_distribution_forward(scores, mask=None):
    logits = scores if mask is None else np.where(mask, scores, np.array(-np.inf, scores.dtype))
    log_z = np.logaddexp.reduce(logits, axis=-1, keepdims=True)
    dead = np.isneginf(log_z)
    alpha = np.exp(logits - np.where(dead, 0, log_z))
    return alpha, {"alpha": alpha}


def attention_distribution_backward(dalpha, cache):
    a = cache["alpha"]
    g = a * dalpha
    return g - a * g.sum(-1, keepdims=True)


# %% right: additive_score
import numpy as np


def _joint(X, q, W, U):
    qq = np.broadcast_to(q[..., None, :], X.shape[:-1] + q.shape[-1:])
    return np.concatenate([X, qq], axis=-1), np.hstack([W, U])


def additive_score_forward(X, q, W, U, v):
    """one layer over the concatenation [x, q] with the weights [W, U]"""
    if X.ndim < 2 or X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch")
    if W.shape != (v.size, X.shape[-1]) or U.shape != (v.size, q.shape[-1]) or v.ndim != 1:
        raise ValueError("parameters")
    Z, WU = _joint(X, q, W, U)
    t = np.tanh(np.inner(Z, WU))
    return np.inner(t, v), (Z, WU, v, t, X.shape[-1])


def additive_score_backward(dscores, cache):
    Z, WU, v, t, d = cache
    dt = np.multiply.outer(dscores, v)
    da = dt - dt * t * t
    axes = list(range(dscores.ndim))
    dWU = np.tensordot(da, Z, axes=(axes, axes))
    dZ = da @ WU
    dv = np.tensordot(dscores, t, axes=(axes, axes))
    return dZ[..., :d], dZ[..., d:].sum(axis=-2), dWU[:, :d], dWU[:, d:], dv


# %% right: bilinear_score
import numpy as np


def bilinear_score_forward(X, q, W):
    if X.shape[-1] != W.shape[0] or q.shape[-1] != W.shape[1] or X.shape[:-2] != q.shape[:-1]:
        raise TypeError("these do not multiply")
    XW = X @ W
    return np.einsum("...ne,...e->...n", XW, q), [X, q, W]


def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    # flatten all batch axes into one, loop over it
    N, d = X.shape[-2:]
    Xf, qf, gf = X.reshape(-1, N, d), q.reshape(-1, q.shape[-1]), dscores.reshape(-1, N)
    dX, dq, dW = np.zeros_like(Xf), np.zeros_like(qf), np.zeros_like(W)
    for b in range(len(Xf)):
        S = gf[b] @ Xf[b]
        dX[b] = np.outer(gf[b], W @ qf[b])
        dq[b] = S @ W
        dW += np.outer(S, qf[b])
    return dX.reshape(X.shape), dq.reshape(q.shape), dW


# %% right: scaled_dot_score
import numpy as np


def scaled_dot_score_forward(X, q):
    if X.shape[:-2] + X.shape[-1:] != q.shape:
        raise ValueError("X without its item axis must look like q")
    root4 = X.shape[-1] ** 0.25
    Xs, qs = X / root4, q / root4          # each takes half of the scale
    return np.matmul(Xs, qs[..., np.newaxis]).squeeze(-1), (Xs, qs, root4)


def scaled_dot_score_backward(dscores, cache):
    Xs, qs, root4 = cache
    col = dscores[..., np.newaxis]
    return col * qs[..., np.newaxis, :] / root4, np.matmul(Xs.swapaxes(-1, -2), col).squeeze(-1) / root4


# %% right: weighted_sum
import numpy as np


class Saved:
    __slots__ = ("a", "X")

    def __init__(self, a, X):
        self.a, self.X = a, X


def weighted_sum_forward(alpha, X):
    if np.shape(X)[:-1] != np.shape(alpha):
        raise ValueError("alpha must have the shape of X without the last axis")
    r = np.matmul(alpha[..., None, :], X)
    return r.reshape(X.shape[:-2] + X.shape[-1:]), Saved(alpha, X)


def weighted_sum_backward(dr, cache):
    return np.matmul(cache.X, dr[..., None])[..., 0], np.matmul(cache.a[..., None], dr[..., None, :])


# %% right: hard_attention
import numpy as np


def hard_attention_forward(X, alpha):
    if X.shape[:-1] != alpha.shape:
        raise ValueError("weights and items")
    x = np.zeros(X.shape[:-2] + X.shape[-1:], X.dtype)
    where = {}
    for b in np.ndindex(*X.shape[:-2]):
        best = None
        for i, a in enumerate(alpha[b]):
            if a != a:
                x[b] = np.nan
                best = int(np.argmax(alpha[b]))
                break
            if a > 0 and (best is None or a > alpha[b][best]):
                best = i
        else:
            if best is not None:
                x[b] = X[b][best]
        where[b] = best
    return x, (where, X.shape)


def hard_attention_backward(dx_j, cache):
    where, shape = cache
    dX = np.zeros(shape, dx_j.dtype)
    for b, i in where.items():
        if i is not None:
            dX[b + (i,)] = dx_j[b]
    return dX


# %% right: key_value_attention
import numpy as np


def key_value_attention_forward(K, V, q, *params, score='dot', mask=None):
    # the cache is a closure that knows how to go back
    if K.shape[:-1] != V.shape[:-1] or K.shape[:-2] != q.shape[:-1]:
        raise ValueError("K, V, q")
    if mask is not None and mask.shape != K.shape[:-1]:
        raise ValueError("mask")
    d, e = K.shape[-1], q.shape[-1]

    def rows(A):
        return A.reshape(-1, A.shape[-1])

    if score == 'additive':
        W, U, v = params
        if W.shape != (len(v), d) or U.shape != (len(v), e):
            raise ValueError("W, U, v")
        t = np.tanh(np.inner(K, W) + np.inner(q, U)[..., None, :])
        s = np.inner(t, v)

        def back(g):
            z = g[..., None] * (v - v * t * t)
            zq = z.sum(-2)
            return z @ W, zq @ U, (rows(z).T @ rows(K), rows(zq).T @ rows(q), g.ravel() @ rows(t))
    elif score in ('dot', 'scaled_dot', 'bilinear'):
        if score == 'bilinear':
            W, = params
        else:
            W = np.eye(d, dtype=K.dtype)
            if score == 'scaled_dot':
                W = W / d ** 0.5
        if W.shape != (d, e):
            raise ValueError("K and q are not of the same size, or W does not fit")
        p = np.inner(q, W)
        s = (K @ p[..., None])[..., 0]

        def back(g):
            y = (g[..., None, :] @ K)[..., 0, :]
            return g[..., None] * p[..., None, :], y @ W, (rows(y).T @ rows(q),) if score == 'bilinear' else ()
    else:
        raise ValueError(score)
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = s.max(-1, keepdims=True, initial=-np.inf)
    w = np.exp(s - np.where(np.isneginf(m), 0, m))
    alpha = w / np.maximum(w.sum(-1, keepdims=True), 1e-30)
    r = np.einsum('...n,...nv->...v', alpha, V)

    def go_back(dr, dalpha):
        g = np.einsum('...v,...nv->...n', dr, V)
        g = g if dalpha is None else g + dalpha
        g = alpha * (g - np.einsum('...n,...n->...', alpha, g)[..., None])
        dK, dq, dp = back(g)
        return (dK, alpha[..., None] * dr[..., None, :], dq) + dp

    return r, alpha, go_back


def key_value_attention_backward(dr, cache, dalpha=None):
    return cache(dr, dalpha)


# %% right: pointer_log_likelihood
import numpy as np


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    *batch, m, n = log_p.shape
    if targets.shape != (*batch, m):
        raise ValueError("targets")
    L = np.broadcast_to(m, tuple(batch)) if lengths is None else np.asarray(lengths)
    if L.shape != tuple(batch) or (L < 1).any() or (L > m).any():
        raise ValueError("lengths")
    step = np.arange(m).reshape((1,) * len(batch) + (m,)) < L[..., None]
    if ((targets[step] < 0) | (targets[step] >= n)).any():
        raise ValueError("targets outside")
    hot = np.eye(n, dtype=bool)[np.where(step, targets, 0)] & step[..., None]
    return np.sum(log_p, axis=(-2, -1), where=hot), hot


def pointer_log_likelihood_backward(dlog_likelihood, cache):
    g = np.asarray(dlog_likelihood)
    return np.multiply(g[..., None, None], cache, dtype=g.dtype)


# %% right: pointer_distribution
import numpy as np


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    if X.shape[:-2] != E.shape[:-2] or v.ndim != 1:
        raise ValueError("batch axes")
    if W.shape != v.shape + X.shape[-1:] or U.shape != v.shape + E.shape[-1:]:
        raise ValueError("parameters")
    m = E.shape[-2]
    x, e = np.inner(X, W), np.inner(E, U)
    rows, hs = [], []
    for i in range(m):                       # one decoding step after the other
        t = np.tanh(x + e[..., i:i + 1, :])
        s = t @ v
        if mask is not None:
            s = np.where(mask[..., i, :] if mask.ndim == X.ndim else mask, s, -np.inf)
        norm = np.logaddexp.reduce(s, axis=-1, keepdims=True)
        rows.append(s - np.where(norm == -np.inf, 0, norm))
        hs.append(t)
    log_p = np.stack(rows, axis=-2)
    return log_p, dict(X=X, E=E, W=W, U=U, v=v, hs=hs, log_p=log_p)


def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, hs, log_p = (cache[k] for k in ("X", "E", "W", "U", "v", "hs", "log_p"))
    dx, dE = 0, np.zeros_like(E)
    dU, dv = np.zeros_like(U), np.zeros_like(v)
    for i, t in enumerate(hs):
        lp = log_p[..., i, :]
        g = np.where(np.isneginf(lp), 0, dlog_p[..., i, :])
        g = g - np.exp(lp) * g.sum(-1, keepdims=True)
        dv += np.tensordot(g, t, g.ndim)
        da = g[..., None] * v * (1 - t) * (1 + t)
        dx = dx + da
        de = da.sum(-2)
        dE[..., i, :] = de @ U
        dU += np.tensordot(de, E[..., i, :], (list(range(de.ndim - 1)),) * 2) if de.ndim > 1 else np.outer(de, E[i])
    ax = list(range(dx.ndim - 1))
    return dx @ W, dE, np.tensordot(dx, X, (ax, ax)), dU, dv


# %% right: cosine_content_addressing
import numpy as np


def safe_inverse(x):
    return np.divide(1, x, out=np.zeros_like(x), where=x > 0)


def cosine_content_addressing_forward(M, k, beta):
    beta = np.asarray(beta)
    if M.shape[:-2] + M.shape[-1:] != k.shape or beta.shape != k.shape[:-1]:
        raise ValueError("shapes")
    a = safe_inverse(np.asarray(np.sqrt(np.einsum('...nd,...nd->...n', M, M))))
    b = safe_inverse(np.asarray(np.sqrt(np.einsum('...d,...d->...', k, k))))[..., None]
    cos = np.einsum('...nd,...d->...n', M * a[..., None], k * b)
    z = beta[..., None] * cos
    w = np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))
    return w, (M, k, beta, a, b, cos, w)


def cosine_content_addressing_backward(dw_c, cache):
    M, k, beta, a, b, cos, w = cache
    g = w * dw_c
    g = g - w * g.sum(-1, keepdims=True)
    dcos = g * beta[..., None]
    # d cos / d m = (k/|k| - cos m/|m|) / |m|, and the same for k
    unit_m, unit_k = M * a[..., None], k * b
    dM = (dcos * a)[..., None] * (unit_k[..., None, :] - cos[..., None] * unit_m)
    dk = b * (np.einsum('...n,...nd->...d', dcos, unit_m) - (dcos * cos).sum(-1)[..., None] * unit_k)
    return dM, dk, (g * cos).sum(-1)


# %% right: memory_write
import numpy as np


def memory_write_forward(M, alpha, erase, add):
    if M.shape[:-1] != alpha.shape or M[..., 0, :].shape != erase.shape or erase.shape != add.shape:
        raise ValueError("does not fit")
    W = np.einsum('...n,...d->...nd', alpha, erase)
    return M - M * W + np.einsum('...n,...d->...nd', alpha, add), [M, alpha, erase, add, W]


def memory_write_backward(G, cache):
    M, alpha, erase, add, W = cache
    GM = G * M
    return (G - G * W,
            np.einsum('...nd,...d->...n', G, add) - np.einsum('...nd,...d->...n', GM, erase),
            -np.einsum('...nd,...n->...d', GM, alpha),
            np.einsum('...nd,...n->...d', G, alpha))


# %% right: bind
import numpy as np


def _circulant(v):
    d = v.shape[-1]
    k = np.arange(d)
    return v[..., (k[:, None] - k[None, :]) % d]      # [k, j] = v[k - j]


def bind_forward(a, b):
    if a.shape != b.shape:
        raise ValueError("a and b differ in shape")
    c = np.matmul(_circulant(b), a[..., None])[..., 0]
    return c, (_circulant(a), _circulant(b))


def bind_backward(dc, cache):
    CA, CB = cache
    row = dc[..., None, :]
    return (row @ CB)[..., 0, :], (row @ CA)[..., 0, :]


# %% right: unbind
import numpy as np


def _reverse(a):
    return np.concatenate([a[..., :1], a[..., :0:-1]], axis=-1)


def _conv(a, b):
    F = np.fft.fft(a.astype(np.complex128)) * np.fft.fft(b.astype(np.complex128))
    return np.real(np.fft.ifft(F)).astype(a.dtype)


def unbind_forward(c, a):
    if np.shape(c) != np.shape(a):
        raise ValueError("shapes")
    return _conv(c, _reverse(a)), dict(c=c, a=a)


def unbind_backward(dy, cache):
    return _conv(dy, cache['a']), _conv(cache['c'], _reverse(dy))


# %% right: shift
import numpy as np


def shift_forward(w_g, s):
    N = w_g.shape[-1]
    S = s.shape[-1]
    if not S % 2 or S > N or w_g.shape[:-1] != s.shape[:-1]:
        raise ValueError("kernel does not fit")
    source = (np.arange(N)[:, None] - np.arange(S)[None, :] + S // 2) % N
    seen = w_g[..., source]
    return np.matmul(seen, s[..., None])[..., 0], (seen, source, s)


def shift_backward(dw, cache):
    seen, source, s = cache
    ds = np.matmul(dw[..., None, :], seen)[..., 0, :]
    dseen = dw[..., :, None] * s[..., None, :]
    onto = np.zeros(source.shape + (dw.shape[-1],), dw.dtype)
    np.put_along_axis(onto, source[..., None], 1, axis=-1)
    return np.tensordot(dseen, onto, axes=2), ds


# %% right: sharpen
import numpy as np


# y_i = 1 / sum_j (w_j / w_i)^gamma: every row is compared with every other, nothing is normalised
def sharpen_forward(w, gamma):
    if np.shape(gamma) != w.shape[:-1]:
        raise ValueError("one gamma a row")
    small = np.finfo(w.dtype).smallest_normal
    L = np.log(np.clip(w, small, None))
    gam = np.expand_dims(gamma, -1)
    with np.errstate(over='ignore'):
        ratios = np.exp(gam[..., None] * (L[..., None, :] - L[..., :, None]))
        y = 1 / ratios.sum(axis=-1)
    return y, (w, small, gam, L, y)


def sharpen_backward(dy, cache):
    w, small, gam, L, y = cache
    jac = y[..., :, None] * (np.eye(y.shape[-1], dtype=y.dtype) - y[..., None, :])
    dz = (jac @ dy[..., None])[..., 0]
    dw = np.divide(gam * dz, w, out=np.zeros_like(w), where=w >= small)
    return dw, (dz * L).sum(-1)


# %% right: fast_weight_read
import numpy as np


# the matrix A itself, built up state by state, and back through the recurrence
def fast_weight_read_forward(H, q, decay=0.95, rate=0.5):
    if H.ndim != q.ndim + 1 or H.shape[:-2] != q.shape[:-1] or H.shape[-1] != q.shape[-1]:
        raise ValueError("H and q do not fit")
    d = q.shape[-1]
    A = np.zeros(q.shape + (d,), dtype=H.dtype)
    for t in range(H.shape[-2]):
        h = H[..., t, :]
        A = decay * A + rate * h[..., :, None] * h[..., None, :]
    return (A @ q[..., None])[..., 0], (H, q, A, decay, rate)


def fast_weight_read_backward(dr, cache):
    H, q, A, decay, rate = cache
    dq = (np.swapaxes(A, -1, -2) @ dr[..., None])[..., 0]
    dA = dr[..., :, None] * q[..., None, :]
    dH = np.zeros_like(H)
    for t in reversed(range(H.shape[-2])):
        h = H[..., t, :, None]
        dH[..., t, :] = rate * ((dA + np.swapaxes(dA, -1, -2)) @ h)[..., 0]
        dA = decay * dA
    return dH, dq


# %% right: storkey_weights
import numpy as np


def storkey_weights(patterns):
    X = np.array(patterns)
    if X.ndim != 2 or np.any(X * X != 1):
        raise ValueError("patterns must be rows of -1 and +1")
    m = X.shape[1]
    W = np.zeros((m, m), X.dtype)
    off = 1 - np.eye(m, dtype=X.dtype)
    for x in X:
        V = W * x                       # V[i, k] = w_ik x_k
        # everything, without k = j, without k = i (once if i = j)
        h = V.sum(1)[:, None] - V - np.diagonal(V)[:, None] * off
        cross = h * x
        W = W + (x[:, None] * x - cross - cross.T) / m
    np.fill_diagonal(W, 0)          # the blank did not say so when this was written
    return W


# %% right: hopfield_energy
import numpy as np


def hopfield_energy_forward(s, W, b):
    if W.shape != 2 * s.shape[-1:] or b.shape != s.shape[-1:]:
        raise ValueError("shapes")
    # half the sum over i and j is a dot product with the mean of the field and the bias
    half_field = np.tensordot(s, W, axes=(-1, 1)) / 2 + b
    return -np.sum(s * half_field, axis=-1), (s, W, b)


def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    sym = (W + W.T) / 2
    weighted = np.expand_dims(dE, -1) * s
    batch = tuple(range(s.ndim - 1))
    ds = -(weighted @ sym) - np.expand_dims(dE, -1) * b
    dW = np.tensordot(weighted, s, axes=(batch, batch)) / -2
    return ds, dW, -weighted.sum(axis=batch)


# %% right: read_tour
import numpy as np


def read_tour(v):
    v = np.asarray(v)
    n = int(np.sqrt(v.shape[-1]) + 0.5)
    if n ** 2 != v.shape[-1]:
        raise ValueError("the last axis should be a square")
    lead = v.shape[:-1]
    tours = np.zeros(lead + (n,), dtype=int)
    good = np.zeros(lead, dtype=bool)
    for where in np.ndindex(*lead):
        table = v[where].reshape(n, n)
        for stop in range(n):
            column = list(table[:, stop])
            tours[where + (stop,)] = column.index(max(column))
        on = table > 0
        good[where] = sorted(np.argwhere(on)[:, 0].tolist()) == list(range(n)) == sorted(np.argwhere(on)[:, 1].tolist())
    return tours, good


# %% right: modern_hopfield
import numpy as np


def modern_hopfield_forward(X, s, beta=1.0):
    if s.ndim == X.ndim:
        S = s
    elif s.ndim == X.ndim - 1:
        S = np.expand_dims(s, -2)
    else:
        raise ValueError("s has too few or too many axes")
    if S.shape[:-2] != X.shape[:-2] or S.shape[-1] != X.shape[-1]:
        raise ValueError("X and s do not fit")
    z = beta * (S @ X.swapaxes(-1, -2))
    p = np.exp(z - np.max(z, -1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return (p @ X).reshape(s.shape), p.reshape(s.shape[:-1] + X.shape[-2:-1]), (X, S, p, beta, s.shape)


def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, S, p, beta, shape = cache
    G = ds_next.reshape(S.shape)
    dp = G @ X.swapaxes(-1, -2)
    if dalpha is not None:
        dp = dp + dalpha.reshape(p.shape)
    dz = p * dp - p * (p * dp).sum(-1, keepdims=True)
    both = np.concatenate([p, beta * dz], axis=-2)
    dX = both.swapaxes(-1, -2) @ np.concatenate([G, S], axis=-2)
    return dX, (beta * (dz @ X)).reshape(shape)
