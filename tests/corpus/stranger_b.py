# Written by a stranger who saw neither this corpus nor the grader (networks, memory, tours); what stands behind the colon is said now.
# %% wrong forward: where W s \+ b = 0
# CAUSE: uses np.sign for the step, so a local field of exactly 0 gives 0 instead of +1
import numpy as np


def hopfield_update_forward(s, W, b, beta=None):
    m = s.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes do not fit")
    if beta is None:
        if not np.all(np.abs(s) == 1):
            raise ValueError("states must be -1 or +1")
    elif not (beta > 0 and np.isfinite(beta)):
        raise ValueError("beta must be positive")
    h = s @ W.T + b
    if beta is None:
        out = np.sign(h)
    else:
        out = np.tanh(beta * h)
    return out, (s, W, beta, out)


def hopfield_update_backward(ds_next, cache):
    s, W, beta, out = cache
    if beta is None:
        raise ValueError("the step function has no gradient")
    m = s.shape[-1]
    dh = ds_next * (1 - out ** 2) * beta
    ds = dh @ W
    dW = dh.reshape(-1, m).T @ s.reshape(-1, m)
    db = dh.reshape(-1, m).sum(axis=0)
    return ds, dW, db


# %% wrong backward: β is forgotten in the derivative
# CAUSE: the factor beta of the chain rule is missing in the backward
import numpy as np


def hopfield_update_forward(s, W, b, beta=None):
    m = s.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes do not fit")
    if beta is None:
        if not np.all(np.abs(s) == 1):
            raise ValueError("states must be -1 or +1")
    elif not (beta > 0 and np.isfinite(beta)):
        raise ValueError("beta must be positive")
    field = s @ W.T + b
    if beta is None:
        y = np.where(field >= 0, 1, -1).astype(s.dtype)
    else:
        y = np.tanh(beta * field)
    return y, (s, W, beta, y)


def hopfield_update_backward(ds_next, cache):
    s, W, beta, y = cache
    if beta is None:
        raise ValueError("the step function has no gradient")
    m = s.shape[-1]
    delta = ds_next * (1 - y ** 2)
    ds = delta @ W
    dW = delta.reshape(-1, m).T @ s.reshape(-1, m)
    db = delta.reshape(-1, m).sum(axis=0)
    return ds, dW, db


# %% wrong forward: W is used transposed: s W in
# CAUSE: multiplies s W instead of W s (transpose missing), the backward is consistent with that
import numpy as np


def hopfield_update_forward(s, W, b, beta=None):
    m = s.shape[-1]
    if beta is None:
        if not np.all(np.abs(s) == 1):
            raise ValueError("states must be -1 or +1")
    elif not (beta > 0 and np.isfinite(beta)):
        raise ValueError("beta must be positive")
    h = s @ W + b
    if beta is None:
        out = np.where(h >= 0, 1, -1).astype(s.dtype)
    else:
        out = np.tanh(beta * h)
    return out, (s, W, beta, out)


def hopfield_update_backward(ds_next, cache):
    s, W, beta, out = cache
    if beta is None:
        raise ValueError("the step function has no gradient")
    m = s.shape[-1]
    dh = ds_next * (1 - out ** 2) * beta
    ds = dh @ W.T
    dW = s.reshape(-1, m).T @ dh.reshape(-1, m)
    db = dh.reshape(-1, m).sum(axis=0)
    return ds, dW, db


# %% wrong forward: the factor ½ before sᵀ W s
# CAUSE: the factor 1/2 of the quadratic term is missing in the forward (backward right)
import numpy as np


def hopfield_energy_forward(s, W, b):
    m = s.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("bad shapes")
    pair_term = np.einsum('...i,ij,...j->...', s, W, s)
    E = -pair_term - s @ b
    return E, (s, W, b)


def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    m = len(b)
    dE = np.asarray(dE)
    ds = -dE[..., None] * (0.5 * (s @ W.T + s @ W) + b)
    flat = s.reshape(-1, m)
    up = dE.reshape(-1, 1)
    dW = -0.5 * (up * flat).T @ flat
    db = -(up * flat).sum(axis=0)
    return ds, dW, db


# %% wrong backward: W is taken to be symmetric: ds
# CAUSE: ds takes W for symmetric: only W s instead of (W + W^T) s / 2
import numpy as np


def hopfield_energy_forward(s, W, b):
    m = s.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("bad shapes")
    quad = np.einsum('...i,ij,...j->...', s, W, s)
    E = -0.5 * quad - s @ b
    return E, (s, W, b)


def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    m = len(b)
    dE = np.asarray(dE)
    ds = -dE[..., None] * (s @ W.T + b)
    S = s.reshape(-1, m)
    g = dE.reshape(-1, 1)
    dW = -0.5 * (g * S).T @ S
    db = -(g * S).sum(axis=0)
    return ds, dW, db


# %% wrong forward: the sum runs over i < j
# CAUSE: sums over i<j only (upper triangle) but keeps the 1/2 that belongs to the full sum; backward consistent
import numpy as np


def hopfield_energy_forward(s, W, b):
    m = s.shape[-1]
    pair_term = np.einsum('...i,ij,...j->...', s, np.triu(W, 1), s)
    E = -0.5 * pair_term - s @ b
    return E, (s, W, b)


def hopfield_energy_backward(dE, cache):
    s, W, b = cache
    m = len(b)
    dE = np.asarray(dE)
    ds = -dE[..., None] * (0.5 * (s @ np.triu(W, 1).T + s @ np.triu(W, 1)) + b)
    flat = s.reshape(-1, m)
    up = dE.reshape(-1, 1)
    dW = np.triu(-0.5 * (up * flat).T @ flat, 1)
    db = -(up * flat).sum(axis=0)
    return ds, dW, db


# %% wrong forward: it is divided by m, the number
# CAUSE: divides by m (number of neurons) instead of N (number of patterns), consistently in both
import numpy as np


def hebbian_weights_forward(patterns):
    X = np.asarray(patterns)
    if X.ndim != 2:
        raise ValueError("patterns must be (N, m)")
    if np.all((X == 0) | (X == 1)) and np.any(X == 0):
        raise ValueError("use -1 and +1, not 0 and 1")
    N = X.shape[1]
    W = X.T @ X / N
    np.fill_diagonal(W, 0)
    return W, X


def hebbian_weights_backward(dW, cache):
    X = cache
    N = X.shape[1]
    G = dW.copy()
    np.fill_diagonal(G, 0)
    return X @ (G + G.T) / N


# %% wrong backward: a pattern enters twice, as xᵢ and
# CAUSE: x appears twice in x x^T but only one of the two paths is differentiated
import numpy as np


def hebbian_weights_forward(patterns):
    P = np.asarray(patterns)
    if P.ndim != 2:
        raise ValueError("patterns must be (count, m)")
    if np.all((P == 0) | (P == 1)) and np.any(P == 0):
        raise ValueError("use -1 and +1, not 0 and 1")
    count = P.shape[0]
    W = P.T @ P / count
    np.fill_diagonal(W, 0)
    return W, P


