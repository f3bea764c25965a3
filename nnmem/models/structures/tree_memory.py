"""A tree-shaped memory (树形记忆): leaves joined pairwise upwards; a search walks from the root to one leaf.

After the tree memory of Andrychowicz and Kurach 2016, for look-ups alone::

    leaf:    h = ReLU(W_l x + b_l)                             x a leaf's key
    join:    h = ReLU(W_j [h_left; h_right] + b_j)             the same at every level
    search:  p(right) = σ(wᵀ ReLU(W_s [h_left; h_right; q] + b_s) + b)

In training a search is soft: a leaf's weight is the product of the probabilities on its way, and −log of it, the loss,
is a sum over that way. In use it goes where p is larger: log₂ N look-ups. ReLU can hand a key on unchanged from level
to level, tanh cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.losses import binary_cross_entropy_backward, binary_cross_entropy_forward


class TreeMemoryParams(NamedTuple):
    leaf: LinearParams  # (D, x)
    join: LinearParams  # (D, 2D)
    search: LinearParams  # (S, 2D + x)
    decide: LinearParams  # (1, S)


@dataclass(frozen=True)
class TreeMemory:
    """Sizes: of keys x, of nodes D and of the search's hidden layer S."""

    key_size: int = 1
    node_size: int = 16
    search_size: int = 32

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> TreeMemoryParams:
        """Glorot uniform weights, biases 0."""
        x, D, S = self.key_size, self.node_size, self.search_size
        sizes = ((D, x), (D, 2 * D), (S, 2 * D + x), (1, S))
        return TreeMemoryParams(
            *(LinearParams(glorot_uniform(rng, size, dtype), np.zeros(size[0], dtype)) for size in sizes)
        )

    def build(self, params: TreeMemoryParams, keys: np.ndarray) -> tuple[list[np.ndarray], list[tuple]]:
        """Nodes of every level for keys (B, N, x), the leaves first: (B, N, D), (B, N / 2, D), …, (B, 2, D).

        Raises
        ------
        ValueError
            N is no power of two, or below 2.
        """
        N = keys.shape[1]
        if N < 2 or N & (N - 1):
            raise ValueError(f"TreeMemory: keys has shape {keys.shape}, should have a power of two of leaves, not {N}")
        z, cache = linear_forward(keys, *params.leaf)
        levels, caches = [np.maximum(0, z)], [cache]
        while levels[-1].shape[1] > 2:
            z, cache = linear_forward(_pairs(levels[-1]), *params.join)
            levels.append(np.maximum(0, z))
            caches.append(cache)
        return levels, caches

    def forward(
        self, params: TreeMemoryParams, keys: np.ndarray, queries: np.ndarray, targets: np.ndarray
    ) -> tuple[np.ndarray, tuple]:
        """−log of the weight that a soft search gives the right leaf: keys (B, N, x), queries (B, x), targets (B,).

        Only the nodes on the way to that leaf are needed.
        """
        levels, built = self.build(params, keys)
        row, losses, steps = np.arange(len(keys)), np.zeros(len(keys), levels[0].dtype), []
        for level, nodes in enumerate(levels):
            place = targets >> level
            children = _pairs(nodes)[row, place >> 1]
            hidden, searched = linear_forward(np.concatenate([children, queries], axis=-1), *params.search)
            on = hidden.real > 0
            logit, decided = linear_forward(hidden * on, *params.decide)
            loss, crossed = binary_cross_entropy_forward(logit[:, 0], place & 1)
            losses = losses + loss
            steps.append((place >> 1, searched, on, decided, crossed))
        return losses, (params, levels, built, steps)

    def backward(self, dlosses: np.ndarray, cache: tuple) -> tuple[TreeMemoryParams, np.ndarray, np.ndarray]:
        """Gradients of the parameters, of keys and of queries: each decision, then all levels from the root down."""
        params, levels, built, steps = cache
        row, dlevels = np.arange(len(dlosses)), [np.zeros_like(nodes) for nodes in levels]
        grads = [[np.zeros_like(part) for part in group] for group in params]
        _, join, search, decide = grads
        dqueries = np.zeros((len(dlosses), self.key_size), levels[0].dtype)
        for dnodes, (parent, searched, on, decided, crossed) in zip(dlevels, steps, strict=True):
            dlogit = binary_cross_entropy_backward(dlosses, crossed)[:, None]
            dhidden, dW, db = linear_backward(dlogit, decided)
            _add(decide, dW, db)
            dx, dW, db = linear_backward(dhidden * on, searched)
            _add(search, dW, db)
            children = 2 * dnodes.shape[-1]
            _pairs(dnodes)[row, parent] += dx[:, :children]
            dqueries = dqueries + dx[:, children:]
        for level in reversed(range(1, len(levels))):
            dpairs, dW, db = linear_backward(dlevels[level] * (levels[level] > 0), built[level])
            _add(join, dW, db)
            dlevels[level - 1] += dpairs.reshape(dlevels[level - 1].shape)
        dkeys, *leaf = linear_backward(dlevels[0] * (levels[0] > 0), built[0])
        return TreeMemoryParams(*(LinearParams(*group) for group in (leaf, join, search, decide))), dkeys, dqueries

    def find(self, params: TreeMemoryParams, levels: list[np.ndarray], queries: np.ndarray) -> tuple[np.ndarray, int]:
        """Walk down from the root, to the side that is likelier: leaves (B,), and how many decisions each took."""
        row, place = np.arange(len(queries)), np.zeros(len(queries), np.intp)
        for nodes in reversed(levels):
            children = np.concatenate([nodes[row, 2 * place], nodes[row, 2 * place + 1], queries], axis=-1)
            hidden = np.maximum(0, children @ params.search.W.T + params.search.b)
            place = 2 * place + ((hidden @ params.decide.W[0] + params.decide.b[0]) > 0)
        return place, len(levels)


def _pairs(nodes: np.ndarray) -> np.ndarray:
    """Left and right child side by side: (B, N, D) as (B, N / 2, 2D), the same memory."""
    B, N, D = nodes.shape
    return nodes.reshape(B, N // 2, 2 * D)


def _add(group: list[np.ndarray], dW: np.ndarray, db: np.ndarray) -> None:
    group[0] += dW
    group[1] += db
