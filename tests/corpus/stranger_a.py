# Written by a stranger who saw neither this corpus nor the grader (attention, pointing, addressing); what stands behind the colon is said now.
# %% wrong forward: not stable: with scores 10⁴ times as
# CAUSE: the maximum is not subtracted before exp, so large scores overflow
import numpy as np


def attention_distribution_forward(scores, mask=None):
    s = scores
    if mask is not None:
        s = np.where(mask, scores, -np.inf)
    e = np.exp(s)
    total = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


def attention_distribution_backward(dalpha, cache):
    alpha = cache
    inner = (dalpha * alpha).sum(axis=-1, keepdims=True)
    return alpha * (dalpha - inner)


# %% wrong forward: the softmax runs over the first axis
# CAUSE: softmax is taken over the first axis instead of the last (backward made consistent with it)
import numpy as np


def attention_distribution_forward(scores, mask=None):
    s = scores
    if mask is not None:
        s = np.where(mask, scores, -np.inf)
    big = s.max(axis=0, keepdims=True, initial=-np.inf)
    big = np.where(np.isfinite(big), big, 0)
    e = np.exp(s - big)
    total = e.sum(axis=0, keepdims=True)
    alpha = e / np.where(total == 0, 1, total)
    return alpha, alpha


def attention_distribution_backward(dalpha, cache):
    alpha = cache
    inner = (dalpha * alpha).sum(axis=0, keepdims=True)
    return alpha * (dalpha - inner)


# %% wrong forward: masked scores are set to 0 in
# CAUSE: the mask multiplies the scores by zero, so masked items still get exp(0)
import numpy as np


def attention_distribution_forward(scores, mask=None):
    s = scores
    if mask is not None:
        s = scores * mask
    big = s.max(axis=-1, keepdims=True, initial=-np.inf)
    big = np.where(np.isfinite(big), big, 0)
    ex = np.exp(s - big)
    total = ex.sum(axis=-1, keepdims=True)
    alpha = ex / np.where(total == 0, 1, total)
    return alpha, alpha


def attention_distribution_backward(dalpha, cache):
    alpha = cache
    inner = (dalpha * alpha).sum(axis=-1, keepdims=True)
    return alpha * (dalpha - inner)


# %% wrong backward: only the diagonal of the softmax's Jacobian
# CAUSE: only the diagonal of the softmax Jacobian is used, the off-diagonal terms are forgotten
import numpy as np


def softmax_row(s, ok):
    out = np.zeros_like(s)
    if not ok.any():
        return out
    m = s[ok].max()
    if m == -np.inf:
        return out
    out[ok] = np.exp(s[ok] - m)
    return out / out.sum()


def attention_distribution_forward(scores, mask=None):
    if mask is None:
        mask = np.ones(scores.shape, dtype=bool)
    mask = np.broadcast_to(mask, scores.shape)
    alpha = np.zeros_like(scores)
    for idx in np.ndindex(*scores.shape[:-1]):
        alpha[idx] = softmax_row(scores[idx], mask[idx])
    return alpha, alpha


def attention_distribution_backward(dalpha, cache):
    alpha = cache
    dscores = np.zeros_like(alpha)
    for idx in np.ndindex(*alpha.shape[:-1]):
        a = alpha[idx]
        J = np.diag(a * (1 - a))
        dscores[idx] = J @ dalpha[idx]
    return dscores


# %% wrong forward: the mask is applied after the softmax
# CAUSE: masked items are zeroed after the softmax over all items and the rest is not normalised again
import numpy as np


def softmax_row(s, ok):
    out = np.zeros_like(s)
    if not ok.any():
        return out
    out = np.exp(s - s.max())
    out = out / out.sum()
    return np.where(ok, out, 0)


def attention_distribution_forward(scores, mask=None):
    if mask is None:
        mask = np.ones(scores.shape, dtype=bool)
    mask = np.broadcast_to(mask, scores.shape)
    alpha = np.zeros_like(scores)
    for idx in np.ndindex(*scores.shape[:-1]):
        alpha[idx] = softmax_row(scores[idx], mask[idx])
    return alpha, alpha


def attention_distribution_backward(dalpha, cache):
    alpha = cache
    dscores = np.zeros_like(alpha)
    for idx in np.ndindex(*alpha.shape[:-1]):
        a = alpha[idx]
        J = np.diag(a) - np.outer(a, a)
        dscores[idx] = J @ dalpha[idx]
    return dscores


# %% wrong forward: W x and U q are each
# CAUSE: tanh is applied to W x and U q separately and the two are added, instead of tanh of the sum (backward is that of the true formula)
import numpy as np


def additive_score_forward(X, q, W, U, v):
    if X.shape[-1] != W.shape[1] or q.shape[-1] != U.shape[1] or X.shape[:-2] != q.shape[:-1]:
        raise ValueError("shapes do not fit")
    if W.shape[0] != U.shape[0] or v.shape != (W.shape[0],):
        raise ValueError("W, U and v need the same h")
    a = X @ W.T
    b = (q @ U.T)[..., None, :]
    scores = (np.tanh(a) + np.tanh(b)) @ v
    hid = np.tanh(a + b)
    return scores, (X, q, W, U, v, hid)


def additive_score_backward(dscores, cache):
    X, q, W, U, v, hid = cache
    h = len(v)
    dv = (dscores[..., None] * hid).reshape(-1, h).sum(axis=0)
    dpre = dscores[..., None] * v * (1 - hid ** 2)
    dX = dpre @ W
    dW = dpre.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dqU = dpre.sum(axis=-2)
    dq = dqU @ U
    dU = dqU.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dX, dq, dW, dU, dv


# %% wrong forward: in a = tanh\(X Wᵀ \+ \(q
# CAUSE: the logistic sigmoid is used instead of tanh, backward consistent with it
import numpy as np


def additive_score_forward(X, q, W, U, v):
    pre = X @ W.T + (q @ U.T)[..., None, :]
    hid = 0.5 * (1 + np.tanh(0.5 * pre))
    scores = hid @ v
    return scores, (X, q, W, U, v, hid)


def additive_score_backward(dscores, cache):
    X, q, W, U, v, hid = cache
    h = len(v)
    dv = (dscores[..., None] * hid).reshape(-1, h).sum(axis=0)
    dpre = dscores[..., None] * v * hid * (1 - hid)
    dX = dpre @ W
    dW = dpre.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dqU = dpre.sum(axis=-2)
    dq = dqU @ U
    dU = dqU.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dX, dq, dW, dU, dv


# %% wrong backward: in dz = dscores · v ·
# CAUSE: derivative of tanh written as 1 - tanh instead of 1 - tanh squared
import numpy as np


def additive_score_forward(X, q, W, U, v):
    pre = X @ W.T + (q @ U.T)[..., None, :]
    t = np.tanh(pre)
    scores = t @ v
    return scores, (X, q, W, U, v, t)


def additive_score_backward(dscores, cache):
    X, q, W, U, v, t = cache
    h = len(v)
    dv = (dscores[..., None] * t).reshape(-1, h).sum(axis=0)
    delta = dscores[..., None] * v * (1 - t)
    dX = delta @ W
    dW = delta.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dqU = delta.sum(axis=-2)
    dq = dqU @ U
    dU = dqU.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dX, dq, dW, dU, dv


# %% wrong backward: it is 1/N times what it should
# CAUSE: the query is shared by all items, but its gradient is averaged over the items instead of summed
import numpy as np


def additive_score_forward(X, q, W, U, v):
    if X.shape[-1] != W.shape[1] or q.shape[-1] != U.shape[1] or X.shape[:-2] != q.shape[:-1]:
        raise ValueError("shapes do not fit")
    if W.shape[0] != U.shape[0] or v.shape != (W.shape[0],):
        raise ValueError("W, U and v need the same h")
    pre = X @ W.T + (q @ U.T)[..., None, :]
    t = np.tanh(pre)
    scores = t @ v
    return scores, (X, q, W, U, v, t)


def additive_score_backward(dscores, cache):
    X, q, W, U, v, t = cache
    h = len(v)
    dv = (dscores[..., None] * t).reshape(-1, h).sum(axis=0)
    delta = dscores[..., None] * v * (1 - t ** 2)
    dX = delta @ W
    dW = delta.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dqU = delta.mean(axis=-2)
    dq = dqU @ U
    dU = dqU.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dX, dq, dW, dU, dv


# %% wrong backward: only the last item of the last
# CAUSE: dW is overwritten in the loop, so only the last item of the last batch entry counts
import numpy as np


def additive_score_forward(X, q, W, U, v):
    batch = X.shape[:-2]
    N = X.shape[-2]
    scores = np.zeros(X.shape[:-1], dtype=X.dtype)
    for b in np.ndindex(*batch):
        for i in range(N):
            scores[b + (i,)] = v @ np.tanh(W @ X[b][i] + U @ q[b])
    return scores, (X, q, W, U, v)