def hebbian_weights_backward(dW, cache):
    P = cache
    count = P.shape[0]
    D = dW.copy()
    np.fill_diagonal(D, 0)
    return P @ D / count


# %% wrong: hᵢⱼ is all of W x, the
# CAUSE: the local field h is the whole W x: the terms k = i and k = j are not left out
import numpy as np


def storkey_weights(patterns):
    P = np.asarray(patterns)
    if P.ndim != 2 or not np.all(np.abs(P) == 1):
        raise ValueError("patterns of -1 and +1, one a row")
    N, m = P.shape
    W = np.zeros((m, m), dtype=P.dtype)
    for x in P:
        full = W @ x
        h = np.repeat(full[:, None], m, axis=1)
        W = W + (np.outer(x, x) - x[:, None] * h.T - h * x[None, :]) / m
    return W.astype(P.dtype)


# %% wrong: W is changed while the fields h
# CAUSE: not incremental in the right way: W is changed while the fields of the same pattern are still being computed from it
import numpy as np


def storkey_weights(patterns):
    if patterns.ndim != 2 or not np.all((patterns == 1) | (patterns == -1)):
        raise ValueError("patterns must be +-1, shape (N, m)")
    n_pat, m = patterns.shape
    W = np.zeros((m, m), dtype=patterns.dtype)
    for x in patterns:
        for i in range(m):
            for j in range(m):
                h_ij = sum(W[i, k] * x[k] for k in range(m) if k not in (i, j))
                h_ji = sum(W[j, k] * x[k] for k in range(m) if k not in (i, j))
                W[i, j] += (x[i] * x[j] - x[i] * h_ji - h_ij * x[j]) / m
    return W


# %% wrong: raises LinAlgError: Singular matrix
# CAUSE: inverts X X^T, which is singular when patterns are equal or more than fit, instead of the pseudo-inverse
import numpy as np


def pseudo_inverse_weights(patterns):
    X = np.asarray(patterns)
    if X.ndim != 2 or not np.all(np.abs(X) == 1):
        raise ValueError("patterns of -1 and +1")
    proj = X.T @ np.linalg.inv(X @ X.T) @ X
    np.fill_diagonal(proj, 0)
    return proj.astype(X.dtype)


# %% wrong: float32 is lost: it gives float64 \(np\.sqrt
# CAUSE: computes in float64 and returns float64 for float32 patterns
import numpy as np


def pseudo_inverse_weights(patterns):
    X = np.asarray(patterns)
    if X.ndim != 2 or not np.all(np.abs(X) == 1):
        raise ValueError("patterns of -1 and +1")
    W = np.linalg.pinv(X.astype(np.float64)) @ X
    np.fill_diagonal(W, 0)
    return W


# %% wrong: it is what mode='sync' gives
# CAUSE: asynchronous mode uses fields computed once at the start of the sweep, so it is a synchronous update
import numpy as np


def _energy(s, W, b):
    return -0.5 * np.sum(s * (s @ W.T), axis=-1) - s @ b


def hopfield_retrieve(x, W, b, mode='async', rng=None, max_sweeps=100, record='sweep'):
    m = x.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes")
    if not np.all(np.abs(x) == 1):
        raise ValueError("probe must be -1 / +1")
    if mode not in ('async', 'sync') or record not in ('sweep', 'flip'):
        raise ValueError("mode or record unknown")
    step = lambda v: np.where(v @ W.T + b >= 0, 1, -1).astype(x.dtype)
    s = x.copy()
    traj = [s.copy()]
    if mode == 'sync':
        for t in range(max_sweeps):
            s = step(s)
            traj.append(s)
            same1 = np.all(traj[-1] == traj[-2], axis=-1)
            same2 = np.all(traj[-1] == traj[-3], axis=-1) if len(traj) > 2 else np.zeros_like(same1)
            if np.all(same1 | same2):
                break
    else:
        for sweep in range(max_sweeps):
            if np.all(step(s) == s):
                break
            order = np.arange(m) if rng is None else rng.permutation(m)
            fields = s @ W.T + b
            for i in order:
                h = fields[..., i]
                new = np.where(h >= 0, 1, -1).astype(x.dtype)
                changed = np.any(new != s[..., i])
                s[..., i] = new
                if record == 'flip' and changed:
                    traj.append(s.copy())
            if record == 'sweep':
                traj.append(s.copy())
    traj = np.stack(traj)
    converged = np.all(step(traj[-1]) == traj[-1], axis=-1)
    return traj, _energy(traj, W, b), converged


# %% wrong: with a generator every sweep has a
# CAUSE: the generator is ignored: neurons are always visited in the order 1..m
import numpy as np


def _energy(s, W, b):
    return -0.5 * np.sum(s * (s @ W.T), axis=-1) - s @ b


def hopfield_retrieve(x, W, b, mode='async', rng=None, max_sweeps=100, record='sweep'):
    m = x.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes")
    if not np.all(np.abs(x) == 1):
        raise ValueError("probe must be -1 / +1")
    if mode not in ('async', 'sync') or record not in ('sweep', 'flip'):
        raise ValueError("mode or record unknown")
    one_step = lambda v: np.where(v @ W.T + b >= 0, 1, -1).astype(x.dtype)
    s = x.copy()
    states = [s.copy()]
    if mode == 'sync':
        for t in range(max_sweeps):
            s = one_step(s)
            states.append(s)
            same1 = np.all(states[-1] == states[-2], axis=-1)
            same2 = np.all(states[-1] == states[-3], axis=-1) if len(states) > 2 else np.zeros_like(same1)
            if np.all(same1 | same2):
                break
    else:
        for sweep in range(max_sweeps):
            if np.all(one_step(s) == s):
                break
            order = np.arange(m)
            for i in order:
                h = s @ W[i] + b[i]
                new = np.where(h >= 0, 1, -1).astype(x.dtype)
                changed = np.any(new != s[..., i])
                s[..., i] = new
                if record == 'flip' and changed:
                    states.append(s.copy())
            if record == 'sweep':
                states.append(s.copy())
    states = np.stack(states)
    converged = np.all(one_step(states[-1]) == states[-1], axis=-1)
    return states, _energy(states, W, b), converged


# %% wrong: with two states alone there is no
# CAUSE: does not look whether there are three states: index T-3 wraps round to the last one and a cycle is reported with two states alone
import numpy as np


def hopfield_period(trajectory):
    T = len(trajectory)
    last = trajectory[-1]
    period = np.zeros(last.shape[:-1], dtype=int)
    period = np.where(np.all(last == trajectory[T - 3], axis=-1), 2, period)
    if T >= 2:
        period = np.where(np.all(last == trajectory[-2], axis=-1), 1, period)
    return period


# %% wrong: the whole batch is compared at once
# CAUSE: compares whole batches at once, so one probe that differs changes the answer of all
import numpy as np


def hopfield_period(trajectory):
    length = len(trajectory)
    end = trajectory[-1]
    period = np.zeros(end.shape[:-1], dtype=int)
    if length >= 3:
        period = np.where(np.array_equal(end, trajectory[-3]), 2, period)
    if length >= 2:
        period = np.where(np.array_equal(end, trajectory[-2]), 1, period)
    return period


