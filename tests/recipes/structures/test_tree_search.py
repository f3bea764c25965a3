"""Tree search on a small scale: it runs, resumes to the same numbers, draws, and learns small trees."""

import numpy as np

from nnmem import recipes
from nnmem.recipes.structures import tree_search
from nnmem.tasks.sorted_keys import sorted_keys


def test_a_few_steps_and_again_from_the_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(tree_search, "TIMED", 2)
    first = recipes.run("tree-search", seed=2, steps=4, out=tmp_path)
    again = recipes.run("tree-search", seed=2, steps=4, out=tmp_path, resume=True)
    for size in tree_search.SIZES:
        assert first.metrics[f"accuracy_{size}"] == again.metrics[f"accuracy_{size}"]
        assert first.metrics[f"lookups_{size}"] == np.log2(size)
    assert len(first.plot().axes[0].lines) == 2


def test_small_trees_are_learnt(monkeypatch):
    monkeypatch.setattr(tree_search, "HIGHEST", 2)
    monkeypatch.setattr(tree_search, "COSTS", (256,))
    result = recipes.run("tree-search", steps=600)
    params = result.params(tree_search.MODEL.init(np.random.default_rng(0)))
    assert tree_search.accuracy(params, sorted_keys(np.random.default_rng(1), 500, 4))[0] > 0.9
