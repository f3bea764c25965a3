"""Solutions of the homework in notebook 7. ``python 07_solutions.py`` grades them."""

import numpy as np

import nnmem


def my_hopfield_update_forward(s, W, b, beta=None):
    if beta is not None:
        if not 0 < beta < np.inf:
            raise ValueError(f"beta is {beta}, should be above 0")
        s_next = np.tanh(beta * (s @ W.T + b))
        return s_next, (beta, s, W, s_next)
    if not np.isin(s, (-1, 1)).all():
        raise ValueError("s should be of -1 and +1")
    return np.where(s @ W.T + b >= 0, 1, -1).astype(s.dtype), (None, s, W, None)


def my_hebbian_weights_forward(patterns):
    if np.isin(patterns, (0, 1)).all() and (patterns == 0).any():
        raise ValueError("patterns are of 0 and 1, should be of -1 and +1")
    W = patterns.T @ patterns / len(patterns)
    np.fill_diagonal(W, 0)
    return W, patterns


def my_hopfield_energy_backward(dE, cache):
    s, W, b = cache
    m = len(b)
    dE = dE[..., None]
    dW = -(dE * s).reshape(-1, m).T @ s.reshape(-1, m) / 2
    return -dE * (s @ (W + W.T) / 2 + b), dW, -(dE * s).reshape(-1, m).sum(axis=0)


if __name__ == "__main__":
    print(nnmem.grade(globals()))
