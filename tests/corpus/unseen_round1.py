# Written without sight of this corpus: round1. The answers are changes of plain_functions.py.
# %% of: plain_functions
# %% wrong: the weights are squared once more
# columns are normalised in place of rows
def attention_distribution_forward(scores, mask=None):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    if mask is not None:
        e = e * mask
    z = e.sum(axis=-1, keepdims=True)
    alpha = e / np.where(z == 0, 1, z)
    return alpha**2, alpha


# %% wrong: only the diagonal of the softmax's Jacobian is used: dsᵢ = αᵢ \(1 − αᵢ\) dαᵢ
# only the diagonal of the Jacobian
def attention_distribution_backward(dalpha, alpha):
    return dalpha * alpha * (1 - alpha)


# %% wrong: tanh stands outside: tanh\(vᵀ \(W x \+ U q\)\)
# tanh applied after v
def additive_score_forward(X, q, W, U, v):
    Z = X @ W.T + (q @ U.T)[..., None, :]
    return np.tanh(Z @ v), (X, q, W, U, v, Z)


# %% wrong: in dv, the derivative 1 − a² stands in place of a
# dq without the sum through U: uses W in place of U shape fits only square
def additive_score_backward(dscores, cache):
    X, q, W, U, v, A = cache
    dZ = dscores[..., None] * v * (1 - A**2)
    t = dZ.sum(-2)
    return dZ @ W, t @ U, outer_sum(dZ, X), outer_sum(t, q), outer_sum(dscores[..., None], 1 - A**2)[0]


# %% wrong: in dW, q xᵢᵀ stands in place of xᵢ qᵀ: it is transposed
# dX forgets W: shape of hidden layer
def bilinear_score_backward(dscores, cache):
    X, q, W = cache
    dp = (dscores[..., None] * X).sum(-2)
    return dscores[..., None] * (q @ W.T)[..., None, :], dp @ W, outer_sum(q, dp)


# %% wrong: it is divided by d in place of √d
# divided by d in place of sqrt d
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / X.shape[-1], (X, q)


# %% wrong: it is divided by √N in place of √d
# divided by sqrt(N) in place of sqrt(d)
def scaled_dot_score_forward(X, q):
    return (X * q[..., None, :]).sum(-1) / X.dtype.type(X.shape[-2]) ** 0.5, (X, q)


# %% wrong: it is 1/N times what it should be: a mean is taken in place of a sum, or it is divided by N
# dq is a mean
def dot_score_backward(ds, cache):
    X, q = cache
    return ds[..., None] * q[..., None, :], (ds[..., None] * X).mean(-2)


# %% wrong: it is minus the squared distance, −\|xᵢ − q\|², in place of the product xᵢᵀ q
# uses the squared distance in place of the product
def dot_score_forward(X, q):
    return -((X - q[..., None, :]) ** 2).sum(-1), (X, q)


# %% wrong: in r = average\(α, X\): a mean is taken in place of a sum
# the weighted sum is divided by N
def weighted_sum_forward(alpha, X):
    return (alpha[..., None] * X).mean(-2), (alpha, X)


# %% wrong: in dX, the path through the values, αᵢ dr, is missing
# path through the values forgotten in dX
def soft_attention_backward(dr, cache, dalpha=None):
    X, q, params, score, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = soft_back(alpha, da)
    return score_backward(ds, X, q, params, score)


# %% wrong: dalpha is ignored
# dalpha ignored
def key_value_attention_backward(dr, cache, dalpha=None):
    K, V, q, params, score, alpha = cache
    ds = soft_back(alpha, (V * dr[..., None, :]).sum(-1))
    dK, *rest = score_backward(ds, K, q, params, score)
    return (dK, alpha[..., None] * dr[..., None, :], *rest)


# %% wrong: among equal weights the last item is taken
# last among equals
def hard_attention_forward(X, alpha):
    N = alpha.shape[-1]
    j = N - 1 - alpha[..., ::-1].argmax(-1)
    x = np.take_along_axis(X, j[..., None, None], -2)[..., 0, :]
    x = np.where((alpha == 0).all(-1)[..., None], 0, x)
    x = np.where(np.isnan(alpha).any(-1)[..., None], np.nan, x)
    return x.astype(X.dtype), (X, j)


# %% wrong: it is α_j x_j in place of x_j: the item is not multiplied by its weight
# alpha_j x_j
def hard_attention_forward(X, alpha):
    j = alpha.argmax(-1)
    x = np.take_along_axis(X * alpha[..., None], j[..., None, None], -2)[..., 0, :]
    return x, (X, j)


