# Equation 8.1.2, several questions to one memory, from the pieces of (8.8).
# %% right: one question after the other
import numpy as np

import nnmem


def multi_query_attention_forward(K, V, Q, *params, score="dot", mask=None):
    caches, readings, weights = [], [], []
    for j in range(Q.shape[-2]):
        own = mask if mask is None or mask.ndim < Q.ndim else mask[..., j, :]
        r, alpha, cache = nnmem.key_value_attention_forward(K, V, Q[..., j, :], *params, score=score, mask=own)
        readings.append(r), weights.append(alpha), caches.append(cache)
    return np.stack(readings, axis=-2), np.stack(weights, axis=-2), caches


def multi_query_attention_backward(dR, cache, dalpha=None):
    total, dQ = None, []
    for j, own in enumerate(cache):
        found = nnmem.key_value_attention_backward(dR[..., j, :], own, None if dalpha is None else dalpha[..., j, :])
        dK, dV, dq, *dparams = found
        dQ.append(dq)
        shared = [dK, dV, *dparams]
        total = shared if total is None else [a + b for a, b in zip(total, shared)]
    dK, dV, *dparams = total
    return dK, dV, np.stack(dQ, axis=-2), *dparams


# %% wrong: gradient of K, V.*: only the last row counts
def multi_query_attention_backward(dR, cache, dalpha=None):
    dQ = []
    for j, own in enumerate(cache):
        found = nnmem.key_value_attention_backward(dR[..., j, :], own, None if dalpha is None else dalpha[..., j, :])
        dK, dV, dq, *dparams = found
        dQ.append(dq)
    return dK, dV, np.stack(dQ, axis=-2), *dparams


# %% wrong: mean is taken|1/M times
def multi_query_attention_backward(dR, cache, dalpha=None):
    total, dQ = None, []
    for j, own in enumerate(cache):
        found = nnmem.key_value_attention_backward(dR[..., j, :], own, None if dalpha is None else dalpha[..., j, :])
        dK, dV, dq, *dparams = found
        dQ.append(dq)
        shared = [x / len(cache) for x in (dK, dV, *dparams)]
        total = shared if total is None else [a + b for a, b in zip(total, shared)]
    dK, dV, *dparams = total
    return dK, dV, np.stack(dQ, axis=-2), *dparams


# %% wrong: dalpha is ignored
def multi_query_attention_backward(dR, cache, dalpha=None):
    total, dQ = None, []
    for j, own in enumerate(cache):
        dK, dV, dq, *dparams = nnmem.key_value_attention_backward(dR[..., j, :], own)
        dQ.append(dq)
        shared = [dK, dV, *dparams]
        total = shared if total is None else [a + b for a, b in zip(total, shared)]
    dK, dV, *dparams = total
    return dK, dV, np.stack(dQ, axis=-2), *dparams