# %% wrong forward: the states s′ are taken to be
# CAUSE: the partition function runs over states of 0 and 1 instead of -1 and +1; backward consistent
import numpy as np


def _states(m, dtype):
    bits = (np.arange(2 ** m)[:, None] >> np.arange(m)) & 1
    return bits.astype(dtype)


def _minus_E(s, W, b):
    return 0.5 * np.sum((s @ W) * s, axis=-1) + s @ b


def boltzmann_log_likelihood_forward(s, W, b):
    m = s.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes")
    A = _states(m, s.dtype)
    a = _minus_E(A, W, b)
    top = a.max()
    logZ = top + np.log(np.sum(np.exp(a - top)))
    p = np.exp(a - logZ)
    return _minus_E(s, W, b) - logZ, (s, W, b, A, p)


def boltzmann_log_likelihood_backward(dlog_p, cache):
    s, W, b, A, p = cache
    m = s.shape[-1]
    g = np.asarray(dlog_p).reshape(-1)
    S = s.reshape(-1, m)
    total = g.sum()
    model_ss = (A * p[:, None]).T @ A
    model_s = p @ A
    dW = 0.5 * ((S * g[:, None]).T @ S - total * model_ss)
    db = g @ S - total * model_s
    ds = np.asarray(dlog_p)[..., None] * (0.5 * (s @ W + s @ W.T) + b)
    return ds, dW, db


# %% wrong forward: not kept: energies of ±1e4
# CAUSE: log Z as log(sum(exp)) without subtracting the largest, overflows for large energies (gradient formula right)
import numpy as np


def _states(m, dtype):
    bits = (np.arange(2 ** m)[:, None] >> np.arange(m)) & 1
    return (2 * bits - 1).astype(dtype)


def _minus_E(s, W, b):
    return 0.5 * np.sum((s @ W) * s, axis=-1) + s @ b


def boltzmann_log_likelihood_forward(s, W, b):
    m = s.shape[-1]
    configs = _states(m, s.dtype)
    a = _minus_E(configs, W, b)
    logZ = np.log(np.sum(np.exp(a)))
    prob = np.exp(a - logZ)
    return _minus_E(s, W, b) - logZ, (s, W, b, configs, prob)


def boltzmann_log_likelihood_backward(dlog_p, cache):
    s, W, b, configs, prob = cache
    m = s.shape[-1]
    g = np.asarray(dlog_p).reshape(-1)
    flat = s.reshape(-1, m)
    total = g.sum()
    model_ss = (configs * prob[:, None]).T @ configs
    model_s = prob @ configs
    dW = 0.5 * ((flat * g[:, None]).T @ flat - total * model_ss)
    db = g @ flat - total * model_s
    ds = np.asarray(dlog_p)[..., None] * (0.5 * (s @ W + s @ W.T) + b)
    return ds, dW, db


# %% wrong backward: the term of the model, ⟨s sᵀ⟩ₚ
# CAUSE: the negative phase is forgotten in dW: only the data correlation, not minus that of the model
import numpy as np


def _states(m, dtype):
    bits = (np.arange(2 ** m)[:, None] >> np.arange(m)) & 1
    return (2 * bits - 1).astype(dtype)


def _minus_E(s, W, b):
    return 0.5 * np.sum((s @ W) * s, axis=-1) + s @ b


def boltzmann_log_likelihood_forward(s, W, b):
    m = s.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes")
    A = _states(m, s.dtype)
    a = _minus_E(A, W, b)
    top = a.max()
    logZ = top + np.log(np.sum(np.exp(a - top)))
    p = np.exp(a - logZ)
    return _minus_E(s, W, b) - logZ, (s, W, b, A, p)


def boltzmann_log_likelihood_backward(dlog_p, cache):
    s, W, b, A, p = cache
    m = s.shape[-1]
    g = np.asarray(dlog_p).reshape(-1)
    S = s.reshape(-1, m)
    total = g.sum()
    model_ss = (A * p[:, None]).T @ A
    model_s = p @ A
    dW = 0.5 * ((S * g[:, None]).T @ S)
    db = g @ S - total * model_s
    ds = np.asarray(dlog_p)[..., None] * (0.5 * (s @ W + s @ W.T) + b)
    return ds, dW, db


# %% wrong forward: in the leak, log cosh\(β u\) is
# CAUSE: the log cosh term is not divided by beta (invisible for beta = 1); backward right for the true formula
import numpy as np


def continuous_hopfield_energy_forward(u, W, b, beta=1.0):
    m = u.shape[-1]
    if W.shape != (m, m) or b.shape != (m,):
        raise ValueError("shapes")
    t = beta * u
    v = np.tanh(t)
    log_cosh = np.abs(t) + np.log1p(np.exp(-2 * np.abs(t))) - np.log(2).astype(u.dtype)
    integral = v * u - log_cosh
    E = -0.5 * np.sum((v @ W) * v, axis=-1) - v @ b + integral.sum(axis=-1)
    return E, (u, v, W, b, beta)


def continuous_hopfield_energy_backward(dE, cache):
    u, v, W, b, beta = cache
    m = u.shape[-1]
    dE = np.asarray(dE)[..., None]
    slope = beta * (1 - v ** 2)
    du = dE * slope * (-0.5 * (v @ W + v @ W.T) - b + u)
    V = v.reshape(-1, m)
    G = (dE * v).reshape(-1, m)
    dW = -0.5 * G.T @ V
    db = -G.sum(axis=0)
    return du, dW, db


# %% wrong backward: in du, dE v is one too
# CAUSE: derivative of the leak only by the product rule of v u, the log cosh term is forgotten: an extra + v
import numpy as np


def continuous_hopfield_energy_forward(u, W, b, beta=1.0):
    m = u.shape[-1]
    z = beta * u
    v = np.tanh(z)
    log_cosh = np.abs(z) + np.log1p(np.exp(-2 * np.abs(z))) - np.log(2).astype(u.dtype)
    leak = v * u - log_cosh / beta
    E = -0.5 * np.sum((v @ W) * v, axis=-1) - v @ b + leak.sum(axis=-1)
    return E, (u, v, W, b, beta)


def continuous_hopfield_energy_backward(dE, cache):
    u, v, W, b, beta = cache
    m = u.shape[-1]
    dE = np.asarray(dE)[..., None]
    dv_du = beta * (1 - v ** 2)
    du = dE * dv_du * (-0.5 * (v @ W + v @ W.T) - b + u) + dE * v
    V = v.reshape(-1, m)
    G = (dE * v).reshape(-1, m)
    dW = -0.5 * G.T @ V
    db = -G.sum(axis=0)
    return du, dW, db


# %% wrong forward: the power is taken of the sum
# CAUSE: sums the overlaps first and takes the power of the sum; backward consistent
import numpy as np


