# Section 8.2.3: what came after Hopfield.
# %% right: as in the papers
import numpy as np


def gram(a, b):
    return a.reshape(-1, a.shape[-1]).T @ b.reshape(-1, b.shape[-1])


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def modern_hopfield_forward(X, s, beta=1.0):
    alpha = softmax(beta * np.einsum("...nd,...d->...n", X, s))
    return np.einsum("...nd,...n->...d", X, alpha), alpha, (X, s, beta, alpha)


def modern_hopfield_backward(dr, cache, dalpha=None):
    X, s, beta, alpha = cache
    da = np.einsum("...nd,...d->...n", X, dr)
    da = da if dalpha is None else da + dalpha
    dz = beta * alpha * (da - (alpha * da).sum(axis=-1, keepdims=True))
    dX = dz[..., None] * s[..., None, :] + alpha[..., None] * dr[..., None, :]
    return dX, np.einsum("...nd,...n->...d", X, dz)


def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * np.einsum("...nd,...d->...n", X, s)
    top = z.max(axis=-1)
    lse = top + np.log(np.exp(z - top[..., None]).sum(axis=-1))
    return (s * s).sum(axis=-1) / 2 - lse / beta, (X, s, softmax(z))


def modern_hopfield_energy_backward(dE, cache):
    X, s, alpha = cache
    dE = dE[..., None]
    return -(dE * alpha)[..., None] * s[..., None, :], dE * (s - np.einsum("...nd,...n->...d", X, alpha))


def modern_hopfield_retrieve(x, X, beta=1.0, max_steps=100, tolerance=1e-9):
    states = [x]
    for _ in range(max_steps):
        states.append(modern_hopfield_forward(X, states[-1], beta)[0])
        rests = np.abs(states[-1] - states[-2]).max(axis=-1) <= tolerance
        if rests.all():
            break
    energies = [modern_hopfield_energy_forward(X, s, beta)[0] for s in states]
    return np.array(states), np.array(energies), rests


def boltzmann_log_likelihood_forward(s, W, b):
    m = len(b)
    every = np.array(np.meshgrid(*[[-1, 1]] * m)).reshape(m, -1).T.astype(s.dtype)
    score = lambda t: np.einsum("...i,ij,...j->...", t, W, t) / 2 + t @ b
    all_scores = score(every)
    top = all_scores.max()
    p = np.exp(all_scores - top)
    return score(s) - top - np.log(p.sum()), (s, W, b, every, p / p.sum())


def boltzmann_log_likelihood_backward(dl, cache):
    s, W, b, every, p = cache
    dl = dl[..., None]
    ds = dl * (s @ (W + W.T) / 2 + b)
    dreamt = np.einsum("n,ni,nj->ij", p, every, every)
    return ds, (gram(dl * s, s) - dl.sum() * dreamt) / 2, (dl * s).reshape(-1, len(b)).sum(0) - dl.sum() * (p @ every)


def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        top = o.max(axis=-1)
        return -top - np.log(np.exp(o - top[..., None]).sum(axis=-1)), (s, patterns, softmax(o))
    return -(o**interaction).sum(axis=-1), (s, patterns, interaction * o ** (interaction - 1))


def dense_energy_backward(dE, cache):
    s, patterns, slope = cache
    do = -dE[..., None] * slope
    return do @ patterns, gram(do, s)


def bind_forward(a, b):
    d = a.shape[-1]
    return sum(a[..., j, None] * np.roll(b, j, axis=-1) for j in range(d)), (a, b)


def bind_backward(dc, cache):
    a, b = cache
    return correlate(b, dc), correlate(a, dc)


def correlate(a, c):
    return sum(a[..., j, None] * np.roll(c, -j, axis=-1) for j in range(a.shape[-1]))


def unbind_forward(c, a):
    return correlate(a, c), (c, a)


def unbind_backward(dy, cache):
    c, a = cache
    return bind_forward(a, dy)[0], correlate(dy, c)


# %% wrong: β is missing in the softmax
def modern_hopfield_forward(X, s, beta=1.0):
    alpha = softmax(np.einsum("...nd,...d->...n", X, s))
    return np.einsum("...nd,...n->...d", X, alpha), alpha, (X, s, beta, alpha)


# %% wrong: the scores are divided by √d in place of multiplied by β
def modern_hopfield_forward(X, s, beta=1.0):
    alpha = softmax(np.einsum("...nd,...d->...n", X, s) / np.sqrt(s.shape[-1]).astype(s.dtype))
    return np.einsum("...nd,...n->...d", X, alpha), alpha, (X, s, beta, alpha)


# %% wrong: gradient of X: .*(term is missing|part|path)
def modern_hopfield_backward(dr, cache, dalpha=None):
    X, s, beta, alpha = cache
    da = np.einsum("...nd,...d->...n", X, dr)
    da = da if dalpha is None else da + dalpha
    dz = beta * alpha * (da - (alpha * da).sum(axis=-1, keepdims=True))
    return alpha[..., None] * dr[..., None, :], np.einsum("...nd,...n->...d", X, dz)


