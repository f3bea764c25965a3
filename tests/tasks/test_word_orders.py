"""Words and what is asked of them."""

import numpy as np
import pytest

from nnmem.tasks.word_orders import INPUTS, KINDS, words


@pytest.mark.parametrize("backwards", [0.0, 1.0, 0.5])
def test_the_answer_is_the_word_in_the_order_that_the_mark_asks_for(backwards, rng):
    batch = words(rng, 40, 5, backwards)
    assert batch.X.shape == (11, 40, INPUTS) and batch.targets.shape == (5, 40)
    inputs = batch.X.argmax(axis=-1)
    assert (batch.X.sum(axis=-1) == 1).all() and (inputs[6:] == KINDS).all() and (inputs[:5] < KINDS).all()
    asked = inputs[5] - KINDS - 1
    assert set(asked) == ({int(backwards)} if backwards in (0, 1) else {0, 1})
    for b in range(40):
        np.testing.assert_array_equal(batch.targets[:, b], inputs[:5, b][:: -1 if asked[b] else 1])


def test_no_words_are_refused(rng):
    with pytest.raises(ValueError, match="words: length is 0"):
        words(rng, 3, 0, 0.5)
