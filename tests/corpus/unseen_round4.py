# Written without sight of this corpus: round4. The answers are changes of plain_functions.py.
# %% of: plain_functions
# %% wrong: the result has shape \(7,\), should be \(5,\)
# memory read sums the wrong axis
def memory_read_forward(M, alpha):
    return (alpha[..., None] * M).sum(-1), 0


# %% cause unnamed: r scaled by the largest weight
# r scaled by the largest weight
def weighted_sum_forward(alpha, X):
    return (alpha[..., None] * X).sum(-2) / alpha.max(-1, keepdims=True), 0


# %% cause unnamed: cube in place of tanh
# cube in place of tanh
def additive_score_forward(X, q, W, U, v):
    Z = X @ W.T + (q @ U.T)[..., None, :]
    return (Z / (1 + np.abs(Z))) @ v, 0


# %% wrong: the sign of q is wrong
# U q subtracted
def additive_score_forward(X, q, W, U, v):
    return np.tanh(X @ W.T - (q @ U.T)[..., None, :]) @ v, 0


# %% wrong: only the last item counts: the contributions are to be added up
# dU uses dz of the last item only
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    t = dZ[..., -1, :]
    return dZ @ W, dZ.sum(-2) @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(dscores[..., None], A)[0]


# %% wrong: in dz = dscores · v · \(1 \- a²\): the factor a at v is one too many
# tanh' at z : 1 - tanh(A)^2 and dv forgets A
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A) * (1 + A) * A
    t = dZ.sum(-2)
    return dZ @ W, t @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(dscores[..., None], A)[0]


# %% wrong: the upstream gradient is not used
# dW forgets ds (mean)
def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    dp = (dscores[..., None] * X).sum(-2)
    return dscores[..., None] * (q @ W.T)[..., None, :], dp @ W, outer_sum(X.sum(-2), q)


# %% wrong: raises ValueError: matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signa
# dq multiplied with W.T (square only) else raises
def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    dp = (dscores[..., None] * X).sum(-2)
    return dscores[..., None] * (q @ W.T)[..., None, :], dp @ W.T, outer_sum(dp, q)


# %% wrong: in scores = dots\(X, q\) / sqrt\(X\.shape\[\-1\]\): the square stands in place of the square root
# scaled by 1/d^2 typo
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / X.shape[-1] ** 2, 0


# %% wrong: it is multiplied by √d in place of divided
# multiplied by sqrt d
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) * X.dtype.type(X.shape[-1]) ** 0.5, 0


# %% wrong: scores is divided by 2
# temperature 2
def attention_distribution_forward(scores, mask=None):
    a = masked_softmax(scores / 2, mask)
    return a, a


# %% cause unnamed: masked entries small but not zero
# masked entries small but not zero
def attention_distribution_forward(scores, mask=None):
    s = scores if mask is None else np.where(mask, scores, scores - 10)
    a = softmax(s)
    return a, a


# %% wrong: the exponentials are not divided by their sum
# returns exp only (no division) masked
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores)
    if mask is not None:
        e = e * mask
    return e, e


# %% wrong: it is the logarithm of the softmax
# returns log softmax
def attention_distribution_forward(scores, mask=None):
    with np.errstate(all="ignore"):
        a = np.log(masked_softmax(scores, mask))
    return a, a


# %% wrong: it is the gradient of log α: dαᵢ − αᵢ Σⱼ dαⱼ
# gradient of log softmax
def attention_distribution_backward(dalpha, alpha):
    return dalpha - alpha * dalpha.sum(-1, keepdims=True)


