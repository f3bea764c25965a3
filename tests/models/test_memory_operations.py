"""Readings and writings of the framework against the formulas that they stand for, in loops."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem.models.memory_operations import (
    appended,
    push_and_pop,
    read_best,
    read_by_content,
    read_pairs,
    read_pointer,
    read_slots,
    read_states,
    read_top,
    write_by_content,
    write_pair,
)


def softmax(s):
    return np.exp(s) / np.exp(s).sum()


def test_reading_and_writing_by_content(rng):
    M, q, erase, add = rng.normal(size=(4, 3)), rng.normal(size=3), rng.random(3), rng.normal(size=3)
    alpha = softmax(M @ q)
    assert_allclose(read_by_content(M, q), alpha @ M)
    written = write_by_content(M, q, (erase, add))
    for i in range(4):
        assert_allclose(written[i], M[i] * (1 - alpha[i] * erase) + alpha[i] * add)


def test_a_pointer_is_the_log_of_its_weights(rng):
    M, q, W, U, v = (rng.normal(size=shape) for shape in ((4, 3), (2,), (5, 3), (5, 2), (5,)))
    scores = np.array([sum(v[k] * np.tanh(W[k] @ m + U[k] @ q) for k in range(5)) for m in M])
    assert_allclose(read_pointer(M, q, W, U, v), np.log(softmax(scores)), rtol=1e-12)


def test_the_best_fit_is_read_whole(rng):
    M, q, V = rng.normal(size=(4, 3)), rng.normal(size=2), rng.normal(size=(2, 3))
    best = max(range(4), key=lambda i: sum(q[k] * V[k] @ M[i] for k in range(2)))
    assert_allclose(read_best(M, q, V), M[best])


def test_keys_and_values(rng):
    K, V, q = rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=3)
    assert_allclose(read_pairs((K, V), q), softmax(K @ q) @ V)
    K2, V2 = appended((K, V), q, (q, V[0]))
    assert_allclose(K2[-1], q)
    assert V2.shape == (5, 2)


def test_slots_are_written_where_their_addresses_fit(rng):
    A, K, V, q = (rng.normal(size=shape) for shape in ((4, 3), (4, 3), (4, 2), (3,)))
    key, value = rng.normal(size=3), rng.normal(size=2)
    w = softmax(A @ q)[:, None]
    addresses, keys, values = write_pair((A, K, V), q, (key, value))
    assert addresses is A
    assert_allclose(keys, (1 - w) * K + w * key)
    assert_allclose(values, (1 - w) * V + w * value)
    assert_allclose(read_slots((A, K, V), q), softmax((A + K) @ q / np.sqrt(3)) @ V)


def test_states_fade_and_a_stack_is_read_from_its_top(rng):
    H, q = rng.normal(size=(3, 2)), rng.normal(size=2)
    A = sum(0.5 * 0.9 ** (2 - t) * np.outer(H[t], H[t]) for t in range(3))
    assert_allclose(read_states(H, q, 0.9, 0.5), A @ q)
    m = np.eye(2), np.array([1.0, 0.4])
    assert_allclose(read_top(m, None), [0.6, 0.4])
    V, s = push_and_pop(m, None, (0.4, 1.0, np.array([7.0, 7.0])))
    assert_allclose(s, [1, 0, 1])
    assert_allclose(read_top((V, s), None), [7, 7])