def dense_energy_forward(s, patterns, interaction=3):
    if patterns.ndim != 2 or s.shape[-1] != patterns.shape[1]:
        raise ValueError("shapes")
    if interaction != "exp" and interaction < 2:
        raise ValueError("interaction from 2 on")
    o = s @ patterns.T
    if interaction == "exp":
        biggest = o.max(axis=-1, keepdims=True)
        ex = np.exp(o - biggest)
        total = ex.sum(axis=-1, keepdims=True)
        E = -(biggest + np.log(total))[..., 0]
        dF = ex / total
    else:
        E = -np.sum(o, axis=-1) ** interaction
        dF = interaction * o.sum(axis=-1, keepdims=True) ** (interaction - 1) * np.ones_like(o)
    return E, (s, patterns, dF)


def dense_energy_backward(dE, cache):
    s, patterns, dF = cache
    do = -np.asarray(dE)[..., None] * dF
    ds = do @ patterns
    dp = do.reshape(-1, patterns.shape[0]).T @ s.reshape(-1, s.shape[-1])
    return ds, dp


# %% wrong backward: the slope lacks the factor K: oᴷ⁻¹
# CAUSE: the derivative of o^K lacks the factor K
import numpy as np


def dense_energy_forward(s, patterns, interaction=3):
    if patterns.ndim != 2 or s.shape[-1] != patterns.shape[1]:
        raise ValueError("shapes")
    if interaction != "exp" and interaction < 2:
        raise ValueError("interaction from 2 on")
    overlap = s @ patterns.T
    if interaction == "exp":
        biggest = overlap.max(axis=-1, keepdims=True)
        ex = np.exp(overlap - biggest)
        total = ex.sum(axis=-1, keepdims=True)
        E = -(biggest + np.log(total))[..., 0]
        slope = ex / total
    else:
        E = -np.sum(overlap ** interaction, axis=-1)
        slope = overlap ** (interaction - 1)
    return E, (s, patterns, slope)


def dense_energy_backward(dE, cache):
    s, patterns, slope = cache
    do = -np.asarray(dE)[..., None] * slope
    ds = do @ patterns
    dp = do.reshape(-1, patterns.shape[0]).T @ s.reshape(-1, s.shape[-1])
    return ds, dp


# %% wrong: the overlap rₙ still contains the neuron
# CAUSE: the overlap r still contains the neuron i itself (j = i is not left out)
import numpy as np


def _dense_energy(s, patterns, interaction):
    o = s @ patterns.T
    if interaction == 'exp':
        top = o.max(axis=-1, keepdims=True)
        return -(top[..., 0] + np.log(np.exp(o - top).sum(axis=-1)))
    return -(o ** interaction).sum(axis=-1)


def dense_retrieve(x, patterns, interaction=3, rng=None, max_sweeps=100):
    m = x.shape[-1]
    if not np.all(np.abs(x) == 1):
        raise ValueError("probe must be -1/+1")

    def field(s, i):
        r = s @ patterns.T
        if interaction == 'exp':
            r = r - r.max(axis=-1, keepdims=True)
            diff = np.exp(r + 1) - np.exp(r - 1)
        else:
            diff = (r + 1) ** interaction - (r - 1) ** interaction
        return diff @ patterns[:, i]

    def rests(s):
        ok = np.ones(s.shape[:-1], dtype=bool)
        for i in range(m):
            ok = ok & (np.where(field(s, i) >= 0, 1, -1) == s[..., i])
        return ok

    s = x.copy()
    traj = [s.copy()]
    for sweep in range(max_sweeps):
        if np.all(rests(s)):
            break
        idx = range(m) if rng is None else rng.permutation(m)
        for i in idx:
            s[..., i] = np.where(field(s, i) >= 0, 1, -1)
        traj.append(s.copy())
    traj = np.stack(traj)
    return traj, _dense_energy(traj, patterns, interaction), rests(traj[-1])


# %% wrong: with a generator every sweep has a
# CAUSE: one random order is drawn before the first sweep and used for all of them
import numpy as np


def _dense_energy(s, patterns, interaction):
    o = s @ patterns.T
    if interaction == 'exp':
        top = o.max(axis=-1, keepdims=True)
        return -(top[..., 0] + np.log(np.exp(o - top).sum(axis=-1)))
    return -(o ** interaction).sum(axis=-1)


def dense_retrieve(x, patterns, interaction=3, rng=None, max_sweeps=100):
    m = x.shape[-1]
    if patterns.ndim != 2 or patterns.shape[1] != m:
        raise ValueError("shapes")
    if not np.all(np.abs(x) == 1):
        raise ValueError("probe must be -1/+1")

    def field(s, i):
        r = s @ patterns.T - s[..., i, None] * patterns[:, i]
        if interaction == 'exp':
            r = r - r.max(axis=-1, keepdims=True)
            diff = np.exp(r + 1) - np.exp(r - 1)
        else:
            diff = (r + 1) ** interaction - (r - 1) ** interaction
        return diff @ patterns[:, i]

    def rests(s):
        ok = np.ones(s.shape[:-1], dtype=bool)
        for i in range(m):
            ok = ok & (np.where(field(s, i) >= 0, 1, -1) == s[..., i])
        return ok

    s = x.copy()
    history = [s.copy()]
    order = range(m) if rng is None else rng.permutation(m)
    for sweep in range(max_sweeps):
        if np.all(rests(s)):
            break
        for i in order:
            s[..., i] = np.where(field(s, i) >= 0, 1, -1)
        history.append(s.copy())
    history = np.stack(history)
    return history, _dense_energy(history, patterns, interaction), rests(history[-1])


# %% wrong backward: in dX, the path through the scores
# CAUSE: dX has only the path through the values; the path through the scores is forgotten
import numpy as np


def modern_hopfield_forward(X, s, beta=1.0):
    if X.shape[-1] != s.shape[-1]:
        raise ValueError("patterns and state have different lengths")
    single = s.ndim == X.ndim - 1
    Q = s[..., None, :] if single else s
    scores = beta * np.einsum('...pd,...nd->...pn', Q, X)
    scores = scores - scores.max(axis=-1, keepdims=True)
    ex = np.exp(scores)
    alpha = ex / ex.sum(axis=-1, keepdims=True)
    out = np.einsum('...pn,...nd->...pd', alpha, X)
    cache = (X, Q, alpha, beta, single)
    if single:
        return out[..., 0, :], alpha[..., 0, :], cache
    return out, alpha, cache


def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, Q, alpha, beta, single = cache
    if single:
        ds_next = ds_next[..., None, :]
    da = np.einsum('...pd,...nd->...pn', ds_next, X)
    if dalpha is not None:
        da = da + (dalpha[..., None, :] if single else dalpha)
    dscores = alpha * (da - np.sum(da * alpha, axis=-1, keepdims=True))
    dX = np.einsum('...pn,...pd->...nd', alpha, ds_next)
    ds = beta * np.einsum('...pn,...nd->...pd', dscores, X)
    if single:
        ds = ds[..., 0, :]
    return dX, ds


# %% wrong backward: dalpha is ignored
# CAUSE: the optional dalpha is ignored
import numpy as np


