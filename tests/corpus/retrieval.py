# Section 8.2.3: functions without a backward.
# %% right: without matrices, and one neuron at a time
import numpy as np


def sign(h):
    return np.where(h >= 0, 1, -1).astype(h.dtype)


def energy(s, W, b):
    return -np.einsum("...i,ij,...j->...", s, W, s) / 2 - s @ b


def one_by_one(s, W, b, rng, max_sweeps, record):
    rows = [s]
    for _ in range(max_sweeps):
        s, before = s.copy(), s
        for i in range(len(b)) if rng is None else rng.permutation(len(b)):
            new = 1.0 if W[i] @ s + b[i] >= 0 else -1.0
            if new != s[i]:
                s[i] = new
                if record == "flip":
                    rows.append(s.copy())
        if (s == before).all():
            break
        if record == "sweep":
            rows.append(s)
    return rows


def hopfield_retrieve(x, W, b, mode="async", rng=None, max_sweeps=100, record="sweep"):
    if mode == "async":
        runs = [one_by_one(s, W, b, rng, max_sweeps, record) for s in x.reshape(-1, len(b))]
        longest = max(len(run) for run in runs)
        states = np.array([run + [run[-1]] * (longest - len(run)) for run in runs])
        states = np.moveaxis(states, 1, 0).reshape(longest, *x.shape).astype(x.dtype)
    else:
        states = [x]
        for _ in range(max_sweeps):
            s = sign(states[-1] @ W.T + b)
            states.append(s)
            rests = (s == states[-2]).all(axis=-1)
            if (rests | (s == states[max(-3, -len(states))]).all(axis=-1)).all():
                break
        states = np.array(states)
    return states, energy(states, W, b), (sign(states[-1] @ W.T + b) == states[-1]).all(axis=-1)


def hopfield_period(trajectory):
    last = trajectory[-1]
    fixed = (last == trajectory[-2]).all(axis=-1)
    again = (last == trajectory[-3]).all(axis=-1) if len(trajectory) > 2 else False
    return np.where(fixed, 1, 2 * (again & ~fixed))


def storkey_weights(patterns):
    N, m = patterns.shape
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        new = W.copy()
        for i in range(m):
            for j in range(m):
                if i != j:
                    h_ij = sum(W[i, k] * x[k] for k in range(m) if k not in (i, j))
                    h_ji = sum(W[j, k] * x[k] for k in range(m) if k not in (i, j))
                    new[i, j] += (x[i] * x[j] - x[i] * h_ji - h_ij * x[j]) / m
        W = new
    return W


def pseudo_inverse_weights(patterns):
    W = np.linalg.pinv(patterns) @ patterns
    return W - np.diag(np.diag(W))


def bidirectional_weights(X, Y):
    return sum(np.outer(x, y) for x, y in zip(X, Y)) / len(X)


def bidirectional_retrieve(x, W, max_steps=100):
    energies = []
    for _ in range(max_steps):
        y = sign(x @ W)
        energies.append(-np.einsum("...i,ij,...j->...", x, W, y))
        old, x = x, sign(y @ W.T)
        if (old == x).all():
            break
    return x, y, np.array(energies), (old == x).all(axis=-1)


# %% wrong: it is what mode='sync' gives
def hopfield_retrieve(x, W, b, mode="async"):
    states = [x]
    for _ in range(100):
        s = np.where(states[-1] @ W.T + b >= 0, 1, -1).astype(x.dtype)
        if mode == "async" and (s == states[-1]).all():
            break
        states.append(s)
        before = states[-3] if len(states) > 2 else s + 1
        if ((s == states[-2]).all(axis=-1) | (s == before).all(axis=-1)).all():
            break
    states = np.array(states)
    energies = -np.einsum("...i,ij,...j->...", states, W, states) / 2 - states @ b
    return states, energies, (np.where(states[-1] @ W.T + b >= 0, 1, -1) == states[-1]).all(axis=-1)


# %% wrong: returns 2 values, should return 3
def hopfield_retrieve(x, W, b, mode="async"):
    s = x.copy()
    for i in range(len(b)):
        s[..., i] = np.where(s @ W[i] + b[i] >= 0, 1, -1)
    return s, True


# %% wrong: it takes \(x, W, b, mode\), should take \(x, W, b, mode, rng, max_sweeps, record\)
def hopfield_retrieve(x, W, b, mode="async"):
    first, states = x.copy(), [x.copy()]
    for _ in range(100):
        for i in range(len(b) if mode == "async" else 0):
            x[..., i] = sign(x @ W[i] + b[i])
        if mode == "sync":
            x[...] = sign(x @ W.T + b)
        elif (x == states[-1]).all():
            break
        states.append(x.copy())
        rests = (x == states[-2]).all(axis=-1)
        if mode == "sync" and (rests | (x == states[max(-3, -len(states))]).all(axis=-1)).all():
            break
    states = np.array(states)
    return states, energy(states, W, b), (sign(states[-1] @ W.T + b) == states[-1]).all(axis=-1)


