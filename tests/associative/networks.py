"""Networks and states that the tests of the associative floor draw."""

import numpy as np


def network(rng, m, exact=True, symmetric=True):
    """Weights and bias without diagonal; exact: small whole numbers, so that sums have no rounding."""
    W = rng.integers(-4, 5, (m, m)).astype(float) if exact else rng.normal(size=(m, m))
    if symmetric:
        W = np.triu(W, 1) + np.triu(W, 1).T
    return W, rng.integers(-2, 3, m).astype(float) if exact else rng.normal(size=m)


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape)


def noisy(rng, X, share):
    return np.where(rng.random(X.shape) < share, -X, X)