def modern_hopfield_forward(X, s, beta=1.0):
    single = s.ndim == X.ndim - 1
    Q = s[..., None, :] if single else s
    scores = beta * np.einsum('...pd,...nd->...pn', Q, X)
    scores = scores - scores.max(axis=-1, keepdims=True)
    e = np.exp(scores)
    alpha = e / e.sum(axis=-1, keepdims=True)
    out = np.einsum('...pn,...nd->...pd', alpha, X)
    cache = (X, Q, alpha, beta, single)
    if single:
        return out[..., 0, :], alpha[..., 0, :], cache
    return out, alpha, cache


def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, Q, alpha, beta, single = cache
    if single:
        ds_next = ds_next[..., None, :]
    da = np.einsum('...pd,...nd->...pn', ds_next, X)
    dz = alpha * (da - np.sum(da * alpha, axis=-1, keepdims=True))
    dX = np.einsum('...pn,...pd->...nd', alpha, ds_next)
    dX = dX + beta * np.einsum('...pn,...pd->...nd', dz, Q)
    ds = beta * np.einsum('...pn,...nd->...pd', dz, X)
    if single:
        ds = ds[..., 0, :]
    return dX, ds


# %% wrong forward: β is missing in the softmax
# CAUSE: beta is ignored: the scores are X s; the backward has no beta either
import numpy as np


def modern_hopfield_forward(X, s, beta=1.0):
    if X.shape[-1] != s.shape[-1]:
        raise ValueError("patterns and state have different lengths")
    single = s.ndim == X.ndim - 1
    Q = s[..., None, :] if single else s
    scores = np.einsum('...pd,...nd->...pn', Q, X)
    scores = scores - scores.max(axis=-1, keepdims=True)
    ex = np.exp(scores)
    alpha = ex / ex.sum(axis=-1, keepdims=True)
    out = np.einsum('...pn,...nd->...pd', alpha, X)
    cache = (X, Q, alpha, beta, single)
    if single:
        return out[..., 0, :], alpha[..., 0, :], cache
    return out, alpha, cache


def modern_hopfield_backward(ds_next, cache, dalpha=None):
    X, Q, alpha, beta, single = cache
    if single:
        ds_next = ds_next[..., None, :]
    da = np.einsum('...pd,...nd->...pn', ds_next, X)
    if dalpha is not None:
        da = da + (dalpha[..., None, :] if single else dalpha)
    dscores = alpha * (da - np.sum(da * alpha, axis=-1, keepdims=True))
    dX = np.einsum('...pn,...pd->...nd', alpha, ds_next)
    dX = dX + np.einsum('...pn,...pd->...nd', dscores, Q)
    ds = np.einsum('...pn,...nd->...pd', dscores, X)
    if single:
        ds = ds[..., 0, :]
    return dX, ds


# %% wrong forward: 1/β before the logarithm is missing
# CAUSE: the factor 1/beta before the log-sum-exp is missing; backward consistent with that
import numpy as np


def modern_hopfield_energy_forward(X, s, beta=1.0):
    if X.shape[-1] != s.shape[-1]:
        raise ValueError("shapes")
    one_state = s.ndim == X.ndim - 1
    S = s[..., None, :] if one_state else s
    z = beta * (S @ np.swapaxes(X, -1, -2))
    zmax = z.max(axis=-1, keepdims=True)
    e = np.exp(z - zmax)
    tot = e.sum(axis=-1, keepdims=True)
    lse = (zmax + np.log(tot))[..., 0]
    E = -lse + 0.5 * np.sum(S * S, axis=-1)
    cache = (X, S, e / tot, beta, one_state)
    return (E[..., 0] if one_state else E), cache


def modern_hopfield_energy_backward(dE, cache):
    X, S, p, beta, one_state = cache
    dE = np.asarray(dE)
    g = dE[..., None, None] if one_state else dE[..., None]
    ds = g * (S - beta * (p @ X))
    dX = -beta * np.swapaxes(g * p, -1, -2) @ S
    if one_state:
        ds = ds[..., 0, :]
    return dX, ds


# %% wrong backward: in ds, the term s is missing
# CAUSE: ds forgets the term of 1/2 s^T s
import numpy as np


def modern_hopfield_energy_forward(X, s, beta=1.0):
    one_state = s.ndim == X.ndim - 1
    S = s[..., None, :] if one_state else s
    sc = beta * (S @ np.swapaxes(X, -1, -2))
    zmax = sc.max(axis=-1, keepdims=True)
    e = np.exp(sc - zmax)
    Z = e.sum(axis=-1, keepdims=True)
    lse = (zmax + np.log(Z))[..., 0]
    E = -lse / beta + 0.5 * np.sum(S * S, axis=-1)
    cache = (X, S, e / Z, beta, one_state)
    return (E[..., 0] if one_state else E), cache


def modern_hopfield_energy_backward(dE, cache):
    X, S, att, beta, one_state = cache
    dE = np.asarray(dE)
    g = dE[..., None, None] if one_state else dE[..., None]
    ds = -g * (att @ X)
    dX = -np.swapaxes(g * att, -1, -2) @ S
    if one_state:
        ds = ds[..., 0, :]
    return dX, ds


# %% wrong: it is transposed
# CAUSE: gives the transpose, Y^T X of shape (k, m)
import numpy as np


def bidirectional_weights(X, Y):
    if X.ndim != 2 or Y.ndim != 2 or X.shape[0] != Y.shape[0]:
        raise ValueError("as many x as y")
    if not (np.all(np.abs(X) == 1) and np.all(np.abs(Y) == 1)):
        raise ValueError("only -1 and +1")
    W = Y.T @ X / X.shape[0]
    return W


# %% wrong: the diagonal is set to zero
# CAUSE: sets the diagonal to zero as for auto-association, though x and y are different layers
import numpy as np


def bidirectional_weights(X, Y):
    if X.ndim != 2 or Y.ndim != 2 or X.shape[0] != Y.shape[0]:
        raise ValueError("as many x as y")
    if not (np.all(np.abs(X) == 1) and np.all(np.abs(Y) == 1)):
        raise ValueError("only -1 and +1")
    W = X.T @ Y / X.shape[0]
    np.fill_diagonal(W, 0)
    return W


# %% wrong forward: it is the circular correlation, not the
# CAUSE: conjugates F(a): correlation instead of convolution; backward consistent with that
import numpy as np


def bind_forward(a, b):
    d = a.shape[-1]
    c = np.fft.irfft(np.conj(np.fft.rfft(a)) * np.fft.rfft(b), n=d).astype(a.dtype)
    return c, (a, b)


def bind_backward(dc, cache):
    a, b = cache
    d = a.shape[-1]
    G = np.fft.rfft(dc)
    da = np.fft.irfft(np.fft.rfft(b) * np.conj(G), n=d).astype(a.dtype)
    db = np.fft.irfft(np.fft.rfft(a) * G, n=d).astype(b.dtype)
    return da, db


# %% wrong forward: the convolution is linear, cut at d
# CAUSE: indices that leave the vector are dropped (zero padding) instead of counted modulo d; backward right
import numpy as np


