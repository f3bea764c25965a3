"""Solutions of the homework in notebook 4. ``python 04_solutions.py`` grades them.

3. Its window starts at the first character and only moves forward; the first English word, the weekday, stands last. By
   the time the window is there, the year has gone by, and it is the last thing to be written.
4. dκ is proportional to x exp(−x²), x the distance; it is largest at x = 0.71, with 0.43, and falls to a thousandth of
   that at x = 2.9: three letters away a window is blind.
5. Every score is 0, so the weights are even, 1 / N. What stands under the tanh receives dz v ∘ (1 − a ∘ a) = 0, and with
   it W, U, the state and the scored part of the annotations; only dv = Σ dz a is not zero. One step moves v away from 0,
   and from then on all of them learn.
6. All but those of the readout and the output, which come before it on the way back. A state was made by the GRU, so the
   decoder's parameters hear of the loss through it; its inputs were an embedded word and a context, so the embedding of
   the words, the alignment at earlier steps and the annotations hear of it; and so do the start and the encoder.
7. It gets no gradient and stays as it is, until its neighbour has moved below it.
"""

import numpy as np

import nnmem


def my_gaussian_window_forward(a, b, kappa, C):
    """Bell curves over the positions 1 to U, and the sum of what stands under them."""
    distance = kappa[..., None] - np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    bells = np.exp(-b[..., None] * distance**2)
    phi = (a[..., None] * bells).sum(axis=-2)
    return (phi[..., None, :] @ C)[..., 0, :], phi, (a, b, distance, bells, phi, C)


def my_gaussian_window_backward(dw, dphi, cache):
    """A weighted sum, a sum over curves, an exponential."""
    a, b, distance, bells, phi, C = cache
    dphi = dphi + (C @ dw[..., None])[..., 0]
    dbells = dphi[..., None, :] * bells
    db = -a * (dbells * distance**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * distance).sum(axis=-1)
    return dbells.sum(axis=-1), db, dkappa, phi[..., None] * dw[..., None, :]


def my_maxout_forward(X):
    """Neighbours face each other on an axis of two."""
    if X.shape[-1] % 2:
        raise ValueError(f"X has shape {X.shape}, should have an even number of columns")
    pairs = X.reshape(*X.shape[:-1], -1, 2)
    first = pairs[..., 0] >= pairs[..., 1]
    return pairs.max(axis=-1), first


def my_maxout_backward(dY, cache):
    """All to the larger one."""
    first = cache
    return np.stack([dY * first, dY * ~first], axis=-1).reshape(*dY.shape[:-1], -1)


def my_additive_score_forward(X, q, W, U, v):
    """One hidden layer for every item, the query in each."""
    A = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    return A @ v, (X, q, W, U, v, A)


def my_additive_score_backward(dscores, cache):
    """The query and the parameters serve all items, so their gradients sum over them."""
    X, q, W, U, v, A = cache
    g = dscores[..., None] * v * (1 - A * A)
    asked = g.sum(axis=-2)
    h, d, d_q = len(v), X.shape[-1], q.shape[-1]
    dW = g.reshape(-1, h).T @ X.reshape(-1, d)
    dU = asked.reshape(-1, h).T @ q.reshape(-1, d_q)
    dv = dscores.reshape(-1) @ A.reshape(-1, h)
    return g @ W, asked @ U, dW, dU, dv


if __name__ == "__main__":
    print(nnmem.grade(globals()))
