import numpy as np
import pytest

from nnmem.tasks.episodic_copy import copy_episodes


def test_symbols_then_a_pause_then_a_mark_then_blanks(rng):
    X, targets = copy_episodes(rng, 200, length=3, kinds=4, pause=2)
    assert X.shape == (9, 200, 6) and X.dtype == np.float32 and targets.shape == (3, 200)
    symbols = X.argmax(axis=-1)
    assert (X.sum(axis=-1) == 1).all()
    assert (symbols[:3] == targets).all() and (symbols[3:5] == 4).all()
    assert (symbols[5] == 5).all() and (symbols[6:] == 4).all()
    assert set(targets.ravel()) == {0, 1, 2, 3}


@pytest.mark.parametrize("name", ["batch", "length", "kinds"])
def test_sizes_that_make_no_sense(rng, name):
    with pytest.raises(ValueError, match=f"copy_episodes: {name} is 0"):
        copy_episodes(rng, **{"batch": 1, "length": 1, "kinds": 1, name: 0})
