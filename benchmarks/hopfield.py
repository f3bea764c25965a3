"""Asynchronous retrieval by a Hopfield network, float64: nnmem beside a row product a visit, NumPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

import nnmem
from nnmem.study.bench import Race
from nnmem.tasks.patterns import flip, random_patterns

SIZES = (1000, 5000)
PROBES = {"near": (0.06, 0.1), "far": (0.12, 0.25)}  # load, share of flipped neurons


def cases(peers: list[str]) -> Iterator[Race]:
    """One probe near its pattern, which takes few sweeps, and one far; then storing and retrieving, for the memory."""
    for m, (name, (load, flipped)) in product(SIZES, PROBES.items()):
        rng = np.random.default_rng(0)
        patterns = random_patterns(round(load * m), m, rng)
        W, _ = nnmem.hebbian_weights_forward(patterns)
        probe = flip(patterns[0], flipped, rng)
        b = np.full(m, 1e-9)  # settles fields that are zero, which rounding would decide in each run in its own way
        runs: dict[str, Callable[[], Any]] = {
            "nnmem": lambda W=W, b=b, probe=probe: [
                nnmem.hopfield_retrieve(probe, W, b, rng=np.random.default_rng(1))[0][-1]
            ],
            "row product": lambda W=W.T, b=b, probe=probe: [row_product_a_visit(W, b, probe.copy())],
        }
        if "torch" in peers:
            import torch

            tensors = torch.from_numpy(W.T), torch.from_numpy(b), torch.from_numpy(probe)
            runs["torch"] = lambda tensors=tensors: [row_product_a_visit(*tensors[:2], tensors[2].clone())]
        ends = [np.asarray(run()[0]) for run in runs.values()]
        assert all(np.array_equal(ends[0], end) for end in ends[1:])
        yield Race(f"hopfield_retrieve async {name} m={m}", runs)
    yield Race(f"store and retrieve m={m}", {"nnmem": lambda: store_and_retrieve(patterns, probe)}, 8 * m * m)


def row_product_a_visit(W: Any, b: Any, s: Any) -> Any:
    """Equation (8.14) as its users write it, for NumPy and for PyTorch: every visit sums over all neurons."""
    rng = np.random.default_rng(1)
    for _ in range(100):
        changed = False
        for i in rng.permutation(len(s)):
            new = 1.0 if W[i] @ s + b[i] >= 0 else -1.0
            if new != s[i]:
                s[i] = new
                changed = True
        if not changed:
            return s
    return s


def store_and_retrieve(patterns: np.ndarray, probe: np.ndarray) -> list[np.ndarray]:
    """Weights and retrieval in one run; what it returns is small, so its peak of memory counts the weights."""
    W, _ = nnmem.hebbian_weights_forward(patterns)
    return [nnmem.hopfield_retrieve(probe, W, np.zeros(len(probe)), rng=np.random.default_rng(1))[0][-1]]
