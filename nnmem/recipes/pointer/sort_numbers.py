"""Sort 5 to 10 numbers with a pointer network (Vinyals et al. 2015; the chapter's own example)."""

from __future__ import annotations

import argparse

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
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


def options(parser: argparse.ArgumentParser) -> None:
    pointer.steps_option(parser, STEPS)


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score."""
    plan = pointer.Plan("pointer-sort", MODEL, sample, score, steps, batch=32, lr=1e-2)
    return pointer.train(plan, run)


RECIPE = Recipe("pointer-sort", "pointer networks", "sort numbers, 5 to 10 of them", run, options)
