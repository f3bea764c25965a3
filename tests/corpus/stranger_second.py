# A second round of answers by people who saw neither this corpus nor the grader: wrong ones, and right ones in their own spelling.
# Of the 40 files of the round none passed, and of 29 the cause was named at first; those of some functions, and later ones, stand here.
# %% right
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% right
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1) - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1] - dbelow
    return dV, ds


# %% right
import numpy as np


def _before(x):
    return np.cumsum(x, axis=-1) - x


def _after(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1] - x


def deque_update_forward(s, u_top, d_top, u_bottom, d_bottom):
    u_top, d_top, u_bottom, d_bottom = map(np.asarray, (u_top, d_top, u_bottom, d_bottom))
    for x in (u_top, d_top, u_bottom, d_bottom):
        if s.ndim < 1 or x.shape != s.shape[:-1]:
            raise ValueError("shapes do not fit")
    left_top = u_top[..., None] - _after(s)
    x1 = s - np.maximum(0, left_top)
    s1 = np.maximum(0, x1)
    left_bottom = u_bottom[..., None] - _before(s1)
    x2 = s1 - np.maximum(0, left_bottom)
    s2 = np.maximum(0, x2)
    s_next = np.concatenate([d_bottom[..., None], s2, d_top[..., None]], axis=-1)
    return s_next, (left_top > 0, x1 > 0, left_bottom > 0, x2 > 0)


def deque_update_backward(ds_next, cache):
    pop_top, live_1, pop_bottom, live_2 = cache
    dd_bottom = ds_next[..., 0].copy()
    dd_top = ds_next[..., -1].copy()
    g2 = ds_next[..., 1:-1] * live_2
    t2 = g2 * pop_bottom
    du_bottom = -t2.sum(axis=-1)
    ds1 = g2 + _after(t2)
    g1 = ds1 * live_1
    t1 = g1 * pop_top
    du_top = -t1.sum(axis=-1)
    ds = g1 + _before(t1)
    return ds, du_top, dd_top, du_bottom, dd_bottom


# %% right
import numpy as np


def bound_modulus_forward(z_re, z_im):
    if z_re.shape != z_im.shape:
        raise ValueError("shapes do not fit")
    mod = np.hypot(z_re, z_im)
    m = np.maximum(1, mod)
    y_re = z_re / m
    y_im = z_im / m
    return y_re, y_im, (y_re.copy(), y_im.copy(), m, mod > 1)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, m, outside = cache
    along = (dy_re * y_re + dy_im * y_im) * outside
    dz_re = (dy_re - along * y_re) / m
    dz_im = (dy_im - along * y_im) / m
    return dz_re, dz_im


