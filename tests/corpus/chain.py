# Marginals of a chain, structured attention, and attention with a learned query; the wrong answers were written before
# their mistakes were declared, in two rounds; from "the messages from the right in the wrong order" on, the second.
# %% right: loops along the chain
import numpy as np


def log_sum(x, axis):
    top = x.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return (np.log(np.exp(x - top).sum(axis=axis, keepdims=True)) + top).squeeze(axis)


def masked_softmax(s, mask):
    if mask is not None:
        s = np.where(mask, s, -np.inf)
    top = s.max(-1, keepdims=True)
    e = np.exp(s - np.where(np.isfinite(top), top, 0))
    total = e.sum(-1, keepdims=True)
    return e / np.where(total == 0, 1, total)


def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1]
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% right: the loops backwards, each step through its softmax
import numpy as np


def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    left, right = [np.zeros_like(unary[..., 0, :])], [np.zeros_like(unary[..., 0, :])]
    for i in range(n - 1):
        left.append(np.logaddexp.reduce((left[-1] + unary[..., i, :])[..., None] + pairwise, axis=-2))
        right.append(np.logaddexp.reduce(pairwise + (right[-1] + unary[..., n - 1 - i, :])[..., None, :], axis=-1))
    F, B = np.stack(left, axis=-2), np.stack(right[::-1], axis=-2)
    s = F + unary + B
    mu = np.exp(s - np.maximum(np.logaddexp.reduce(s, axis=-1, keepdims=True), -1e30))
    return mu, (unary, pairwise, F, B, mu)


def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    C = len(pairwise)
    ds = mu * (dmarginals - (mu * dmarginals).sum(-1, keepdims=True))
    dunary, dF, dB, dpairwise = ds.copy(), ds.copy(), ds.copy(), np.zeros_like(pairwise)
    for i in range(1, unary.shape[-2]):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        d = p * dB[..., i - 1, :, None]
        dpairwise += d.reshape(-1, C, C).sum(0)
        dunary[..., i, :] += d.sum(-2)
        dB[..., i, :] += d.sum(-2)
    for i in range(unary.shape[-2] - 1, 0, -1):
        p = np.exp((F + unary)[..., i - 1, :, None] + pairwise - F[..., i, None, :])
        d = p * dF[..., i, None, :]
        dpairwise += d.reshape(-1, C, C).sum(0)
        dunary[..., i - 1, :] += d.sum(-1)
        dF[..., i - 1, :] += d.sum(-1)
    return dunary, dpairwise


def structured_attention_forward(X, unary, pairwise):
    marginals, chain = chain_marginals_forward(unary, pairwise)
    r = np.einsum("...i,...id->...d", marginals[..., 1], X)
    return r, marginals[..., 1], (X, marginals, chain)


def structured_attention_backward(dr, cache, dalpha=None):
    X, marginals, chain = cache
    dmarginals = np.zeros_like(marginals)
    dmarginals[..., 1] = np.einsum("...id,...d->...i", X, dr) + (0 if dalpha is None else dalpha)
    dX = np.einsum("...i,...d->...id", marginals[..., 1], dr)
    return (dX, *chain_marginals_backward(dmarginals, chain))


def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(np.einsum("...nd,hd->...nh", X, W) + b)
    s = np.einsum("...nh,h->...n", a, u)
    open_ = np.ones(s.shape, bool) if mask is None else mask
    e = np.where(open_, np.exp(s - np.max(np.where(open_, s, -1e300), axis=-1, keepdims=True).clip(-1e299)), 0)
    alpha = (e / np.maximum(e.sum(-1, keepdims=True), 1e-300)).astype(X.dtype)
    return np.einsum("...n,...nd->...d", alpha, X), alpha, (X, W, u, a, alpha)


def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    dalpha = np.einsum("...nd,...d->...n", X, dr) + (0 if dalpha is None else dalpha)
    ds = alpha * dalpha - alpha * np.einsum("...n,...n->...", alpha, dalpha)[..., None]
    dz = np.einsum("...n,h,...nh->...nh", ds, u, 1 - a * a)
    dX = np.einsum("...n,...d->...nd", alpha, dr) + np.einsum("...nh,hd->...nd", dz, W)
    return (
        dX,
        dz.reshape(-1, len(u)).T @ X.reshape(-1, X.shape[-1]),
        dz.reshape(-1, len(u)).sum(0),
        ds.reshape(-1) @ a.reshape(-1, len(u)),
    )