def bind_forward(a, b):
    if a.shape != b.shape:
        raise ValueError("a and b must have one shape")
    d = a.shape[-1]
    c = np.zeros_like(a)
    for k in range(d):
        for j in range(d):
            if k - j >= 0:
                c[..., k] += a[..., j] * b[..., k - j]
    return c, (a, b)


def bind_backward(dc, cache):
    a, b = cache
    d = a.shape[-1]
    da, db = np.zeros_like(a), np.zeros_like(b)
    for k in range(d):
        for j in range(d):
            da[..., j] += dc[..., k] * b[..., (k - j) % d]
            db[..., (k - j) % d] += dc[..., k] * a[..., j]
    return da, db


# %% wrong backward: the gradient is bound with the other
# CAUSE: the conjugate is forgotten in da: dc is convolved with b instead of correlated
import numpy as np


def bind_forward(a, b):
    if a.shape != b.shape:
        raise ValueError("a and b must have one shape")
    d = a.shape[-1]
    c = np.fft.irfft(np.fft.rfft(a) * np.fft.rfft(b), n=d).astype(a.dtype)
    return c, (a, b)


def bind_backward(dc, cache):
    a, b = cache
    d = a.shape[-1]
    G = np.fft.rfft(dc)
    da = np.fft.irfft(np.fft.rfft(b) * G, n=d).astype(a.dtype)
    db = np.fft.irfft(np.conj(np.fft.rfft(a)) * G, n=d).astype(b.dtype)
    return da, db


# %% wrong forward: the correlation is the wrong way round
# CAUSE: the conjugate is on F(c) instead of F(a), so y comes out reversed; backward right
import numpy as np


def unbind_forward(c, a):
    A, C = np.fft.fft(a), np.fft.fft(c)
    y = np.fft.ifft(A * np.conj(C)).real
    return y.astype(c.dtype), (c, a, C, A)


def unbind_backward(dy, cache):
    c, a, C, A = cache
    G = np.fft.fft(dy)
    dc = np.fft.ifft(A * G).real
    da = np.fft.ifft(np.conj(G) * C).real
    return dc.astype(c.dtype), da.astype(a.dtype)


# %% wrong backward: in dc, correlation stands in place of
# CAUSE: dc rolls dy in the wrong direction (as the forward does with c)
import numpy as np


def unbind_forward(c, a):
    if c.shape != a.shape:
        raise ValueError("shapes")
    d = a.shape[-1]
    y = np.zeros_like(c)
    for j in range(d):
        y = y + a[..., j:j + 1] * np.roll(c, -j, axis=-1)
    return y, (c, a)


def unbind_backward(dy, cache):
    c, a = cache
    d = a.shape[-1]
    dc = np.zeros_like(c)
    da = np.zeros_like(a)
    for j in range(d):
        dc = dc + a[..., j:j + 1] * np.roll(dy, -j, axis=-1)
        da[..., j] = np.sum(dy * np.roll(c, -j, axis=-1), axis=-1)
    return dc, da


# %% wrong forward: the transforms are divided, F\(c\) / F\(a\)
# CAUSE: divides by |F(a)|^2, the exact inverse of the convolution instead of the correlation; backward consistent
import numpy as np


def unbind_forward(c, a):
    if c.shape != a.shape:
        raise ValueError("shapes")
    A, C = np.fft.fft(a), np.fft.fft(c)
    y = np.fft.ifft(C / A).real
    return y.astype(c.dtype), (c, a, C, A)


def unbind_backward(dy, cache):
    c, a, C, A = cache
    G = np.fft.fft(dy)
    dc = np.fft.ifft(G / np.conj(A)).real
    da = np.fft.ifft(-G * np.conj(C / A ** 2)).real
    return dc.astype(c.dtype), da.astype(a.dtype)


# %% wrong forward: the oldest state is the strongest: the
# CAUSE: the decay is the wrong way round in time: the newest state fades most; backward right for the true formula
import numpy as np


def fast_weight_read_forward(H, q, decay=0.95, rate=0.5):
    T = H.shape[-2]
    lam = (rate * float(decay) ** np.arange(T - 1, -1, -1)).astype(H.dtype)
    dots = np.einsum('...td,...d->...t', H, q)
    r = np.einsum('...t,...td->...d', lam[::-1] * dots, H)
    return r, (H, q, lam, dots)


def fast_weight_read_backward(dr, cache):
    H, q, lam, dots = cache
    ddots = lam * np.einsum('...td,...d->...t', H, dr)
    dH = (lam * dots)[..., None] * dr[..., None, :] + ddots[..., None] * q[..., None, :]
    dq = np.einsum('...t,...td->...d', ddots, H)
    return dH, dq


# %% wrong forward: g and 1 − g are exchanged
# CAUSE: the gate is swapped: g weighs the last step and 1 - g the content; backward right for the true formula
import numpy as np


def interpolate_forward(w_c, w_prev, g):
    g = np.asarray(g)
    if w_c.shape != w_prev.shape or g.shape != w_c.shape[:-1]:
        raise ValueError("shapes")
    gg = g[..., None]
    w_g = (1 - gg) * w_c + gg * w_prev
    return w_g, (w_c, w_prev, gg)


def interpolate_backward(dw_g, cache):
    w_c, w_prev, gg = cache
    dw_c = gg * dw_g
    dw_prev = (1 - gg) * dw_g
    dg = np.sum(dw_g * (w_c - w_prev), axis=-1)
    return dw_c, dw_prev, dg


# %% wrong backward: in dg, w_prev is forgotten
# CAUSE: dg forgets the path through (1 - g): no - w_prev
import numpy as np


def interpolate_forward(w_c, w_prev, g):
    g = np.asarray(g)
    if w_c.shape != w_prev.shape or g.shape != w_c.shape[:-1]:
        raise ValueError("shapes")
    gate = g[..., None]
    w_g = gate * w_c + (1 - gate) * w_prev
    return w_g, (w_c, w_prev, gate)


def interpolate_backward(dw_g, cache):
    w_c, w_prev, gate = cache
    dw_c = gate * dw_g
    dw_prev = (1 - gate) * dw_g
    dg = np.sum(dw_g * w_c, axis=-1)
    return dw_c, dw_prev, dg


# %% wrong backward: it is 1/N times what it should
# CAUSE: dg takes the mean over the rows instead of the sum
import numpy as np


def interpolate_forward(w_c, w_prev, g):
    g = np.asarray(g)
    gg = g[..., None]
    w_g = gg * w_c + (1 - gg) * w_prev
    return w_g, (w_c, w_prev, gg)


def interpolate_backward(dw_g, cache):
    w_c, w_prev, gg = cache
    dw_c = gg * dw_g
    dw_prev = (1 - gg) * dw_g
    dg = np.mean(dw_g * (w_c - w_prev), axis=-1)
    return dw_c, dw_prev, dg


# %% wrong forward: the direction is reversed: entry j should
# CAUSE: rolls in the wrong direction (i + (j - R)); backward consistent with that
import numpy as np