def additive_score_backward(dscores, cache):
    X, q, W, U, v = cache
    dX, dq = np.zeros_like(X), np.zeros_like(q)
    dW, dU, dv = np.zeros_like(W), np.zeros_like(U), np.zeros_like(v)
    for b in np.ndindex(*X.shape[:-2]):
        for i in range(X.shape[-2]):
            g = dscores[b + (i,)]
            t = np.tanh(W @ X[b][i] + U @ q[b])
            grad_a = g * v * (1 - t * t)
            dv += g * t
            dW = np.outer(grad_a, X[b][i])
            dU += np.outer(grad_a, q[b])
            dX[b + (i,)] = W.T @ grad_a
            dq[b] += U.T @ grad_a
    return dX, dq, dW, dU, dv


# %% wrong forward: W is used transposed: xᵢᵀ Wᵀ q
# CAUSE: W is not transposed when it meets row vectors (computes x W^T q), works only if d = d_q, the backward is consistent
import numpy as np


def bilinear_score_forward(X, q, W):
    if W.shape != (X.shape[-1], q.shape[-1]):
        raise ValueError("W must be (d, d_q)")
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes of X and q differ")
    Wq = q @ W
    scores = (X @ Wq[..., None])[..., 0]
    return scores, (X, q, W, Wq)


def bilinear_score_backward(dscores, cache):
    X, q, W, Wq = cache
    dX = dscores[..., None] * Wq[..., None, :]
    dWq = (dscores[..., None, :] @ X)[..., 0, :]
    dq = dWq @ W.T
    dW = q.reshape(-1, q.shape[-1]).T @ dWq.reshape(-1, X.shape[-1])
    return dX, dq, dW


# %% wrong backward: in dW, q xᵢᵀ stands in place
# CAUSE: dW is transposed: the outer product of query and item in the wrong order
import numpy as np


def bilinear_score_forward(X, q, W):
    if W.shape != (X.shape[-1], q.shape[-1]):
        raise ValueError("W must be (d, d_q)")
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes of X and q differ")
    Wq = q @ W.T
    scores = (X @ Wq[..., None])[..., 0]
    return scores, (X, q, W, Wq)


def bilinear_score_backward(dscores, cache):
    X, q, W, Wq = cache
    dX = dscores[..., None] * Wq[..., None, :]
    dWq = (dscores[..., None, :] @ X)[..., 0, :]
    dq = dWq @ W
    dW = q.reshape(-1, q.shape[-1]).T @ dWq.reshape(-1, X.shape[-1])
    return dX, dq, dW


# %% wrong backward: it is 1/the batch size times what
# CAUSE: dW is divided by the number of batch entries (mean instead of sum over the batch)
import math
import numpy as np


def bilinear_score_forward(X, q, W):
    Wq = q @ W.T
    scores = (X @ Wq[..., None])[..., 0]
    return scores, (X, q, W, Wq)


def bilinear_score_backward(dscores, cache):
    X, q, W, Wq = cache
    dX = dscores[..., None] * Wq[..., None, :]
    dWq = (dscores[..., None, :] @ X)[..., 0, :]
    dq = dWq @ W
    dW = dWq.reshape(-1, X.shape[-1]).T @ q.reshape(-1, q.shape[-1])
    dW = dW / max(1, math.prod(X.shape[:-2]))
    return dX, dq, dW


# %% wrong backward: in dX, q stands in place of
# CAUSE: dX uses q instead of W q, so W is forgotten in the gradient of the items (fits only if d = d_q)
import numpy as np


def bilinear_score_forward(X, q, W):
    Wq = q @ W.T
    scores = (X @ Wq[..., None])[..., 0]
    return scores, (X, q, W, Wq)


def bilinear_score_backward(dscores, cache):
    X, q, W, Wq = cache
    dX = dscores[..., None] * q[..., None, :]
    dWq = (dscores[..., None, :] @ X)[..., 0, :]
    dq = dWq @ W
    dW = dWq.reshape(-1, X.shape[-1]).T @ q.reshape(-1, q.shape[-1])
    return dX, dq, dW


# %% wrong forward: it is divided by √N in place
# CAUSE: scaled by the root of the number of items N, not of the dimension d (backward uses the right d)
import numpy as np


def scaled_dot_score_forward(X, q):
    if X.shape[-1] != q.shape[-1] or X.shape[:-2] != q.shape[:-1]:
        raise ValueError(f"X {X.shape} and q {q.shape} do not fit")
    scale = float(X.shape[-1]) ** -0.5
    scores = np.einsum('...nd,...d->...n', X, q) / float(X.shape[-2]) ** 0.5
    return scores, (X, q, scale)


def scaled_dot_score_backward(dscores, cache):
    X, q, scale = cache
    g = dscores * scale
    dX = g[..., :, None] * q[..., None, :]
    dq = np.einsum('...n,...nd->...d', g, X)
    return dX, dq


# %% wrong backward: the division by √d is missing
# CAUSE: the scale is applied for dX but forgotten for dq
import numpy as np


def scaled_dot_score_forward(X, q):
    if X.shape[-1] != q.shape[-1] or X.shape[:-2] != q.shape[:-1]:
        raise ValueError(f"X {X.shape} and q {q.shape} do not fit")
    scale = float(X.shape[-1]) ** -0.5
    scores = np.einsum('...nd,...d->...n', X, q) * scale
    return scores, (X, q, scale)


def scaled_dot_score_backward(dscores, cache):
    X, q, scale = cache
    g = dscores * scale
    dX = g[..., :, None] * q[..., None, :]
    dq = np.einsum('...n,...nd->...d', dscores, X)
    return dX, dq


# %% wrong forward: float32 is lost: it gives float64 \(np\.sqrt
# CAUSE: np.sqrt of an integer is a float64 scalar, so float32 comes out as float64
import numpy as np


def scaled_dot_score_forward(X, q):
    if X.shape[-1] != q.shape[-1] or X.shape[:-2] != q.shape[:-1]:
        raise ValueError(f"X {X.shape} and q {q.shape} do not fit")
    scale = 1 / np.sqrt(X.shape[-1])
    scores = np.einsum('...nd,...d->...n', X, q) * scale
    return scores, (X, q, scale)


def scaled_dot_score_backward(dscores, cache):
    X, q, scale = cache
    g = dscores * scale
    dX = g[..., :, None] * q[..., None, :]
    dq = np.einsum('...n,...nd->...d', g, X)
    return dX, dq


# %% wrong backward: it modifies the upstream gradient in place
# CAUSE: the upstream gradient is scaled in place, so the argument is modified
import numpy as np


def scaled_dot_score_forward(X, q):
    scale = float(X.shape[-1]) ** -0.5
    scores = np.einsum('...nd,...d->...n', X, q) * scale
    return scores, (X, q, scale)


def scaled_dot_score_backward(dscores, cache):
    X, q, scale = cache
    dscores *= scale
    g = dscores
    dX = g[..., :, None] * q[..., None, :]
    dq = np.einsum('...n,...nd->...d', g, X)
    return dX, dq


# %% wrong forward: the weights need not sum to one
# CAUSE: the weights are divided by their sum although they need not sum to one (backward is the one without division)
import numpy as np


def weighted_sum_forward(alpha, X):
    if alpha.shape != X.shape[:-1]:
        raise ValueError("sel weight per item, please")
    r = (alpha[..., None] * X).sum(axis=-2) / alpha.sum(axis=-1, keepdims=True)
    return r, (alpha, X)


def weighted_sum_backward(dr, cache):
    alpha, X = cache
    dalpha = (X * dr[..., None, :]).sum(axis=-1)
    dX = alpha[..., None] * dr[..., None, :]
    return dalpha, dX


# %% wrong forward: in r = average\(α, X\): a mean
# CAUSE: mean over the items instead of sum, backward consistent (1/N everywhere)
import numpy as np


def weighted_sum_forward(alpha, X):
    if alpha.shape != X.shape[:-1]:
        raise ValueError("sel weight per item, please")
    r = (alpha[..., None] * X).mean(axis=-2)
    return r, (alpha, X)


def weighted_sum_backward(dr, cache):
    alpha, X = cache
    N = X.shape[-2]
    dalpha = (X * dr[..., None, :]).sum(axis=-1) / N
    dX = alpha[..., None] * dr[..., None, :] / N
    return dalpha, dX


# %% wrong forward: it modifies its arguments in place: X
# CAUSE: X is multiplied by the weights in place, so the argument is modified (the backward gets a copy of the original)
import numpy as np


def weighted_sum_forward(alpha, X):
    r = np.zeros(X.shape[:-2] + X.shape[-1:], X.dtype)
    X0 = X.copy()
    X *= alpha[..., None]
    for i in range(X.shape[-2]):
        r += X[..., i, :]
    return r, (alpha, X0)


def weighted_sum_backward(dr, cache):
    alpha, X = cache
    dalpha, dX = np.empty_like(alpha), np.empty_like(X)
    for i in range(X.shape[-2]):
        dalpha[..., i] = np.sum(dr * X[..., i, :], axis=-1)
        dX[..., i, :] = alpha[..., i, None] * dr
    return dalpha, dX


# %% wrong backward: in dX, the weights αᵢ are missing
# CAUSE: dX does not have the weight: every item gets the whole upstream gradient
import numpy as np


def weighted_sum_forward(alpha, X):
    if alpha.shape != X.shape[:-1]:
        raise ValueError("alpha and X")
    r = np.zeros(X.shape[:-2] + X.shape[-1:], X.dtype)
    for i in range(X.shape[-2]):
        r += alpha[..., i, None] * X[..., i, :]
    return r, (alpha, X)


