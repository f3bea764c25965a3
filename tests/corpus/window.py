# The window that slides; the wrong answers were written before its mistakes were declared.
# %% right: whole arrays
import numpy as np


def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% right: one curve at a time, the largest position first
import numpy as np


def gaussian_window_forward(a, b, kappa, C):
    U = C.shape[-2]
    phi = np.zeros(C.shape[:-1], C.dtype)
    for k in range(a.shape[-1]):
        for u in reversed(range(U)):
            phi[..., u] += a[..., k] * np.exp(-b[..., k] * (u + 1 - kappa[..., k]) ** 2)
    return np.einsum("...u,...uv->...v", phi, C), phi, (a, b, kappa, phi, C)


def gaussian_window_backward(dw, dphi, cache):
    a, b, kappa, phi, C = cache
    g = dphi + np.einsum("...uv,...v->...u", C, dw)
    da, db, dkappa = np.zeros_like(a), np.zeros_like(b), np.zeros_like(kappa)
    for u in range(1, C.shape[-2] + 1):
        d = u - kappa
        e = np.exp(-b * d * d) * g[..., u - 1 : u]
        da += e
        db -= a * d * d * e
        dkappa += 2 * a * b * d * e
    return da, db, dkappa, np.einsum("...u,...v->...uv", phi, dw)


# %% wrong: positions are counted from 0, u = 0, …, U − 1
# zero based
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(0, C.shape[-2], dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: the distance is not squared
# not squared
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * np.abs(away))
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: the weights are normalised, φ / Σ φ
# normalised
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    phi = phi / phi.sum(axis=-1, keepdims=True)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: b is taken for a variance, exp\(−\(κ − u\)² / 2b\): it is the sharpness, which multiplies
# sigma: divided by 2b
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-(away**2) / (2 * b[..., :, None]))
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: in bells = exp\(-b · distance²\): it is divided by -b in place of multiplied
# divided by b
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-(away**2) / b[..., :, None])
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: b is divided by 2
# half in exponent
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-0.5 * b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: the sign of b is wrong
# no minus
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: b is squared
# b squared
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] ** 2 * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: b is squared
# b inside square
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-((b[..., :, None] * away) ** 2))
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: in phi = \(a · bells\)\.sum\(axis=-2\): the factor a is missing
# no heights
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = bells.sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: a softmax is taken of the heights: they need not sum to 1
# heights softmaxed
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    a = np.exp(a) / np.exp(a).sum(axis=-1, keepdims=True)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: exp is taken of a once more: a comes as it is to be used
# exp of heights
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (np.exp(a)[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: exp is taken of a and b once more: they come as they are to be used
# exp of all
def gaussian_window_forward(a, b, kappa, C):
    a, b = np.exp(a), np.exp(b)
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: it is 1/K times what it should be: a mean is taken in place of a sum, or it is divided by K
# mean over curves
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).mean(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: the highest curve is taken in place of the sum of all
# max over curves
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).max(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: the bells are normal densities, each with √\(b / π\) before it
# normal density
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.sqrt(b[..., :, None] / np.pi) * np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: the weights are normalised, φ / Σ φ
# w divided by total
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2) / phi.sum(axis=-1, keepdims=True), phi, (a, b, away, bells, phi, C)


# %% wrong: it is 1/U times what it should be: a mean is taken in place of a sum, or it is divided by U
# w mean over symbols
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).mean(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: κ is added up over the curves: each has a centre of its own, and only steps of time add up
# cumulated kappa
def gaussian_window_forward(a, b, kappa, C):
    kappa = np.cumsum(kappa, axis=-1)
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: exp is taken of κ: it comes as it is to be used
# exp kappa
def gaussian_window_forward(a, b, kappa, C):
    kappa = np.exp(kappa)
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: a softmax is taken of φ
# softmax of phi
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    phi = np.exp(phi) / np.exp(phi).sum(axis=-1, keepdims=True)
    return (phi[..., None] * C).sum(axis=-2), phi, (a, b, away, bells, phi, C)


# %% wrong: only the symbol under the largest weight is read
# argmax read
def gaussian_window_forward(a, b, kappa, C):
    u = np.arange(1, C.shape[-2] + 1, dtype=C.dtype)
    away = kappa[..., :, None] - u
    bells = np.exp(-b[..., :, None] * away**2)
    phi = (a[..., :, None] * bells).sum(axis=-2)
    return np.take_along_axis(C, phi.argmax(-1)[..., None, None], axis=-2)[..., 0, :], phi, (a, b, away, bells, phi, C)


# %% wrong: in distance = kappa - arange\(1, C\.shape\[-2\] \+ 1\): its absolute value is taken
# sign ignored in dkappa
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * np.abs(away)).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: dκ has no factor 2
# no factor 2
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: the sign is flipped
# dkappa sign
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = 2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in dkappa = -2 · a · b · \(dbells · distance\)\.sum\(axis=-1\): the factor a is missing
# dkappa no a
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in dkappa = -2 · a · b · \(dbells · distance\)\.sum\(axis=-1\): the factor b is missing
# dkappa no b
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in dkappa = -2 · a · b · \(dbells · distance\)\.sum\(axis=-1\): the factor distance is missing
# dkappa no distance
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * dbells.sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in dbells = dweights · bells: the factor distance at bells is one too many
# dkappa squared distance
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away**2).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in db, the height a is missing
# db no a
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = - (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: the sign is flipped
# db sign
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in db = -a · \(dbells · distance²\)\.sum\(axis=-1\): the power distance² is missing
# db no square
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in db = -a · \(dbells · distance²\)\.sum\(axis=-1\): the factor b at a is one too many
# db with b
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * b * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: da has the factor a, which is what it is taken by
# da with a
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = a * dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: the gradient of φ itself is forgotten
# dphi forgotten
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in dweights = dphi \+ \(C dw\)\[\.\.\., 0\]: the term \(C dw\)\[\.\.\., 0\] is missing
# only dphi
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: in dbells = dweights · bells: the factor bells is missing
# bells forgotten in dkappa
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dphi[..., None, :] * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: the part with b is missing
# bells forgotten
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * np.ones_like(bells)
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: da has the factor a, which is what it is taken by
# phi in place of bells
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * a[..., None] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: dC has no φ
# dC without phi
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, np.ones_like(phi)[..., None] * dw[..., None, :]


# %% wrong: in dC = phi · dw: dweights stands in place of phi
# dC from dphi
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return da, db, dkappa, dphi[..., None] * dw[..., None, :]


# %% wrong: the gradient of b stands in its place
# a and b swapped
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return db, da, dkappa, phi[..., None] * dw[..., None, :]


# %% wrong: the gradient of C stands in its place
# order of C
def gaussian_window_backward(dw, dphi, cache):
    a, b, away, bells, phi, C = cache
    dphi = dphi + (C * dw[..., None, :]).sum(axis=-1)
    dbells = dphi[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * away**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * away).sum(axis=-1)
    return phi[..., None] * dw[..., None, :], da, db, dkappa
