"""The loop that decodes, on a table of transitions small enough to try every sequence."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose

from nnmem.nn.decoding import decode_steps

END = 3


def table_step(rng, B=2, V=4):
    """A network that is a table: the next symbol depends on the last one and on how many there were."""
    log_p = np.log(rng.dirichlet(np.ones(V), size=(B, 6, V + 1)))

    def step(count, read):
        row = np.arange(B)[:, None]
        return log_p[row, count, read].copy(), count + 1, np.stack([count, read], axis=-1)

    return step, log_p


def likelihood(log_p, sequence):
    before = [-1, *sequence]
    return sum(log_p[i, before[i], symbol] for i, symbol in enumerate(sequence))


def everything(limit):
    """Every sequence that may be written: ended, or as long as the limit allows."""
    for m in range(limit + 1):
        for s in itertools.product(range(END), repeat=m):
            if m == limit:
                yield s
            else:
                yield (*s, END)


def test_a_wide_beam_finds_the_best_of_all_sequences(rng):
    step, log_p = table_step(rng)
    found = decode_steps(step, np.zeros((2, 1), int), np.array([4, 3]), END, beam=1000)
    for b, limit in enumerate((4, 3)):
        best = max(everything(limit), key=lambda s, b=b: likelihood(log_p[b], s))
        words = [s for s in best if s != END]
        assert list(found.indices[b, : found.lengths[b]]) == words and (found.indices[b, len(words) :] == -1).all()
        assert_allclose(found.log_likelihood[b], likelihood(log_p[b], best))


def test_greedy_takes_the_most_probable_symbol(rng):
    step, log_p = table_step(rng)
    found = decode_steps(step, np.zeros((2, 1), int), np.array([4, 4]), END)
    for b in range(2):
        read, total = -1, 0.0
        for i in range(4):
            symbol = log_p[b, i, read].argmax()
            total += log_p[b, i, read, symbol]
            if symbol == END:
                break
            assert found.indices[b, i] == symbol
            read = symbol
        assert_allclose(found.log_likelihood[b], total)


def test_teacher_forcing_reads_what_is_given(rng):
    step, log_p = table_step(rng)
    targets = np.array([[2, 0, END, -1], [1, 1, 2, 0]])
    found = decode_steps(step, np.zeros((2, 1), int), np.array([9, 9]), END, targets=targets)
    assert (found.indices == [[2, 0, -1, -1], [1, 1, 2, 0]]).all()
    assert_allclose(found.log_likelihood, [likelihood(log_p[0], (2, 0, END)), likelihood(log_p[1], (1, 1, 2, 0))])
    assert (found.seen[1] == [[0, -1], [1, 1], [2, 1], [3, 2]]).all()


def test_what_is_given_is_read_to_its_end_whatever_the_limit(rng):
    step, log_p = table_step(rng)
    targets = np.array([[2, 0, 1, 1], [0, 0, 2, 0]])
    found = decode_steps(step, np.zeros((2, 1), int), np.array([1, 2]), END, targets=targets)
    assert (found.indices == targets).all() and found.lengths.tolist() == [4, 4], "0 is a symbol as good as others"
    assert_allclose(found.log_likelihood, [likelihood(log_p[b], tuple(targets[b])) for b in range(2)])


@pytest.mark.parametrize("limit", [[0, 0], [0, 2]])
def test_where_nothing_may_be_written_nothing_is(limit, rng):
    step, _ = table_step(rng)
    found = decode_steps(step, np.zeros((2, 1), int), np.array(limit), None)
    assert found.indices.shape[0] == 2 and found.log_likelihood.shape == found.lengths.shape == (2,)
    if not any(limit):
        assert found.indices.shape == (2, 0) and not found.lengths.any() and not found.log_likelihood.any()


def test_what_was_seen_belongs_to_the_sequence_that_won(rng):
    for _ in range(20):
        step, _ = table_step(rng)
        found = decode_steps(step, np.zeros((2, 1), int), np.array([5, 5]), None, beam=3)
        for indices, seen in zip(found.indices, found.seen, strict=True):
            assert (seen[:, 0] == range(5)).all()
            assert (seen[1:, 1] == indices[:-1]).all() and seen[0, 1] == -1


@pytest.mark.parametrize(("beam", "targets"), [(0, None), (2, np.zeros((2, 3), int))])
def test_wrong_input(beam, targets, rng):
    step, _ = table_step(rng)
    with pytest.raises(ValueError, match=f"beam is {beam}, should be"):
        decode_steps(step, np.zeros((2, 1), int), np.array([3, 3]), END, beam, targets)