# %% wrong: the division by √d_h is missing
# no scaling in the heads
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    root = Q.dtype.type(W_Q.shape[0] // num_heads) ** 0.5
    return base_mha(Q, K, V, W_Q * root, W_K, W_V, W_O, num_heads, mask)


# %% wrong: it is divided by √d in place of √d_h
# scaled by sqrt(d) in place of sqrt(d_h)
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    root = Q.dtype.type(W_Q.shape[0] // num_heads) ** 0.5
    return base_mha(Q, K, V, W_Q * root / Q.dtype.type(Q.shape[-1]) ** 0.5, W_K, W_V, W_O, num_heads, mask)


# %% wrong: the heads are split by a reshape alone, without moving the axis of heads: the rows are mixed up
# heads split by reshape only
def multi_head_attention_forward(Q, K, V, W_Q, W_K, W_V, W_O, num_heads, mask=None):
    def heads(Y, W):
        Z = Y @ W.T
        return Z.reshape(*Z.shape[:-2], num_heads, Z.shape[-2], -1)
    P, K2, V2 = heads(Q, W_Q), heads(K, W_K), heads(V, W_V)
    S = P @ np.swapaxes(K2, -1, -2) / Q.dtype.type(P.shape[-1]) ** 0.5
    if mask is not None:
        mask = mask[..., None, None, :] if mask.ndim == K.ndim - 1 else mask[..., None, :, :]
    alpha = masked_softmax(S, mask)
    R = alpha @ V2
    R = R.reshape(*Q.shape[:-1], -1)
    return R @ W_O.T, alpha, 0


# %% wrong: where W s \+ b = 0 the state should be \+1 \(≥ in \(8\.14\)\), and is −1: > for ≥
# > for >=
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    if beta is None:
        return np.where(h > 0, 1, -1).astype(s.dtype), None
    return np.tanh(beta * h), (beta, s, W, np.tanh(beta * h))


# %% wrong: where W s \+ b = 0 the state should be \+1, and is 0: np\.sign gives 0 there
# np.sign
def hopfield_update_forward(s, W, b, beta=None):
    h = s @ W.T + b
    return (np.sign(h) if beta is None else np.tanh(beta * h)), (beta, s, W, np.tanh((beta or 1) * h))


# %% wrong: β is forgotten in the derivative
# beta forgotten in the backward
def hopfield_update_backward(ds_next, cache):
    beta, s, W, y = cache
    if beta is None:
        raise ValueError("step function")
    dz = ds_next * (1 - y * y)
    return dz @ W, outer_sum(dz, s), dz.reshape(-1, dz.shape[-1]).sum(0)


# %% wrong: the factor ½ before sᵀ W s is missing
# the half is missing
def hopfield_energy_forward(s, W, b):
    return -(s * (s @ W.T)).sum(-1) - s @ b, (s, W, b)


# %% wrong: the bias term has the wrong sign
# sign of the bias term
def hopfield_energy_forward(s, W, b):
    return -(s * (s @ W.T)).sum(-1) / 2 + s @ b, (s, W, b)


# %% wrong: W is taken to be symmetric: ds = −dE \(W s \+ b\) in place of −dE \(½ \(W \+ Wᵀ\) s \+ b\)
# ds assumes symmetric W
def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    ds = -dE[..., None] * (s @ W.T + b)
    return ds, -0.5 * outer_sum(dE[..., None] * s, s), -(dE[..., None] * s).reshape(-1, s.shape[-1]).sum(0)


# %% wrong: it is divided by m, the number of neurons, in place of N, the number of patterns
# divided by m in place of N
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(W, 0)
    return W, patterns


# %% wrong: the identity is subtracted
# identity subtracted
def hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / len(patterns) - np.eye(patterns.shape[1], dtype=patterns.dtype)
    return W, patterns


# %% wrong: dW is taken to be symmetric: \(2/N\) dWᵀ x in place of \(1/N\) \(dW \+ dWᵀ\) x
# no transposed dW
def hebbian_weights_backward(dW, cache):
    X = cache
    dW = dW - np.diag(np.diag(dW))
    return 2 * X @ dW / len(X)


# %% wrong: the states s′ are taken to be 0 and 1
# states 0 and 1
def boltzmann_log_likelihood_forward(s, W, b):
    m = len(b)
    S = np.array(np.meshgrid(*[[0.0, 1.0]] * m, indexing="ij")).reshape(m, -1).T.astype(s.dtype)
    f = (S * (S @ W.T)).sum(-1) / 2 + S @ b
    own = (s * (s @ W.T)).sum(-1) / 2 + s @ b
    t = f.max()
    return own - np.log(np.exp(f - t).sum()) - t, 0


# %% wrong: log Z, the logarithm of the partition function, is missing: this is −E\(s\)
# log Z forgotten
def boltzmann_log_likelihood_forward(s, W, b):
    return (s * (s @ W.T)).sum(-1) / 2 + s @ b, 0


# %% wrong: with interaction='exp', the logarithm is missing: E = −log Σ exp\(o\), not −Σ exp\(o\)
# exponential without logarithm
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        return -np.exp(o).sum(-1), (s, patterns, np.exp(o))
    return -(o**interaction).sum(-1), (s, patterns, interaction * o ** (interaction - 1))


# %% wrong: the sign is flipped
# the sign of the dense energy
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        t = o.max(-1, keepdims=True)
        return np.log(np.exp(o - t).sum(-1)) + t[..., 0], 0
    return (o**interaction).sum(-1), 0


# %% wrong: β is missing in the softmax
# beta missing in modern update
def modern_hopfield_forward(X, s, beta=1.0):
    alpha = softmax((X * s[..., None, :]).sum(-1))
    return (alpha[..., None] * X).sum(-2), alpha, 0


# %% wrong: 1/β before the logarithm is missing
# 1/beta missing in the energy
def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * (X * s[..., None, :]).sum(-1)
    t = z.max(-1, keepdims=True)
    return -(np.log(np.exp(z - t).sum(-1)) + t[..., 0]) + (s * s).sum(-1) / 2, 0


# %% wrong: the convolution is linear, cut at d: the indices are to be taken modulo d \(circular\)
# linear convolution
def bind_forward(a, b):
    d = a.shape[-1]
    c = np.zeros_like(a)
    for j in range(d):
        c[..., j:] += a[..., j : j + 1] * b[..., : d - j]
    return c, (a, b)


# %% wrong: the transforms are divided, F\(c\) / F\(a\), in place of multiplied by the conjugate
# division in the frequency domain
def unbind_forward(c, a):
    y = np.fft.irfft(np.fft.rfft(c) / np.fft.rfft(a), c.shape[-1]).astype(c.dtype)
    return y, (c, a)


# %% wrong: the logarithm is missing: this is p, not log p
# probabilities in place of log
def pointer_distribution_forward(X, E, W, U, v, mask=None):
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = A @ v
    if mask is not None:
        mask = mask[..., None, :] if mask.ndim == X.ndim - 1 else mask
    return masked_softmax(s, mask), 0


# %% wrong: the argument lengths is ignored
# lengths ignored
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    return np.take_along_axis(log_p, targets[..., None], -1)[..., 0].sum(-1), 0


# %% wrong: the length is off by one: one step too many is counted
# length off by one
def pointer_log_likelihood_forward(log_p, targets, lengths=None):
    p = np.take_along_axis(log_p, targets[..., None], -1)[..., 0]
    if lengths is not None:
        p = np.where(np.arange(p.shape[-1]) <= np.asarray(lengths)[..., None], p, 0)
    return p.sum(-1), 0


# %% wrong: the similarity is divided by β in place of multiplied
# beta inside the norm only: divided by beta
def cosine_content_addressing_forward(M, k, beta):
    nM, nk = np.sqrt((M * M).sum(-1)), np.sqrt((k * k).sum(-1))
    c = (M * k[..., None, :]).sum(-1) / (nM * nk[..., None])
    return softmax(c / beta[..., None]), 0


# %% wrong: the division by the length \|k\| of the key is missing
# key not normalised
def cosine_content_addressing_forward(M, k, beta):
    nM = np.sqrt((M * M).sum(-1))
    c = (M * k[..., None, :]).sum(-1) / nM
    return softmax(beta[..., None] * c), 0


# %% wrong: g and 1 − g are exchanged
# gate exchanged
def interpolate_forward(w_c, w_prev, g):
    return (1 - g[..., None]) * w_c + g[..., None] * w_prev, 0


# %% wrong: the direction is reversed: entry j should shift by j − R to the right, and shifts to the left
# roll in the wrong direction
def shift_forward(w_g, s):
    R = s.shape[-1] // 2
    return sum(s[..., j : j + 1] * np.roll(w_g, R - j, axis=-1) for j in range(s.shape[-1])), (w_g, s)


# %% wrong: the power is taken after the division by the sum, so the result does not sum to one: \(w / Σ w\)\^γ
# normalised before the power
def sharpen_forward(w, gamma):
    p = w / w.sum(-1, keepdims=True)
    return p ** gamma[..., None], 0


# %% wrong: the weight α is missing in the erasing: e in place of αᵢ e
# erase without the weight
def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return M * (1 - erase[..., None, :]) + a * add[..., None, :], 0


# %% wrong: the order is wrong: first added, then erased, so that what is added is erased too
# add first, then erase
def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    return (M + a * add[..., None, :]) * (1 - a * erase[..., None, :]), 0
