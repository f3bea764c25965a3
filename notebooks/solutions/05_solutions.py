"""Solutions of the homework in notebook 5. ``python 05_solutions.py`` grades them.

4. What a message carries shrinks by tanh(J / 2) with every step, so what the two ends say reaches the middle weakened by
   tanh(J / 2) to the power n / 2: exponentially in n, at a rate that a larger J makes as small as one likes.
5. Let the topics of the other three sentences be drawn without regard to the class: then what they do not name says
   nothing. But a topic that is named often is now more often the class. A bag that answers with the most frequent of four
   independent topics is right with the expected largest count over 4: (4·4 + 3·48 + 2·180 + 1·24) / 256 / 4 = 0.53. A bag at
   chance and no exclusion cannot be had together as long as a document names all topics equally often.
"""

import numpy as np

import nnmem


def my_context_attention_forward(X, W, b, u, mask=None):
    """The additive score with a constant query, softmax, weighted sum."""
    A = np.tanh(X @ W.T + b)
    alpha, _ = nnmem.attention_distribution_forward(A @ u, mask)
    return (alpha[..., None, :] @ X)[..., 0, :], alpha, (X, W, u, A, alpha)


def my_context_attention_backward(dr, cache, dalpha=None):
    """An item is averaged and scored."""
    X, W, u, A, alpha = cache
    dalpha = (X @ dr[..., None])[..., 0] + (0 if dalpha is None else dalpha)
    ds = alpha * (dalpha - (alpha * dalpha).sum(axis=-1, keepdims=True))
    dZ = ds[..., None] * u * (1 - A**2)
    flat = dZ.reshape(-1, len(u))
    dX = alpha[..., None] * dr[..., None, :] + dZ @ W
    return (
        dX,
        flat.T @ X.reshape(-1, X.shape[-1]),
        flat.sum(axis=0),
        ds.reshape(-1) @ A.reshape(-1, len(u)),
    )


def log_sum(s, axis):
    """log Σ exp, −∞ where all is forbidden."""
    top = s.max(axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        return (np.log(np.exp(s - top).sum(axis=axis, keepdims=True)) + top).squeeze(axis)


def shares(s, axis):
    """What each term has of a sum of exponentials; zeros where all is forbidden."""
    total = np.expand_dims(log_sum(s, axis), axis)
    return np.exp(s - np.where(np.isfinite(total), total, 0))


def my_chain_marginals_forward(unary, pairwise):
    """What comes from the left, what comes from the right, and a softmax at each position."""
    n = unary.shape[-2]
    F, B = np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        F[..., i + 1, :] = log_sum((F + unary)[..., i, :, None] + pairwise, -2)
    for i in range(n - 1, 0, -1):
        B[..., i - 1, :] = log_sum(pairwise + (unary + B)[..., i, None, :], -1)
    mu = shares(F + unary + B, -1)
    return mu, (unary, pairwise, F, B, mu)


def my_chain_marginals_backward(dmarginals, cache):
    """How the marginals change when the scores move in the direction of their gradient."""
    unary, pairwise, F, B, mu = cache
    n, C = unary.shape[-2:]
    g, F_dot, B_dot = dmarginals, np.zeros_like(unary), np.zeros_like(unary)
    for i in range(n - 1):
        p = shares((F + unary)[..., i, :, None] + pairwise, -2)
        F_dot[..., i + 1, :] = (p * (F_dot + g)[..., i, :, None]).sum(axis=-2)
    for i in range(n - 1, 0, -1):
        p = shares(pairwise + (unary + B)[..., i, None, :], -1)
        B_dot[..., i - 1, :] = (p * (g + B_dot)[..., i, None, :]).sum(axis=-1)
    L = F_dot + g + B_dot
    mu_dot = mu * (L - (mu * L).sum(axis=-1, keepdims=True))
    s = (F + unary)[..., :-1, :, None] + pairwise + (unary + B)[..., 1:, None, :]
    xi = shares(s.reshape(*s.shape[:-2], C * C), -1).reshape(s.shape)
    L = (F_dot + g)[..., :-1, :, None] + (g + B_dot)[..., 1:, None, :]
    xi_dot = xi * (L - (xi * L).sum(axis=(-2, -1), keepdims=True))
    return mu_dot, xi_dot.reshape(-1, C, C).sum(axis=0)


def my_structured_attention_forward(X, unary, pairwise):
    """Marginals of state 1, and the sum of the items under them."""
    marginals, chain = nnmem.chain_marginals_forward(unary, pairwise)
    alpha = marginals[..., 1]
    return (alpha[..., None, :] @ X)[..., 0, :], alpha, (X, alpha, chain)


def my_structured_attention_backward(dr, cache, dalpha=None):
    """State 0 is in nothing that follows."""
    X, alpha, chain = cache
    dalpha = (X @ dr[..., None])[..., 0] + (0 if dalpha is None else dalpha)
    dmarginals = np.stack([np.zeros_like(dalpha), dalpha], axis=-1)
    return alpha[..., None] * dr[..., None, :], *nnmem.chain_marginals_backward(
        dmarginals, chain
    )


if __name__ == "__main__":
    print(nnmem.grade(globals()))
