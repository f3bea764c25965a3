# Written without sight of this corpus: round3. The answers are changes of plain_functions.py.
# %% of: plain_functions
# %% wrong: a masked score far above the others should change nothing: subtract the largest of what may be attended to
# subtracts the mean score, and overflows
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores - scores.mean(-1, keepdims=True))
    if mask is not None:
        e = e * mask
    z = e.sum(-1, keepdims=True)
    a = e / np.where(z == 0, 1, z)
    return a, a


# %% wrong: it modifies its arguments in place: scores
# modifies its scores in place
def attention_distribution_forward(scores, mask=None):
    if mask is not None:
        scores[~mask] = -np.inf
        dead = ~mask.any(-1, keepdims=True)
        scores[np.broadcast_to(dead, scores.shape)] = 0
        a = softmax(scores) * ~dead
        return a, a
    a = softmax(scores)
    return a, a


# %% wrong: the power has base 2 in place of e
# base 2 in place of e
def attention_distribution_forward(scores, mask=None):
    a = masked_softmax(scores * scores.dtype.type(np.log(2)), mask)
    return a, a


# %% wrong: the sign inside is wrong: αᵢ \(dαᵢ \+ Σⱼ αⱼ dαⱼ\)
# sign of the second term
def attention_distribution_backward(dalpha, alpha):
    return alpha * (dalpha + (alpha * dalpha).sum(-1, keepdims=True))


# %% wrong: in scores = a v: v is missing: the entries are just added
# query not added to the items but W applied to both q in place of U when sizes fit: bias forgotten v missing
def additive_score_forward(X, q, W, U, v):
    return np.tanh(X @ W.T + (q @ U.T)[..., None, :]).sum(-1), 0


# %% wrong: in dz = dscores · v · \(1 \- a²\): the factor v is missing
# v is forgotten in dz
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * (1 - A**2)
    t = dZ.sum(-2)
    return dZ @ W, t @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(dscores[..., None], A)[0]


# %% wrong: it is transposed
# dW transposed
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    t = dZ.sum(-2)
    return dZ @ W, t @ U, outer_sum(X, dZ), outer_sum(t, q), outer_sum(dscores[..., None], A)[0]


# %% wrong: only the last item counts: the contributions are to be added up
# dq by the last item alone
def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    dp = (dscores[..., None] * X)[..., -1, :]
    return dscores[..., None] * (q @ W.T)[..., None, :], dp @ W, outer_sum(dp, q)


# %% wrong: it is divided by the length \|xᵢ\| of each item
# cosine in place of dot
def dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / np.linalg.norm(X, axis=-1), 0


# %% wrong: float32 is lost: it gives float64 \(np\.sqrt of a number and np\.zeros without dtype are float64\)
# float64 scale
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / np.sqrt(np.array([X.shape[-1]])), 0


# %% wrong: the gradient of X stands in its place
# gradients returned in the other order
def weighted_sum_backward(dr, cache):
    alpha, X = cache
    return alpha[..., None] * dr[..., None, :], (X * dr[..., None, :]).sum(-1)


# %% wrong: raises ValueError: output has more dimensions than subscripts given in einstein sum, but no '\.\.\.' el
# sums the batch in weighted sum
def weighted_sum_forward(alpha, X):
    return np.einsum("...n,...nd->d", alpha, X), 0


# %% wrong: a weight that is NaN should give NaN
# NaN weight swallowed
def hard_attention_forward(X, alpha):
    a = np.where(np.isnan(alpha), -1, alpha)
    j = a.argmax(-1)
    x = np.take_along_axis(X, j[..., None, None], -2)[..., 0, :]
    return np.where((a == 0).all(-1)[..., None], 0, x).astype(X.dtype), (X, j)


# %% wrong: where all weights are zero the first item is taken
# nothing to attend to takes the first row
def hard_attention_forward(X, alpha):
    j = alpha.argmax(-1)
    x = np.take_along_axis(X, j[..., None, None], -2)[..., 0, :]
    return np.where(np.isnan(alpha).any(-1)[..., None], np.nan, x).astype(X.dtype), (X, j)


