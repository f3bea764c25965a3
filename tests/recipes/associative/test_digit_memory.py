"""Digits classified and recalled."""

import numpy as np

from nnmem.recipes.associative import (
    digit_memory,
)


def test_digit_memories(rng):
    scores = digit_memory.classify(rng, 1200)
    assert scores["nearest prototype"] > 0.7 and 0.1 < scores["resonance"] < scores["field"]
    codes = digit_memory.codes()
    np.testing.assert_array_equal(codes @ codes.T, 16 * np.eye(10) - 1)
    found = {memory: digit_memory._row(rng, "recall", memory, 8, 1)["recalled"] for memory in digit_memory.MEMORIES}
    assert found["Hebb"] < 0.5 and min(found["pseudo-inverse"], found["dense, exp"], found["autoencoder"]) > 0.85
