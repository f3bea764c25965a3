"""Both directions over packed rows against the pair over a padded batch."""

import numpy as np
from numpy.testing import assert_allclose

from nnmem import check_gradients
from nnmem.nn.both_directions import BidirectionalParams, bidirectional_backward, bidirectional_forward
from nnmem.nn.both_directions_kernels import read_both_ways_backward, read_both_ways_forward
from nnmem.nn.gru import GRUParams
from nnmem.nn.packed import pack_lengths
from nnmem.nn.tree import leaves

LENGTHS = np.array([2, 5, 1, 4])


def draw(rng):
    packed = pack_lengths(LENGTHS)
    params = BidirectionalParams(*(GRUParams(*(rng.normal(size=s) for s in ((6, 3), (6, 2), (6,)))) for _ in range(2)))
    return rng.normal(size=(len(packed.step), 3)), packed, params


def test_it_is_the_pair_padded(rng):
    X, packed, params = draw(rng)
    at, padded = (packed.step, packed.sequence), np.zeros((5, 4, 3))
    padded[at] = X
    H, whole = bidirectional_forward(padded, params, LENGTHS)
    F, cache = read_both_ways_forward(X, packed, params)
    assert_allclose(F, (H[..., :2] + H[..., 2:])[at], rtol=1e-12)
    dF = rng.normal(size=F.shape)
    dH = np.zeros((5, 4, 2))
    dH[at] = dF
    dX, dparams = read_both_ways_backward(dF, cache)
    dpadded, dwhole = bidirectional_backward(np.concatenate([dH, dH], axis=-1), whole)
    assert_allclose(dX, dpadded[at], rtol=1e-11, atol=1e-14)
    for (name, own), (_, wanted) in zip(leaves(dparams), leaves(dwhole), strict=True):
        assert_allclose(own, wanted, rtol=1e-11, atol=1e-13, err_msg=name)


def test_gradients_against_every_oracle(rng):
    X, packed, params = draw(rng)
    report = check_gradients(
        lambda X, params: read_both_ways_forward(X, packed, params), read_both_ways_backward, X, params
    )
    assert report, report


def test_float32_stays_and_nothing_gives_nothing(rng):
    X, packed, params = draw(rng)
    params = BidirectionalParams(*(GRUParams(*(leaf.astype(np.float32) for leaf in one)) for one in params))
    F, cache = read_both_ways_forward(1e4 * X.astype(np.float32), packed, params)
    for _, array in leaves((F, *read_both_ways_backward(F, cache))):
        assert array.dtype == np.float32 and np.isfinite(array).all()
    F, cache = read_both_ways_forward(np.zeros((0, 3), np.float32), pack_lengths(np.zeros(2, int)), params)
    assert F.shape == (0, 2) and not read_both_ways_backward(F, cache)[1].onward.U.any()
