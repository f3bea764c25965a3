"""Retrieval by Hopfield networks, float64: one probe, a neuron at a time, beside a row product a visit; many probes."""

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
    """One probe near its pattern, which takes few sweeps, and one far; storing and retrieving, for the memory; many."""
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
    yield many_binary_probes(peers)
    yield many_real_probes(peers)


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


def many_binary_probes(peers: list[str]) -> Race:
    """A hundred probes near their patterns, all neurons of all of them at once, until nothing changes."""
    rng, m = np.random.default_rng(0), 1000
    patterns = random_patterns(60, m, rng)
    W, _ = nnmem.hebbian_weights_forward(patterns)
    probes, b = flip(patterns[rng.integers(0, 60, 100)], 0.1, rng), np.full(m, 1e-9)
    runs: dict[str, Callable[[], Any]] = {"nnmem": lambda: [nnmem.hopfield_retrieve(probes, W, b, mode="sync")[0][-1]]}
    if "torch" in peers:
        import torch

        W_t, b_t, s_t = (torch.from_numpy(a) for a in (W, b, probes))

        def all_at_once() -> list[Any]:
            s = s_t
            while True:
                updated = torch.where(s @ W_t.T + b_t >= 0, 1.0, -1.0).to(s.dtype)
                if torch.equal(updated, s):
                    return [s]
                s = updated

        runs["torch"] = all_at_once
    ends = [np.asarray(run()[0]) for run in runs.values()]
    assert all(np.array_equal(ends[0], end) for end in ends[1:])
    return Race(f"hopfield_retrieve sync, 100 probes m={m}", runs)


def many_real_probes(peers: list[str]) -> Race:
    """One update of a modern network from a hundred states, and its gradients."""
    rng = np.random.default_rng(0)
    X, S, dS = (rng.normal(size=(rows, 64)) for rows in (1000, 100, 100))

    def update() -> list[np.ndarray]:
        S_next, _, cache = nnmem.modern_hopfield_forward(X, S, 0.5)
        return [S_next, *nnmem.modern_hopfield_backward(dS, cache)]

    runs: dict[str, Callable[[], Any]] = {"nnmem": update}
    if "torch" in peers:
        import torch

        X_t, S_t, dS_t = (torch.from_numpy(a) for a in (X, S, dS))

        def updated() -> list[Any]:
            leaves = [tensor.clone().requires_grad_() for tensor in (X_t, S_t)]
            S_next = torch.softmax(0.5 * leaves[1] @ leaves[0].T, -1) @ leaves[0]
            return [S_next.detach(), *torch.autograd.grad(S_next, leaves, dS_t)]

        runs["torch"] = updated
    outputs = [run() for run in runs.values()]
    assert all(np.allclose(a, b) for other in outputs[1:] for a, b in zip(outputs[0], other, strict=True))
    return Race("modern_hopfield, 100 states of 1000 patterns d=64", runs)
