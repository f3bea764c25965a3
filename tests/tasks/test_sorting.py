"""Numbers and the order that sorts them."""

import numpy as np

from nnmem.tasks.sorting import sorting_batch


def test_sorting():
    X, targets = sorting_batch(np.random.default_rng(0), 50, 7)
    assert X.shape == (50, 7, 1) and X.dtype == np.float32
    for x, order in zip(X[..., 0], targets, strict=True):
        assert sorted(order) == list(range(7)) and (np.diff(x[order]) >= 0).all()
