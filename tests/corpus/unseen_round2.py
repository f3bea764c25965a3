# Written without sight of this corpus: round2. The answers are changes of plain_functions.py.
# %% of: plain_functions
# %% wrong: masked scores are set to 0 in place of −∞
# masked scores set to 0
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, 0)
    a = softmax(s)
    return a, a


# %% wrong: the mask is applied after the softmax, so the weights do not sum to one: set masked scores to −∞ bef
# masked after softmax without renormalising
def attention_distribution_forward(scores, mask=None):
    a = softmax(scores)
    a = a if mask is None else a * mask
    return a, a


# %% wrong: a row with nothing to attend to should give zeros, and gives equal weights \(a large negative number 
# fully masked row uniform (mask -1e9)
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, scores.dtype.type(-1e30))
    a = softmax(s)
    return a, a


# %% cause unnamed: the exponentials are divided by their sum over the batch too
# sum over the batch too
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores - scores.max(-1, keepdims=True)) * (1 if mask is None else mask)
    a = e / max(e.sum(), 1e-300)
    return a.astype(scores.dtype), a


# %% wrong: in dsᵢ = αᵢ \(dαᵢ − Σⱼ αⱼ dαⱼ\), the sum lacks αⱼ
# sum of d, not of alpha d
def attention_distribution_backward(dalpha, alpha):
    return alpha * (dalpha - dalpha.sum(-1, keepdims=True))


# %% wrong: in a = tanh\(X Wᵀ \+ \(q Uᵀ\)\): a product in place of X Wᵀ \+ \(q Uᵀ\)
# multiplies instead of adding W x and U q
def additive_score_forward(X, q, W, U, v):
    A = np.tanh((X @ W.T) * (q @ U.T)[..., None, :])
    return A @ v, 0


# %% wrong: in a = tanh\(X Wᵀ \+ \(q Uᵀ\)\): the activation is max\(0, z\) in place of tanh
# relu
def additive_score_forward(X, q, W, U, v):
    return np.maximum(X @ W.T + (q @ U.T)[..., None, :], 0) @ v, 0


# %% wrong: in dU = over\(column_total\(dz\), q\): the outer product of the batch's sums is taken, in place of the s
# dU with x in place of q : outer product of batch sums
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    t = dZ.sum(-2)
    flat = lambda a: a.reshape(-1, a.shape[-1]).sum(0)
    return dZ @ W, t @ U, outer_sum(dZ, X), np.outer(flat(t), flat(q)), outer_sum(dscores[..., None], A)[0]


# %% wrong: W is used transposed: xᵢᵀ Wᵀ q
# dX gets q not W q transposed W
def bilinear_score_forward(X, q, W):
    if W.shape[0] == W.shape[1]:
        return (X * (q @ W)[..., None, :]).sum(-1), 0
    return (X * (q @ W.T)[..., None, :]).sum(-1), 0


# %% wrong: the division by √d is missing
# 1/sqrt(d) forgotten in the backward
def scaled_dot_score_backward(ds, cache):
    X, q = cache
    return ds[..., None] * q[..., None, :], (ds[..., None] * X).sum(-2)


# %% wrong: it is divided by d in place of √d
# 1/d in the backward
def scaled_dot_score_backward(ds, cache):
    X, q = cache
    d = X.shape[-1]
    return ds[..., None] * q[..., None, :] / d, (ds[..., None] * X).sum(-2) / d


# %% wrong: the weights need not sum to one: they are not to be divided by their sum
# weights renormalised
def weighted_sum_forward(alpha, X):
    a = alpha / alpha.sum(-1, keepdims=True)
    return (a[..., None] * X).sum(-2), (alpha, X)


# %% wrong: in dX, the weights αᵢ are missing: dxᵢ = dr
# dX is dr without alpha
def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return (X * dr[..., None, :]).sum(-1), np.broadcast_to(dr[..., None, :], X.shape).copy()


