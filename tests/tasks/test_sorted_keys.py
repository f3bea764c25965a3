"""Sorted keys and the one that is asked for."""

import numpy as np
import pytest

from nnmem.tasks.sorted_keys import sorted_keys


def test_keys_ascend_and_the_query_is_the_target(rng):
    batch = sorted_keys(rng, 5, 16)
    assert batch.keys.shape == (5, 16, 1) and batch.keys.dtype == np.float32 and abs(batch.keys).max() <= 1
    assert (np.diff(batch.keys[..., 0]) >= 0).all()
    np.testing.assert_array_equal(batch.keys[np.arange(5), batch.targets], batch.queries)


def test_none_are_refused(rng):
    with pytest.raises(ValueError, match="sorted_keys: size is 0"):
        sorted_keys(rng, 5, 0)
