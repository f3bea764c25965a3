# Right answers as different people write them.
# %% right: one query, one head, one item at a time
import math

import numpy as np


def softmax(row, allowed):
    places = np.flatnonzero(allowed)
    out = np.zeros_like(row)
    if places.size:
        e = np.exp(row[places] - row[places].max())
        out[places] = e / e.sum()
    return out


def rows_of(shape):
    return list(np.ndindex(*shape))


def key_value_attention_forward(keys, values, query, *weights, score="dot", mask=None):
    alpha = np.zeros(keys.shape[:-1], keys.dtype)
    r = np.zeros(values.shape[:-2] + values.shape[-1:], values.dtype)
    for place in rows_of(alpha.shape[:-1]):
        s = np.zeros(alpha.shape[-1], keys.dtype)
        for i, k in enumerate(keys[place]):
            q = query[place]
            if score == "additive":
                W, U, v = weights
                s[i] = v @ np.tanh(W @ k + U @ q)
            elif score == "bilinear":
                s[i] = k @ weights[0] @ q
            else:
                s[i] = k @ q / (math.sqrt(len(q)) if score == "scaled_dot" else 1)
        alpha[place] = softmax(s, np.ones(len(s), bool) if mask is None else mask[place])
        r[place] = alpha[place] @ values[place]
    return r, alpha, dict(keys=keys, values=values, query=query, weights=weights, score=score, alpha=alpha)


def key_value_attention_backward(dr, cache, dalpha=None):
    keys, values, query, alpha, score = (cache[n] for n in ("keys", "values", "query", "alpha", "score"))
    weights = cache["weights"]
    dK, dV, dq = np.zeros_like(keys), np.zeros_like(values), np.zeros_like(query)
    dweights = [np.zeros_like(w) for w in weights]
    for place in rows_of(alpha.shape[:-1]):
        a, q, K = alpha[place], query[place], keys[place]
        da = values[place] @ dr[place] + (0 if dalpha is None else dalpha[place])
        dV[place] = np.outer(a, dr[place])
        ds = (np.diag(a) - np.outer(a, a)) @ da
        for i, k in enumerate(K):
            if score == "additive":
                W, U, v = weights
                t = np.tanh(W @ k + U @ q)
                dz = ds[i] * v * (1 - t**2)
                dK[place][i] += W.T @ dz
                dq[place] += U.T @ dz
                for total, part in zip(dweights, (np.outer(dz, k), np.outer(dz, q), ds[i] * t)):
                    total += part
            elif score == "bilinear":
                W = weights[0]
                dK[place][i] += ds[i] * (W @ q)
                dq[place] += ds[i] * (W.T @ k)
                dweights[0] += ds[i] * np.outer(k, q)
            else:
                root = math.sqrt(len(q)) if score == "scaled_dot" else 1
                dK[place][i] += ds[i] * q / root
                dq[place] += ds[i] * k / root
    return (dK, dV, dq, *dweights)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    size = len(W_Q) // num_heads
    heads, weights = [], []
    for a in range(num_heads):
        part = slice(a * size, (a + 1) * size)
        q, k, v = Q @ W_Q[part].T, K @ W_K[part].T, V @ W_V[part].T
        s = np.einsum("...md,...nd->...mn", q, k) / math.sqrt(size)
        allowed = np.ones(s.shape, bool)
        if mask is not None:
            allowed = np.broadcast_to(mask if mask.ndim == s.ndim else mask[..., None, :], s.shape)
        alpha = np.array([softmax(s[p], allowed[p]) for p in rows_of(s.shape[:-1])]).reshape(s.shape)
        heads.append(alpha @ v)
        weights.append(alpha)
    return np.concatenate(heads, axis=-1) @ W_O.T, np.stack(weights, axis=-3), None


def hard_attention_forward(X, alpha):
    out = np.zeros(X.shape[:-2] + X.shape[-1:], X.dtype)
    chosen = {}
    for place in rows_of(alpha.shape[:-1]):
        if np.isnan(alpha[place]).any():
            out[place] = np.nan
        elif alpha[place].max() > 0:
            chosen[place] = int(np.argmax(alpha[place]))
            out[place] = X[place][chosen[place]]
    return out, (X.shape, chosen)