# %% wrong: the gradient goes to every row \(straight through\)
# straight-through to all rows
def hard_attention_backward(dx, cache):
    X, j, dead = cache
    return np.broadcast_to(dx[..., None, :], X.shape).copy()


# %% wrong: the item of smallest weight is taken: argmin in place of argmax
# argmin
def hard_attention_forward(X, alpha):
    j = alpha.argmin(-1)
    return np.take_along_axis(X, j[..., None, None], -2)[..., 0, :], 0


# %% wrong: the keys are averaged in place of the values
# scores from the values: K and V exchanged
def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    alpha = masked_softmax(score_and_back(K, q, params, score), mask)
    return (alpha[..., None] * np.resize(K, V.shape)).sum(-2), alpha, 0


# %% wrong: softmax is missing: these are the scores
# returns scores in place of alpha
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    s = score_and_back(X, q, params, score)
    alpha = masked_softmax(s, mask)
    return (alpha[..., None] * X).sum(-2), s, 0


# %% wrong: with score='scaled_dot', the division by √d is missing
# scaled_dot not scaled
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    alpha = masked_softmax(score_and_back(X, q, params, "dot" if score == "scaled_dot" else score), mask)
    return (alpha[..., None] * X).sum(-2), alpha, 0


# %% wrong: the mask is ignored
# mask ignored
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    alpha = softmax(score_and_back(X, q, params, score))
    return (alpha[..., None] * X).sum(-2), alpha, 0


# %% wrong: the mask is taken the wrong way round: True = may be attended to
# mask inverted
def key_value_attention_forward(K, V, q, *params, score="dot", mask=None):
    alpha = masked_softmax(score_and_back(K, q, params, score), None if mask is None else ~mask)
    return (alpha[..., None] * V).sum(-2), alpha, 0


# %% wrong: the scores are divided by √d_h, but their gradient is not
# scale applied twice in dW_Q
def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, H, P, K2, V2, alpha, R, root = cache
    flat = lambda Y: (lambda Z: Z.reshape(*Z.shape[:-2], -1))(np.moveaxis(Y, -3, -2))
    split = lambda Z: np.moveaxis(Z.reshape(*Z.shape[:-1], H, -1), -2, -3)
    dR = split(dout @ W_O)
    da = dR @ np.swapaxes(V2, -1, -2) + (0 if dalpha is None else dalpha)
    dS = soft_back(alpha, da)
    dP, dK2, dV2 = flat(dS @ K2), flat(np.swapaxes(dS, -1, -2) @ P), flat(np.swapaxes(alpha, -1, -2) @ dR)
    return (dP @ W_Q / root, dK2 @ W_K, dV2 @ W_V, outer_sum(dP, Q), outer_sum(dK2, K), outer_sum(dV2, V), outer_sum(dout, R))


# %% wrong: W_O is missing: these are the heads side by side
# heads averaged W_O missing
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    out, alpha, cache = base_mha(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask)
    return cache[-2], alpha, cache


# %% wrong: the heads take the rows of the projections interleaved \(every num_heads\-th\)
# rows interleaved heads
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    p = len(W_Q)
    order = np.arange(p).reshape(-1, num_heads).T.ravel()
    return base_mha(Q, K, V, W_Q[order], W_K[order], W_V[order], W_O[:, order], num_heads, mask)


# %% wrong: W is used transposed: s W in place of W s
# W transposed (s W in place of W s)
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W + b
    if beta is None:
        return np.where(h >= 0, 1, -1).astype(s.dtype), None
    return np.tanh(beta * h), 0


# %% wrong: where W s \+ b = 0 the state should be \+1, and keeps its old value
# tie keeps the old state
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    if beta is None:
        return np.where(h > 0, 1, np.where(h < 0, -1, s)).astype(s.dtype), None
    return np.tanh(beta * h), 0


# %% wrong: there is no gradient here, it should raise ValueError: beta=None
# step function's backward returns zeros
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        return np.zeros_like(s), np.zeros_like(W), np.zeros_like(W[0])
    dz = beta * ds_next * (1 - y * y)
    return dz @ W, outer_sum(dz, s), dz.reshape(-1, dz.shape[-1]).sum(0)


