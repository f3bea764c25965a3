"""Solutions of the homework in notebook 3. ``python 03_solutions.py`` grades them."""

import numpy as np

import nnmem


def my_pointer_log_likelihood_forward(log_p, targets, lengths=None):
    """The sum of what was chosen, over the real steps."""
    m, n = log_p.shape[-2:]
    lengths = np.full(targets.shape[:-1], m) if lengths is None else np.asarray(lengths)
    real = np.arange(m) < lengths[..., None]
    targets = np.where(real, targets, 0)  # behind the end anything may stand
    if ((targets < 0) | (targets >= n)).any() or ((lengths < 1) | (lengths > m)).any():
        raise ValueError(f"targets should be 0 to {n - 1}, lengths 1 to {m}")
    chosen = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    return np.where(real, chosen, 0).sum(axis=-1), (targets, real, log_p)


def my_pointer_log_likelihood_backward(dL, cache):
    """One entry of each real step receives dL."""
    targets, real, log_p = cache
    right_place = np.arange(log_p.shape[-1]) == targets[..., None]
    return dL[..., None, None] * (right_place & real[..., None])


def my_pointer_distribution_forward(X, E, W, U, v, mask=None):
    """As in the notebook."""
    log_p, _ = nnmem.pointer_distribution_forward(X, E, W, U, v, mask)
    A = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])  # (..., m, n, h)
    return log_p, (X, E, W, U, v, A, log_p)


def my_pointer_distribution_backward(dlog_p, cache):
    """The log-softmax, then the additive score; an input sums over steps, a step over inputs."""
    X, E, W, U, v, A, log_p = cache
    p = np.exp(log_p)
    dlog_p = np.where(log_p > -np.inf, dlog_p, 0)  # p may round to 0 where log p is a number
    ds = dlog_p - p * dlog_p.sum(axis=-1, keepdims=True)
    dZ = ds[..., None] * v * (1 - A * A)
    over_steps, over_inputs = dZ.sum(axis=-3), dZ.sum(axis=-2)
    dW = over_steps.reshape(-1, len(v)).T @ X.reshape(-1, X.shape[-1])
    dU = over_inputs.reshape(-1, len(v)).T @ E.reshape(-1, E.shape[-1])
    return over_steps @ W, over_inputs @ U, dW, dU, ds.ravel() @ A.reshape(-1, len(v))


if __name__ == "__main__":
    print(nnmem.grade(globals()))
