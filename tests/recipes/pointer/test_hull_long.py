"""Longer hulls are learned from where the shipped network stands."""

import numpy as np

from nnmem import recipes
from nnmem.nn.progress import Progress
from nnmem.nn.tree import leaves
from nnmem.recipes.pointer import hull_long


def test_batches_are_of_every_size_and_of_much_the_same_work(rng):
    sizes = []
    for _ in range(400):
        sets, n, _ = hull_long.draw(rng, Progress()).X.shape
        assert hull_long.POINTS - n < sets * n <= hull_long.POINTS
        sizes.append(n)
    assert min(sizes) == 5 and max(sizes) >= 48
    assert 0.45 < np.mean(np.array(sizes) < np.sqrt(5 * 51)) < 0.55  # the logarithm is uniform


def test_the_first_step_leaves_from_the_shipped_parameters(monkeypatch):
    monkeypatch.setattr(hull_long, "SIZES", (5, 7))
    result = recipes.run("pointer-hull-long", steps=1)
    shipped = dict(leaves(recipes.load("pointer-hull").params, "params"))
    moved = {name: np.abs(array - shipped[name]).max() for name, array in result.arrays.items()}
    assert moved.keys() == shipped.keys() and 0 < max(moved.values()) < 2.1e-3  # Adam's first step is the rate
    assert {name for name in result.metrics if name.startswith("accuracy")} == {"accuracy_5", "accuracy_7"}
    assert result.metrics["accuracy_5"] > 0.7