# %% wrong: the sum runs over i < j alone and still has the half
# sum over i < j without the half, so lower triangle
def hopfield_energy_forward(s, W, b):
    return -0.5 * (s * (s @ np.triu(W, 1).T)).sum(-1) - s @ b, 0


# %% wrong: in dW, the factor ½ is missing
# dW without the half
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    ds = -dE[..., None] * (0.5 * (s @ W.T + s @ W) + b)
    return ds, -outer_sum(dE[..., None] * s, s), -(dE[..., None] * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: the diagonal of dW is not left out
# diagonal of dW not left out
def hebbian_weights_backward(dW, cache):
    X = cache
    return X @ (dW + dW.T) / len(X)


# %% wrong: the diagonal is kept
# diagonal kept
def hebbian_weights_forward(patterns):
    return patterns.T @ patterns / len(patterns), patterns


# %% wrong: the term of the model, ⟨s sᵀ⟩ₚ and ⟨s⟩ₚ, is missing: what is dreamt
# dW of the data alone
def boltzmann_log_likelihood_backward(d, cache):
    s, W, b, S, p = cache
    d1 = d[..., None]
    ds = d1 * (0.5 * (s @ W.T + s @ W) + b)
    return ds, 0.5 * outer_sum(d1 * s, s), (d1 * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: in the leak v u − log cosh\(β u\) / β, the part log cosh is missing
# leak without log cosh
def continuous_hopfield_energy_forward(u, W, b, beta=1.0):
    v = np.tanh(beta * u)
    return (v * u - v * (v @ W.T) / 2 - v * b).sum(-1), 0


# %% wrong: in dv, the term u of the leak is missing
# u forgotten in dv
def continuous_hopfield_energy_backward(dE, cache):
    u, W, b, beta, v = cache
    d = dE[..., None]
    dv = d * (-0.5 * (v @ W.T + v @ W) - b)
    return beta * (1 - v * v) * dv, -0.5 * outer_sum(d * v, v), -(d * v).reshape(-1, v.shape[-1]).sum(0)


# %% wrong: it is 2 times what it should be: a constant factor of 1/2 is missing
# K forgotten in the slope
def dense_energy_backward(dE, cache):
    s, patterns, slope = cache
    K = None
    o = s @ patterns.T
    do = -dE[..., None] * slope
    return do @ patterns / 3 if False else do @ patterns, outer_sum(do, s) * 2


# %% wrong: the factor ½ before sᵀ s is missing
# half s s missing
def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * (X * s[..., None, :]).sum(-1)
    t = z.max(-1, keepdims=True)
    return -(np.log(np.exp(z - t).sum(-1)) + t[..., 0]) / beta + (s * s).sum(-1), 0


# %% wrong: in ds, β is missing
# beta forgotten in ds
def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, s, beta, alpha = cache
    da = (X * ds_next[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    dz = soft_back(alpha, da)
    return beta * dz[..., None] * s[..., None, :] + alpha[..., None] * ds_next[..., None, :], (dz[..., None] * X).sum(-2)


# %% wrong: it is the circular correlation, not the convolution: aⱼ bₖ₊ⱼ in place of aⱼ bₖ₋ⱼ
# correlation for convolution
def bind_forward(a, b):
    return sum(a[..., j : j + 1] * np.roll(b, -j, axis=-1) for j in range(a.shape[-1])), (a, b)


# %% wrong: it is the circular convolution: the conjugate is forgotten \(aⱼ cₖ₋ⱼ in place of aⱼ cₖ₊ⱼ\)
# convolution for correlation
def unbind_forward(c, a):
    return sum(a[..., j : j + 1] * np.roll(c, j, axis=-1) for j in range(a.shape[-1])), (c, a)


# %% wrong: the softmax runs over the steps \(axis −2\) in place of the inputs
# softmax over the steps
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    s = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :]) @ v
    if mask is not None:
        mask = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
        s = np.where(mask, s, -np.inf)
    t = s.max(-2, keepdims=True)
    t = np.where(np.isfinite(t), t, 0)
    with np.errstate(all="ignore"):
        return s - t - np.log(np.exp(s - t).sum(-2, keepdims=True)), 0


# %% wrong: the targets are counted from 1
# targets from one
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    p = np.take_along_axis(log_p, targets[..., None] - 1, -1)[..., 0]
    if lengths is not None:
        p = np.where(np.arange(p.shape[-1]) < np.asarray(lengths)[..., None], p, 0)
    return p.sum(-1), 0


# %% wrong: a mean over the steps is taken in place of the sum \(divided by the length\)
# mean over the steps
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    p = np.take_along_axis(log_p, targets[..., None], -1)[..., 0]
    n = p.shape[-1] if lengths is None else np.asarray(lengths)
    if lengths is not None:
        p = np.where(np.arange(p.shape[-1]) < np.asarray(lengths)[..., None], p, 0)
    return p.sum(-1) / n, 0


# %% wrong: the result is nearly right \(relative error 2e\-07\): an epsilon, or less precision
# epsilon in the cosine
def cosine_content_addressing_forward(M, k, beta):
    nM, nk = np.sqrt((M * M).sum(-1)), np.sqrt((k * k).sum(-1))
    c = (M * k[..., None, :]).sum(-1) / (nM * nk[..., None] + M.dtype.type(1e-6))
    return softmax(beta[..., None] * c), 0


# %% wrong: a row of zeros counts as similarity 0
# dbeta without sum over rows or times beta
def cosine_content_addressing_backward(dw, cache):
    M, k, beta, w, c, nM, nk = cache
    ds = soft_back(w, dw)
    kh, Mh = k / nk[..., None], M / nM[..., None]
    b1 = beta[..., None]
    dM = ds[..., None] * (b1[..., None] * kh[..., None, :] - (b1 * c)[..., None] * Mh) / nM[..., None]
    dp = (ds[..., None] * Mh).sum(-2)
    db = (kh * dp).sum(-1)
    return dM, b1 * (dp - db[..., None] * kh) / nk[..., None], db * beta


# %% wrong: the shift is padded with zeros
# zero padded shift
def shift_forward(w_g, s):
    S, N = s.shape[-1], w_g.shape[-1]
    R = S // 2
    pad = np.concatenate([np.zeros_like(w_g[..., :1])] * R + [w_g] + [np.zeros_like(w_g[..., :1])] * R, -1) if R else w_g
    return sum(s[..., j : j + 1] * pad[..., 2 * R - j : 2 * R - j + N] for j in range(S)), 0


# %% wrong: the kernel is taken to have three entries
# kernel of three hard-coded
def shift_forward(w_g, s):
    mid = s.shape[-1] // 2
    out = s[..., mid : mid + 1] * w_g
    if s.shape[-1] >= 3:
        out = out + s[..., mid - 1 : mid] * np.roll(w_g, -1, -1) + s[..., mid + 1 : mid + 2] * np.roll(w_g, 1, -1)
    return out, 0


# %% wrong: a row without weight should become uniform, and gives NaN \(0/0\)
# zero row gives NaN
def sharpen_forward(w, gamma):
    p = np.maximum(w, 0) ** gamma[..., None]
    return p / p.sum(-1, keepdims=True), 0


# %% wrong: the weights need not sum to one: they are not to be divided by their sum
# read divided by the sum of weights
def memory_read_forward(M, alpha):
    return (alpha[..., None] * M).sum(-2) / alpha.sum(-1, keepdims=True), 0


# %% wrong: in dα, the path through the erasing, −\(d ∘ m\)ᵀ e, is missing
# dalpha forgets the erase term
def memory_write_backward(D, cache):
    M, alpha, e, a = cache
    al = alpha[..., None]
    return D * (1 - al * e[..., None, :]), (D * a[..., None, :]).sum(-1), -(al * D * M).sum(-2), (al * D).sum(-2)
