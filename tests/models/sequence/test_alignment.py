"""The fast alignment is the pair ``soft_attention`` with the additive score, forward and backward."""

import numpy as np
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.sequence.alignment import (
    AlignmentParams,
    alignment_gradients,
    alignment_init,
    annotations_gradient,
    keys_gradient,
    look,
    look_gradient,
    no_looks,
)
from nnmem.nn.linear import project


def test_every_look_is_soft_attention(rng):
    m, B, N, k, n, size = 3, 2, 5, 4, 6, 7
    H, S = rng.normal(size=(B, N, k)), rng.normal(size=(m, B, n))
    params = AlignmentParams(rng.normal(size=(size, n)), rng.normal(size=(size, k)), rng.normal(size=size))
    mask = np.array([[True, True, False, True, False], [True] * 5])
    dcontext = rng.normal(size=(m, B, k))
    keys, looks = project(H, params.U), no_looks(m, project(H, params.U), H)
    pairs = []
    for i in range(m):
        c = look(i, S[i], keys, H, mask, params, looks)
        r, alpha, cache = nnmem.soft_attention_forward(
            H, S[i], params.U, params.W, params.v, score="additive", mask=mask
        )
        assert_allclose(c, r, rtol=1e-12)
        assert_allclose(looks.alpha[i], alpha, rtol=1e-12)
        pairs.append(nnmem.soft_attention_backward(dcontext[i], cache))
    squares, dv, room = np.zeros((B, N, size)), np.zeros(size), np.full((B, N, size), np.nan)
    steps = [look_gradient(i, dcontext[i], H, params, looks, squares, dv, room) for i in range(m)]
    dscores, dqueries = (np.stack(part) for part in zip(*steps, strict=True))
    for i, (_, dq, *_) in enumerate(pairs):
        assert_allclose(dqueries[i] @ params.W, dq, rtol=1e-11)
    dkeys = keys_gradient(dscores, squares, params)
    dH = annotations_gradient(dkeys, dcontext, looks, params)
    dparams = alignment_gradients(dkeys, dqueries, dv, S, H)
    summed = [sum(each) for each in zip(*pairs, strict=True)]
    assert_allclose(dH, summed[0], rtol=1e-11)
    for own, index in zip(dparams, (3, 2, 4), strict=True):
        assert_allclose(own, summed[index], rtol=1e-10)


def test_first_parameters(rng):
    params = alignment_init(rng, 3, 4, 5)
    assert [part.shape for part in params] == [(5, 3), (5, 4), (5,)]
    assert all(part.dtype == np.float32 and part.any() for part in params)