# %% right
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def chain_marginals_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    F, B = _messages(unary, pairwise)
    _, mu = _soft(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


# %% right
import numpy as np


def gaussian_window_forward(a, b, kappa, C):
    if a.shape != b.shape or a.shape != kappa.shape:
        raise ValueError("a, b, kappa must have one shape")
    if a.ndim < 1 or C.ndim < 2 or C.shape[:-2] != a.shape[:-1]:
        raise ValueError("C does not fit")
    pos = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    diff = kappa[..., :, None] - pos                      # ..., K, U
    bell = np.exp(-b[..., :, None] * diff ** 2)
    phi = (a[..., :, None] * bell).sum(axis=-2)
    w = (phi[..., :, None] * C).sum(axis=-2)
    return w, phi, (a, b, C, diff, bell, phi)


def gaussian_window_backward(dw, dphi, cache):
    a, b, C, diff, bell, phi = cache
    g = dphi + (C * dw[..., None, :]).sum(axis=-1)        # ..., U
    dC = phi[..., :, None] * dw[..., None, :]
    gb = g[..., None, :] * bell
    da = gb.sum(axis=-1)
    db = -a * (gb * diff ** 2).sum(axis=-1)
    dkappa = -2 * a * b * (gb * diff).sum(axis=-1)
    return da, db, dkappa, dC


# %% right
import numpy as np


def context_attention_forward(X, W, b, u, mask=None):
    if X.ndim < 2 or W.ndim != 2 or b.ndim != 1 or u.ndim != 1:
        raise ValueError("dimensions")
    if W.shape[1] != X.shape[-1] or b.shape[0] != W.shape[0] or u.shape[0] != W.shape[0]:
        raise ValueError("shapes do not fit")
    if mask is not None and mask.shape[-1] != X.shape[-2]:
        raise ValueError("mask does not fit")
    a = np.tanh(X @ W.T + b)
    e = a @ u
    if mask is not None:
        e = np.where(mask, e, -np.inf)
    top = e.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(e.dtype)
    w = np.exp(e - top)
    z = w.sum(axis=-1, keepdims=True)
    alpha = w / np.where(z == 0, 1, z).astype(w.dtype)
    r = (alpha[..., None] * X).sum(axis=-2)
    return r, alpha, (X, W, u, a, alpha)


def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    dal = (X * dr[..., None, :]).sum(axis=-1)
    if dalpha is not None:
        dal = dal + dalpha
    de = alpha * (dal - (alpha * dal).sum(axis=-1, keepdims=True))
    da = de[..., None] * u
    dpre = da * (1 - a * a)
    h, d = W.shape
    flat = dpre.reshape(-1, h)
    dW = flat.T @ X.reshape(-1, d)
    db = flat.sum(axis=0)
    du = (de[..., None] * a).reshape(-1, h).sum(axis=0)
    dX = alpha[..., None] * dr[..., None, :]
    dX = dX + dpre @ W
    return dX, dW, db, du


# %% right
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def _chain_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    F, B = _messages(unary, pairwise)
    _, mu = _soft(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def _chain_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


def structured_attention_forward(X, unary, pairwise):
    if unary.ndim < 2 or unary.shape[-1] != 2 or pairwise.shape != (2, 2):
        raise ValueError("two states are needed")
    if X.shape[:-1] != unary.shape[:-1]:
        raise ValueError("X and unary do not fit")
    mu, inner = _chain_forward(unary, pairwise)
    alpha = mu[..., 1]
    r = (alpha[..., None] * X).sum(axis=-2)
    return r, alpha, (X, alpha, mu, inner)


def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, mu, inner = cache
    dal = (X * dr[..., None, :]).sum(axis=-1)
    if dalpha is not None:
        dal = dal + dalpha
    dX = alpha[..., None] * dr[..., None, :]
    dmu = np.zeros_like(mu)
    dmu[..., 1] = dal
    dunary, dpairwise = _chain_backward(dmu, inner)
    return dX, dunary, dpairwise


# %% right
import numpy as np


def _split(Y, num_heads):
    # (..., L, p) -> (..., heads, L, d_h)
    Y = Y.reshape(Y.shape[:-1] + (num_heads, Y.shape[-1] // num_heads))
    return np.swapaxes(Y, -3, -2)


def _join(Y):
    Y = np.swapaxes(Y, -3, -2)
    return Y.reshape(Y.shape[:-2] + (Y.shape[-2] * Y.shape[-1],))


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    d = Q.shape[-1]
    p = W_Q.shape[0]
    if Q.ndim < 2 or K.shape != V.shape or K.shape[-1] != d or Q.shape[:-2] != K.shape[:-2]:
        raise ValueError("Q, K, V do not fit")
    if W_Q.shape != (p, d) or W_K.shape != (p, d) or W_V.shape != (p, d) or W_O.ndim != 2 or W_O.shape[1] != p:
        raise ValueError("projections do not fit")
    if num_heads < 1 or p % num_heads:
        raise ValueError("num_heads must divide p")
    M, N = Q.shape[-2], K.shape[-2]
    q = _split(Q @ W_Q.T, num_heads)
    k = _split(K @ W_K.T, num_heads)
    v = _split(V @ W_V.T, num_heads)
    scale = float(p // num_heads) ** -0.5
    e = q @ np.swapaxes(k, -1, -2) * scale
    if mask is not None:
        if mask.shape[-1] != N:
            raise ValueError("mask does not fit")
        if mask.ndim == Q.ndim:
            if mask.shape[-2] != M:
                raise ValueError("mask does not fit")
            m = mask[..., None, :, :]
        else:
            m = mask[..., None, None, :]
        e = np.where(m, e, -np.inf)
    top = e.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(e.dtype)
    w = np.exp(e - top)
    z = w.sum(axis=-1, keepdims=True)
    alpha = w / np.where(z == 0, 1, z).astype(w.dtype)
    heads = _join(alpha @ v)
    out = heads @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, scale, q, k, v, alpha, heads)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, num_heads, scale, q, k, v, alpha, heads = cache
    dheads = dout @ W_O
    dW_O = dout.reshape(-1, dout.shape[-1]).T @ heads.reshape(-1, heads.shape[-1])
    dh = _split(dheads, num_heads)
    dal = dh @ np.swapaxes(v, -1, -2)
    if dalpha is not None:
        dal = dal + dalpha
    dv = _join(np.swapaxes(alpha, -1, -2) @ dh)
    de = alpha * (dal - (alpha * dal).sum(axis=-1, keepdims=True))
    de = de * scale
    dq = _join(de @ k)
    dk = _join(np.swapaxes(de, -1, -2) @ q)
    d = Q.shape[-1]
    p = W_Q.shape[0]
    dW_Q = dq.reshape(-1, p).T @ Q.reshape(-1, d)
    dW_K = dk.reshape(-1, p).T @ K.reshape(-1, d)
    dW_V = dv.reshape(-1, p).T @ V.reshape(-1, d)
    return dq @ W_Q, dk @ W_K, dv @ W_V, dW_Q, dW_K, dW_V, dW_O


# %% right
import numpy as np


def sharpen_forward(w, gamma):
    gamma = np.asarray(gamma)
    if w.ndim < 1 or gamma.shape != w.shape[:-1]:
        raise ValueError("shapes do not fit")
    tiny = np.finfo(w.dtype).tiny
    safe = np.maximum(w, tiny)
    logw = np.log(safe)
    x = gamma[..., None] * logw
    x = x - x.max(axis=-1, keepdims=True)
    y = np.exp(x)
    y = y / y.sum(axis=-1, keepdims=True)
    return y, (w >= tiny, safe, logw, gamma, y)


def sharpen_backward(dy, cache):
    above, safe, logw, gamma, y = cache
    dx = y * (dy - (dy * y).sum(axis=-1, keepdims=True))
    dgamma = (dx * logw).sum(axis=-1)
    dw = gamma[..., None] * dx / safe * above
    return dw, dgamma


# %% wrong forward: counts sᵢ itself
# inclusive
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1]
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1)
    return ds, du, dd


# %% wrong forward: comes from the wrong end
# from the bottom
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s, axis=-1) - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove[..., ::-1], axis=-1)[..., ::-1] - dabove
    return ds, du, dd


