"""Solutions of the homework in notebook 5. ``python 05_solutions.py`` grades them.

3. What a message carries shrinks by tanh(J / 2) with every step, so what the two ends say reaches the middle weakened by
   tanh(J / 2) to the power n / 2: exponentially in n, at a rate that a larger J makes as small as one likes.
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