# %% wrong: it is 2 times what it should be: a constant factor of 1/2 is missing
# q gradient doubled
def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, alpha = cache
    da = (X * dr[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    ds = soft_back(alpha, da)
    dX, dq, *rest = score_backward(ds, X, q, params, score)
    return (dX + alpha[..., None] * dr[..., None, :], 2 * dq, *rest)


# %% wrong: in da = dots\(V, dr\) \+ dα: the sign of dα is wrong
# dalpha subtracted
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, alpha = cache
    da = (V * dr[..., None, :]).sum(-1) - (0 if dalpha is None else dalpha)
    ds = soft_back(alpha, da)
    dK, *rest = score_backward(ds, K, q, params, score)
    return (dK, alpha[..., None] * dr[..., None, :], *rest)


# %% cause unnamed: dV uses V in place of dr
# dV uses V in place of dr
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, alpha = cache
    da = (V * dr[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    ds = soft_back(alpha, da)
    dK, *rest = score_backward(ds, K, q, params, score)
    return (dK, alpha[..., None] * V, *rest)


# %% wrong: U is not used
# additive score without U q
def soft_attention_forward(X, q, *params, score="dot", mask=None):
    if score == "additive":
        W, U, v = params
        s = np.tanh(X @ W.T) @ v
    else:
        s = score_and_back(X, q, params, score)
    alpha = masked_softmax(s, mask)
    return (alpha[..., None] * X).sum(-2), alpha, 0


# %% wrong: W_K is used in place of W_V
# values not projected
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    return base_mha(Q, K, V, W_Q, W_K, W_K, W_O, num_heads, mask)


# %% cause unnamed: one head only
# one head only
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    out, a, c = base_mha(Q, K, V, W_Q, W_K, W_V, W_O, 1, mask)
    return out, np.repeat(a, num_heads, axis=-3), c


# %% wrong: the mask is ignored
# mask ignored in heads
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    return base_mha(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, None)


# %% cause unnamed: second largest
# second largest
def hard_attention_forward(X, alpha):
    j = np.argsort(-alpha, axis=-1)[..., min(1, alpha.shape[-1] - 1)]
    return np.take_along_axis(X, j[..., None, None], -2)[..., 0, :], 0


# %% wrong: it is 1/N times what it should be: a mean is taken in place of a sum, or it is divided by N
# gradient scaled by number of items
def hard_attention_backward(dx, cache):
    X, j, dead = cache
    hot = (np.arange(X.shape[-2]) == j[..., None]) & ~dead[..., None]
    return hot[..., None] * dx[..., None, :] / X.dtype.type(X.shape[-2])


# %% wrong: with beta=None the step function should give −1 and \+1, and gives 0 and 1
# step gives 0 and 1
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    return ((h >= 0).astype(s.dtype) if beta is None else np.tanh(beta * h)), (beta, s, W, np.tanh((beta or 1) * h))


# %% wrong: the diagonal of W is left out
# diagonal of W ignored
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ (W - np.diag(np.diag(W))).T + b
    return (np.where(h >= 0, 1, -1).astype(s.dtype) if beta is None else np.tanh(beta * h)), 0


# %% wrong: the sum over the batch is missing
# db not summed over the batch
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        raise ValueError("step")
    dz = beta * ds_next * (1 - y * y)
    return dz @ W, outer_sum(dz, s), dz


# %% wrong: it is beta times what it should be: beta is missing, or one too many
# beta squared
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        raise ValueError("step")
    dz = beta**2 * ds_next * (1 - y * y)
    return dz @ W, outer_sum(dz, s), dz.reshape(-1, dz.shape[-1]).sum(0)


# %% wrong: it is 1/m times what it should be: a mean is taken in place of a sum, or it is divided by m
# energy divided by m
def hopfield_energy_forward(s, W, b):
    return (-(s * (s @ W.T)).sum(-1) / 2 - s @ b) / len(b), 0


# %% cause unnamed: energy plus trace counted double
# energy plus trace counted double
def hopfield_energy_forward(s, W, b):
    return -(s * (s @ (W + np.diag(np.diag(W))).T)).sum(-1) / 2 - s @ b, 0


# %% wrong: the sign is flipped
# db forgets the sign
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    d = dE[..., None]
    return -d * (0.5 * (s @ W.T + s @ W) + b), -0.5 * outer_sum(d * s, s), (d * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: the mean of patterns is subtracted
# mean subtracted from the patterns
def hebbian_weights_forward(patterns):
    c = patterns - patterns.mean(0)
    W = c.T @ c / len(patterns)
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: it is N times what it should be: a division by N is missing, or a mean in place of a sum
# N missing in the backward
def hebbian_weights_backward(dW, cache):
    dW = dW - np.diag(np.diag(dW))
    return cache @ (dW + dW.T)


# %% wrong: the factor ½ is missing in the energy of s alone
# half forgotten in own energy only
def boltzmann_log_likelihood_forward(s, W, b):
    L = base_blf(s, W, b)[0]
    return L + (s * (s @ W.T)).sum(-1) / 2, 0


# %% wrong: the term of the model, ⟨s sᵀ⟩ₚ and ⟨s⟩ₚ, is missing: what is dreamt
# db forgets the model
def boltzmann_log_likelihood_backward(d, cache):
    s, W, b, S, p = cache
    d1 = d[..., None]
    ds = d1 * (0.5 * (s @ W.T + s @ W) + b)
    return ds, 0.5 * (outer_sum(d1 * s, s) - d.sum() * (S * p[:, None]).T @ S), (d1 * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: in the leak, log cosh\(β u\) is not divided by β
# log cosh not divided by beta
def continuous_hopfield_energy_forward(u, W, b, beta=1.0):
    v = np.tanh(beta * u)
    z = np.abs(beta * u)
    lc = z + np.log1p(np.exp(-2 * z)) - u.dtype.type(np.log(2))
    return (v * u - lc - v * (v @ W.T) / 2 - v * b).sum(-1), 0


# %% wrong: the power is taken of the sum: −\(Σ o\)ᴷ
# sum over the patterns before the power
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        return base_de(s, patterns, interaction)[0], 0
    return -(o.sum(-1) ** interaction), 0


# %% wrong: it is transposed
# order plus one in the backward
def dense_energy_backward(dE, cache):
    s, patterns, slope = cache
    do = -dE[..., None] * slope
    return do @ patterns, outer_sum(s, do)


# %% wrong: in dX = β · outer\(dz, s\) \+ outer\(α, ds_next\): the factor α is missing
# alpha not in dX
def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, s, beta, alpha = cache
    da = (X * ds_next[..., None, :]).sum(-1) + (0 if dalpha is None else dalpha)
    dz = soft_back(alpha, da)
    return beta * dz[..., None] * s[..., None, :] + ds_next[..., None, :] + 0 * X, beta * (dz[..., None] * X).sum(-2)


# %% wrong: in ds = dE · \(s \- average\(α, X\)\): the term average\(α, X\) is missing
# ds misses alpha's average
def modern_hopfield_energy_backward(dE, cache):
    X, s, alpha = cache
    return -dE[..., None, None] * alpha[..., None] * s[..., None, :], dE[..., None] * s


# %% wrong: it is 1/d times what it should be: a mean is taken in place of a sum, or it is divided by d
# convolution divided by d
def bind_forward(a, b):
    return sum(a[..., j : j + 1] * np.roll(b, j, axis=-1) for j in range(a.shape[-1])) / a.shape[-1], 0


# %% wrong: the correlation is the wrong way round: the conjugate is that of F\(c\), c ⋆ a
# reversed result
def unbind_forward(c, a):
    return sum(c[..., j : j + 1] * np.roll(a, -j, axis=-1) for j in range(a.shape[-1])), 0


# %% wrong: E is not used
# E W swapped: sum instead of tanh(W x + U e) without U
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    return base_ptr(X, 0 * E, W, U, v, mask)[0], 0


# %% wrong: it is 1\.443 times what it should be: a constant factor of 0\.6931 is missing
# log base 2
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    return base_ptr(X, E, W, U, v, mask)[0] / X.dtype.type(np.log(2)), 0


# %% wrong: its logarithm is missing
# product of probabilities
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    return np.exp(base_pll(log_p, targets, lengths)[0]), 0


# %% wrong: the upstream gradient is not used
# backward without upstream
def pointer_log_likelihood_backward(dL, cache):
    shape, t, real = cache
    return ((np.arange(shape[-1]) == t[..., None]) & real[..., None]) * np.ones_like(dL)[..., None, None]


# %% wrong: the absolute value of the similarity is taken
# absolute cosine
def cosine_content_addressing_forward(M, k, beta):
    w, c = base_cos(M, k, beta)
    return softmax(beta[..., None] * np.abs(c[4])), 0


# %% wrong: the lengths are sums of absolute values in place of Euclidean
# sum norm in place of the euclidean
def cosine_content_addressing_forward(M, k, beta):
    n, m = np.abs(M).sum(-1), np.abs(k).sum(-1)
    return softmax(beta[..., None] * (M * k[..., None, :]).sum(-1) / np.where(n * m[..., None] == 0, 1, n * m[..., None])), 0


# %% wrong: the part that points along k is not taken away: the length of k is taken as constant
# dk without projection
def cosine_content_addressing_backward(dw, cache):
    M, k, beta, w, c, nM, nk = cache
    ds = soft_back(w, dw)
    one = lambda n: np.where(n == 0, 0, 1 / np.where(n == 0, 1, n))
    kh, Mh = k * one(nk)[..., None], M * one(nM)[..., None]
    b1 = beta[..., None]
    dM = ds[..., None] * (b1[..., None] * kh[..., None, :] - (b1 * c)[..., None] * Mh) * one(nM)[..., None]
    dp = (ds[..., None] * Mh).sum(-2)
    return dM, b1 * dp * one(nk)[..., None], (kh * dp).sum(-1)


# %% wrong: w_prev is not used
# w_prev ignored
def interpolate_forward(w_c, w_prev, g):
    return g[..., None] * w_c, 0


# %% wrong: entry j is a shift by j in place of j − R: the middle one should stay
# shift starts at j, not j-R
def shift_forward(w_g, s):
    return sum(s[..., j : j + 1] * np.roll(w_g, j, axis=-1) for j in range(s.shape[-1])), 0


# %% wrong: the power is 1/γ in place of γ
# gamma inverse
def sharpen_forward(w, gamma):
    return base_sharpen(w, 1 / gamma)[0], 0


# %% wrong: in dw, γ is missing
# dw without gamma
def sharpen_backward(dy, cache):
    w, gamma, y, log_w = cache
    ds = soft_back(y, dy)
    return ds / np.maximum(w, np.finfo(w.dtype).tiny), (ds * log_w).sum(-1)


# %% wrong: in keep = 1 \- outer\(α, erase\): it is squared
# erase applied twice
def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return M * (1 - a * erase[..., None, :]) ** 2 + a * add[..., None, :], 0


# %% wrong: in dadd = average\(α, dM_next\): the factor M at dM_next is one too many
# dadd by the memory
def memory_write_backward(D, cache):
    M, alpha, e, a = cache
    al = alpha[..., None]
    return D * (1 - al * e[..., None, :]), (D * a[..., None, :]).sum(-1) - (D * M * e[..., None, :]).sum(-1), -(al * D * M).sum(-2), (al * D * M).sum(-2)


# %% cause unnamed: dM by alpha times dr summed
# dM by alpha times dr summed
def memory_read_backward(dr, cache):
    M, alpha = cache
    return np.broadcast_to(dr[..., None, :], M.shape) / M.shape[-2], (M * dr[..., None, :]).sum(-1)
