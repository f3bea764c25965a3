# Written without sight of this corpus: round5. The answers are changes of plain_functions.py.
# %% of: plain_functions
# %% wrong: the absolute value of v is taken
# W and U exchanged roles via transposed product
def additive_score_forward(X, q, W, U, v):
    return np.tanh(X @ W.T + (q @ U.T)[..., None, :]) @ np.abs(v), 0


# %% cause unnamed: exp in place of tanh
# exp in place of tanh
def additive_score_forward(X, q, W, U, v):
    return np.exp(X @ W.T + (q @ U.T)[..., None, :]) @ v, 0


# %% wrong: it is 1/N times what it should be: a mean is taken in place of a sum, or it is divided by N
# dq sums dX instead
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    t = dZ.mean(-2)
    return dZ @ W, dZ.sum(-2) @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(dscores[..., None], A)[0]


# %% wrong: the upstream gradient is not used
# dp without ds
def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    dp = (dscores[..., None] * X).sum(-2)
    return np.broadcast_to((q @ W.T)[..., None, :], X.shape).copy(), dp @ W, outer_sum(dp, q)


# %% wrong: scores is squared
# softmax of the squared scores
def attention_distribution_forward(scores, mask=None):
    a = masked_softmax(scores**2, mask)
    return a, a


# %% wrong: masked scores are multiplied by 0, and masked weights dropped behind the softmax: set masked scores 
# mask used as weights of the exponent (mask * scores then zero)
def attention_distribution_forward(scores, mask=None):
    if mask is None:
        a = softmax(scores)
    else:
        a = softmax(scores * mask) * mask
    return a, a


# %% cause unnamed: alpha * dalpha minus alpha squared sum
# alpha * dalpha minus alpha squared sum
def attention_distribution_backward(dalpha, alpha):
    return alpha * dalpha - alpha**2 * dalpha.sum(-1, keepdims=True)


# %% wrong: the weights are missing in the average: r = Σᵢ xᵢ / N
# V averaged uniformly
def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    alpha = masked_softmax(score_and_back(K, q, params, score), mask)
    return V.mean(-2) + 0 * alpha.sum(-1, keepdims=True), alpha, 0