# %% wrong backward: the coupling is forgotten
# coupling forgotten
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g
    return ds, du, dd


# %% wrong forward: it modifies its arguments in place: s
# in place
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    s -= take
    alive = s > 0
    s[s < 0] = 0
    s_next = np.concatenate([s, d[..., None]], axis=-1)
    return s_next, (left > 0, alive)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% wrong forward: the inner max
# no inner max
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1) - s
    room = 1 - below
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * ~whole
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1] - dbelow
    return dV, ds


# %% wrong forward: float32 is lost
# float64
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    k = np.zeros(s.shape)
    below = np.zeros(s.shape)
    room = np.zeros(s.shape)
    total = np.zeros(s.shape[:-1])
    for i in range(s.shape[-1]):
        below[..., i] = total
        room[..., i] = np.maximum(0, 1 - total)
        k[..., i] = np.minimum(s[..., i], room[..., i])
        total = total + s[..., i]
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1] - dbelow
    return dV, ds


# %% wrong backward: the sign of the coupling
# sign
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1) - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1] - dbelow
    return dV, ds


# %% wrong backward: the upstream gradient is not used
# dV without dr
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1) - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = np.broadcast_to(k[..., None], V.shape).copy()
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1] - dbelow
    return dV, ds


# %% wrong forward: at the bottom: the pop comes from the wrong end
# sum above twice
import numpy as np


def _before(x):
    return np.cumsum(x, axis=-1) - x


def _after(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1] - x


def deque_update_forward(s, u_top, d_top, u_bottom, d_bottom):
    u_top, d_top, u_bottom, d_bottom = map(np.asarray, (u_top, d_top, u_bottom, d_bottom))
    for x in (u_top, d_top, u_bottom, d_bottom):
        if s.ndim < 1 or x.shape != s.shape[:-1]:
            raise ValueError("shapes do not fit")
    left_top = u_top[..., None] - _after(s)
    x1 = s - np.maximum(0, left_top)
    s1 = np.maximum(0, x1)
    left_bottom = u_bottom[..., None] - _after(s1)
    x2 = s1 - np.maximum(0, left_bottom)
    s2 = np.maximum(0, x2)
    s_next = np.concatenate([d_bottom[..., None], s2, d_top[..., None]], axis=-1)
    return s_next, (left_top > 0, x1 > 0, left_bottom > 0, x2 > 0)


def deque_update_backward(ds_next, cache):
    pop_top, live_1, pop_bottom, live_2 = cache
    dd_bottom = ds_next[..., 0].copy()
    dd_top = ds_next[..., -1].copy()
    g2 = ds_next[..., 1:-1] * live_2
    t2 = g2 * pop_bottom
    du_bottom = -t2.sum(axis=-1)
    ds1 = g2 + _before(t2)
    g1 = ds1 * live_1
    t1 = g1 * pop_top
    du_top = -t1.sum(axis=-1)
    ds = g1 + _before(t1)
    return ds, du_top, dd_top, du_bottom, dd_bottom


# %% wrong backward: at the bottom: the coupling is forgotten
# coupling of second pop forgotten
import numpy as np


def _before(x):
    return np.cumsum(x, axis=-1) - x


def _after(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1] - x


def deque_update_forward(s, u_top, d_top, u_bottom, d_bottom):
    u_top, d_top, u_bottom, d_bottom = map(np.asarray, (u_top, d_top, u_bottom, d_bottom))
    for x in (u_top, d_top, u_bottom, d_bottom):
        if s.ndim < 1 or x.shape != s.shape[:-1]:
            raise ValueError("shapes do not fit")
    left_top = u_top[..., None] - _after(s)
    x1 = s - np.maximum(0, left_top)
    s1 = np.maximum(0, x1)
    left_bottom = u_bottom[..., None] - _before(s1)
    x2 = s1 - np.maximum(0, left_bottom)
    s2 = np.maximum(0, x2)
    s_next = np.concatenate([d_bottom[..., None], s2, d_top[..., None]], axis=-1)
    return s_next, (left_top > 0, x1 > 0, left_bottom > 0, x2 > 0)