def shift_forward(w_g, s):
    N, S = w_g.shape[-1], s.shape[-1]
    if S % 2 == 0 or S > N or w_g.shape[:-1] != s.shape[:-1]:
        raise ValueError("kernel")
    R = S // 2
    w = np.zeros_like(w_g)
    for j in range(S):
        w = w + s[..., j:j + 1] * np.roll(w_g, R - j, axis=-1)
    return w, (w_g, s)


def shift_backward(dw, cache):
    w_g, s = cache
    S = s.shape[-1]
    R = S // 2
    dw_g = np.zeros_like(w_g)
    ds = np.zeros_like(s)
    for j in range(S):
        dw_g = dw_g + s[..., j:j + 1] * np.roll(dw, j - R, axis=-1)
        ds[..., j] = np.sum(dw * np.roll(w_g, R - j, axis=-1), axis=-1)
    return dw_g, ds


# %% wrong forward: a kernel of five entries shifts by
# CAUSE: a kernel of three entries is taken for granted: the offset is always 1; consistent in the backward
import numpy as np


def shift_forward(w_g, s):
    N = w_g.shape[-1]
    K = s.shape[-1]
    if K % 2 == 0 or K > N or w_g.shape[:-1] != s.shape[:-1]:
        raise ValueError("kernel")
    half = 1
    out = np.zeros_like(w_g)
    for i in range(N):
        for j in range(K):
            out[..., i] += s[..., j] * w_g[..., (i - (j - half)) % N]
    return out, (w_g, s, half)


def shift_backward(dw, cache):
    w_g, s, half = cache
    N, K = w_g.shape[-1], s.shape[-1]
    dwg = np.zeros_like(w_g)
    ds = np.zeros_like(s)
    for i in range(N):
        for j in range(K):
            src = (i - (j - half)) % N
            dwg[..., src] += s[..., j] * dw[..., i]
            ds[..., j] += w_g[..., src] * dw[..., i]
    return dwg, ds


# %% wrong backward: the term −αᵢ Σⱼ αⱼ dαⱼ is
# CAUSE: the path through the normalising sum is forgotten: dz = y dy without subtracting the mean
import numpy as np


def sharpen_forward(w, gamma):
    gamma = np.asarray(gamma)
    tiny = np.finfo(w.dtype).tiny
    lw = np.log(np.maximum(w, tiny))
    z = gamma[..., None] * lw
    z = z - z.max(axis=-1, keepdims=True)
    e = np.exp(z)
    y = e / e.sum(axis=-1, keepdims=True)
    return y, (w, gamma, lw, y, tiny)


def sharpen_backward(dy, cache):
    w, gamma, lw, y, tiny = cache
    dz = y * dy
    dgamma = np.sum(dz * lw, axis=-1)
    dw = gamma[..., None] * dz / np.maximum(w, tiny)
    dw = np.where(w >= tiny, dw, 0).astype(w.dtype)
    return dw, dgamma


# %% wrong forward: the result is nearly right \(relative error
# CAUSE: adds 1e-6 to every weight instead of clamping at the smallest normal number; backward consistent
import numpy as np


def sharpen_forward(w, gamma):
    gamma = np.asarray(gamma)
    if gamma.shape != w.shape[:-1]:
        raise ValueError("shapes")
    logw = np.log(w + 1e-6)
    z = gamma[..., None] * logw
    z = z - z.max(axis=-1, keepdims=True)
    ex = np.exp(z)
    y = ex / ex.sum(axis=-1, keepdims=True)
    return y, (w, gamma, logw, y)


def sharpen_backward(dy, cache):
    w, gamma, logw, y = cache
    dz = y * (dy - np.sum(dy * y, axis=-1, keepdims=True))
    dgamma = np.sum(dz * logw, axis=-1)
    dw = gamma[..., None] * dz / (w + 1e-6)
    return dw, dgamma


# %% wrong forward: the weights need not sum to one
# CAUSE: divides by the sum of the weights; the backward is right for the true formula
import numpy as np


def memory_read_forward(M, alpha):
    if M.shape[:-1] != alpha.shape:
        raise ValueError("shapes")
    r = np.einsum('...n,...nd->...d', alpha, M)
    r = r / alpha.sum(axis=-1)[..., None]
    return r, (M, alpha)


def memory_read_backward(dr, cache):
    M, alpha = cache
    dM = alpha[..., :, None] * dr[..., None, :]
    dalpha = np.einsum('...nd,...d->...n', M, dr)
    return dM, dalpha


# %% wrong backward: it is transposed
# CAUSE: dM is the outer product the wrong way round (d, N), right in shape for a square memory alone
import numpy as np


def memory_read_forward(M, alpha):
    r = 0
    for i in range(M.shape[-2]):
        r = r + alpha[..., i:i + 1] * M[..., i, :]
    return r, {"M": M, "alpha": alpha}


def memory_read_backward(dr, cache):
    M = cache["M"]
    alpha = cache["alpha"]
    dM = np.einsum('...n,...d->...dn', alpha, dr)
    dalpha = (M @ dr[..., :, None])[..., 0]
    return dM, dalpha


# %% wrong forward: the weight α is missing in the
# CAUSE: erases with e in place of alpha e; backward consistent with that
import numpy as np


def memory_write_forward(M, alpha, erase, add):
    if alpha.shape != M.shape[:-1] or erase.shape != add.shape:
        raise ValueError("shapes")
    if erase.shape != M.shape[:-2] + M.shape[-1:]:
        raise ValueError("shapes")
    a = alpha[..., None]
    e = erase[..., None, :]
    v = add[..., None, :]
    M_next = M * (1 - e) + a * v
    return M_next, (M, a, e, v)


def memory_write_backward(dM_next, cache):
    M, a, e, v = cache
    dM = dM_next * (1 - e)
    dalpha = np.sum(dM_next * v, axis=-1)
    derase = -np.sum(dM_next * M, axis=-2)
    dadd = np.sum(dM_next * a, axis=-2)
    return dM, dalpha, derase, dadd


# %% wrong forward: it modifies its arguments in place: M
# CAUSE: the memory is written in place with *= and +=, so the argument M is modified
import numpy as np


def memory_write_forward(M, alpha, erase, add):
    if alpha.shape != M.shape[:-1] or erase.shape != add.shape:
        raise ValueError("shapes")
    if erase.shape != M.shape[:-2] + M.shape[-1:]:
        raise ValueError("shapes")
    al = alpha[..., None]
    e = erase[..., None, :]
    ad = add[..., None, :]
    old = M.copy()
    M *= 1 - al * e
    M += al * ad
    return M, (old, al, e, ad)


def memory_write_backward(dM_next, cache):
    M, al, e, ad = cache
    dM = dM_next * (1 - al * e)
    dalpha = np.sum(dM_next * (ad - M * e), axis=-1)
    derase = -np.sum(dM_next * M * al, axis=-2)
    dadd = np.sum(dM_next * al, axis=-2)
    return dM, dalpha, derase, dadd


# %% wrong backward: in dα, the path through the erasing
# CAUSE: dalpha forgets the path through the erasing
import numpy as np