# %% wrong: the softmax's gradient is skipped: ds = dα
# softmax backward skipped: ds = dalpha
def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, alpha = cache
    ds = (X * dr[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    dX, *rest = score_backward(ds, X, q, params, score)
    return (dX + alpha[..., None] * dr[..., None, :], *rest)


# %% wrong: a sigmoid in place of the softmax
# sigmoid in place of softmax
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    a = 1 / (1 + np.exp(-score_and_back(X, q, params, score)))
    if mask is not None:
        a = a * mask
    return (a[..., None] * X).sum(-2), a, 0


# %% wrong: in dV, ds stands in place of α
# dV with the scores' gradient in place of alpha
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, alpha = cache
    ds = soft_back(alpha, (V * dr[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha))
    dK, *rest = score_backward(ds, K, q, params, score)
    return (dK, ds[..., None] * dr[..., None, :], *rest)


# %% wrong: the softmax runs over the wrong axis, the last but one
# softmax over the queries
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    out, alpha, c = base_mha(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask)
    P, K2, V2 = c[8:11]
    S = P @ np.swapaxes(K2, -1, -2) / c[-1]
    a = softmax(S, -2)
    R = np.moveaxis(a @ V2, -3, -2)
    return R.reshape(*R.shape[:-2], -1) @ W_O.T, a, 0


# %% wrong: W_V is used in place of W_K
# mask (..., N) taken as (M, N) only: W_V used for keys
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    return base_mha(Q, K, V, W_Q, W_V, W_V, W_O, num_heads, mask)


# %% wrong: it is transposed
# dW_O with heads' output transposed order dR
def multi_head_attention_backward(dout, cache, dalpha=None):
    Q, K, V, W_Q, W_K, W_V, W_O, H, P, K2, V2, alpha, R, root = cache
    flat = lambda Y: (lambda Z: Z.reshape(*Z.shape[:-2], -1))(np.moveaxis(Y, -3, -2))
    split = lambda Z: np.moveaxis(Z.reshape(*Z.shape[:-1], H, -1), -2, -3)
    dR = split(dout @ W_O)
    da = dR @ np.swapaxes(V2, -1, -2) + (0 if dalpha is None else dalpha)
    dS = soft_back(alpha, da) / root
    dP, dK2, dV2 = flat(dS @ K2), flat(np.swapaxes(dS, -1, -2) @ P), flat(np.swapaxes(alpha, -1, -2) @ dR)
    return (dP @ W_Q, dK2 @ W_K, dV2 @ W_V, outer_sum(dP, Q), outer_sum(dK2, K), outer_sum(dV2, V), outer_sum(R, dout))


# %% wrong: the bias b is missing
# bias left out
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T
    if beta is None:
        return np.where(h >= 0, 1, -1).astype(s.dtype), None
    return np.tanh(beta * h), 0


# %% wrong: β stands outside: β tanh\(W s \+ b\)
# beta times tanh, not inside
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    if beta is None:
        return np.where(h >= 0, 1, -1).astype(s.dtype), None
    return beta * np.tanh(h), 0


# %% wrong: in dz = β · ds_next · \(1 \- s_next²\): the derivative is taken at tanh\(s_next\) in place of s_next
# tanh' at y twice: 1 - tanh(y)^2
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        raise ValueError("no gradient")
    dz = beta * ds_next * (1 - np.tanh(y) ** 2)
    return dz @ W, outer_sum(dz, s), dz.reshape(-1, dz.shape[-1]).sum(0)


# %% wrong: the sign is flipped
# E positive
def hopfield_energy_forward(s, W, b):
    return (s * (s @ W.T)).sum(-1) / 2 + s @ b, 0


# %% wrong: the identity is subtracted
# minus N identity, divided by m
def hebbian_weights_forward(patterns):
    N, m = patterns.shape
    W = (patterns.T @ patterns - N * np.eye(m, dtype=patterns.dtype)) / N
    return W, patterns


# %% wrong: the division by N, the number of patterns, is missing
# not divided by N
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: the mean over the states stands in place of the sum in log Z
# log Z of the mean
def boltzmann_log_likelihood_forward(s, W, b):
    m = len(b)
    lp = base_blf(s, W, b)[0]
    return lp + m * s.dtype.type(np.log(2)), 0


# %% wrong: in dW, the factor ½ is missing and both terms count in full
# model term not halved
def boltzmann_log_likelihood_backward(d, cache):
    s, W, b, S, p = cache
    d1 = d[..., None]
    ds = d1 * (0.5 * (s @ W.T + s @ W) + b)
    dW = outer_sum(d1 * s, s) - d.sum() * (S * p[:, None]).T @ S
    return ds, dW, (d1 * s).reshape(-1, s.shape[-1]).sum(0) - d.sum() * p @ S


# %% wrong: in du, the derivative 1 − v² of tanh is forgotten
# (1 - v^2) forgotten
def continuous_hopfield_energy_backward(dE, cache):
    u, W, b, beta, v = cache
    d = dE[..., None]
    dv = d * (u - 0.5 * (v @ W.T + v @ W) - b)
    return beta * dv, -0.5 * outer_sum(d * v, v), -(d * v).reshape(-1, v.shape[-1]).sum(0)


# %% wrong: the absolute values of the overlaps are taken: \|o\|ᴷ
# abs overlaps
def dense_energy_forward(s, patterns, interaction=3):
    o = np.abs(s @ patterns.T)
    if interaction == "exp":
        t = o.max(-1, keepdims=True)
        return -(np.log(np.exp(o - t).sum(-1)) + t[..., 0]), 0
    return -(o**interaction).sum(-1), 0


# %% wrong: in dX, the path through the average, αᵢ ds_next, is missing
# dX without the value path
def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, s, beta, alpha = cache
    da = (X * ds_next[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    dz = soft_back(alpha, da)
    return beta * dz[..., None] * s[..., None, :], beta * (dz[..., None] * X).sum(-2)


# %% wrong: the sign of the logarithm is wrong
# sign of log-sum-exp
def modern_hopfield_energy_forward(X, s, beta=1.0):
    E = base_mhe(X, s, beta)[0]
    return (s * s).sum(-1) - E, 0


# %% wrong: the gradient is bound with the other vector \(convolution\)
# db with bind in place of unbind
def bind_backward(dc, cache):
    a, b = cache
    conv = lambda x, y: sum(x[..., j : j + 1] * np.roll(y, j, axis=-1) for j in range(x.shape[-1]))
    return conv(b, dc), conv(a, dc)


# %% wrong: it is the product entry by entry, a ∘ b
# elementwise product
def bind_forward(a, b):
    return a * b, (a, b)


# %% wrong: the scores are not normalised: − log Σⱼ exp\(s_ij\) is missing
# scores in place of log softmax
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    s = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :]) @ v
    if mask is not None:
        mask = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
        s = np.where(mask, s, -np.inf)
    return s, 0


# %% wrong: the gradient is that of a softmax, p ∘ \(dl − Σ p dl\)
# log softmax backward as softmax backward
def pointer_distribution_backward(d, cache):
    X, E, W, U, v, A, p = cache
    ds = soft_back(p, np.where(p == 0, 0, d))
    dZ = ds[..., None] * v * (1 - A * A)
    dx, de = dZ.sum(-3), dZ.sum(-2)
    return dx @ W, de @ U, outer_sum(dx, X), outer_sum(de, E), outer_sum(ds[..., None], A)[0]


# %% wrong: log p is to be taken without overflow: subtract the largest score before exp \(v = 300 normal numbers
# log p without the max, plain
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    s = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :]) @ v
    if mask is not None:
        mask = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
        s = np.where(mask, s, -np.inf)
    with np.errstate(all="ignore"):
        r = s - np.log(np.exp(s).sum(-1, keepdims=True))
    return np.where(np.isnan(r), -np.inf, r).astype(X.dtype), 0


# %% wrong: the targets are shifted by one step: step i looks up the target of step i − 1
# targets shifted by one step
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    p = np.take_along_axis(log_p, np.roll(targets, 1, -1)[..., None], -1)[..., 0]
    if lengths is not None:
        p = np.where(np.arange(p.shape[-1]) < np.asarray(lengths)[..., None], p, 0)
    return p.sum(-1), 0


# %% wrong: targets behind the length are not to be looked at, whatever they are \(raises ValueError: target out 
# targets behind the length looked at
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    t = np.asarray(targets)
    if (t < 0).any() or (t >= log_p.shape[-1]).any():
        raise ValueError("target out of range")
    return base_pll(log_p, t, lengths)


# %% wrong: the sign is flipped: this is the loss, −log p
# negative log-likelihood
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    L, c = base_pll(log_p, targets, lengths)
    return -L, c


# %% wrong: β is multiplied behind the softmax
# beta after softmax
def cosine_content_addressing_forward(M, k, beta):
    w = base_cos(M, k, np.ones_like(beta))[0]
    return beta[..., None] * w, 0


# %% wrong: the division by the lengths \|k\| \|mᵢ\| is missing: a dot product in place of the cosine
# dot product in place of cosine
def cosine_content_addressing_forward(M, k, beta):
    return softmax(beta[..., None] * (M * k[..., None, :]).sum(-1)), 0


# %% wrong: a key or a row of zeros should count as similarity 0, and gives NaN \(0/0\)
# zero key gives NaN
def cosine_content_addressing_forward(M, k, beta):
    nM, nk = np.sqrt((M * M).sum(-1)), np.sqrt((k * k).sum(-1))
    return softmax(beta[..., None] * (M * k[..., None, :]).sum(-1) / (nM * nk[..., None])), 0


# %% wrong: the sign of dg is wrong: w_prev − w_c in place of w_c − w_prev
# dg sign
def interpolate_backward(d, cache):
    w_c, w_prev, g = cache
    return g[..., None] * d, (1 - g[..., None]) * d, ((w_prev - w_c) * d).sum(-1)


# %% wrong: in ds the direction is reversed: w_g is to be moved as in the forward
# ds rolled the wrong way
def shift_backward(dw, cache):
    w_g, s = cache
    R = s.shape[-1] // 2
    n = s.shape[-1]
    dg = sum(s[..., j : j + 1] * np.roll(dw, R - j, axis=-1) for j in range(n))
    return dg, np.stack([(dw * np.roll(w_g, R - j, axis=-1)).sum(-1) for j in range(n)], -1)


# %% wrong: γ is a factor in place of a power: γ w / Σ γ w
# gamma multiplies
def sharpen_forward(w, gamma):
    p = w * gamma[..., None]
    return p / p.sum(-1, keepdims=True), 0


# %% wrong: in dγ the logarithm is missing: Σ ds w in place of Σ ds log w
# dgamma without log
def sharpen_backward(dy, cache):
    w, gamma, y, log_w = cache
    ds = soft_back(y, dy)
    return gamma[..., None] * ds / np.maximum(w, np.finfo(w.dtype).tiny), (ds * w).sum(-1)


# %% wrong: what is added is multiplied by the erase vector
# add scaled by erase
def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return M * (1 - a * erase[..., None, :]) + a * add[..., None, :] * erase[..., None, :], 0


# %% wrong: the weights need not sum to one: they are not to be divided by their sum
# weights divided by their sum in writing
def memory_write_forward(M, alpha, erase, add):
    a = (alpha / alpha.sum(-1, keepdims=True))[..., None]
    return M * (1 - a * erase[..., None, :]) + a * add[..., None, :], 0


# %% wrong: in dM, the factor 1 − αᵢ e is missing
# dM not erased
def memory_write_backward(D, cache):
    M, alpha, e, a = cache
    al = alpha[..., None]
    return D.copy(), (D * a[..., None, :]).sum(-1) - (D * M * e[..., None, :]).sum(-1), -(al * D * M).sum(-2), (al * D).sum(-2)
