# Written without sight of this corpus: plain. The answers are changes of plain_functions.py.
# %% of: plain_functions
# %% wrong: the diagonal is kept
# diagonal kept in pseudo-inverse
def pseudo_inverse_weights(patterns):
    return np.linalg.pinv(patterns) @ patterns


# %% wrong: h is used transposed: xᵢ hᵢⱼ in place of xᵢ hⱼᵢ
# storkey h transposed
def storkey_weights(patterns):
    m = patterns.shape[1]
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        h = (W @ x)[:, None] - W * x
        np.fill_diagonal(h, np.diag(h))
        W = W + (np.outer(x, x) - x[:, None] * h - h.T * x[None]) / m
        np.fill_diagonal(W, 0)
    return W


# %% wrong: it is divided by N in place of m
# storkey divided by N
def storkey_weights(patterns):
    N, m = patterns.shape
    W = np.zeros((m, m), patterns.dtype)
    for x in patterns:
        h = (W @ x)[:, None] - W * x
        W = W + (np.outer(x, x) - x[:, None] * h.T - h * x[None]) / N
        np.fill_diagonal(W, 0)
    return W


# %% wrong: the crosstalk is missing: this is Hebb's rule divided by m
# storkey is Hebb
def storkey_weights(patterns):
    W = patterns.T @ patterns / patterns.shape[1]
    np.fill_diagonal(W, 0)
    return W


# %% wrong: it is what mode='async' gives
# converged always true
def hopfield_retrieve(x, W, b, mode="async", rng=None, max_sweeps=100, record="sweep"):
    t, e, c = ref(x, W, b, mode, rng, max_sweeps, record)
    return t, e, np.ones_like(c)


# %% wrong: with record='flip' every flip is a row of the trajectory
# ignores record
def hopfield_retrieve(x, W, b, mode="async", rng=None, max_sweeps=100, record="sweep"):
    return ref(x, W, b, mode, rng, max_sweeps, "sweep")


# %% wrong: with max_sweeps=1 it gives up after one sweep
# ignores max_sweeps
def hopfield_retrieve(x, W, b, mode="async", rng=None, max_sweeps=100, record="sweep"):
    return ref(x, W, b, mode, rng, 100, record)


# %% wrong: with a generator every sweep has a new random order, rng\.permutation\(m\)
# ignores rng
def hopfield_retrieve(x, W, b, mode="async", rng=None, max_sweeps=100, record="sweep"):
    return ref(x, W, b, mode, None, max_sweeps, record)


# %% wrong: the least similar item is taken: argmin in place of argmax
# sum over argmin
def clean_up(y, items):
    return (y @ items.T).argmin(-1)


# %% wrong: the products are divided by the lengths of the items \(cosine\)
# cosine clean up
def clean_up(y, items):
    return (y @ (items / np.linalg.norm(items, axis=1, keepdims=True)).T).argmax(-1)


# %% wrong: it is divided by m, the length of a pattern, in place of N
# W transposed normalised by m
def bidirectional_weights(X, Y):
    return X.T @ Y / X.shape[1]


# %% wrong: output 3 has shape \(2,\), should be \(3,\)
# np.sign in bidirectional
def bidirectional_retrieve(x, W, max_steps=100):
    energies = []
    for _ in range(max_steps):
        y = np.sign(x @ W)
        h = y @ W.T
        energies.append(-(x * h).sum(-1))
        before, x = x, np.sign(h)
        converged = (x == before).all(-1)
        if converged.all():
            break
    return x, y, np.array(energies), converged


# %% wrong: rows and columns are exchanged: it gives the stop of each city in place of the city of each stop
# tour: city and stop exchanged
def read_tour(v):
    n = int(round(v.shape[-1] ** 0.5))
    g = v.reshape(*v.shape[:-1], n, n)
    on = g > 0
    return g.argmax(-1), (on.sum(-1) == 1).all(-1) & (on.sum(-2) == 1).all(-1)


# %% wrong: a cycle of two is not looked for
# cycle of two not looked for
def hopfield_period(trajectory):
    return np.where((trajectory[-1] == trajectory[-2]).all(-1), 1, 0)


# %% wrong: the argument beta is ignored
# beta ignored
def modern_hopfield_retrieve(x, X, beta=1.0, max_steps=100, tolerance=1e-9):
    return refm(x, X, 1.0, max_steps, tolerance)


# %% wrong: output 1 has shape \(2, 3\), should be \(3, 3\)
# dense: >= replaced by >
def dense_retrieve(x, patterns, interaction=3, rng=None, max_sweeps=100):
    m = x.shape[-1]
    F = (lambda o: np.exp(o)) if interaction == "exp" else (lambda o: o**interaction)
    s, rows = x.copy(), [x.copy()]
    ok = np.zeros(x.shape[:-1], bool)
    for _ in range(max_sweeps):
        old = s.copy()
        for i in range(m) if rng is None else rng.permutation(m):
            r = s @ patterns.T - s[..., i : i + 1] * patterns[:, i]
            g = (patterns[:, i] * (F(r + 1) - F(r - 1))).sum(-1)
            s[..., i] = np.where(g > 0, 1, -1)
        same = (s == old).all(-1)
        ok = same
        if same.all():
            break
        rows.append(s.copy())
    t = np.array(rows)
    return t, base_de(t, patterns, interaction)[0], ok