def memory_write_forward(M, alpha, erase, add):
    a = alpha[..., None]
    e = erase[..., None, :]
    v = add[..., None, :]
    M_next = M * (1 - a * e) + a * v
    return M_next, (M, a, e, v)


def memory_write_backward(dM_next, cache):
    M, a, e, v = cache
    dM = dM_next * (1 - a * e)
    dalpha = np.sum(dM_next * v, axis=-1)
    derase = -np.sum(dM_next * M * a, axis=-2)
    dadd = np.sum(dM_next * a, axis=-2)
    return dM, dalpha, derase, dadd


# %% wrong forward: the order is wrong: first added, then
# CAUSE: adds first and then erases, so what was added is partly erased again; backward right for the true formula
import numpy as np


def memory_write_forward(M, alpha, erase, add):
    N = M.shape[-2]
    new = np.empty_like(M)
    for i in range(N):
        ai = alpha[..., i:i + 1]
        new[..., i, :] = (M[..., i, :] + ai * add) * (1 - ai * erase)
    return new, (M, alpha, erase, add)


def memory_write_backward(dM_next, cache):
    M, alpha, erase, add = cache
    dM = np.empty_like(M)
    dalpha = np.empty_like(alpha)
    derase = np.zeros_like(erase)
    dadd = np.zeros_like(add)
    for i in range(M.shape[-2]):
        gi = dM_next[..., i, :]
        ai = alpha[..., i:i + 1]
        dM[..., i, :] = gi * (1 - ai * erase)
        dalpha[..., i] = (gi * add).sum(-1) - (gi * M[..., i, :] * erase).sum(-1)
        derase -= ai * gi * M[..., i, :]
        dadd += ai * gi
    return dM, dalpha, derase, dadd


# %% wrong: rows and columns are exchanged: it gives
# CAUSE: argmax over the wrong axis: gives the stop of each city instead of the city of each stop
import numpy as np


def read_tour(v):
    n = int(round(v.shape[-1] ** 0.5))
    if n * n != v.shape[-1]:
        raise ValueError("not a square number of neurons")
    table = v.reshape(v.shape[:-1] + (n, n))      # city, stop
    tour = table.argmax(axis=-1)
    on = table > 0
    valid = np.all(on.sum(axis=-1) == 1, axis=-1) & np.all(on.sum(axis=-2) == 1, axis=-1)
    return tour, valid


# %% wrong: only the stops are looked at: exactly
# CAUSE: valid looks at the stops alone, so a tour that visits a city twice counts as valid
import numpy as np


def read_tour(v):
    n = int(round(v.shape[-1] ** 0.5))
    if n * n != v.shape[-1]:
        raise ValueError("not a square number of neurons")
    V = v.reshape(v.shape[:-1] + (n, n))      # city, stop
    tour = V.argmax(axis=-2)
    active = V > 0
    valid = np.all(active.sum(axis=-2) == 1, axis=-1)
    return tour, valid


# %% wrong: the tour is not closed: behind the
# CAUSE: the tour is not closed: the stop after the last is not the first (no modulo n)
import numpy as np


def tour_weights(cities, A=500.0, B=500.0, C=200.0, D=500.0, stops=15.0):
    if cities.ndim != 2 or cities.shape[1] != 2 or len(cities) < 3:
        raise ValueError("cities (n, 2)")
    n = len(cities)
    dist = np.sqrt(((cities[:, None] - cities[None]) ** 2).sum(-1))
    T = np.zeros((n, n, n, n), dtype=cities.dtype)
    for x in range(n):
        for i in range(n):
            for y in range(n):
                for j in range(n):
                    t = -C
                    if x == y and i != j:
                        t -= A
                    if i == j and x != y:
                        t -= B
                    if x != y:
                        t -= D * dist[x, y] * ((j == i + 1) + (j == i - 1))
                    T[x, i, y, j] = t
    T = T.reshape(n * n, n * n)
    W = T / 2
    b = C * stops + T.sum(axis=1) / 2
    return W, b.astype(cities.dtype)


# %% wrong: in b, T 1 / 2 is
# CAUSE: the bias forgets T 1 / 2, what comes from V = (1 + v)/2
import numpy as np


def tour_weights(cities, A=500.0, B=500.0, C=200.0, D=500.0, stops=15.0):
    if cities.ndim != 2 or cities.shape[1] != 2 or len(cities) < 3:
        raise ValueError("cities (n, 2)")
    n = len(cities)
    dd = np.sqrt(((cities[:, None] - cities[None]) ** 2).sum(-1))
    T = np.zeros((n, n, n, n), dtype=cities.dtype)
    for x in range(n):
        for i in range(n):
            for y in range(n):
                for j in range(n):
                    val = -C
                    if x == y and i != j:
                        val -= A
                    if i == j and x != y:
                        val -= B
                    if x != y:
                        val -= D * dd[x, y] * ((j == (i + 1) % n) + (j == (i - 1) % n))
                    T[x, i, y, j] = val
    T = T.reshape(n * n, n * n)
    W = T / 2
    b = np.full(n * n, C * stops)
    return W, b.astype(cities.dtype)


# %% wrong: the term of A is on the
# CAUSE: the term A is also put on the diagonal (i = j is not left out)
import numpy as np


def tour_weights(cities, A=500.0, B=500.0, C=200.0, D=500.0, stops=15.0):
    n = len(cities)
    dist = np.sqrt(((cities[:, None] - cities[None]) ** 2).sum(-1))
    T = np.zeros((n, n, n, n), dtype=cities.dtype)
    for x in range(n):
        for i in range(n):
            for y in range(n):
                for j in range(n):
                    t = -C
                    if x == y:
                        t -= A
                    if i == j and x != y:
                        t -= B
                    if x != y:
                        t -= D * dist[x, y] * ((j == (i + 1) % n) + (j == (i - 1) % n))
                    T[x, i, y, j] = t
    T = T.reshape(n * n, n * n)
    W = T / 2
    b = C * stops + T.sum(axis=1) / 2
    return W, b.astype(cities.dtype)


# %% wrong: the products are divided by the lengths
# CAUSE: compares by cosine: the items are divided by their lengths though the largest dot product counts
import numpy as np


def clean_up(y, items):
    if items.ndim != 2 or y.shape[-1] != items.shape[1]:
        raise ValueError("shapes")
    dots = y @ (items / np.linalg.norm(items, axis=1, keepdims=True)).T
    return np.argmax(dots, axis=-1)


# %% wrong: the nearest item by distance is taken
# CAUSE: takes the nearest item by Euclidean distance instead of the largest dot product
import numpy as np


def clean_up(y, items):
    if items.ndim != 2 or y.shape[-1] != items.shape[1]:
        raise ValueError("shapes")
    dist = np.sum((y[..., None, :] - items) ** 2, axis=-1)
    return np.argmin(dist, axis=-1)


# %% wrong: the absolute value of the product is
# CAUSE: takes the largest absolute value, so an item opposite to y may win
import numpy as np


def clean_up(y, items):
    dots = y @ items.T
    return np.argmax(np.abs(dots), axis=-1)