# %% wrong: 1/β before the logarithm is missing
def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * np.einsum("...nd,...d->...n", X, s)
    top = z.max(axis=-1)
    lse = top + np.log(np.exp(z - top[..., None]).sum(axis=-1))
    return (s * s).sum(axis=-1) / 2 - lse, (X, s, softmax(z))


# %% wrong: the term ½ sᵀ s is missing
def modern_hopfield_energy_forward(X, s, beta=1.0):
    z = beta * np.einsum("...nd,...d->...n", X, s)
    top = z.max(axis=-1)
    lse = top + np.log(np.exp(z - top[..., None]).sum(axis=-1))
    return -lse / beta, (X, s, softmax(z))


# %% wrong: gradient of s: .*(term|part)
def modern_hopfield_energy_backward(dE, cache):
    X, s, alpha = cache
    dE = dE[..., None]
    return -(dE * alpha)[..., None] * s[..., None, :], dE * s


# %% wrong: has shape
def modern_hopfield_retrieve(x, X, beta=1.0, max_steps=100, tolerance=1e-9):
    for _ in range(max_steps):
        x, old = modern_hopfield_forward(X, x, beta)[0], x
        rests = np.abs(x - old).max(axis=-1) <= tolerance
        if rests.all():
            break
    return x, modern_hopfield_energy_forward(X, x, beta)[0], rests


# %% wrong: the term of the model, ⟨s sᵀ⟩ₚ and ⟨s⟩ₚ, is missing
def boltzmann_log_likelihood_backward(dl, cache):
    s, W, b, every, p = cache
    dl = dl[..., None]
    return dl * (s @ (W + W.T) / 2 + b), gram(dl * s, s) / 2, (dl * s).reshape(-1, len(b)).sum(0)


# %% wrong: the model's term is counted once, not Σ dlog_p times
def boltzmann_log_likelihood_backward(dl, cache):
    s, W, b, every, p = cache
    dl = dl[..., None]
    ds = dl * (s @ (W + W.T) / 2 + b)
    dreamt = np.einsum("n,ni,nj->ij", p, every, every)
    return ds, (gram(dl * s, s) - dreamt) / 2, (dl * s).reshape(-1, len(b)).sum(0) - dl.sum() * (p @ every)


# %% wrong: in dW, the factor ½ is missing and both terms count in full
def boltzmann_log_likelihood_backward(dl, cache):
    s, W, b, every, p = cache
    dl = dl[..., None]
    ds = dl * (s @ (W + W.T) / 2 + b)
    dreamt = np.einsum("n,ni,nj->ij", p, every, every)
    return ds, gram(dl * s, s) - dl.sum() * dreamt, (dl * s).reshape(-1, len(b)).sum(0) - dl.sum() * (p @ every)


# %% wrong: the states s′ are taken to be 0 and 1
def boltzmann_log_likelihood_forward(s, W, b):
    m = len(b)
    every = np.array(np.meshgrid(*[[0, 1]] * m)).reshape(m, -1).T.astype(s.dtype)
    score = lambda t: np.einsum("...i,ij,...j->...", t, W, t) / 2 + t @ b
    all_scores = score(every)
    top = all_scores.max()
    p = np.exp(all_scores - top)
    return score(s) - top - np.log(p.sum()), (s, W, b, every, p / p.sum())


# %% wrong: the sign is flipped
def dense_energy_forward(s, patterns, interaction=3):
    o = s @ patterns.T
    if interaction == "exp":
        top = o.max(axis=-1)
        return top + np.log(np.exp(o - top[..., None]).sum(axis=-1)), (s, patterns, softmax(o))
    return (o**interaction).sum(axis=-1), (s, patterns, interaction * o ** (interaction - 1))


# %% wrong: gradient of s, patterns: .*(times what it should be|factor)
def dense_energy_backward(dE, cache):
    s, patterns, slope = cache
    o = s @ patterns.T
    for K in (2, 3, 4):
        if np.allclose(slope, K * o ** (K - 1)):
            slope = o ** (K - 1)
            break
    do = -dE[..., None] * slope
    return do @ patterns, gram(do, s)


# %% wrong: the gradient is bound with the other vector \(convolution\)
def bind_backward(dc, cache):
    a, b = cache
    return bind_forward(b, dc)[0], bind_forward(a, dc)[0]


# %% wrong: it is the circular convolution
def unbind_forward(c, a):
    return bind_forward(a, c)[0], (c, a)


# %% wrong: the correlation is the wrong way round
def unbind_forward(c, a):
    return correlate(c, a), (c, a)


# %% wrong: gradient of c: the gradient of a stands in its place
def unbind_backward(dy, cache):
    c, a = cache
    return correlate(dy, c), bind_forward(a, dy)[0]


# %% wrong: the convolution is linear, cut at d
def bind_forward(a, b):
    c = np.zeros_like(a)
    for k in range(a.shape[-1]):
        for j in range(k + 1):
            c[..., k] += a[..., j] * b[..., k - j]
    return c, (a, b)
