"""A stretch of items whose edges are marked."""

import numpy as np

from nnmem.tasks.marked_segments import LENGTH, MARKS, NOISE, end_to_end, segment_batch


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


def test_rows_end_to_end_have_the_stretches_and_the_sum_of_all(rng):
    parts = [segment_batch(rng, 5, n) for n in (16, 8, 10)]
    whole = end_to_end(parts)
    assert whole.features.shape[1] == whole.values.shape[1] == 34
    assert (np.abs(np.diff(whole.inside, axis=1)).sum(axis=1) == 6).all()
    np.testing.assert_array_equal(whole.values[:, 16:24], parts[1].values)
    np.testing.assert_allclose(whole.sums, (whole.values * whole.inside[..., None]).sum(axis=1), rtol=1e-6)


def test_stretches_of_every_length_anywhere_and_marks_that_say_what_they_should(rng):
    batch = segment_batch(rng, 20_000)
    assert batch.features.shape == (20_000, LENGTH, MARKS) == (20_000, 16, 6)
    assert {*batch.inside.sum(axis=1).tolist()} == {*range(1, LENGTH - 1)}
    assert (batch.inside.argmax(axis=1).min(), batch.inside.argmax(axis=1).max()) == (1, LENGTH - 2)
    assert batch.values.min() >= 0 and 1.99 < batch.values.max() <= 2
    before, after = np.pad(batch.inside, ((0, 0), (1, 1)))[:, :-2], np.pad(batch.inside, ((0, 0), (1, 1)))[:, 2:]
    kind = np.where(batch.inside, np.where(before & after, 0, 2), np.where(before | after, 1, 0))
    means = np.array([batch.features[kind == k].mean(axis=0) for k in range(3)])
    for k in range(3):
        np.testing.assert_allclose(batch.features[kind == k].std(axis=0), NOISE, rtol=0.03)
        assert all(np.linalg.norm(means[k] - means[j]) > 5 * NOISE for j in range(3) if j != k)
    np.testing.assert_allclose(
        segment_batch(rng, 9000).features.mean(axis=(0, 1)), batch.features.mean(axis=(0, 1)), atol=0.03
    )