def weighted_sum_backward(dr, cache):
    alpha, X = cache
    dalpha, dX = np.empty_like(alpha), np.empty_like(X)
    for i in range(X.shape[-2]):
        dalpha[..., i] = np.sum(dr * X[..., i, :], axis=-1)
        dX[..., i, :] = dr
    return dalpha, dX


# %% wrong backward: in dX, the path through the scores
# CAUSE: only the value path reaches dX; X as key (through the scores) is forgotten
import math
import numpy as np


def compute_scores(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def backprop_scores(grad_s, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            grad_s = grad_s / math.sqrt(d)
        return grad_s[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', grad_s, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', grad_s, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return grad_s[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (grad_s[..., None] * hid).reshape(-1, h).sum(axis=0)
    grad_a = grad_s[..., None] * v * (1 - hid ** 2)
    dW = grad_a.reshape(-1, h).T @ X.reshape(-1, d)
    db = grad_a.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return grad_a @ W, db @ U, dW, dU, dv


def my_softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def softmax_back(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def soft_attention_forward(X, q, *params, score='dot', mask=None):
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes")
    s, hid = compute_scores(X, q, params, score)
    alpha = my_softmax(s, mask)
    r = np.einsum('...n,...nd->...d', alpha, X)
    return r, alpha, (X, q, params, score, hid, alpha)


def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, hid, alpha = cache
    grad_a = np.einsum('...d,...nd->...n', dr, X)
    if dalpha is not None:
        grad_a = grad_a + dalpha
    grad_s = softmax_back(grad_a, alpha)
    dX, *rest = backprop_scores(grad_s, X, q, params, score, hid)
    dX = alpha[..., None] * dr[..., None, :]
    return (dX, *rest)


# %% wrong backward: in dX, the path through the values
# CAUSE: only the score path reaches dX; the path through the weighted sum is forgotten
import math
import numpy as np


def score_fn(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        H1 = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return H1 @ v, H1
    raise ValueError(score)


def dscore_fn(dS, X, q, params, score, H1):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            dS = dS / math.sqrt(d)
        return dS[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', dS, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', dS, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return dS[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (dS[..., None] * H1).reshape(-1, h).sum(axis=0)
    dA_ = dS[..., None] * v * (1 - H1 ** 2)
    dW = dA_.reshape(-1, h).T @ X.reshape(-1, d)
    db = dA_.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dA_ @ W, db @ U, dW, dU, dv


def softmax_masked(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / np.where(z > 0, z, 1)


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def soft_attention_forward(X, q, *params, score='dot', mask=None):
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes")
    s, H1 = score_fn(X, q, params, score)
    alpha = softmax_masked(s, mask)
    r = np.einsum('...n,...nd->...d', alpha, X)
    return r, alpha, (X, q, params, score, H1, alpha)


def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, H1, alpha = cache
    dA_ = np.einsum('...d,...nd->...n', dr, X)
    if dalpha is not None:
        dA_ = dA_ + dalpha
    dS = dsoftmax(dA_, alpha)
    dX, *rest = dscore_fn(dS, X, q, params, score, H1)
    return (dX, *rest)


# %% wrong backward: dalpha is ignored
# CAUSE: dalpha, the gradient of the second output, is ignored
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def soft_attention_forward(X, q, *params, score='dot', mask=None):
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes")
    s, hid = _score(X, q, params, score)
    alpha = _softmax(s, mask)
    r = np.einsum('...n,...nd->...d', alpha, X)
    return r, alpha, (X, q, params, score, hid, alpha)


def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, hid, alpha = cache
    da = np.einsum('...d,...nd->...n', dr, X)
    ds = _softmax_grad(da, alpha)
    dX, *rest = _score_grad(ds, X, q, params, score, hid)
    dX = dX + alpha[..., None] * dr[..., None, :]
    return (dX, *rest)


# %% wrong forward: the mask is taken the wrong way
# CAUSE: the mask is read the other way round (True = blocked), consistently with the cached alpha
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, -np.inf, s)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def soft_attention_forward(X, q, *params, score='dot', mask=None):
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes")
    s, hid = _score(X, q, params, score)
    alpha = _softmax(s, mask)
    r = np.einsum('...n,...nd->...d', alpha, X)
    return r, alpha, (X, q, params, score, hid, alpha)


def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, hid, alpha = cache
    da = np.einsum('...d,...nd->...n', dr, X)
    if dalpha is not None:
        da = da + dalpha
    ds = _softmax_grad(da, alpha)
    dX, *rest = _score_grad(ds, X, q, params, score, hid)
    dX = dX + alpha[..., None] * dr[..., None, :]
    return (dX, *rest)


# %% wrong forward: the softmax is taken twice
# CAUSE: softmax is applied twice (backward goes through one softmax only)
import math
import numpy as np


def score_fn(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        H1 = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return H1 @ v, H1
    raise ValueError(score)


def dscore_fn(dS, X, q, params, score, H1):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            dS = dS / math.sqrt(d)
        return dS[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', dS, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', dS, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return dS[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (dS[..., None] * H1).reshape(-1, h).sum(axis=0)
    dA_ = dS[..., None] * v * (1 - H1 ** 2)
    dW = dA_.reshape(-1, h).T @ X.reshape(-1, d)
    db = dA_.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dA_ @ W, db @ U, dW, dU, dv


def softmax_masked(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / np.where(z > 0, z, 1)


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def soft_attention_forward(X, q, *params, score='dot', mask=None):
    if X.shape[:-2] != q.shape[:-1]:
        raise ValueError("batch axes")
    s, H1 = score_fn(X, q, params, score)
    alpha = softmax_masked(softmax_masked(s, mask), mask)
    r = np.einsum('...n,...nd->...d', alpha, X)
    return r, alpha, (X, q, params, score, H1, alpha)


def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, H1, alpha = cache
    dA_ = np.einsum('...d,...nd->...n', dr, X)
    if dalpha is not None:
        dA_ = dA_ + dalpha
    dS = dsoftmax(dA_, alpha)
    dX, *rest = dscore_fn(dS, X, q, params, score, H1)
    dX = dX + alpha[..., None] * dr[..., None, :]
    return (dX, *rest)


# %% wrong forward: among equal weights the last item is
# CAUSE: takes the last of several equal largest weights instead of the first
import numpy as np


def hard_attention_forward(X, alpha):
    j = alpha.shape[-1] - 1 - np.argmax(alpha[..., ::-1], axis=-1)
    x_j = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    empty = np.all(alpha == 0, axis=-1)
    nan = np.isnan(alpha).any(axis=-1)
    x_j = np.where(empty[..., None], 0, x_j)
    x_j = np.where(nan[..., None], np.nan, x_j).astype(X.dtype)
    return x_j, (alpha, j, empty)


def hard_attention_backward(dx_j, cache):
    alpha, j, empty = cache
    one = (np.arange(alpha.shape[-1]) == j[..., None]) & ~empty[..., None]
    return np.where(one[..., None], dx_j[..., None, :], 0).astype(dx_j.dtype)


# %% wrong forward: where all weights are zero the first
# CAUSE: where all weights are zero, the first item is returned instead of zero
import numpy as np


def hard_attention_forward(X, alpha):
    if X.shape[:-1] != alpha.shape:
        raise ValueError("alpha needs onehot weight for each row of X")
    j = np.argmax(alpha, axis=-1)
    x_j = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    empty = np.all(alpha == 0, axis=-1)
    nan = np.isnan(alpha).any(axis=-1)
    x_j = np.where(nan[..., None], np.nan, x_j).astype(X.dtype)
    return x_j, (alpha, j)


def hard_attention_backward(dx_j, cache):
    alpha, j = cache
    onehot = np.arange(alpha.shape[-1]) == j[..., None]
    return np.where(onehot[..., None], dx_j[..., None, :], 0).astype(dx_j.dtype)


# %% wrong backward: the gradient goes to every row by
# CAUSE: gradient spread over all items by their weight, as if it were soft attention
import numpy as np


def hard_attention_forward(X, alpha):
    if X.shape[:-1] != alpha.shape:
        raise ValueError("alpha needs onehot weight for each row of X")
    j = np.argmax(alpha, axis=-1)
    x_j = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    empty = np.all(alpha == 0, axis=-1)
    nan = np.isnan(alpha).any(axis=-1)
    x_j = np.where(empty[..., None], 0, x_j)
    x_j = np.where(nan[..., None], np.nan, x_j).astype(X.dtype)
    return x_j, (alpha, j, empty)


def hard_attention_backward(dx_j, cache):
    alpha, j, empty = cache
    onehot = (np.arange(alpha.shape[-1]) == j[..., None]) & ~empty[..., None]
    return (alpha[..., None] * dx_j[..., None, :]).astype(dx_j.dtype)


# %% wrong forward: it is α_j x_j in place of
# CAUSE: the chosen item is multiplied by its weight (backward is that of plain selection)
import numpy as np


def hard_attention_forward(X, alpha):
    j = np.argmax(alpha, axis=-1)
    x_j = np.take_along_axis(X, j[..., None, None], axis=-2)[..., 0, :]
    x_j = x_j * alpha.max(axis=-1, keepdims=True)
    empty = np.all(alpha == 0, axis=-1)
    nan = np.isnan(alpha).any(axis=-1)
    x_j = np.where(empty[..., None], 0, x_j)
    x_j = np.where(nan[..., None], np.nan, x_j).astype(X.dtype)
    return x_j, (alpha, j, empty)


def hard_attention_backward(dx_j, cache):
    alpha, j, empty = cache
    one = (np.arange(alpha.shape[-1]) == j[..., None]) & ~empty[..., None]
    return np.where(one[..., None], dx_j[..., None, :], 0).astype(dx_j.dtype)


# %% wrong backward: the softmax's gradient is skipped: ds =
# CAUSE: the softmax Jacobian is skipped: the gradient of alpha is used as that of the scores
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def key_value_attention_forward(K, V, q, *params, score='dot', mask=None):
    s, hid = _score(K, q, params, score)
    alpha = _softmax(s, mask)
    r = (alpha[..., None, :] @ V)[..., 0, :]
    return r, alpha, (K, V, q, params, score, hid, alpha)


def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, hid, alpha = cache
    da = (V @ dr[..., None])[..., 0]
    if dalpha is not None:
        da = da + dalpha
    dV = alpha[..., None] * dr[..., None, :]
    ds = da
    dK, dq, *dparams = _score_grad(ds, K, q, params, score, hid)
    return (dK, dV, dq, *dparams)


# %% wrong backward: in dV, ds stands in place of
# CAUSE: dV uses the gradient of the scores in place of the weights alpha
import math
import numpy as np


def score_fn(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        H1 = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return H1 @ v, H1
    raise ValueError(score)


def dscore_fn(dS, X, q, params, score, H1):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            dS = dS / math.sqrt(d)
        return dS[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', dS, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', dS, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return dS[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (dS[..., None] * H1).reshape(-1, h).sum(axis=0)
    dA_ = dS[..., None] * v * (1 - H1 ** 2)
    dW = dA_.reshape(-1, h).T @ X.reshape(-1, d)
    db = dA_.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dA_ @ W, db @ U, dW, dU, dv


def softmax_masked(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / np.where(z > 0, z, 1)


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def key_value_attention_forward(K, V, q, *params, score='dot', mask=None):
    if K.shape[:-1] != V.shape[:-1] or K.shape[:-2] != q.shape[:-1]:
        raise ValueError("K, V and q do not fit")
    s, H1 = score_fn(K, q, params, score)
    alpha = softmax_masked(s, mask)
    r = (alpha[..., None, :] @ V)[..., 0, :]
    return r, alpha, (K, V, q, params, score, H1, alpha)


def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, H1, alpha = cache
    dA_ = (V @ dr[..., None])[..., 0]
    if dalpha is not None:
        dA_ = dA_ + dalpha
    dS = dsoftmax(dA_, alpha)
    dV = dS[..., None] * dr[..., None, :]
    dK, dq, *dparams = dscore_fn(dS, K, q, params, score, H1)
    return (dK, dV, dq, *dparams)


# %% wrong forward: the keys are averaged in place of
# CAUSE: the keys are summed where the values should be (fits only if d_v = d), backward right for the true formula
import math
import numpy as np


def score_fn(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        H1 = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return H1 @ v, H1
    raise ValueError(score)


def dscore_fn(dS, X, q, params, score, H1):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            dS = dS / math.sqrt(d)
        return dS[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', dS, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', dS, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return dS[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (dS[..., None] * H1).reshape(-1, h).sum(axis=0)
    dA_ = dS[..., None] * v * (1 - H1 ** 2)
    dW = dA_.reshape(-1, h).T @ X.reshape(-1, d)
    db = dA_.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dA_ @ W, db @ U, dW, dU, dv


def softmax_masked(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / np.where(z > 0, z, 1)


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def key_value_attention_forward(K, V, q, *params, score='dot', mask=None):
    if K.shape[:-1] != V.shape[:-1] or K.shape[:-2] != q.shape[:-1]:
        raise ValueError("K, V and q do not fit")
    s, H1 = score_fn(K, q, params, score)
    alpha = softmax_masked(s, mask)
    r = (alpha[..., None, :] @ K)[..., 0, :]
    return r, alpha, (K, V, q, params, score, H1, alpha)


def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, H1, alpha = cache
    dA_ = (V @ dr[..., None])[..., 0]
    if dalpha is not None:
        dA_ = dA_ + dalpha
    dV = alpha[..., None] * dr[..., None, :]
    dS = dsoftmax(dA_, alpha)
    dK, dq, *dparams = dscore_fn(dS, K, q, params, score, H1)
    return (dK, dV, dq, *dparams)


# %% wrong forward: a masked score far above the others
# CAUSE: the largest score is taken over the masked items too, so a large masked score makes all others underflow to 0
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s, mask=None):
    m = np.max(s, axis=-1, keepdims=True)
    e = np.exp(s - m)
    if mask is not None:
        e = e * mask
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def key_value_attention_forward(K, V, q, *params, score='dot', mask=None):
    if K.shape[:-1] != V.shape[:-1] or K.shape[:-2] != q.shape[:-1]:
        raise ValueError("K, V and q do not fit")
    s, hid = _score(K, q, params, score)
    alpha = _softmax(s, mask)
    r = (alpha[..., None, :] @ V)[..., 0, :]
    return r, alpha, (K, V, q, params, score, hid, alpha)


def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, hid, alpha = cache
    da = (V @ dr[..., None])[..., 0]
    if dalpha is not None:
        da = da + dalpha
    dV = alpha[..., None] * dr[..., None, :]
    ds = _softmax_grad(da, alpha)
    dK, dq, *dparams = _score_grad(ds, K, q, params, score, hid)
    return (dK, dV, dq, *dparams)


# %% wrong forward: the softmax runs over the wrong axis
# CAUSE: softmax is taken over the queries (axis -2) instead of over the keys, backward consistent
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-2, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-2, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-2, keepdims=True))


def multi_query_attention_forward(K, V, Q, *params, score='dot', mask=None):
    M, N = Q.shape[-2], K.shape[-2]
    # the same keys for each query: (..., M, N, d)
    KM = np.broadcast_to(K[..., None, :, :], K.shape[:-2] + (M,) + K.shape[-2:])
    s, hid = _score(KM, Q, params, score)
    if mask is not None and mask.ndim == s.ndim - 1:
        mask = mask[..., None, :]
    alpha = _softmax(s, mask)
    r = alpha @ V
    return r, alpha, (KM, V, Q, params, score, hid, alpha)


def multi_query_attention_backward(dr, cache, dalpha=None):
    KM, V, Q, params, score, hid, alpha = cache
    da = dr @ np.swapaxes(V, -1, -2)
    if dalpha is not None:
        da = da + dalpha
    dV = np.swapaxes(alpha, -1, -2) @ dr
    ds = _softmax_grad(da, alpha)
    dKM, dQ, *dparams = _score_grad(ds, KM, Q, params, score, hid)
    dK = dKM.sum(axis=-3)
    return (dK, dV, dQ, *dparams)


# %% wrong forward: a mask \(\.\.\., N\) holds for every
# CAUSE: a mask (..., N) is not given a query axis, so it is broadcast against the wrong axis as soon as there is a batch
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def multi_query_attention_forward(K, V, Q, *params, score='dot', mask=None):
    if K.shape[:-1] != V.shape[:-1] or K.shape[:-2] != Q.shape[:-2]:
        raise ValueError("K, V, Q do not fit")
    M, N = Q.shape[-2], K.shape[-2]
    # the same keys for each query: (..., M, N, d)
    KM = np.broadcast_to(K[..., None, :, :], K.shape[:-2] + (M,) + K.shape[-2:])
    s, hid = _score(KM, Q, params, score)
    alpha = _softmax(s, mask)
    r = alpha @ V
    return r, alpha, (KM, V, Q, params, score, hid, alpha)


def multi_query_attention_backward(dr, cache, dalpha=None):
    KM, V, Q, params, score, hid, alpha = cache
    da = dr @ np.swapaxes(V, -1, -2)
    if dalpha is not None:
        da = da + dalpha
    dV = np.swapaxes(alpha, -1, -2) @ dr
    ds = _softmax_grad(da, alpha)
    dKM, dQ, *dparams = _score_grad(ds, KM, Q, params, score, hid)
    dK = dKM.sum(axis=-3)
    return (dK, dV, dQ, *dparams)


# %% wrong backward: only the last row counts: the contributions
# CAUSE: dK is that of the last query only, not summed over the queries
import math
import numpy as np


def compute_scores(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def backprop_scores(grad_s, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            grad_s = grad_s / math.sqrt(d)
        return grad_s[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', grad_s, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', grad_s, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return grad_s[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (grad_s[..., None] * hid).reshape(-1, h).sum(axis=0)
    grad_a = grad_s[..., None] * v * (1 - hid ** 2)
    dW = grad_a.reshape(-1, h).T @ X.reshape(-1, d)
    db = grad_a.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return grad_a @ W, db @ U, dW, dU, dv


def my_softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def softmax_back(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def multi_query_attention_forward(K, V, Q, *params, score='dot', mask=None):
    if K.shape[:-1] != V.shape[:-1] or K.shape[:-2] != Q.shape[:-2]:
        raise ValueError("K, V, Q do not fit")
    M, N = Q.shape[-2], K.shape[-2]
    # the same keys for each query: (..., M, N, d)
    KM = np.broadcast_to(K[..., None, :, :], K.shape[:-2] + (M,) + K.shape[-2:])
    s, hid = compute_scores(KM, Q, params, score)
    if mask is not None and mask.ndim == s.ndim - 1:
        mask = mask[..., None, :]
    alpha = my_softmax(s, mask)
    r = alpha @ V
    return r, alpha, (KM, V, Q, params, score, hid, alpha)


def multi_query_attention_backward(dr, cache, dalpha=None):
    KM, V, Q, params, score, hid, alpha = cache
    grad_a = dr @ np.swapaxes(V, -1, -2)
    if dalpha is not None:
        grad_a = grad_a + dalpha
    dV = np.swapaxes(alpha, -1, -2) @ dr
    grad_s = softmax_back(grad_a, alpha)
    dKM, dQ, *dparams = backprop_scores(grad_s, KM, Q, params, score, hid)
    dK = dKM[..., -1, :, :]
    return (dK, dV, dQ, *dparams)


# %% wrong forward: with score='scaled_dot', it is divided by √d_v
# CAUSE: scaled by the root of the dimension of the values instead of that of the keys (backward: the true scale)
import math
import numpy as np


def compute_scores(X, q, params, score, d_v):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d_v), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def backprop_scores(grad_s, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            grad_s = grad_s / math.sqrt(d)
        return grad_s[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', grad_s, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', grad_s, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return grad_s[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (grad_s[..., None] * hid).reshape(-1, h).sum(axis=0)
    grad_a = grad_s[..., None] * v * (1 - hid ** 2)
    dW = grad_a.reshape(-1, h).T @ X.reshape(-1, d)
    db = grad_a.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return grad_a @ W, db @ U, dW, dU, dv


def my_softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def softmax_back(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def multi_query_attention_forward(K, V, Q, *params, score='dot', mask=None):
    M, N = Q.shape[-2], K.shape[-2]
    # the same keys for each query: (..., M, N, d)
    KM = np.broadcast_to(K[..., None, :, :], K.shape[:-2] + (M,) + K.shape[-2:])
    s, hid = compute_scores(KM, Q, params, score, V.shape[-1])
    if mask is not None and mask.ndim == s.ndim - 1:
        mask = mask[..., None, :]
    alpha = my_softmax(s, mask)
    r = alpha @ V
    return r, alpha, (KM, V, Q, params, score, hid, alpha)


def multi_query_attention_backward(dr, cache, dalpha=None):
    KM, V, Q, params, score, hid, alpha = cache
    grad_a = dr @ np.swapaxes(V, -1, -2)
    if dalpha is not None:
        grad_a = grad_a + dalpha
    dV = np.swapaxes(alpha, -1, -2) @ dr
    grad_s = softmax_back(grad_a, alpha)
    dKM, dQ, *dparams = backprop_scores(grad_s, KM, Q, params, score, hid)
    dK = dKM.sum(axis=-3)
    return (dK, dV, dQ, *dparams)


# %% wrong forward: it is divided by √d in place
# CAUSE: scaled by the root of the model dimension d instead of the head dimension d_h, backward consistent
import math
import numpy as np


def softmax_masked(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / np.where(z > 0, z, 1)


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def split_heads(A, num_heads):
    A = A.reshape(A.shape[:-1] + (num_heads, A.shape[-1] // num_heads))
    return np.swapaxes(A, -2, -3)


def join_heads(A):
    A = np.swapaxes(A, -2, -3)
    return A.reshape(A.shape[:-2] + (A.shape[-2] * A.shape[-1],))


def T(A):
    return np.swapaxes(A, -1, -2)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    if Q.shape[-1] != W_Q.shape[1] or W_Q.shape[0] % num_heads or K.shape[:-1] != V.shape[:-1]:
        raise ValueError("shapes do not fit")
    if Q.shape[:-2] != K.shape[:-2] or W_O.shape[1] != W_V.shape[0]:
        raise ValueError("shapes do not fit")
    d = Q.shape[-1]
    Qh, Kh, Vh = split_heads(Q @ W_Q.T, num_heads), split_heads(K @ W_K.T, num_heads), split_heads(V @ W_V.T, num_heads)
    scale = 1 / math.sqrt(d)
    s = Qh @ T(Kh) * scale
    if mask is not None:
        if mask.ndim == Q.ndim:
            mask = mask[..., None, :, :]
        else:
            mask = mask[..., None, None, :]
    alpha = softmax_masked(s, mask)
    H = join_heads(alpha @ Vh)
    out = H @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H = cache
    flat = lambda A: A.reshape(-1, A.shape[-1])
    dH = split_heads(dout @ W_O, num_heads)
    dW_O = flat(dout).T @ flat(H)
    dA_ = dH @ T(Vh)
    if dalpha is not None:
        dA_ = dA_ + dalpha
    dS = dsoftmax(dA_, alpha)
    dQp = join_heads(dS @ Kh * scale)
    dKp = join_heads(T(dS) @ Qh * scale)
    dVp = join_heads(T(alpha) @ dH)
    dW_Q = flat(dQp).T @ flat(Q)
    dW_K = flat(dKp).T @ flat(K)
    dW_V = flat(dVp).T @ flat(V)
    return dQp @ W_Q, dKp @ W_K, dVp @ W_V, dW_Q, dW_K, dW_V, dW_O


# %% wrong forward: the heads are split by a reshape
# CAUSE: heads split by a bare reshape to (heads, M, d_h) without swapping axes, so positions and features are mixed (backward splits the same way)
import math
import numpy as np


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def split(A, num_heads):
    return A.reshape(A.shape[:-2] + (num_heads, A.shape[-2], A.shape[-1] // num_heads))


def merge(A):
    return A.reshape(A.shape[:-3] + (A.shape[-2], A.shape[-3] * A.shape[-1]))


def T(A):
    return np.swapaxes(A, -1, -2)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    if Q.shape[-1] != W_Q.shape[1] or W_Q.shape[0] % num_heads or K.shape[:-1] != V.shape[:-1]:
        raise ValueError("shapes do not fit")
    if Q.shape[:-2] != K.shape[:-2] or W_O.shape[1] != W_V.shape[0]:
        raise ValueError("shapes do not fit")
    d_h = W_Q.shape[0] // num_heads
    Qh, Kh, Vh = split(Q @ W_Q.T, num_heads), split(K @ W_K.T, num_heads), split(V @ W_V.T, num_heads)
    scale = 1 / math.sqrt(d_h)
    s = Qh @ T(Kh) * scale
    if mask is not None:
        if mask.ndim == Q.ndim:
            mask = mask[..., None, :, :]
        else:
            mask = mask[..., None, None, :]
    alpha = _softmax(s, mask)
    H = merge(alpha @ Vh)
    out = H @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H = cache
    flat = lambda A: A.reshape(-1, A.shape[-1])
    dH = split(dout @ W_O, num_heads)
    dW_O = flat(dout).T @ flat(H)
    da = dH @ T(Vh)
    if dalpha is not None:
        da = da + dalpha
    ds = _softmax_grad(da, alpha)
    dQp = merge(ds @ Kh * scale)
    dKp = merge(T(ds) @ Qh * scale)
    dVp = merge(T(alpha) @ dH)
    dW_Q = flat(dQp).T @ flat(Q)
    dW_K = flat(dKp).T @ flat(K)
    dW_V = flat(dVp).T @ flat(V)
    return dQp @ W_Q, dKp @ W_K, dVp @ W_V, dW_Q, dW_K, dW_V, dW_O


# %% wrong forward: the heads take the rows of the
# CAUSE: rows of the projections are dealt out to the heads in turn (row a, a + num_heads, ...) instead of in blocks
import math
import numpy as np


def _softmax(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / np.where(z > 0, z, 1)


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def split(A, num_heads):
    A = A.reshape(A.shape[:-1] + (A.shape[-1] // num_heads, num_heads))
    return np.moveaxis(A, -1, -3)


def merge(A):
    A = np.moveaxis(A, -3, -1)
    return A.reshape(A.shape[:-2] + (A.shape[-2] * A.shape[-1],))


def T(A):
    return np.swapaxes(A, -1, -2)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    if Q.shape[-1] != W_Q.shape[1] or W_Q.shape[0] % num_heads or K.shape[:-1] != V.shape[:-1]:
        raise ValueError("shapes do not fit")
    if Q.shape[:-2] != K.shape[:-2] or W_O.shape[1] != W_V.shape[0]:
        raise ValueError("shapes do not fit")
    d_h = W_Q.shape[0] // num_heads
    Qh, Kh, Vh = split(Q @ W_Q.T, num_heads), split(K @ W_K.T, num_heads), split(V @ W_V.T, num_heads)
    scale = 1 / math.sqrt(d_h)
    s = Qh @ T(Kh) * scale
    if mask is not None:
        if mask.ndim == Q.ndim:
            mask = mask[..., None, :, :]
        else:
            mask = mask[..., None, None, :]
    alpha = _softmax(s, mask)
    H = merge(alpha @ Vh)
    out = H @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H = cache
    flat = lambda A: A.reshape(-1, A.shape[-1])
    dH = split(dout @ W_O, num_heads)
    dW_O = flat(dout).T @ flat(H)
    da = dH @ T(Vh)
    if dalpha is not None:
        da = da + dalpha
    ds = _softmax_grad(da, alpha)
    dQp = merge(ds @ Kh * scale)
    dKp = merge(T(ds) @ Qh * scale)
    dVp = merge(T(alpha) @ dH)
    dW_Q = flat(dQp).T @ flat(Q)
    dW_K = flat(dKp).T @ flat(K)
    dW_V = flat(dVp).T @ flat(V)
    return dQp @ W_Q, dKp @ W_K, dVp @ W_V, dW_Q, dW_K, dW_V, dW_O


# %% wrong backward: in dV = dV_h W_V: W_K stands
# CAUSE: the gradient with respect to V goes back through W_K instead of W_V
import math
import numpy as np


def softmax_masked(s, mask=None):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    m = np.max(s, axis=-1, keepdims=True, initial=-np.inf)
    m = np.where(np.isfinite(m), m, 0)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / np.where(z > 0, z, 1)


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def split_heads(A, num_heads):
    A = A.reshape(A.shape[:-1] + (num_heads, A.shape[-1] // num_heads))
    return np.swapaxes(A, -2, -3)


def join_heads(A):
    A = np.swapaxes(A, -2, -3)
    return A.reshape(A.shape[:-2] + (A.shape[-2] * A.shape[-1],))


def T(A):
    return np.swapaxes(A, -1, -2)


def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    d_h = W_Q.shape[0] // num_heads
    Qh, Kh, Vh = split_heads(Q @ W_Q.T, num_heads), split_heads(K @ W_K.T, num_heads), split_heads(V @ W_V.T, num_heads)
    scale = 1 / math.sqrt(d_h)
    s = Qh @ T(Kh) * scale
    if mask is not None:
        if mask.ndim == Q.ndim:
            mask = mask[..., None, :, :]
        else:
            mask = mask[..., None, None, :]
    alpha = softmax_masked(s, mask)
    H = join_heads(alpha @ Vh)
    out = H @ W_O.T
    return out, alpha, (Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H)


def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, num_heads, Qh, Kh, Vh, scale, alpha, H = cache
    flat = lambda A: A.reshape(-1, A.shape[-1])
    dH = split_heads(dout @ W_O, num_heads)
    dW_O = flat(dout).T @ flat(H)
    dA_ = dH @ T(Vh)
    if dalpha is not None:
        dA_ = dA_ + dalpha
    dS = dsoftmax(dA_, alpha)
    dQp = join_heads(dS @ Kh * scale)
    dKp = join_heads(T(dS) @ Qh * scale)
    dVp = join_heads(T(alpha) @ dH)
    dW_Q = flat(dQp).T @ flat(Q)
    dW_K = flat(dKp).T @ flat(K)
    dW_V = flat(dVp).T @ flat(V)
    return dQp @ W_Q, dKp @ W_K, dVp @ W_K, dW_Q, dW_K, dW_V, dW_O


# %% wrong backward: the argument lengths is ignored: steps behind
# CAUSE: lengths are ignored in the backward: steps behind the end get a gradient too
import numpy as np


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m, n = log_p.shape[-2:]
    if targets.shape != log_p.shape[:-1]:
        raise ValueError("sel target per step")
    if lengths is None:
        lengths = np.full(log_p.shape[:-2], m)
    lengths = np.asarray(lengths)
    if lengths.shape != log_p.shape[:-2] or np.any(lengths < 1) or np.any(lengths > m):
        raise ValueError("lengths must be 1 to m")
    inside = np.arange(m) < lengths[..., None]
    c = np.where(inside, targets, 0)
    if np.any(c < 0) or np.any(c >= n):
        raise ValueError("target out of range")
    lp = np.take_along_axis(log_p, c[..., None], axis=-1)[..., 0]
    lp = np.where(inside, lp, 0)
    return lp.sum(axis=-1), (c, inside, n, log_p)


def pointer_log_likelihood_backward(dlog_likelihood, cache):
    c, inside, n, log_p = cache
    g = np.asarray(dlog_likelihood)[..., None, None]
    which = np.arange(n) == c[..., None]
    return (which * g).astype(log_p.dtype)


# %% wrong forward: the length is off by one: one
# CAUSE: off by one: one step too many is taken for real (<= for <), in both directions
import numpy as np


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m, n = log_p.shape[-2:]
    if lengths is None:
        lengths = np.full(log_p.shape[:-2], m)
    lengths = np.asarray(lengths)
    valid = np.arange(m) <= lengths[..., None]
    c = np.where(valid, targets, 0)
    chosen = np.take_along_axis(log_p, c[..., None], axis=-1)[..., 0]
    chosen = np.where(valid, chosen, 0)
    return chosen.sum(axis=-1), (c, valid, n, log_p)


def pointer_log_likelihood_backward(dlog_likelihood, cache):
    c, valid, n, log_p = cache
    g = np.asarray(dlog_likelihood)[..., None, None]
    hit = (np.arange(n) == c[..., None]) & valid[..., None]
    return (hit * g).astype(log_p.dtype)


# %% wrong forward: a mean over the steps is taken
# CAUSE: divided by the number of real steps (average log-likelihood); the backward is that of the sum
import numpy as np


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m, n = log_p.shape[-2:]
    if targets.shape != log_p.shape[:-1]:
        raise ValueError("onehot target per step")
    if lengths is None:
        lengths = np.full(log_p.shape[:-2], m)
    lengths = np.asarray(lengths)
    if lengths.shape != log_p.shape[:-2] or np.any(lengths < 1) or np.any(lengths > m):
        raise ValueError("lengths must be 1 to m")
    valid = np.arange(m) < lengths[..., None]
    c = np.where(valid, targets, 0)
    if np.any(c < 0) or np.any(c >= n):
        raise ValueError("target out of range")
    chosen = np.take_along_axis(log_p, c[..., None], axis=-1)[..., 0]
    chosen = np.where(valid, chosen, 0)
    count = valid.sum(axis=-1).astype(log_p.dtype)
    return chosen.sum(axis=-1) / count, (c, valid, n, log_p)


def pointer_log_likelihood_backward(dlog_likelihood, cache):
    c, valid, n, log_p = cache
    g = np.asarray(dlog_likelihood)[..., None, None]
    hit = (np.arange(n) == c[..., None]) & valid[..., None]
    return (hit * g).astype(log_p.dtype)


# %% wrong forward: the targets are counted from 1
# CAUSE: targets are taken as counted from 1
import numpy as np


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m, n = log_p.shape[-2:]
    if targets.shape != log_p.shape[:-1]:
        raise ValueError("onehot target per step")
    ll = np.zeros(log_p.shape[:-2], dtype=log_p.dtype)
    for b in np.ndindex(*log_p.shape[:-2]):
        L = m if lengths is None else int(np.asarray(lengths)[b])
        for i in range(L):
            ll[b] += log_p[b][i, targets[b][i] - 1]
    return ll, (log_p, targets, lengths)


def pointer_log_likelihood_backward(dlog_likelihood, cache):
    log_p, targets, lengths = cache
    dlog_p = np.zeros_like(log_p)
    for b in np.ndindex(*log_p.shape[:-2]):
        L = log_p.shape[-2] if lengths is None else int(np.asarray(lengths)[b])
        for i in range(L):
            dlog_p[b][i, targets[b][i] - 1] += np.asarray(dlog_likelihood)[b]
    return dlog_p


# %% wrong forward: log p of −∞ behind the length
# CAUSE: steps behind the length are removed by multiplying with 0, which gives NaN for log p = -inf
import numpy as np


def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m, n = log_p.shape[-2:]
    if targets.shape != log_p.shape[:-1]:
        raise ValueError("one target per step")
    if lengths is None:
        lengths = np.full(log_p.shape[:-2], m)
    lengths = np.asarray(lengths)
    if lengths.shape != log_p.shape[:-2] or np.any(lengths < 1) or np.any(lengths > m):
        raise ValueError("lengths must be 1 to m")
    real = np.arange(m) < lengths[..., None]
    c = np.where(real, targets, 0)
    if np.any(c < 0) or np.any(c >= n):
        raise ValueError("target out of range")
    picked = np.take_along_axis(log_p, c[..., None], axis=-1)[..., 0]
    picked = (picked * real).astype(log_p.dtype)
    return picked.sum(axis=-1), (c, real, n, log_p)


def pointer_log_likelihood_backward(dlog_likelihood, cache):
    c, real, n, log_p = cache
    g = np.asarray(dlog_likelihood)[..., None, None]
    hit = (np.arange(n) == c[..., None]) & real[..., None]
    return (hit * g).astype(log_p.dtype)


# %% wrong forward: log p is to be taken without
# CAUSE: log is taken of the finished softmax, so log p is -inf where p rounds to 0
import numpy as np


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = (X @ W.T)[..., None, :, :]
    C = (E @ U.T)[..., :, None, :]
    t = np.tanh(A + C)                       # (..., m, n, h)
    s = t @ v
    if mask is not None:
        if mask.ndim < s.ndim:
            mask = mask[..., None, :]
        s = np.where(mask, s, -np.inf)
    top = s.max(axis=-1, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    e = np.exp(s - top)
    z = e.sum(axis=-1, keepdims=True)
    z = np.where(z == 0, 1, z)
    p = e / z
    log_p = np.log(p)
    return log_p, (X, E, W, U, v, t, p, np.isfinite(s))


def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, t, p, open_ = cache
    h = len(v)
    g = np.where(open_, dlog_p, 0)
    grad_s = g - p * g.sum(axis=-1, keepdims=True)
    dv = (grad_s[..., None] * t).reshape(-1, h).sum(axis=0)
    grad_a = grad_s[..., None] * v * (1 - t ** 2)
    dA = grad_a.sum(axis=-3)
    dC = grad_a.sum(axis=-2)
    dX = dA @ W
    dE = dC @ U
    dW = dA.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dU = dC.reshape(-1, h).T @ E.reshape(-1, E.shape[-1])
    return dX, dE, dW, dU, dv


# %% wrong forward: the logarithm is missing: this is p
# CAUSE: returns the probabilities p, not their logarithm, backward that of softmax
import numpy as np


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    if X.shape[-1] != W.shape[1] or E.shape[-1] != U.shape[1] or X.shape[:-2] != E.shape[:-2]:
        raise ValueError("shapes")
    if not (W.shape[0] == U.shape[0] == v.shape[0]):
        raise ValueError("h differs")
    A = (X @ W.T)[..., None, :, :]
    C = (E @ U.T)[..., :, None, :]
    t = np.tanh(A + C)                       # (..., m, n, h)
    s = t @ v
    if mask is not None:
        if mask.ndim < s.ndim:
            mask = mask[..., None, :]
        s = np.where(mask, s, -np.inf)
    top = s.max(axis=-1, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    e = np.exp(s - top)
    z = e.sum(axis=-1, keepdims=True)
    z = np.where(z == 0, 1, z)
    p = e / z
    return p, (X, E, W, U, v, t, p, np.isfinite(s))


def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, t, p, open_ = cache
    h = len(v)
    g = np.where(open_, dlog_p, 0)
    grad_s = p * (g - (p * g).sum(axis=-1, keepdims=True))
    dv = (grad_s[..., None] * t).reshape(-1, h).sum(axis=0)
    grad_a = grad_s[..., None] * v * (1 - t ** 2)
    dA = grad_a.sum(axis=-3)
    dC = grad_a.sum(axis=-2)
    dX = dA @ W
    dE = dC @ U
    dW = dA.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dU = dC.reshape(-1, h).T @ E.reshape(-1, E.shape[-1])
    return dX, dE, dW, dU, dv


# %% wrong backward: in ds = dl - p ·
# CAUSE: gradient of softmax with respect to the scores written as g - p, the factor sum of g is forgotten
import numpy as np


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = (X @ W.T)[..., None, :, :]
    C = (E @ U.T)[..., :, None, :]
    H1 = np.tanh(A + C)                       # (..., m, n, h)
    s = H1 @ v
    if mask is not None:
        if mask.ndim < s.ndim:
            mask = mask[..., None, :]
        s = np.where(mask, s, -np.inf)
    mx = s.max(axis=-1, keepdims=True, initial=-np.inf)
    mx = np.where(np.isfinite(mx), mx, 0)
    ex = np.exp(s - mx)
    z = ex.sum(axis=-1, keepdims=True)
    z = np.where(z == 0, 1, z)
    log_p = s - mx - np.log(z)
    p = ex / z
    return log_p, (X, E, W, U, v, H1, p, np.isfinite(s))


def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, H1, p, open_ = cache
    h = len(v)
    g = np.where(open_, dlog_p, 0)
    dS = np.where(open_, g - p, 0)
    dv = (dS[..., None] * H1).reshape(-1, h).sum(axis=0)
    dA_ = dS[..., None] * v * (1 - H1 ** 2)
    dA = dA_.sum(axis=-3)
    dC = dA_.sum(axis=-2)
    dX = dA @ W
    dE = dC @ U
    dW = dA.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dU = dC.reshape(-1, h).T @ E.reshape(-1, E.shape[-1])
    return dX, dE, dW, dU, dv


# %% wrong forward: the sign of E is wrong
# CAUSE: in the sum for s_ij a minus: tanh(W x - U e), backward that of the plus
import numpy as np


def pointer_distribution_forward(X, E, W, U, v, mask=None):
    if X.shape[-1] != W.shape[1] or E.shape[-1] != U.shape[1] or X.shape[:-2] != E.shape[:-2]:
        raise ValueError("shapes")
    if not (W.shape[0] == U.shape[0] == v.shape[0]):
        raise ValueError("h differs")
    A = (X @ W.T)[..., None, :, :]
    C = (E @ U.T)[..., :, None, :]
    hid = np.tanh(A - C)
    s = hid @ v
    if mask is not None:
        if mask.ndim < s.ndim:
            mask = mask[..., None, :]
        s = np.where(mask, s, -np.inf)
    top = s.max(axis=-1, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    e = np.exp(s - top)
    z = e.sum(axis=-1, keepdims=True)
    z = np.where(z == 0, 1, z)
    log_p = s - top - np.log(z)
    p = e / z
    return log_p, (X, E, W, U, v, hid, p, np.isfinite(s))


def pointer_distribution_backward(dlog_p, cache):
    X, E, W, U, v, hid, p, open_ = cache
    h = len(v)
    g = np.where(open_, dlog_p, 0)
    ds = g - p * g.sum(axis=-1, keepdims=True)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dA = da.sum(axis=-3)
    dC = da.sum(axis=-2)
    dX = dA @ W
    dE = dC @ U
    dW = dA.reshape(-1, h).T @ X.reshape(-1, X.shape[-1])
    dU = dC.reshape(-1, h).T @ E.reshape(-1, E.shape[-1])
    return dX, dE, dW, dU, dv


# %% wrong forward: not stable: with M 10⁴ times as
# CAUSE: scores are clipped to +-50 before exp against overflow, which changes the distribution for large scores
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s):
    e = np.exp(np.clip(s, -50, 50))
    z = e.sum(axis=-1, keepdims=True)
    return e / z


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def content_addressing_forward(M, q, *params, score='dot'):
    if M.shape[:-2] != q.shape[:-1]:
        raise ValueError("M and q do not fit")
    s, hid = _score(M, q, params, score)
    alpha = _softmax(s)
    return alpha, (M, q, params, score, hid, alpha)


def content_addressing_backward(dalpha, cache):
    M, q, params, score, hid, alpha = cache
    ds = _softmax_grad(dalpha, alpha)
    return _score_grad(ds, M, q, params, score, hid)


# %% wrong backward: the sign is flipped
# CAUSE: the softmax gradient has the wrong sign (alpha (sum - g))
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s):
    m = np.max(s, axis=-1, keepdims=True)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / z


def _softmax_grad(dalpha, alpha):
    return alpha * ((dalpha * alpha).sum(axis=-1, keepdims=True) - dalpha)


def content_addressing_forward(M, q, *params, score='dot'):
    if M.shape[:-2] != q.shape[:-1]:
        raise ValueError("M and q do not fit")
    s, hid = _score(M, q, params, score)
    alpha = _softmax(s)
    return alpha, (M, q, params, score, hid, alpha)


def content_addressing_backward(dalpha, cache):
    M, q, params, score, hid, alpha = cache
    ds = _softmax_grad(dalpha, alpha)
    return _score_grad(ds, M, q, params, score, hid)


# %% wrong forward: with score='scaled_dot', it is multiplied by √d
# CAUSE: the scaled dot product is multiplied by the root of d instead of divided (the backward divides)
import math
import numpy as np


def _score(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) * math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        hid = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return hid @ v, hid
    raise ValueError(score)


def _score_grad(ds, X, q, params, score, hid):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            ds = ds / math.sqrt(d)
        return ds[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', ds, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', ds, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return ds[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (ds[..., None] * hid).reshape(-1, h).sum(axis=0)
    da = ds[..., None] * v * (1 - hid ** 2)
    dW = da.reshape(-1, h).T @ X.reshape(-1, d)
    db = da.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return da @ W, db @ U, dW, dU, dv


def _softmax(s):
    m = np.max(s, axis=-1, keepdims=True)
    e = np.exp(s - m)
    z = e.sum(axis=-1, keepdims=True)
    return e / z


def _softmax_grad(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def content_addressing_forward(M, q, *params, score='dot'):
    s, hid = _score(M, q, params, score)
    alpha = _softmax(s)
    return alpha, (M, q, params, score, hid, alpha)


def content_addressing_backward(dalpha, cache):
    M, q, params, score, hid, alpha = cache
    ds = _softmax_grad(dalpha, alpha)
    return _score_grad(ds, M, q, params, score, hid)


# %% wrong backward: with score='additive', v is forgotten in the
# CAUSE: for the additive score v is forgotten in the gradient of the hidden layer
import math
import numpy as np


def score_fn(X, q, params, score):
    d = X.shape[-1]
    if score == 'dot':
        return np.einsum('...nd,...d->...n', X, q), None
    if score == 'scaled_dot':
        return np.einsum('...nd,...d->...n', X, q) / math.sqrt(d), None
    if score == 'bilinear':
        (W,) = params
        return np.einsum('...nd,...d->...n', X, q @ W.T), None
    if score == 'additive':
        W, U, v = params
        H1 = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        return H1 @ v, H1
    raise ValueError(score)


def dscore_fn(dS, X, q, params, score, H1):
    d = X.shape[-1]
    if score in ('dot', 'scaled_dot'):
        if score == 'scaled_dot':
            dS = dS / math.sqrt(d)
        return dS[..., None] * q[..., None, :], np.einsum('...n,...nd->...d', dS, X)
    if score == 'bilinear':
        (W,) = params
        t = np.einsum('...n,...nd->...d', dS, X)
        dW = t.reshape(-1, d).T @ q.reshape(-1, q.shape[-1])
        return dS[..., None] * (q @ W.T)[..., None, :], t @ W, dW
    W, U, v = params
    h = len(v)
    dv = (dS[..., None] * H1).reshape(-1, h).sum(axis=0)
    dA_ = dS[..., None] * (1 - H1 ** 2)
    dW = dA_.reshape(-1, h).T @ X.reshape(-1, d)
    db = dA_.sum(axis=-2)
    dU = db.reshape(-1, h).T @ q.reshape(-1, q.shape[-1])
    return dA_ @ W, db @ U, dW, dU, dv


def softmax_masked(s):
    m = np.max(s, axis=-1, keepdims=True)
    ex = np.exp(s - m)
    z = ex.sum(axis=-1, keepdims=True)
    return ex / z


def dsoftmax(dalpha, alpha):
    return alpha * (dalpha - (dalpha * alpha).sum(axis=-1, keepdims=True))


def content_addressing_forward(M, q, *params, score='dot'):
    if M.shape[:-2] != q.shape[:-1]:
        raise ValueError("M and q do not fit")
    s, H1 = score_fn(M, q, params, score)
    alpha = softmax_masked(s)
    return alpha, (M, q, params, score, H1, alpha)


def content_addressing_backward(dalpha, cache):
    M, q, params, score, H1, alpha = cache
    dS = dsoftmax(dalpha, alpha)
    return dscore_fn(dS, M, q, params, score, H1)


# %% wrong forward: the result is nearly right \(relative error
# CAUSE: an epsilon is added to the norms against division by zero, so the scale of small memories matters
import numpy as np


def cosine_content_addressing_forward(M, k, beta):
    beta = np.asarray(beta)
    len_M = np.linalg.norm(M, axis=-1, keepdims=True)
    len_k = np.linalg.norm(k, axis=-1, keepdims=True)
    len_M = len_M + 1e-6
    len_k = len_k + 1e-6
    u = M / len_M
    w = k / len_k
    s = np.einsum('...nd,...d->...n', u, w)
    z = beta[..., None] * s
    ex = np.exp(z - z.max(axis=-1, keepdims=True))
    w_c = ex / ex.sum(axis=-1, keepdims=True)
    return w_c, (u, w, len_M, len_k, s, beta, w_c)


def cosine_content_addressing_backward(dw_c, cache):
    u, w, len_M, len_k, s, beta, w_c = cache
    dz = w_c * (dw_c - np.sum(dw_c * w_c, axis=-1, keepdims=True))
    dbeta = np.sum(dz * s, axis=-1)
    dS = dz * beta[..., None]
    du = dS[..., None] * w[..., None, :]
    dw = np.einsum('...n,...nd->...d', dS, u)
    dM = (du - u * np.sum(du * u, axis=-1, keepdims=True)) / len_M
    dk = (dw - w * np.sum(dw * w, axis=-1, keepdims=True)) / len_k
    zero_M = np.all(u == 0, axis=-1, keepdims=True)
    zero_k = np.all(w == 0, axis=-1, keepdims=True)
    dM = np.where(zero_M, 0, dM)
    dk = np.where(zero_k, 0, dk)
    return dM, dk, dbeta


# %% wrong forward: the similarity is divided by β in
# CAUSE: scores divided by beta, taken for a temperature, instead of multiplied; backward is of the multiplied form
import numpy as np


def cosine_content_addressing_forward(M, k, beta):
    beta = np.asarray(beta)
    if M.shape[-1] != k.shape[-1] or M.shape[:-2] != k.shape[:-1] or beta.shape != k.shape[:-1]:
        raise ValueError("M, k and beta do not fit")
    nM = np.linalg.norm(M, axis=-1, keepdims=True)
    nk = np.linalg.norm(k, axis=-1, keepdims=True)
    nM = np.where(nM == 0, 1, nM)
    nk = np.where(nk == 0, 1, nk)
    u = M / nM
    w = k / nk
    s = np.einsum('...nd,...d->...n', u, w)
    z = s / beta[..., None]
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    w_c = e / e.sum(axis=-1, keepdims=True)
    return w_c, (u, w, nM, nk, s, beta, w_c)


def cosine_content_addressing_backward(dw_c, cache):
    u, w, nM, nk, s, beta, w_c = cache
    dz = w_c * (dw_c - np.sum(dw_c * w_c, axis=-1, keepdims=True))
    dbeta = np.sum(dz * s, axis=-1)
    ds = dz * beta[..., None]
    du = ds[..., None] * w[..., None, :]
    dw = np.einsum('...n,...nd->...d', ds, u)
    dM = (du - u * np.sum(du * u, axis=-1, keepdims=True)) / nM
    dk = (dw - w * np.sum(dw * w, axis=-1, keepdims=True)) / nk
    zero_M = np.all(u == 0, axis=-1, keepdims=True)
    zero_k = np.all(w == 0, axis=-1, keepdims=True)
    dM = np.where(zero_M, 0, dM)
    dk = np.where(zero_k, 0, dk)
    return dM, dk, dbeta


# %% wrong backward: the part that points along mᵢ is not taken away: the length of mᵢ is taken as constant
# CAUSE: norms are treated as constants: the projection u (u . du) is forgotten for M and k
import numpy as np


def cosine_content_addressing_forward(M, k, beta):
    beta = np.asarray(beta)
    len_M = np.linalg.norm(M, axis=-1, keepdims=True)
    len_k = np.linalg.norm(k, axis=-1, keepdims=True)
    len_M = np.where(len_M == 0, 1, len_M)
    len_k = np.where(len_k == 0, 1, len_k)
    u = M / len_M
    w = k / len_k
    s = np.einsum('...nd,...d->...n', u, w)
    z = beta[..., None] * s
    ex = np.exp(z - z.max(axis=-1, keepdims=True))
    w_c = ex / ex.sum(axis=-1, keepdims=True)
    return w_c, (u, w, len_M, len_k, s, beta, w_c)


def cosine_content_addressing_backward(dw_c, cache):
    u, w, len_M, len_k, s, beta, w_c = cache
    dz = w_c * (dw_c - np.sum(dw_c * w_c, axis=-1, keepdims=True))
    dbeta = np.sum(dz * s, axis=-1)
    dS = dz * beta[..., None]
    du = dS[..., None] * w[..., None, :]
    dw = np.einsum('...n,...nd->...d', dS, u)
    dM = du / len_M
    dk = dw / len_k
    zero_M = np.all(u == 0, axis=-1, keepdims=True)
    zero_k = np.all(w == 0, axis=-1, keepdims=True)
    dM = np.where(zero_M, 0, dM)
    dk = np.where(zero_k, 0, dk)
    return dM, dk, dbeta


# %% wrong forward: a key or a row of zeros
# CAUSE: a row or key of zeros is divided by its zero norm and gives NaN
import numpy as np


def cosine_content_addressing_forward(M, k, beta):
    beta = np.asarray(beta)
    len_M = np.linalg.norm(M, axis=-1, keepdims=True)
    len_k = np.linalg.norm(k, axis=-1, keepdims=True)
    u = M / len_M
    w = k / len_k
    s = np.einsum('...nd,...d->...n', u, w)
    z = beta[..., None] * s
    ex = np.exp(z - z.max(axis=-1, keepdims=True))
    w_c = ex / ex.sum(axis=-1, keepdims=True)
    return w_c, (u, w, len_M, len_k, s, beta, w_c)


def cosine_content_addressing_backward(dw_c, cache):
    u, w, len_M, len_k, s, beta, w_c = cache
    dz = w_c * (dw_c - np.sum(dw_c * w_c, axis=-1, keepdims=True))
    dbeta = np.sum(dz * s, axis=-1)
    dS = dz * beta[..., None]
    du = dS[..., None] * w[..., None, :]
    dw = np.einsum('...n,...nd->...d', dS, u)
    dM = (du - u * np.sum(du * u, axis=-1, keepdims=True)) / len_M
    dk = (dw - w * np.sum(dw * w, axis=-1, keepdims=True)) / len_k
    zero_M = np.all(u == 0, axis=-1, keepdims=True)
    zero_k = np.all(w == 0, axis=-1, keepdims=True)
    dM = np.where(zero_M, 0, dM)
    dk = np.where(zero_k, 0, dk)
    return dM, dk, dbeta