# %% wrong: the transition is read the wrong way round, ψ\(c′, c\)
# the transition is read the wrong way round
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise.T, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise.T + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: on the way from the right, ψ is transposed once too often
# transposed on the way back alone
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise.T + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the message from the right lacks the score θ of the position that it comes from
# the message from the right forgets the score of where it comes from
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + B[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the message from the left lacks the score θ of the position that it comes from
# the message from the left forgets it
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum(F[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: a position's own score θ counts twice
# own score counted twice
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + 2 * unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: a position's own score θ is missing: F \+ B
# own score left out
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the probabilities are not divided by their sum over the states
# no normalising
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s)
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: it is the logarithm of what it should be
# logarithms are returned
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = s - log_sum(s, -1)[..., None]
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the largest stands in place of the sum \(Viterbi\): it finds the best sequence, not the marginals
# largest in place of the sum (Viterbi)
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = ((F + unary)[..., i, :, None] + pairwise).max(-2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = (pairwise + (unary + B)[..., i, None, :]).max(-1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: only what comes from the left counts: B is missing
# filtering: only what comes from the left
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: only what comes from the right counts: F is missing
# only what comes from the right
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: each position is a softmax by itself: no message arrives
# a softmax of each position by itself
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = unary
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: it is normalised over the positions, in place of the states of each
# normalised over positions
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - log_sum(s, -2)[..., None, :])
    return mu, (unary, pairwise, F, B, mu)


# %% cause unnamed
# potentials used as if they were probabilities already
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = ((F + unary)[..., i, :, None] * pairwise).sum(-2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the loop from the right stops one short: nothing arrives at the first position
# the loop back stops one early
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 1, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: a message takes the score θ of the position where it arrives, which then counts twice
# the message takes the score of where it arrives
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum(F[..., i, :, None] + unary[..., i + 1, None, :] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: not stable: with unary 10⁴ times as large it overflows or loses the result
# exp without the largest taken out
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]

    def log_sum(x, axis):
        return np.log(np.exp(x).sum(axis))

    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% cause unnamed
# messages multiplied
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F * unary * B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the sum of a message runs over the state that is reached, in place of the state that is left
# sums over the wrong state
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -1)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the messages are taken for constants: this is the gradient of the last softmax alone
# the messages taken for constants
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = g
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: what changes on the right is missing in the gradient
# only from the left
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: what changes on the left is missing in the gradient
# only from the right
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: a position's own g is missing in the gradient: Ḟ \+ Ḃ
# own change left out
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: the mean is not taken off: dθ = μ ∘ L
# not centred
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * L
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: the sign is flipped
# sign
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return -dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: it is transposed
# dpairwise transposed
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0).T


# %% wrong: in dψ, a mean is taken over positions and batch in place of the sum
# dpairwise a mean
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).mean(0)


# %% wrong: in dψ, the mean is not taken off: Σ ξ ∘ L
# dpairwise not centred
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * L
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: neighbours are taken for independent: ξ is the product of their marginals
# neighbours taken for independent
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = mu[..., :-1, :, None] * mu[..., 1:, None, :]
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: in dψ, the right neighbour's own g is missing
# dpairwise: g of one end forgotten
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + dB[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: in dψ, what changes outside the two neighbours is missing
# dpairwise: what comes from outside forgotten
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = g[..., :-1, :, None] + g[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: the probabilities of neighbours are not divided by their sum
# xi not normalised
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s)
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: the change of a message is averaged with p\(c′ \| c\) in place of p\(c \| c′\)
# weights of the wrong end
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp(
            (F + unary)[..., i, :, None] + pairwise - log_sum((F + unary)[..., i, :, None] + pairwise, -1)[..., None]
        )
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: only the diagonal of the softmax's Jacobian is used: μ \(1 − μ\) L
# dunary as of a sigmoid
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (1 - mu) * L
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: the marginal of state 0, of leaving an item, stands in place of state 1, of choosing it
# state 0
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 0]
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: the weights are divided by their sum: marginals need not sum to one over the items
# normalised
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1]
    alpha = alpha / alpha.sum(-1, keepdims=True)
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: each item is chosen by itself, by a sigmoid: the chain is missing
# sigmoid, no chain
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = 1 / (1 + np.exp(unary[..., 0] - unary[..., 1]))
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: a softmax over the items in place of the chain's marginals
# softmax over items
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = masked_softmax(unary[..., 1] - unary[..., 0], None)
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: a softmax is taken of the marginals, which are probabilities already
# softmax of the marginals
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = masked_softmax(mu[..., 1], None)
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: an item counts wholly or not at all, by whether its marginal is above a half: the expectation takes the marginal itself
# chosen or not, by a half
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = (mu[..., 1] > 0.5).astype(X.dtype)
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: it is 1/n times what it should be: a mean is taken in place of a sum, or it is divided by n
# a mean
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1]
    return (alpha[..., None] * X).mean(-2), alpha, (X, alpha, chain)


