"""Damage on a small scale."""

import numpy as np
import pytest

from nnmem.associative.learning import hebbian_weights_forward
from nnmem.recipes.associative import hopfield_damage
from nnmem.tasks.patterns import random_patterns


def test_damage_leaves_a_symmetric_rest(rng):
    W, _ = hebbian_weights_forward(random_patterns(3, 200, rng))
    cut, kept = hopfield_damage.damage(W, "connections", 0.3, rng)
    np.testing.assert_array_equal(cut, cut.T)
    assert len(kept) == 200 and 1 - (cut != 0).sum() / (W != 0).sum() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_array_equal(cut[cut != 0], W[cut != 0])
    rest, kept = hopfield_damage.damage(W, "neurons", 0.3, rng)
    np.testing.assert_array_equal(rest, W[np.ix_(kept, kept)])
    assert len(np.unique(kept)) == 140


@pytest.mark.parametrize("kind", hopfield_damage.KINDS)
def test_a_memory_bears_some_damage_and_not_all(kind, rng):
    few, half, most = (hopfield_damage._row(rng, kind, 200, 0.05, share, 3, 10) for share in (0.1, 0.5, 0.95))
    assert few["close"] > 0.9 > most["close"] and few["close"] >= half["close"] >= most["close"]
