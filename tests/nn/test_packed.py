"""Where rows of packed sequences stand."""

import numpy as np

from nnmem.nn.packed import pack_lengths

LENGTHS = np.array([2, 4, 0, 3])


def test_rows_by_hand():
    packed = pack_lengths(LENGTHS)
    assert packed.order.tolist() == [1, 3, 0, 2]
    assert packed.sequence.tolist() == [1, 3, 0, 1, 3, 0, 1, 3, 1]
    assert packed.step.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 3]
    assert packed.mirrored.tolist() == [8, 7, 5, 6, 4, 2, 3, 1, 0]
    assert packed.before.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 10]
    assert packed.last.tolist() == [9, 12, 3, 11]


def test_a_step_is_a_slice_that_goes_on_from_the_step_before():
    packed = pack_lengths(LENGTHS)
    assert len(packed.steps) == 4
    for t, (now, before, after) in enumerate(packed.steps):
        assert (packed.step[now] == t).all()
        assert packed.before[now].tolist() == list(range(before.start, before.stop))
        assert (after.start, after.stop) == (4 + now.start, 4 + now.stop)


def test_the_state_before_a_row_is_that_of_its_own_sequence():
    packed = pack_lengths(np.random.default_rng(0).integers(0, 9, 20))
    own, step = np.concatenate([packed.order, packed.sequence]), np.concatenate([np.full(20, -1), packed.step])
    np.testing.assert_array_equal(own[packed.before], packed.sequence)
    np.testing.assert_array_equal(step[packed.before], packed.step - 1)
    np.testing.assert_array_equal(own[packed.last], np.arange(20))


def test_nothing_at_all():
    packed = pack_lengths(np.array([0, 0]))
    assert not len(packed.sequence) and not packed.steps and packed.last.tolist() == [0, 1]
