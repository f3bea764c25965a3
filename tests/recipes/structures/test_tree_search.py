"""Tree search on a small scale: it runs, resumes to the same numbers, draws, and learns small trees."""

import math

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


def test_times_are_of_one_question(monkeypatch):
    """With a clock that goes on by three seconds for the tree, then by seven for attention."""
    times = iter([100.0, 103.0, 110.0])
    monkeypatch.setattr(tree_search.time, "process_time", lambda: next(times))
    monkeypatch.setattr(tree_search, "TIMED", 4)
    found = tree_search.costs(tree_search.MODEL.init(np.random.default_rng(0)), 16)
    assert found == {"tree": 3e6 / 4, "attention": 7e6 / 4}


def test_a_search_makes_a_decision_for_each_level_of_its_tree():
    params = tree_search.MODEL.init(np.random.default_rng(0))
    for size in (2, 16, 32):
        share, lookups = tree_search.accuracy(params, sorted_keys(np.random.default_rng(1), 40, size))
        assert lookups == np.log2(size) and 0 <= share <= 1


def test_what_is_timed_beside_the_tree_is_attention(rng):
    nodes, q = 3 * rng.normal(size=(7, 4)), rng.normal(size=4)
    weights = [math.exp(node @ q) for node in nodes]
    expected = sum(weight * node for weight, node in zip(weights, nodes, strict=True)) / sum(weights)
    np.testing.assert_allclose(tree_search.attend(nodes, q), expected, rtol=1e-12)
