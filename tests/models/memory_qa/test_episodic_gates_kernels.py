"""Gates in three parts against the pair."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem.models.memory_qa.episodic_gates import earlier, episodic_gates_backward, episodic_gates_forward
from nnmem.models.memory_qa.episodic_gates_kernels import beside_backward, beside_forward, joined_parts, three_parts


def test_parts_join_to_what_they_were(rng):
    Z = rng.normal(size=(3, 9))
    Z_q, Z_m, Z_o = three_parts(Z)
    np.testing.assert_array_equal(Z_q, Z[:, [0, 1, 4, 5]])
    np.testing.assert_array_equal(Z_o, Z[:, 8])
    np.testing.assert_array_equal(joined_parts(Z_q, Z_m, Z_o), Z)


def test_the_parts_together_are_the_pair(rng):
    F, q, m, g, Z, b, v = (rng.normal(size=shape) for shape in ((5, 3), (3,), (3,), (5,), (4, 13), (4,), (4,)))
    (Z_q, Z_m, Z_o), rows, o = three_parts(Z), np.zeros((5, 1)), earlier(g[None])[0]
    asked, known = beside_forward(F, q + rows), beside_forward(F, m + rows)
    hidden = np.tanh(asked.z @ Z_q.T + known.z @ Z_m.T + o[:, None] * Z_o + b)
    scores, cache = episodic_gates_forward(F[None], q[None], m[None], g[None], Z, b, v)
    assert_allclose(hidden @ v, scores[0], rtol=1e-12)
    ds = rng.normal(size=5)
    dhidden = ds[:, None] * v * (1 - hidden * hidden)
    (dF_q, dq), (dF_m, dm) = beside_backward(dhidden @ Z_q, F, asked), beside_backward(dhidden @ Z_m, F, known)
    wanted = episodic_gates_backward(ds[None], cache)
    dZ, dg = joined_parts(dhidden.T @ asked.z, dhidden.T @ known.z, o @ dhidden), -earlier((dhidden @ Z_o)[None])[0]
    own = dF_q + dF_m, dq.sum(axis=0), dm.sum(axis=0), dg, dZ
    for mine, pair in zip(own, (*(part[0] for part in wanted[:4]), wanted[4]), strict=True):
        assert_allclose(mine, pair, rtol=1e-11, atol=1e-13)
