"""Attention over chosen rows against attention with a mask."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import nnmem
from nnmem.models.structures.chosen_attention import chosen_attention_backward, chosen_attention_forward


def test_it_is_attention_with_a_mask(rng):
    K, V, q, dr = rng.normal(size=(9, 4)), rng.normal(size=(9, 3)), rng.normal(size=4), rng.normal(size=3)
    places = np.array([7, 2, 5])
    mask = np.isin(np.arange(9), places)
    r, alpha, cache = chosen_attention_forward(K, V, q, places)
    expected, weights, other = nnmem.key_value_attention_forward(K, V, q, mask=mask)
    assert_allclose(r, expected)
    assert_allclose(alpha, weights[places])
    for got, gradient in zip(
        chosen_attention_backward(dr, cache), nnmem.key_value_attention_backward(dr, other), strict=True
    ):
        assert_allclose(got, gradient, atol=1e-15)


@pytest.mark.parametrize(
    ("places", "message"), [([0, 9], "places has the entry 9, should be in 0 to 8"), ([1, 1], "has an entry twice")]
)
def test_places_that_do_not_fit(places, message, rng):
    with pytest.raises(ValueError, match=message):
        chosen_attention_forward(rng.normal(size=(9, 4)), rng.normal(size=(9, 3)), rng.normal(size=4), places)