def deque_update_backward(ds_next, cache):
    pop_top, live_1, pop_bottom, live_2 = cache
    dd_bottom = ds_next[..., 0].copy()
    dd_top = ds_next[..., -1].copy()
    g2 = ds_next[..., 1:-1] * live_2
    t2 = g2 * pop_bottom
    du_bottom = -t2.sum(axis=-1)
    ds1 = g2
    g1 = ds1 * live_1
    t1 = g1 * pop_top
    du_top = -t1.sum(axis=-1)
    ds = g1 + _before(t1)
    return ds, du_top, dd_top, du_bottom, dd_bottom


# %% wrong backward: gradient of d_top: the gradient of u_bottom stands in its place
# gradient order
import numpy as np


def _before(x):
    return np.cumsum(x, axis=-1) - x


def _after(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1] - x


def deque_update_forward(s, u_top, d_top, u_bottom, d_bottom):
    u_top, d_top, u_bottom, d_bottom = map(np.asarray, (u_top, d_top, u_bottom, d_bottom))
    for x in (u_top, d_top, u_bottom, d_bottom):
        if s.ndim < 1 or x.shape != s.shape[:-1]:
            raise ValueError("shapes do not fit")
    left_top = u_top[..., None] - _after(s)
    x1 = s - np.maximum(0, left_top)
    s1 = np.maximum(0, x1)
    left_bottom = u_bottom[..., None] - _before(s1)
    x2 = s1 - np.maximum(0, left_bottom)
    s2 = np.maximum(0, x2)
    s_next = np.concatenate([d_bottom[..., None], s2, d_top[..., None]], axis=-1)
    return s_next, (left_top > 0, x1 > 0, left_bottom > 0, x2 > 0)


def deque_update_backward(ds_next, cache):
    pop_top, live_1, pop_bottom, live_2 = cache
    dd_bottom = ds_next[..., 0].copy()
    dd_top = ds_next[..., -1].copy()
    g2 = ds_next[..., 1:-1] * live_2
    t2 = g2 * pop_bottom
    du_bottom = -t2.sum(axis=-1)
    ds1 = g2 + _after(t2)
    g1 = ds1 * live_1
    t1 = g1 * pop_top
    du_top = -t1.sum(axis=-1)
    ds = g1 + _before(t1)
    return ds, du_top, du_bottom, dd_top, dd_bottom


# %% wrong forward: the pushes are exchanged
# pushes swapped
import numpy as np


def _before(x):
    return np.cumsum(x, axis=-1) - x


def _after(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1] - x


def deque_update_forward(s, u_top, d_top, u_bottom, d_bottom):
    u_top, d_top, u_bottom, d_bottom = map(np.asarray, (u_top, d_top, u_bottom, d_bottom))
    for x in (u_top, d_top, u_bottom, d_bottom):
        if s.ndim < 1 or x.shape != s.shape[:-1]:
            raise ValueError("shapes do not fit")
    left_top = u_top[..., None] - _after(s)
    x1 = s - np.maximum(0, left_top)
    s1 = np.maximum(0, x1)
    left_bottom = u_bottom[..., None] - _before(s1)
    x2 = s1 - np.maximum(0, left_bottom)
    s2 = np.maximum(0, x2)
    s_next = np.concatenate([d_top[..., None], s2, d_bottom[..., None]], axis=-1)
    return s_next, (left_top > 0, x1 > 0, left_bottom > 0, x2 > 0)


def deque_update_backward(ds_next, cache):
    pop_top, live_1, pop_bottom, live_2 = cache
    dd_top = ds_next[..., 0].copy()
    dd_bottom = ds_next[..., -1].copy()
    g2 = ds_next[..., 1:-1] * live_2
    t2 = g2 * pop_bottom
    du_bottom = -t2.sum(axis=-1)
    ds1 = g2 + _after(t2)
    g1 = ds1 * live_1
    t1 = g1 * pop_top
    du_top = -t1.sum(axis=-1)
    ds = g1 + _before(t1)
    return ds, du_top, dd_top, du_bottom, dd_bottom


# %% wrong backward: subtracted once too often
# u top forgets second
import numpy as np


def _before(x):
    return np.cumsum(x, axis=-1) - x


def _after(x):
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1] - x


def deque_update_forward(s, u_top, d_top, u_bottom, d_bottom):
    u_top, d_top, u_bottom, d_bottom = map(np.asarray, (u_top, d_top, u_bottom, d_bottom))
    for x in (u_top, d_top, u_bottom, d_bottom):
        if s.ndim < 1 or x.shape != s.shape[:-1]:
            raise ValueError("shapes do not fit")
    left_top = u_top[..., None] - _after(s)
    x1 = s - np.maximum(0, left_top)
    s1 = np.maximum(0, x1)
    left_bottom = u_bottom[..., None] - _before(s1)
    x2 = s1 - np.maximum(0, left_bottom)
    s2 = np.maximum(0, x2)
    s_next = np.concatenate([d_bottom[..., None], s2, d_top[..., None]], axis=-1)
    return s_next, (left_top > 0, x1 > 0, left_bottom > 0, x2 > 0)


