"""The tree memory: a soft search's weights in full, a walk by hand, and sizes that are refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from nnmem.models.structures.tree_memory import TreeMemory, TreeMemoryParams
from nnmem.nn.linear import LinearParams
from nnmem.nn.tree import tree_map

MODEL = TreeMemory(2, 3, 4)


def some(rng):
    return tree_map(lambda leaf: rng.normal(size=leaf.shape), MODEL.init(rng))


def weights(params, nodes, query):
    """The weight of every leaf below a node, by recursion over its two halves; and the node itself."""
    if len(nodes) == 1:
        return [1.0], np.maximum(0, params.leaf.W @ nodes[0] + params.leaf.b)
    half = len(nodes) // 2
    (left, lower), (right, upper) = weights(params, nodes[:half], query), weights(params, nodes[half:], query)
    hidden = np.maximum(0, params.search.W @ np.concatenate([lower, upper, query]) + params.search.b)
    p = 1 / (1 + np.exp(-(params.decide.W[0] @ hidden + params.decide.b[0])))
    node = np.maximum(0, params.join.W @ np.concatenate([lower, upper]) + params.join.b)
    return [(1 - p) * w for w in left] + [p * w for w in right], node


@pytest.mark.parametrize("N", [2, 4, 8])
def test_the_loss_is_the_soft_searchs(N, rng):
    params, keys, queries = some(rng), rng.normal(size=(N, N, 2)), rng.normal(size=(N, 2))
    losses, _ = MODEL.forward(params, keys, queries, np.arange(N))
    levels, _ = MODEL.build(params, keys)
    found, lookups = MODEL.find(params, levels, queries)
    assert lookups == np.log2(N)
    for b in range(N):
        all_weights, _ = weights(params, keys[b], queries[b])
        assert_allclose(sum(all_weights), 1)
        assert_allclose(losses[b], -np.log(all_weights[b]))
        place, low, high = 0, 0, N  # down to the half with more weight below this node
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (middle, high) if sum(all_weights[middle:high]) > sum(all_weights[low:middle]) else (low, middle)
            )
            place = low
        assert found[b] == place


def test_a_search_tree_by_hand(rng):
    """A node keeps the least key below it; go right if the query is not below the right child's."""
    eye = np.array([[1.0]])
    params = TreeMemoryParams(
        LinearParams(eye, np.zeros(1)),
        LinearParams(np.array([[1.0, 0.0]]), np.zeros(1)),
        LinearParams(np.array([[0.0, -1, 1], [0, 1, -1]]), np.array([0.01, -0.01])),
        LinearParams(np.array([[1.0, -1.0]]), np.zeros(1)),
    )
    model, keys = TreeMemory(1, 1, 2), np.sort(rng.permutation(64)).astype(float)
    levels, _ = model.build(params, np.tile(keys[:, None], (64, 1, 1)))
    found, lookups = model.find(params, levels, keys[:, None])
    assert_array_equal(found, np.arange(64))
    assert lookups == 6


@pytest.mark.parametrize("N", [0, 1, 3, 12])
def test_sizes_that_are_no_power_of_two_are_refused(N, rng):
    with pytest.raises(ValueError, match=rf"TreeMemory: keys has shape \(2, {N}, 2\), should have a power of two"):
        MODEL.build(some(rng), rng.normal(size=(2, N, 2)))