# %% wrong: both states are added, so every item counts wholly
# items counted in both states
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1]
    return (mu.sum(-1)[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: the transition is read the wrong way round, ψ\(c′, c\)
# pairwise transposed
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise.T)
    alpha = mu[..., 1]
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: the two scores of an item are exchanged: entry 1 is that of choosing it
# the two scores exchanged
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary[..., ::-1], pairwise)
    alpha = mu[..., 1]
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: the difference of the two marginals in place of that of state 1
# difference of the marginals
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1] - mu[..., 0]
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: state 0 gets the opposite gradient, so all counts twice: only state 1 is used, its marginal alone gets one
# state 0 gets the opposite
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([-da, da], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: the gradient goes to the marginal of state 0 in place of state 1
# states exchanged
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([da, np.zeros_like(da)], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: it is zero everywhere
# both states get it
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([da, da], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: dalpha is ignored
# gradient of the weights forgotten
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + 0
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: in dX, α is missing: dxᵢ = dr
# dX without alpha
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return np.ones_like(alpha)[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: the ties are forgotten in the gradient of the scores: this is that of a sigmoid, α \(1 − α\) dα
# no tie: a sigmoid's derivative
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    d = da * alpha * (1 - alpha)
    _, dpairwise = chain_marginals_backward(dmu, chain)
    return alpha[..., None] * dr[..., None, :], np.stack([-d, d], axis=-1), dpairwise


# %% wrong: the gradient of the scores is that of a softmax over the items
# a softmax's derivative
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    d = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    _, dpairwise = chain_marginals_backward(dmu, chain)
    return alpha[..., None] * dr[..., None, :], np.stack([-d, d], axis=-1), dpairwise


# %% wrong: in dX, a path through the scores is added: an item here has no part in its score
# dX gets the scores' path
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return alpha[..., None] * dr[..., None, :] + da[..., None] * X, *chain_marginals_backward(dmu, chain)


# %% wrong: dα is a mean over the entries of x in place of their sum
# da a mean over d
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).mean(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: it is zero everywhere
# no gradient of the ties
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    dunary, dpairwise = chain_marginals_backward(dmu, chain)
    return alpha[..., None] * dr[..., None, :], dunary, np.zeros_like(dpairwise)


# %% wrong: in dα, the weight α stands once more: dαᵢ = αᵢ xᵢᵀ dr
# da has alpha in it
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (alpha[..., None] * X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: in a = tanh\(X Wᵀ \+ b\): tanh is missing
# tanh missing
def context_attention_forward(X, W, b, u, mask=None):
    a = X @ W.T + b
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: b is not used
# bias missing
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T)
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: b is not used
# bias outside
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T) + b
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: what is averaged is a = tanh\(W x \+ b\), in place of the items x
# the hidden layer is averaged
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * a).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: tanh stands outside: tanh\(uᵀ \(W x \+ b\)\)
# tanh outside
def context_attention_forward(X, W, b, u, mask=None):
    a = X @ W.T + b
    alpha = masked_softmax(np.tanh(a @ u), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the scores are divided by √h, as nobody asked
# scaled
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u / np.sqrt(len(u)).astype(X.dtype), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: u is multiplied inside the tanh: Σ tanh\(\(W x \+ b\) ∘ u\)
# u inside tanh
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(np.tanh((X @ W.T + b) * u).sum(-1), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: u is added inside the tanh, like a query that is asked
# u added as a query
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b + u)
    alpha = masked_softmax(a.sum(-1), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the scores do without u: the entries of a are just added
# no u
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a.sum(-1), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the mask is applied after the softmax, so the weights do not sum to one: set masked scores to −∞ before it
# mask behind the softmax
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u, None) * (1 if mask is None else mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: r is divided by N
# r a mean of what is weighted
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).mean(-2), alpha, (X, W, u, a, alpha)


# %% wrong: softmax is missing: these are the scores
# no softmax
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = a @ u
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the activation is max\(0, z\) in place of tanh
# relu
def context_attention_forward(X, W, b, u, mask=None):
    a = np.maximum(X @ W.T + b, 0)
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: in a = tanh\(X Wᵀ \+ b\): the activation is a sigmoid in place of tanh
# sigmoid
def context_attention_forward(X, W, b, u, mask=None):
    a = 1 / (1 + np.exp(-(X @ W.T + b)))
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the derivative of tanh is forgotten
# tanh's derivative forgotten
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u + 0 * a
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in dz = ds · u · \(1 - a²\): the power a² is missing
# 1 - a
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: the derivative is that of a sigmoid, a \(1 − a\), in place of tanh's, 1 − a²
# sigmoid's derivative
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * a * (1 - a)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in dX, the path through the scores is missing: dxᵢ = αᵢ dr alone
# dX: no path through the scores
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :]
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in dX, the path through the average, αᵢ dr, is missing
# dX: no path through the average
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: only the diagonal of the softmax's Jacobian is used: dsᵢ = αᵢ \(1 − αᵢ\) dαᵢ
# softmax's diagonal
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (1 - alpha) * da
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: the term −αᵢ Σⱼ αⱼ dαⱼ is missing: ds = α ∘ dα
# softmax's sum missing
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * da
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: dalpha is ignored
# dalpha forgotten
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + 0
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in du, α stands in place of ds
# du of alpha
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = alpha.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in du, z = W x \+ b stands in place of a = tanh\(z\)
# du of what stands before tanh
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ np.arctanh(a).reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in dz = ds · u · \(1 - a²\): the factor u is missing
# u left out of dz
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in db, the sum is a mean
# db a mean
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.mean(0), du


# %% wrong: the derivative of tanh is forgotten
# db of the scores
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), ds.sum() * np.ones_like(u), du


# %% wrong: in dW, the items are weighted by α once more
# dW of r
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ (alpha[..., None] * X).reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: the messages from the right stand in the wrong order: turned round
# the messages from the right in the wrong order
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B[..., ::-1, :]
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the scores are taken for energies: all signs are flipped
# energies: all signs the other way
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    unary, pairwise = -unary, -pairwise
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the transitions are taken for probabilities: ψ is the logarithm already
# transitions of probabilities: their logarithm taken
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    pairwise = np.log(np.abs(pairwise))
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the probabilities are divided by the sum of exp θ, without the messages
# scores normalised at each position, and marginals not
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - log_sum(unary, -1)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: a message is not handed on: only the two neighbours count
# messages from neighbours alone, not handed on
def chain_marginals_forward(unary, pairwise):
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum(unary[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + unary[..., i, None, :], -1)
    s = F + unary + B
    mu = np.exp(s - np.maximum(log_sum(s, -1), -1e30)[..., None])
    return mu, (unary, pairwise, F, B, mu)


# %% wrong: the messages are taken for constants: this is the gradient of the last softmax alone
# the change of a message without the position's own g
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * dF[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * dB[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% cause unnamed
# dpairwise made symmetric
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, (dxi.reshape(-1, C, C).sum(0) + dxi.reshape(-1, C, C).sum(0).T) / 2


# %% cause unnamed
# dpairwise of the first pair alone
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi[..., 0, :, :].reshape(-1, C, C).sum(0)


# %% cause unnamed
# log probabilities: g times mu
def chain_marginals_backward(dmarginals, cache):
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    dmarginals = dmarginals * mu
    g, dF, dB = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = np.exp((F + unary)[..., i, :, None] + pairwise - F[..., i + 1, None, :])
        dF[..., i + 1, :] = (p * (dF + g)[..., i, :, None]).sum(-2)
    for i in range(n - 1, 0, -1):
        p = np.exp(pairwise + (unary + B)[..., i, None, :] - B[..., i - 1, :, None])
        dB[..., i - 1, :] = (p * (g + dB)[..., i, None, :]).sum(-1)
    L = dF + g + dB
    dunary = mu * (L - (mu * L).sum(-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = np.exp(s - log_sum(log_sum(s, -1), -1)[..., None, None])
    L = (dF + g)[..., :-1, :, None] + (g + dB)[..., 1:, None, :]
    dxi = xi * (L - (xi * L).sum((-2, -1), keepdims=True))
    return dunary, dxi.reshape(-1, C, C).sum(0)


# %% wrong: in marginals = marginals_of\(unary, pairwise\): it is squared
# alpha squared
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1] ** 2
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: the odds of the two marginals in place of that of state 1
# odds
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1] / mu[..., 0]
    return (alpha[..., None] * X).sum(-2), alpha, (X, alpha, chain)


# %% wrong: the weights are divided by their sum: marginals need not sum to one over the items
# r divided by the number chosen
def structured_attention_forward(X, unary, pairwise):
    mu, chain = chain_marginals_forward(unary, pairwise)
    alpha = mu[..., 1]
    return (alpha[..., None] * X).sum(-2) / alpha.sum(-1)[..., None], alpha, (X, alpha, chain)


# %% wrong: α \(1 − α\) stands before the chain's own gradient, which has it in it
# the weights' own derivative put in twice
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da * alpha * (1 - alpha)], axis=-1)
    return alpha[..., None] * dr[..., None, :], *chain_marginals_backward(dmu, chain)


# %% wrong: in dX, a mean of the weights stands in place of each item's own
# dX gets the mean of alpha
def structured_attention_backward(dr, cache, dalpha=None):
    X, alpha, chain = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    dmu = np.stack([np.zeros_like(da), da], axis=-1)
    return alpha.mean(-1)[..., None, None] * np.ones_like(alpha)[..., None] * dr[
        ..., None, :
    ], *chain_marginals_backward(dmu, chain)


# %% wrong: in a = tanh\(X Wᵀ \+ b\): tanh is missing
# the scores before tanh
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax((X @ W.T + b) @ u, mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the query is divided by its length \|u\|
# context vector normalised
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u / np.sqrt((u**2).sum()), mask)
    return (alpha[..., None] * X).sum(-2), alpha, (X, W, u, a, alpha)


# %% wrong: the mean of the items is added to their average
# mean of items added (residual)
def context_attention_forward(X, W, b, u, mask=None):
    a = np.tanh(X @ W.T + b)
    alpha = masked_softmax(a @ u, mask)
    return (alpha[..., None] * X).sum(-2) + X.mean(-2), alpha, (X, W, u, a, alpha)


# %% wrong: in dX = outer\(α, dr\) \+ dz W: ds stands in place of α
# dX: average's path with ds
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = ds[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in dX = outer\(α, dr\) \+ dz W: W is used transposed
# W not transposed in dX's path
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = (X * dr[..., None, :]).sum(-1)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ (W if W.shape[0] != W.shape[1] else W.T)
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du


# %% wrong: in da = dots\(X, dr\) \+ dα: the term dots\(X, dr\) is missing
# only dalpha, not what comes through r
def context_attention_backward(dr, cache, dalpha=None):
    X, W, u, a, alpha = cache
    da = np.zeros_like(alpha)
    if dalpha is not None:
        da = da + dalpha
    ds = alpha * (da - (alpha * da).sum(-1, keepdims=True))
    dz = ds[..., None] * u * (1 - a**2)
    dX = alpha[..., None] * dr[..., None, :] + dz @ W
    flat = dz.reshape(-1, len(u))
    du = ds.reshape(-1) @ a.reshape(-1, len(u))
    return dX, flat.T @ X.reshape(-1, X.shape[-1]), flat.sum(0), du