def deque_update_backward(ds_next, cache):
    pop_top, live_1, pop_bottom, live_2 = cache
    dd_bottom = ds_next[..., 0].copy()
    dd_top = ds_next[..., -1].copy()
    g2 = ds_next[..., 1:-1] * live_2
    t2 = g2 * pop_bottom
    du_bottom = -t2.sum(axis=-1)
    ds1 = g2 + _after(t2) - t2
    g1 = ds1 * live_1
    g1 = g1 * 1
    t1 = g1 * pop_top
    du_top = -t1.sum(axis=-1)
    ds = g1 + _before(t1)
    return ds, du_top, dd_top, du_bottom, dd_bottom


# %% wrong forward: which is the batch
# axis 0
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=0) - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[::-1], axis=0)[::-1] - dbelow
    return dV, ds


# %% wrong forward: in place: u
# u in place
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    left = np.zeros_like(s)
    rest = np.zeros_like(s)
    for i in range(s.shape[-1] - 1, -1, -1):
        left[..., i] = u
        rest[..., i] = np.maximum(0, s[..., i] - np.maximum(0, u))
        u -= s[..., i]
    take = np.maximum(0, left)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% wrong forward: the wrong end is read
# reads the top
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow, axis=-1) - dbelow
    return dV, ds


# %% wrong forward: counts sᵢ itself
# inclusive
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1)
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1]
    return dV, ds


# %% wrong backward: the coupling is forgotten
# coupling forgotten
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1) - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk * whole
    dbelow = -dk * (~whole & (below < 1))
    return dV, ds


# %% wrong backward: feels its own strength
# ds whole ignored
import numpy as np


def queue_read_forward(V, s):
    if V.ndim < 2 or V.shape[:-1] != s.shape:
        raise ValueError("shapes do not fit")
    below = np.cumsum(s, axis=-1) - s
    room = np.maximum(0, 1 - below)
    k = np.minimum(s, room)
    r = (k[..., None] * V).sum(axis=-2)
    return r, (V, s, below, room, k)


def queue_read_backward(dr, cache):
    V, s, below, room, k = cache
    dV = k[..., None] * dr[..., None, :]
    dk = (V * dr[..., None, :]).sum(axis=-1)
    whole = s <= room
    ds = dk
    dbelow = -dk * (~whole & (below < 1))
    ds = ds + np.cumsum(dbelow[..., ::-1], axis=-1)[..., ::-1] - dbelow
    return dV, ds