# %% cause unnamed: a fixed point is a cycle too
def hopfield_period(trajectory):
    return np.where((trajectory[-1] == trajectory[-3 % len(trajectory)]).all(axis=-1), 2, 1)


# %% wrong: in hᵢⱼ, the term k = j is not left out
def storkey_weights(patterns):
    m = patterns.shape[1]
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        h = W @ x
        W += (np.outer(x, x) - np.outer(x, h) - np.outer(h, x)) / m
        np.fill_diagonal(W, 0)
    return W


# %% wrong: the crosstalk is missing
def storkey_weights(patterns):
    W = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(W, 0)
    return W


# %% wrong: the diagonal is kept
def pseudo_inverse_weights(patterns):
    return np.linalg.pinv(patterns) @ patterns


# %% wrong: this is X⁺ X of the transposed patterns
def pseudo_inverse_weights(patterns):
    W = patterns @ np.linalg.pinv(patterns)
    return W - np.diag(np.diag(W))


# %% wrong: it is transposed
def bidirectional_weights(X, Y):
    return Y.T @ X / len(X)


# %% wrong: the division by N is missing
def bidirectional_weights(X, Y):
    return X.T @ Y


# %% cause unnamed: it gives up after one round, and says that it converged
def bidirectional_retrieve(x, W, max_steps=100):
    y = np.where(x @ W >= 0, 1, -1).astype(x.dtype)
    return x, y, -np.einsum("...i,ij,...j->...", x, W, y)[None], np.ones(x.shape[:-1], bool)


# %% wrong: should take .*: mode missing
def hopfield_retrieve(x, W, b):
    return x[None], energy(x, W, b)[None], np.ones(x.shape[:-1], bool)


# %% right: a tour, and the weights that look for one
import numpy as np


def read_tour(v):
    n = int(np.sqrt(v.shape[-1]))
    on = v.reshape(*v.shape[:-1], n, n)
    tour = np.argmax(on, axis=-2)
    valid = ((on > 0).sum(-1) == 1).all(-1) & ((on > 0).sum(-2) == 1).all(-1)
    return tour, valid


def tour_weights(cities, A=500.0, B=500.0, C=200.0, D=500.0, stops=15.0):
    n = len(cities)
    W = np.zeros((n, n, n, n))
    for x in range(n):
        for i in range(n):
            for y in range(n):
                for j in range(n):
                    W[x, i, y, j] = -A * (x == y) * (i != j) - B * (i == j) * (x != y) - C
                    beside = (j == (i + 1) % n) + (j == (i - 1) % n)
                    W[x, i, y, j] -= D * np.sqrt(((cities[x] - cities[y]) ** 2).sum()) * beside
    W = W.reshape(n * n, n * n) / 2
    return W.astype(cities.dtype), (C * stops + W.sum(axis=1)).astype(cities.dtype)


def clean_up(y, items):
    return np.argmax(np.einsum("...d,nd->...n", y, items), axis=-1)


# %% wrong: rows and columns are exchanged
def read_tour(v):
    n = int(np.sqrt(v.shape[-1]))
    on = v.reshape(*v.shape[:-1], n, n)
    valid = ((on > 0).sum(-1) == 1).all(-1) & ((on > 0).sum(-2) == 1).all(-1)
    return on.argmax(axis=-1), valid


# %% wrong: only the cities are looked at
def read_tour(v):
    n = int(np.sqrt(v.shape[-1]))
    on = v.reshape(*v.shape[:-1], n, n)
    return on.argmax(axis=-2), ((on > 0).sum(-1) == 1).all(-1)


# %% wrong: the least similar item is taken
def clean_up(y, items):
    return np.argmin(np.einsum("...d,nd->...n", y, items), axis=-1)


# %% wrong: the nearest item by distance is taken
def clean_up(y, items):
    return np.argmin(((y[..., None, :] - items) ** 2).sum(axis=-1), axis=-1)


# %% wrong: it is T, for outputs of 0 to 1, in place of W = T / 2
def tour_weights(cities, A=500.0, B=500.0, C=200.0, D=500.0, stops=15.0):
    n, one = len(cities), np.eye(len(cities))
    d = np.linalg.norm(cities[:, None] - cities, axis=-1)
    beside = np.roll(one, 1, axis=0) + np.roll(one, -1, axis=0)
    T = -A * np.kron(one, 1 - one) - B * np.kron(1 - one, one) - C - D * np.kron(d, beside)
    return T.astype(cities.dtype), (C * stops + T.sum(axis=1) / 2).astype(cities.dtype)
