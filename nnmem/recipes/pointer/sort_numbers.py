"""Sort 5 to 10 numbers with a pointer network (Vinyals et al. 2015; the chapter's own example)."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.result import Result
from nnmem.tasks.sorting import sorting_batch

MODEL = PointerNetwork(input_size=1, hidden_size=64)
STEPS = 90_000


def sample(rng: np.random.Generator, batch: int, n: int) -> pointer.Problems:
    X, targets = sorting_batch(rng, batch, n)
    return pointer.Problems(pointer.scale(X), targets, np.full(batch, n))


def score(model: PointerNetwork, params: PointerNetworkParams, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of 2,000 sequences whose every index is right, decoded greedily."""
    metrics = {}
    for n in pointer.SIZES:
        problems = sample(rng, 2000, n)
        indices = decode(model, params, problems.X).indices
        metrics[f"exact_{n}"] = float((indices == problems.targets).all(axis=1).mean())
    return metrics


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pointer.add_arguments(parser, STEPS)


def run(
    *, seed: int = 0, out: Path | None = None, resume: bool = False, bar: bool = False, steps: int = STEPS
) -> Result:
    """Train and score; see ``nnmem.recipes``."""
    plan = pointer.Plan("pointer-sort", MODEL, sample, score, steps, batch=32, lr=1e-2)
    return pointer.train(plan, seed, out, resume, bar)
