# Equations (8.23) and (8.24).
# %% right: as in the text
import numpy as np


def memory_read_forward(M, alpha):
    return np.einsum("...n,...nd->...d", alpha, M), (M, alpha)


def memory_read_backward(dr, cache):
    M, alpha = cache
    return alpha[..., None] * dr[..., None, :], np.einsum("...nd,...d->...n", M, dr)


def memory_write_forward(M, alpha, erase, add):
    keep = 1 - alpha[..., None] * erase[..., None, :]
    return M * keep + alpha[..., None] * add[..., None, :], (M, alpha, erase, add, keep)


def memory_write_backward(dM_next, cache):
    M, alpha, erase, add, keep = cache
    dalpha = (dM_next * (add[..., None, :] - M * erase[..., None, :])).sum(axis=-1)
    derase = -(dM_next * M * alpha[..., None]).sum(axis=-2)
    dadd = (dM_next * alpha[..., None]).sum(axis=-2)
    return dM_next * keep, dalpha, derase, dadd


# %% wrong: stands in its place
def memory_read_backward(dr, cache):
    M, alpha = cache
    return np.einsum("...nd,...d->...n", M, dr), alpha[..., None] * dr[..., None, :]


# %% wrong: nothing is added
def memory_write_forward(M, alpha, erase, add):
    keep = 1 - alpha[..., None] * erase[..., None, :]
    return M * keep, (M, alpha, erase, add, keep)


# %% wrong: erase and add are exchanged
def memory_write_forward(M, alpha, erase, add):
    keep = 1 - alpha[..., None] * add[..., None, :]
    return M * keep + alpha[..., None] * erase[..., None, :], (M, alpha, erase, add, keep)


# %% wrong: modifies its arguments in place: M
def memory_write_forward(M, alpha, erase, add):
    old = M.copy()
    keep = 1 - alpha[..., None] * erase[..., None, :]
    M *= keep
    M += alpha[..., None] * add[..., None, :]
    return M.copy(), (old, alpha, erase, add, keep)


# %% wrong: the sign of de is wrong
def memory_write_backward(dM_next, cache):
    M, alpha, erase, add, keep = cache
    dalpha = (dM_next * (add[..., None, :] - M * erase[..., None, :])).sum(axis=-1)
    derase = (dM_next * M * alpha[..., None]).sum(axis=-2)
    return dM_next * keep, dalpha, derase, (dM_next * alpha[..., None]).sum(axis=-2)


# %% wrong: gradient of M
def memory_write_backward(dM_next, cache):
    M, alpha, erase, add, keep = cache
    dalpha = (dM_next * (add[..., None, :] - M * erase[..., None, :])).sum(axis=-1)
    derase = -(dM_next * M * alpha[..., None]).sum(axis=-2)
    return dM_next, dalpha, derase, (dM_next * alpha[..., None]).sum(axis=-2)


# %% wrong: the order is wrong
def memory_write_forward(M, alpha, erase, add):
    keep = 1 - alpha[..., None] * erase[..., None, :]
    return (M + alpha[..., None] * add[..., None, :]) * keep, (M, alpha, erase, add, keep)


# %% wrong: the weight α is missing in the erasing
def memory_write_forward(M, alpha, erase, add):
    keep = 1 - erase[..., None, :] + 0 * alpha[..., None]
    return M * keep + alpha[..., None] * add[..., None, :], (M, alpha, erase, add, keep)


# %% wrong: in dα, the path through the erasing, −\(d ∘ m\)ᵀ e, is missing
def memory_write_backward(dM_next, cache):
    M, alpha, erase, add, keep = cache
    derase = -(dM_next * M * alpha[..., None]).sum(axis=-2)
    dalpha = (dM_next * add[..., None, :]).sum(axis=-1)
    return dM_next * keep, dalpha, derase, (dM_next * alpha[..., None]).sum(axis=-2)


# %% wrong: a mean is taken in place of a sum
def memory_read_forward(M, alpha):
    return (alpha[..., None] * M).mean(axis=-2), (M, alpha)