# %% wrong forward: the outer max
# no outer max
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = s - take
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, np.ones(s.shape, bool))


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% wrong forward: the inner max
# no inner max
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = left
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (np.ones(s.shape, bool), s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% wrong forward: stands below the others
# push below
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([d[..., None], rest], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., 1:] * alive
    dd = ds_next[..., 0].copy()
    dtake = -g * popping
    du = dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% wrong backward: gradient of u: the sign is flipped
# du sign
import numpy as np


def stack_update_forward(s, u, d):
    u = np.asarray(u)
    d = np.asarray(d)
    if s.ndim < 1 or u.shape != s.shape[:-1] or d.shape != s.shape[:-1]:
        raise ValueError("shapes do not fit")
    above = np.cumsum(s[..., ::-1], axis=-1)[..., ::-1] - s
    left = u[..., None] - above
    take = np.maximum(0, left)
    rest = np.maximum(0, s - take)
    s_next = np.concatenate([rest, d[..., None]], axis=-1)
    return s_next, (left > 0, s - take > 0)


def stack_update_backward(ds_next, cache):
    popping, alive = cache
    g = ds_next[..., :-1] * alive
    dd = ds_next[..., -1].copy()
    dtake = -g * popping
    du = -dtake.sum(axis=-1)
    dabove = -dtake
    ds = g + np.cumsum(dabove, axis=-1) - dabove
    return ds, du, dd


# %% wrong forward: \|z\|² stands in place
# squared
import numpy as np


def bound_modulus_forward(z_re, z_im):
    if z_re.shape != z_im.shape:
        raise ValueError("shapes do not fit")
    mod = z_re ** 2 + z_im ** 2
    m = np.maximum(1, mod)
    y_re = z_re / m
    y_im = z_im / m
    return y_re, y_im, (y_re.copy(), y_im.copy(), m, mod > 1)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, m, outside = cache
    along = (dy_re * y_re + dy_im * y_im) * outside
    dz_re = (dy_re - along * y_re) / m
    dz_im = (dy_im - along * y_im) / m
    return dz_re, dz_im


# %% wrong backward: the size is taken for a constant
# modulus constant
import numpy as np


def bound_modulus_forward(z_re, z_im):
    if z_re.shape != z_im.shape:
        raise ValueError("shapes do not fit")
    mod = np.hypot(z_re, z_im)
    m = np.maximum(1, mod)
    y_re = z_re / m
    y_im = z_im / m
    return y_re, y_im, (y_re.copy(), y_im.copy(), m, mod > 1)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, m, outside = cache
    along = (dy_re * y_re + dy_im * y_im) * outside
    dz_re = dy_re / m
    dz_im = dy_im / m
    return dz_re, dz_im


# %% wrong backward: is missing
# no cross term
import numpy as np


def bound_modulus_forward(z_re, z_im):
    if z_re.shape != z_im.shape:
        raise ValueError("shapes do not fit")
    mod = np.hypot(z_re, z_im)
    m = np.maximum(1, mod)
    y_re = z_re / m
    y_im = z_im / m
    return y_re, y_im, (y_re.copy(), y_im.copy(), m, mod > 1)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, m, outside = cache
    dz_re = dy_re * (1 - outside * y_re ** 2) / m
    dz_im = dy_im * (1 - outside * y_im ** 2) / m
    return dz_re, dz_im


# %% wrong forward: the norm is that of the whole vector
# norm of vector
import numpy as np


def bound_modulus_forward(z_re, z_im):
    if z_re.shape != z_im.shape:
        raise ValueError("shapes do not fit")
    mod = np.sqrt((z_re ** 2 + z_im ** 2).sum(axis=-1, keepdims=True))
    m = np.maximum(1, mod)
    y_re = z_re / m
    y_im = z_im / m
    return y_re, y_im, (y_re.copy(), y_im.copy(), m, mod > 1)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, m, outside = cache
    along = (dy_re * y_re + dy_im * y_im) * outside
    dz_re = (dy_re - along * y_re) / m
    dz_im = (dy_im - along * y_im) / m
    return dz_re, dz_im


# %% wrong forward: not stable
# probability space
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def chain_marginals_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    n = unary.shape[-2]
    E, P = np.exp(unary), np.exp(pairwise)
    f = np.ones_like(unary)
    b = np.ones_like(unary)
    for i in range(n - 1):
        f[..., i + 1, :] = (f[..., i, :] * E[..., i, :]) @ P
    for i in range(n - 1, 0, -1):
        b[..., i - 1, :] = (b[..., i, :] * E[..., i, :]) @ P.T
    p = f * E * b
    z = p.sum(axis=-1, keepdims=True)
    mu = p / np.where(z == 0, 1, z).astype(p.dtype)
    F, B = _messages(unary, pairwise)
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


# %% wrong forward: transposed once too often
# pairwise transposed
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = (B[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        g, _ = _soft(s, -2)
        B[..., i - 1, :] = g
    return F, B


def chain_marginals_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    F, B = _messages(unary, pairwise)
    _, mu = _soft(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


# %% wrong backward: messages are taken for constants
# dunary local
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def chain_marginals_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    F, B = _messages(unary, pairwise)
    _, mu = _soft(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = v                                   # softmax backward
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


# %% wrong backward: the last pair of neighbours is missing
# last pair missing
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def chain_marginals_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    F, B = _messages(unary, pairwise)
    _, mu = _soft(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 2):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


# %% wrong forward: ^raises ValueError.*; only with batch axes
# no batch
import numpy as np


def gaussian_window_forward(a, b, kappa, C):
    if a.shape != b.shape or a.shape != kappa.shape:
        raise ValueError("a, b, kappa must have one shape")
    if a.ndim < 1 or C.ndim < 2 or C.shape[:-2] != a.shape[:-1]:
        raise ValueError("C does not fit")
    pos = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    diff = kappa[:, None] - pos
    bell = np.exp(-b[:, None] * diff ** 2)
    phi = a @ bell
    w = phi @ C
    return w, phi, (a, b, C, diff, bell, phi)


def gaussian_window_backward(dw, dphi, cache):
    a, b, C, diff, bell, phi = cache
    g = dphi + C @ dw       # ..., U
    dC = np.outer(phi, dw)
    gb = g * bell
    da = gb.sum(axis=-1)
    db = -a * (gb * diff ** 2).sum(axis=-1)
    dkappa = -2 * a * b * (gb * diff).sum(axis=-1)
    return da, db, dkappa, dC


# %% wrong backward: dalpha is ignored
# dalpha ignored
import numpy as np


def context_attention_forward(X, W, b, u, mask=None):
    if X.ndim < 2 or W.ndim != 2 or b.ndim != 1 or u.ndim != 1:
        raise ValueError("dimensions")
    if W.shape[1] != X.shape[-1] or b.shape[0] != W.shape[0] or u.shape[0] != W.shape[0]:
        raise ValueError("shapes do not fit")
    if mask is not None and mask.shape[-1] != X.shape[-2]:
        raise ValueError("mask does not fit")
    a = np.tanh(X @ W.T + b)
    e = a @ u
    if mask is not None:
        e = np.where(mask, e, -np.inf)
    top = e.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(e.dtype)
    w = np.exp(e - top)
    z = w.sum(axis=-1, keepdims=True)
    alpha = w / np.where(z == 0, 1, z).astype(w.dtype)
    r = (alpha[..., None] * X).sum(axis=-2)
    return r, alpha, (X, W, u, a, alpha)


def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    dal = (X * dr[..., None, :]).sum(axis=-1)
    de = alpha * (dal - (alpha * dal).sum(axis=-1, keepdims=True))
    da = de[..., None] * u
    dpre = da * (1 - a * a)
    h, d = W.shape
    flat = dpre.reshape(-1, h)
    dW = flat.T @ X.reshape(-1, d)
    db = flat.sum(axis=0)
    du = (de[..., None] * a).reshape(-1, h).sum(axis=0)
    dX = alpha[..., None] * dr[..., None, :]
    dX = dX + dpre @ W
    return dX, dW, db, du


# %% wrong backward: dalpha is ignored
# dalpha ignored
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def _chain_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    F, B = _messages(unary, pairwise)
    _, mu = _soft(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def _chain_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


def structured_attention_forward(X, unary, pairwise):
    if unary.ndim < 2 or unary.shape[-1] != 2 or pairwise.shape != (2, 2):
        raise ValueError("two states are needed")
    if X.shape[:-1] != unary.shape[:-1]:
        raise ValueError("X and unary do not fit")
    mu, inner = _chain_forward(unary, pairwise)
    alpha = mu[..., 1]
    r = (alpha[..., None] * X).sum(axis=-2)
    return r, alpha, (X, alpha, mu, inner)


def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, mu, inner = cache
    dal = (X * dr[..., None, :]).sum(axis=-1)
    dX = alpha[..., None] * dr[..., None, :]
    dmu = np.zeros_like(mu)
    dmu[..., 1] = dal
    dunary, dpairwise = _chain_backward(dmu, inner)
    return dX, dunary, dpairwise


# %% wrong backward: dalpha is ignored
# dalpha ignored
import numpy as np


def _split(Y, num_heads):
    # (..., L, p) -> (..., heads, L, d_h)
    Y = Y.reshape(Y.shape[:-1] + (num_heads, Y.shape[-1] // num_heads))
    return np.swapaxes(Y, -3, -2)


def _join(Y):
    Y = np.swapaxes(Y, -3, -2)
    return Y.reshape(Y.shape[:-2] + (Y.shape[-2] * Y.shape[-1],))


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    d = Q.shape[-1]
    p = W_Q.shape[0]
    if Q.ndim < 2 or K.shape != V.shape or K.shape[-1] != d or Q.shape[:-2] != K.shape[:-2]:
        raise ValueError("Q, K, V do not fit")
    if W_Q.shape != (p, d) or W_K.shape != (p, d) or W_V.shape != (p, d) or W_O.ndim != 2 or W_O.shape[1] != p:
        raise ValueError("projections do not fit")
    if num_heads < 1 or p % num_heads:
        raise ValueError("num_heads must divide p")
    M, N = Q.shape[-2], K.shape[-2]
    q = _split(Q @ W_Q.T, num_heads)
    k = _split(K @ W_K.T, num_heads)
    v = _split(V @ W_V.T, num_heads)
    scale = float(p // num_heads) ** -0.5
    e = q @ np.swapaxes(k, -1, -2) * scale
    if mask is not None:
        if mask.shape[-1] != N:
            raise ValueError("mask does not fit")
        if mask.ndim == Q.ndim:
            if mask.shape[-2] != M:
                raise ValueError("mask does not fit")
            m = mask[..., None, :, :]
        else:
            m = mask[..., None, None, :]
        e = np.where(m, e, -np.inf)
    top = e.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0).astype(e.dtype)
    w = np.exp(e - top)
    z = w.sum(axis=-1, keepdims=True)
    alpha = w / np.where(z == 0, 1, z).astype(w.dtype)
    heads = _join(alpha @ v)
    out = heads @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, scale, q, k, v, alpha, heads)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, num_heads, scale, q, k, v, alpha, heads = cache
    dheads = dout @ W_O
    dW_O = dout.reshape(-1, dout.shape[-1]).T @ heads.reshape(-1, heads.shape[-1])
    dh = _split(dheads, num_heads)
    dal = dh @ np.swapaxes(v, -1, -2)
    dv = _join(np.swapaxes(alpha, -1, -2) @ dh)
    de = alpha * (dal - (alpha * dal).sum(axis=-1, keepdims=True))
    de = de * scale
    dq = _join(de @ k)
    dk = _join(np.swapaxes(de, -1, -2) @ q)
    d = Q.shape[-1]
    p = W_Q.shape[0]
    dW_Q = dq.reshape(-1, p).T @ Q.reshape(-1, d)
    dW_K = dk.reshape(-1, p).T @ K.reshape(-1, d)
    dW_V = dv.reshape(-1, p).T @ V.reshape(-1, d)
    return dq @ W_Q, dk @ W_K, dv @ W_V, dW_Q, dW_K, dW_V, dW_O


# %% wrong forward: a zero stays zero
# nan at zero
import numpy as np


def bound_modulus_forward(z_re, z_im):
    if z_re.shape != z_im.shape:
        raise ValueError("shapes do not fit")
    mod = np.hypot(z_re, z_im)
    m = np.maximum(1, mod)
    f = np.minimum(1, mod) / mod
    y_re = z_re * f
    y_im = z_im * f
    return y_re, y_im, (y_re.copy(), y_im.copy(), m, mod > 1)


def bound_modulus_backward(dy_re, dy_im, cache):
    y_re, y_im, m, outside = cache
    along = (dy_re * y_re + dy_im * y_im) * outside
    dz_re = (dy_re - along * y_re) / m
    dz_im = (dy_im - along * y_im) / m
    return dz_re, dz_im


# %% wrong forward: not kept: a long chain
# stable but not long
import numpy as np


def _soft(x, axis):
    m = x.max(axis=axis, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(x.dtype)
    e = np.exp(x - m)
    z = e.sum(axis=axis, keepdims=True)
    p = e / np.where(z == 0, 1, z).astype(x.dtype)
    with np.errstate(divide="ignore"):
        lse = np.log(z) + m
    return np.squeeze(lse, axis), p


def _messages(unary, pairwise):
    n = unary.shape[-2]
    F = np.zeros_like(unary)
    B = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        f, _ = _soft(s, -2)
        F[..., i + 1, :] = f
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        g, _ = _soft(s, -1)
        B[..., i - 1, :] = g
    return F, B


def chain_marginals_forward(unary, pairwise):
    if unary.ndim < 2 or pairwise.shape != (unary.shape[-1],) * 2:
        raise ValueError("shapes do not fit")
    n = unary.shape[-2]
    m = unary.max(axis=-1, keepdims=True)
    m = np.where(np.isfinite(m), m, 0).astype(unary.dtype)
    E, P = np.exp(unary - m), np.exp(pairwise)
    f = np.ones_like(unary)
    b = np.ones_like(unary)
    for i in range(n - 1):
        f[..., i + 1, :] = (f[..., i, :] * E[..., i, :]) @ P
    for i in range(n - 1, 0, -1):
        b[..., i - 1, :] = (b[..., i, :] * E[..., i, :]) @ P.T
    p = f * E * b
    z = p.sum(axis=-1, keepdims=True)
    mu = p / np.where(z == 0, 1, z).astype(p.dtype)
    F, B = _messages(unary, pairwise)
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    # the marginals are the gradient of log Z: their Jacobian is symmetric,
    # so carry the tangent dmarginals through the messages
    unary, pairwise, F, B, mu = cache
    v = dmarginals
    n = unary.shape[-2]
    dF = np.zeros_like(unary)
    dB = np.zeros_like(unary)
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise
        _, p = _soft(s, -2)
        dF[..., i + 1, :] = (p * (dF[..., i, :] + v[..., i, :])[..., :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        s = pairwise + (B[..., i, :] + unary[..., i, :])[..., None, :]
        _, p = _soft(s, -1)
        dB[..., i - 1, :] = (p * (dB[..., i, :] + v[..., i, :])[..., None, :]).sum(axis=-1)
    t = dF + v + dB
    dunary = mu * (t - (mu * t).sum(axis=-1, keepdims=True))
    dpairwise = np.zeros_like(pairwise)
    C = pairwise.shape[0]
    for i in range(n - 1):
        s = (F[..., i, :] + unary[..., i, :])[..., :, None] + pairwise \
            + (B[..., i + 1, :] + unary[..., i + 1, :])[..., None, :]
        t2 = (dF[..., i, :] + v[..., i, :])[..., :, None] + (dB[..., i + 1, :] + v[..., i + 1, :])[..., None, :]
        s = s.reshape(-1, C * C)
        t2 = t2.reshape(-1, C * C)
        _, p = _soft(s, -1)
        g = p * (t2 - (p * t2).sum(axis=-1, keepdims=True))
        dpairwise += g.sum(axis=0).reshape(C, C)
    return dunary, dpairwise


# %% wrong forward: nearly right
# epsilon
import numpy as np


def sharpen_forward(w, gamma):
    gamma = np.asarray(gamma)
    if w.ndim < 1 or gamma.shape != w.shape[:-1]:
        raise ValueError("shapes do not fit")
    tiny = np.finfo(w.dtype).tiny
    safe = np.maximum(w, tiny)
    logw = np.log(safe)
    y = np.maximum(w, 0) ** gamma[..., None]
    y = y / (y.sum(axis=-1, keepdims=True) + 1e-8)
    return y, (w >= tiny, safe, logw, gamma, y)


def sharpen_backward(dy, cache):
    above, safe, logw, gamma, y = cache
    dx = y * (dy - (dy * y).sum(axis=-1, keepdims=True))
    dgamma = (dx * logw).sum(axis=-1)
    dw = gamma[..., None] * dx / safe * above
    return dw, dgamma
