"""Solutions of the homework in notebook 7. ``python 07_solutions.py`` grades them."""

import numpy as np

import nnmem


def my_hebbian_weights_forward(patterns):
    W = patterns.T @ patterns / len(patterns)
    np.fill_diagonal(W, 0)
    return W, patterns


def my_hopfield_energy_backward(dE, cache):
    s, W, b = cache
    m = len(b)
    dE = dE[..., None]
    dW = -(dE * s).reshape(-1, m).T @ s.reshape(-1, m) / 2
    return -dE * (s @ (W + W.T) / 2 + b), dW, -(dE * s).reshape(-1, m).sum(axis=0)


def sweep(s, W, b, mode):
    if mode == "sync":
        return sign(s @ W.T + b)
    s = s.copy()
    for i in range(len(b)):
        s[..., i] = sign(s @ W[i] + b[i])
    return s


def sign(h):
    return np.where(h >= 0, 1, -1).astype(h.dtype)


def my_hopfield_retrieve(x, W, b, mode="async"):
    states = [x]
    for _ in range(100):
        s = sweep(states[-1], W, b, mode)
        rests = (s == states[-1]).all(axis=-1)
        if mode == "async" and rests.all():
            break
        states.append(s)
        if mode == "sync" and (rests | (s == states[-3:][0]).all(axis=-1)).all():
            break  # at rest, or in a cycle of two
    energies, _ = nnmem.hopfield_energy_forward(np.array(states), W, b)
    return np.array(states), energies, (sign(states[-1] @ W.T + b) == states[-1]).all(axis=-1)


if __name__ == "__main__":
    print(nnmem.grade(globals()))