# %% wrong: the sign is flipped
# dK gets dV
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, alpha = cache
    da = (V * dr[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    ds = soft_back(alpha, da)
    dK, dq, *rest = score_backward(ds, K, q, params, score)
    return (-dK, alpha[..., None] * dr[..., None, :], dq, *rest)


# %% wrong: the term −αᵢ Σⱼ αⱼ dαⱼ is missing: ds = α ∘ dα
# softmax gradient uses da twice
def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, alpha = cache
    da = (X * dr[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    ds = alpha * da
    dX, *rest = score_backward(ds, X, q, params, score)
    return (dX + alpha[..., None] * dr[..., None, :], *rest)


# %% wrong: W_O is used transposed
# W_O not transposed only square
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    out, a, c = base_mha(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask)
    R = c[-2]
    return (R @ W_O if W_O.shape[0] == W_O.shape[1] else R @ W_O.T), a, 0


# %% wrong: W_Q and W_K are exchanged
# query and key projections exchanged
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    return base_mha(Q, K, V, W_K, W_Q, W_V, W_O, num_heads, mask)


# %% wrong: where all weights are zero the first item is taken
# dead rows get a gradient
def hard_attention_backward(dx, cache):
    X, j, dead = cache
    return (np.arange(X.shape[-2]) == j[..., None])[..., None] * dx[..., None, :]


# %% wrong: the sign of the bias b is wrong
# update with the old sign convention (minus b)
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T - b
    return (np.where(h >= 0, 1, -1).astype(s.dtype) if beta is None else np.tanh(beta * h)), 0


# %% wrong: in dz = β · ds_next · \(1 \- s_next²\): the power s_next² is missing
# cosh^2 forgotten: dz = beta ds (1 - s_next)
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        raise ValueError("step")
    dz = beta * ds_next * (1 - y)
    return dz @ W, outer_sum(dz, s), dz.reshape(-1, dz.shape[-1]).sum(0)


# %% wrong: b is not used
# b left out of the energy
def hopfield_energy_forward(s, W, b):
    return -(s * (s @ W.T)).sum(-1) / 2, 0


# %% wrong: it is 1/the batch size times what it should be: a mean is taken in place of a sum, or it is divided 
# dW not summed: mean over batch
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    d = dE[..., None]
    n = max(dE.size, 1)
    return -d * (0.5 * (s @ W.T + s @ W) + b), -0.5 * outer_sum(d * s, s) / n, -(d * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: it is divided by N − 1 in place of N
# N - 1
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / max(len(patterns) - 1, 1)
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: in ds = dlog_p · \(½ · \(s Wᵀ \+ s W\) \+ b\): the factor ½ is missing
# ds without the half
def boltzmann_log_likelihood_backward(d, cache):
    s, W, b, S, p = cache
    d1 = d[..., None]
    return d1 * (s @ W.T + s @ W + b), 0.5 * (outer_sum(d1 * s, s) - d.sum() * (S * p[:, None]).T @ S), (d1 * s).reshape(-1, s.shape[-1]).sum(0) - d.sum() * p @ S


# %% wrong: the argument beta is ignored
# v = tanh(u)
def continuous_hopfield_energy_forward(u, W, b, beta=1.0):
    return base_cont(u, W, b, 1.0)[0], 0


# %% wrong: the largest is taken in place of the sum over the patterns
# max of the overlaps
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        return -o.max(-1), 0
    return -(o**interaction).max(-1), 0


# %% wrong: β is multiplied behind the softmax
# beta after softmax
def modern_hopfield_forward(X, s, beta=1.0):
    a = softmax((X * s[..., None, :]).sum(-1))
    a = beta * a
    return (a[..., None] * X).sum(-2), a, 0


# %% wrong: the correlation is the wrong way round: dc ⋆ b in place of b ⋆ dc
# a and b: db missing the order
def bind_backward(dc, cache):
    a, b = cache
    corr = lambda x, y: sum(x[..., j : j + 1] * np.roll(y, -j, axis=-1) for j in range(x.shape[-1]))
    return corr(b, dc), corr(dc, a)


# %% wrong: the mask is applied after the softmax: the rest does not sum to one
# log p plus something: softmax denominators include masked
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    lp = base_ptr(X, E, W, U, v, None)[0]
    if mask is not None:
        m = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
        lp = np.where(m, lp, -np.inf)
    return lp, 0


# %% wrong: the last step is left out
# last step left out
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    m = log_p.shape[-2]
    L = np.full(log_p.shape[:-2], m) if lengths is None else np.asarray(lengths)
    p = np.take_along_axis(log_p, np.where(np.arange(m) < L[..., None], targets, 0)[..., None], -1)[..., 0]
    return np.where(np.arange(m) < L[..., None] - 1, p, 0).sum(-1), 0


# %% wrong: g is squared
# gate squared
def interpolate_forward(w_c, w_prev, g):
    g = g[..., None] ** 2
    return g * w_c + (1 - g) * w_prev, 0


# %% wrong: it is 1/N times what it should be: a mean is taken in place of a sum, or it is divided by N
# dg mean
def interpolate_backward(d, cache):
    w_c, w_prev, g = cache
    return g[..., None] * d, (1 - g[..., None]) * d, ((w_c - w_prev) * d).mean(-1)


# %% wrong: s is divided by its sum
# kernel normalised
def shift_forward(w_g, s):
    k = s / s.sum(-1, keepdims=True)
    R = s.shape[-1] // 2
    return sum(k[..., j : j + 1] * np.roll(w_g, j - R, axis=-1) for j in range(s.shape[-1])), 0


# %% wrong: the softmax's gradient is skipped: ds = dα
# dgamma uses y
def sharpen_backward(dy, cache):
    w, gamma, y, log_w = cache
    ds = soft_back(y, dy)
    return gamma[..., None] * ds / np.maximum(w, np.finfo(w.dtype).tiny), (dy * log_w).sum(-1)


# %% wrong: the weight α is missing in the adding: a in place of αᵢ a
# add not weighted
def memory_write_forward(M, alpha, erase, add):
    return M * (1 - alpha[..., None] * erase[..., None, :]) + add[..., None, :], 0


# %% wrong: the sign of de is wrong
# derase not negative
def memory_write_backward(D, cache):
    M, alpha, e, a = cache
    al = alpha[..., None]
    return D * (1 - al * e[..., None, :]), (D * a[..., None, :]).sum(-1) - (D * M * e[..., None, :]).sum(-1), (al * D * M).sum(-2), (al * D).sum(-2)


# %% wrong: M is used transposed
# M transposed
def memory_read_forward(M, alpha):
    return (np.swapaxes(M, -1, -2) * alpha[..., None]).sum(-2) if M.shape[-1] == M.shape[-2] else (alpha[..., None] * M).sum(-2), 0
