"""A stretch of items whose edges are marked."""

import numpy as np

from nnmem.tasks.marked_segments import segment_batch


def test_the_sum_is_of_one_stretch_that_touches_no_end(rng):
    batch = segment_batch(rng, 300)
    assert not batch.inside[:, [0, -1]].any() and batch.inside.any(axis=1).all()
    assert (np.abs(np.diff(batch.inside, axis=1)).sum(axis=1) == 2).all()
    np.testing.assert_allclose(batch.sums, (batch.values * batch.inside[..., None]).sum(axis=1), rtol=1e-6)


def test_an_item_in_the_middle_looks_like_one_far_outside(rng):
    batch = segment_batch(rng, 20_000)
    inside = batch.inside
    middle = inside[:, 1:-1] & inside[:, :-2] & inside[:, 2:]
    outside = ~(inside[:, 1:-1] | inside[:, :-2] | inside[:, 2:])
    features = batch.features[:, 1:-1]
    np.testing.assert_allclose(features[middle].mean(axis=0), features[outside].mean(axis=0), atol=0.02)