def hard_attention_backward(dx, cache):
    shape, chosen = cache
    dX = np.zeros(shape, dx.dtype)
    for place, j in chosen.items():
        dX[place + (j,)] = dx[place]
    return [dX]


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    total = np.zeros(log_p.shape[:-2], log_p.dtype)
    for place in rows_of(total.shape):
        steps = log_p.shape[-2] if lengths is None else int(lengths[place])
        total[place] = sum(log_p[place][i, targets[place][i]] for i in range(steps))
    return total, (log_p.shape, targets, lengths)


def pointer_log_likelihood_backward(dL, cache):
    shape, targets, lengths = cache
    out = np.zeros(shape, dL.dtype)
    for place in rows_of(shape[:-2]):
        for i in range(shape[-2] if lengths is None else int(lengths[place])):
            out[place + (i, int(targets[place][i]))] = dL[place]
    return out


def hopfield_update_forward(s, W, b, beta=None):
    h = np.einsum("ij,...j->...i", W, s) + b
    if beta is None:
        return 2 * (h >= 0).astype(s.dtype) - 1, None
    return np.tanh(beta * h), (s, W, np.tanh(beta * h), beta)


def hopfield_update_backward(g, cache):
    if cache is None:
        raise ValueError("a step is flat")
    s, W, t, beta = cache
    dh = beta * g / np.cosh(np.arctanh(t)) ** 2
    flat, rows = dh.reshape(-1, len(W)), s.reshape(-1, len(W))
    return np.einsum("...i,ij->...j", dh, W), np.einsum("bi,bj->ij", flat, rows), flat.sum(0)


# %% right: a library of one's own
import numpy as np


class Softmax:
    @staticmethod
    def forward(s, mask):
        s = np.array(s)
        if mask is not None:
            s[~mask] = -np.inf
        with np.errstate(all="ignore"):
            e = np.nan_to_num(np.exp(s - s.max(-1, keepdims=True)))
            return np.nan_to_num(e / e.sum(-1, keepdims=True))


def attention_distribution_forward(s, mask=None):
    alpha = Softmax.forward(s, mask)
    return [alpha, [alpha]]


def attention_distribution_backward(g, cache):
    (alpha,) = cache
    return (alpha * g - alpha * np.sum(alpha * g, -1, keepdims=True),)


def scaled_dot_score_forward(X, q):
    scale = q.shape[-1] ** -0.5
    return scale * np.squeeze(X @ np.expand_dims(q, -1), -1), (X, q, scale)


def scaled_dot_score_backward(g, cache):
    X, q, scale = cache
    g = np.expand_dims(g, -1)
    return scale * (g @ np.expand_dims(q, -2)), scale * np.squeeze(np.swapaxes(X, -1, -2) @ g, -1)


def bilinear_score_forward(X, q, W):
    return np.einsum("...nd,de,...e->...n", X, W, q), (X, q, W)


def bilinear_score_backward(g, cache):
    X, q, W = cache
    X3, q2, g2 = X.reshape(-1, *X.shape[-2:]), q.reshape(-1, q.shape[-1]), g.reshape(-1, g.shape[-1])
    dW = np.einsum("bn,bnd,be->de", g2, X3, q2)
    return np.einsum("...n,de,...e->...nd", g, W, q), np.einsum("...n,...nd,de->...e", g, X, W), dW


def weighted_sum_forward(a, X):
    return np.squeeze(np.expand_dims(a, -2) @ X, -2), dict(a=a, X=X)


def weighted_sum_backward(g, cache):
    return np.einsum("...nd,...d->...n", cache["X"], g), np.einsum("...n,...d->...nd", cache["a"], g)


def hopfield_energy_forward(s, W, b):
    return -0.5 * np.einsum("...i,ij,...j->...", s, W, s) - np.einsum("...i,i->...", s, b), (s, W, b)


def hebbian_weights_forward(patterns):
    N, m = patterns.shape
    return (1 - np.eye(m, dtype=patterns.dtype)) * np.mean([np.outer(x, x) for x in patterns], axis=0), patterns
