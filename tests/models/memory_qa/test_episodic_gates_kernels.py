"""Gates in two halves against the pair."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem.models.memory_qa.episodic_gates import episodic_gates_backward, episodic_gates_forward
from nnmem.models.memory_qa.episodic_gates_kernels import beside_backward, beside_forward, halves, joined_halves


def test_halves_join_to_what_they_were(rng):
    Z = rng.normal(size=(3, 8))
    Z_q, Z_m = halves(Z)
    np.testing.assert_array_equal(Z_q, Z[:, [0, 1, 4, 5]])
    np.testing.assert_array_equal(joined_halves(Z_q, Z_m), Z)


def test_both_halves_together_are_the_pair(rng):
    F, q, m, Z, b, v = (rng.normal(size=shape) for shape in ((5, 3), (3,), (3,), (4, 12), (4,), (4,)))
    (Z_q, Z_m), rows = halves(Z), np.zeros((5, 1))
    asked, known = beside_forward(F, q + rows), beside_forward(F, m + rows)
    hidden = np.tanh(asked.z @ Z_q.T + known.z @ Z_m.T + b)
    scores, cache = episodic_gates_forward(F[None], q[None], m[None], Z, b, v)
    assert_allclose(hidden @ v, scores[0], rtol=1e-12)
    ds = rng.normal(size=5)
    dhidden = ds[:, None] * v * (1 - hidden * hidden)
    (dF_q, dq), (dF_m, dm) = beside_backward(dhidden @ Z_q, F, asked), beside_backward(dhidden @ Z_m, F, known)
    wanted = episodic_gates_backward(ds[None], cache)
    own = dF_q + dF_m, dq.sum(axis=0), dm.sum(axis=0), joined_halves(dhidden.T @ asked.z, dhidden.T @ known.z)
    for mine, pair in zip(own, (*(part[0] for part in wanted[:3]), wanted[3]), strict=True):
        assert_allclose(mine, pair, rtol=1e-11, atol=1e-13)
