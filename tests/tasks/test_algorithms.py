"""The algorithmic tasks: every example is what its docstring says, decoded here in another way."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.tasks.algorithms import copy, priority_sort, recall, repeat_copy
from nnmem.tasks.ngrams import ngrams


def answers(episodes, b):
    """The rows that are asked for, of one sequence."""
    asked = episodes.mask[:, b].all(axis=-1)
    assert not episodes.X[asked, b].any(), "nothing comes in while an answer is expected"
    assert not episodes.targets[~asked, b].any()
    return episodes.targets[asked, b]


def test_copy(rng):
    episodes = copy(rng, 5, 4, bits=6)
    assert [a.shape for a in episodes] == [(10, 5, 8), (10, 5, 6), (10, 5, 6)]
    for b in range(5):
        X = episodes.X[:, b]
        assert_array_equal(np.flatnonzero(X[:, 6]), [0])
        assert_array_equal(np.flatnonzero(X[:, 7]), [5])
        assert_array_equal(answers(episodes, b), X[1:5, :6])
    assert set(np.unique(episodes.X)) == {0, 1} and len(np.unique(episodes.X[1:5, :, :6], axis=1)) > 1


def test_repeat_copy(rng):
    episodes = repeat_copy(rng, 3, 2, 4)
    assert len(episodes.X) == 13
    for b in range(3):
        X = episodes.X[:, b]
        assert_allclose(X[3, 9], (4 - 5.5) / 2.87, rtol=1e-6)
        got = answers(episodes, b)
        assert_array_equal(got[:-1, :8], np.concatenate([X[1:3, :8]] * 4))
        assert_array_equal(got[:, 8], [0] * 8 + [1])
    counts = (np.arange(1, 11) - 5.5) / 2.87
    assert abs(counts.mean()) < 1e-12 and abs(counts.std() - 1) < 0.01


def test_recall(rng):
    episodes = recall(rng, 50, 5)
    items_asked = set()
    for b in range(50):
        X = episodes.X[:, b]
        starts = np.flatnonzero(X[:, 6])
        assert_array_equal(starts, np.arange(5) * 4)
        items = [X[s + 1 : s + 4, :6] for s in starts]
        first, second = np.flatnonzero(X[:, 7])
        query = X[first + 1 : second, :6]
        [which] = [i for i, item in enumerate(items[:-1]) if np.array_equal(item, query)]
        items_asked.add(which)
        assert_array_equal(answers(episodes, b), items[which + 1])
    assert items_asked == {0, 1, 2, 3}


def test_priority_sort(rng):
    episodes = priority_sort(rng, 5, 6, 4)
    assert len(episodes.X) == 11
    for b in range(5):
        X = episodes.X[:6, b]
        ordered = sorted(X, key=lambda row: -row[8])
        assert_array_equal(answers(episodes, b), [row[:8] for row in ordered[:4]])
        assert (np.abs(X[:, 8]) <= 1).all() and episodes.X[6, b, 9] == 1


@pytest.mark.parametrize(
    ("task", "args", "message"),
    [
        (copy, (0,), "copy: length is 0, should be an int of at least 1"),
        (repeat_copy, (0, 2), "repeat_copy: length is 0"),
        (repeat_copy, (2, 0), "repeat_copy: repeats is 0"),
        (recall, (1,), "recall: items is 1, should be an int of at least 2, so that"),
        (priority_sort, (3, 4), "priority_sort: answers is 4, should be 1 to items = 3"),
        (ngrams, (5,), "ngrams: bits is 5, should be more than order = 5"),
    ],
)
def test_impossible_sizes(task, args, message, rng):
    with pytest.raises(ValueError, match=message):
        task(rng, 2, *args)
