"""faiss finds what the clusters find, at the same clusters."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from nnmem.models.structures.faiss_search import with_faiss
from nnmem.models.structures.inner_product_search import cluster, exact


@pytest.fixture
def memory(rng):
    return (rng.normal(size=(3000, 8)) * rng.exponential(size=(3000, 1))).astype(np.float32)


def test_the_same_rows_in_the_same_order(memory, rng):
    groups = cluster(memory, 50, rng)
    engine = with_faiss(groups)
    for q in rng.normal(size=(50, 8)).astype(np.float32):
        for looked_at in (1, 4, 50):
            assert_array_equal(engine.search(memory, q, 5, looked_at), groups.search(memory, q, 5, looked_at))
        assert_array_equal(engine.search(memory, q, 5, 50), exact(memory, q, 5))


def test_fewer_rows_than_wanted(memory, rng):
    few = memory[:6]
    engine = with_faiss(cluster(few, 2, rng))
    assert_array_equal(engine.search(few, few[0], 9, 2), exact(few, few[0], 9))


def test_what_does_not_fit_is_refused(memory, rng):
    engine = with_faiss(cluster(memory, 50, rng))
    for X, k, looked_at, message in (
        (memory[1:], 5, 4, r"X has shape \(2999, 8\), the clusters are of \(3000, 8\): cluster it again"),
        (memory, 0, 4, "k is 0"),
        (memory, 5, 51, "looked_at is 51, should be at most 50"),
    ):
        with pytest.raises(ValueError, match=rf"FaissClusters.search: {message}"):
            engine.search(X, memory[0], k, looked_at)
