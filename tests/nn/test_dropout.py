"""Dropout leaves out the share it was asked to, and the mean as it was."""

import numpy as np
import pytest

from nnmem.nn.dropout import dropout_mask


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5])
def test_the_share_and_the_mean(rng, rate):
    mask = dropout_mask(rng, (200, 500), rate)
    assert mask.dtype == np.float32 and set(np.unique(mask)) <= {np.float32(0), np.float32(1) / np.float32(1 - rate)}
    error = 5 * np.sqrt(0.25 / mask.size)
    assert abs((mask == 0).mean() - rate) <= error and abs(mask.mean() - 1) <= error / (1 - rate)


def test_wrong_rates(rng):
    with pytest.raises(ValueError, match=r"rate is 1\.5, should be from 0 to 1"):
        dropout_mask(rng, (2,), 1.5)
    with pytest.raises(ValueError, match="rate is 1, should leave something"):
        dropout_mask(rng, (2,), 1.0)
