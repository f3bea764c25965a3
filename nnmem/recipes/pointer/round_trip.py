"""Find short tours of 5 to 10 cities with a pointer network taught by exact ones (Vinyals et al. 2015, section 4.4)."""

from __future__ import annotations

import argparse
from functools import lru_cache

import numpy as np

from nnmem.models.pointer.pointer_decoding import decode
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.nn.progress import Progress
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.tsp import tour_lengths, tsp_batch

MODEL = PointerNetwork(input_size=2, hidden_size=128)
STEPS = 60_000
BATCH, BLOCK = 32, 96
BEAM = 4


def sample(rng: np.random.Generator, batch: int, n: int) -> pointer.Problems:
    X, targets = tsp_batch(rng, batch, n)
    return pointer.Problems(pointer.scale(X), targets, np.full(batch, n))


@lru_cache(maxsize=1)
def _block(seed: int, number: int) -> list[pointer.Problems]:
    """Batches for BLOCK steps, as many of each size: exact tours of many sets of cities at once cost less."""
    rng = np.random.default_rng([seed, number])
    sizes = np.arange(BLOCK) % (pointer.SIZES[1] - pointer.SIZES[0] + 1) + pointer.SIZES[0]
    batches = []
    for n in np.unique(sizes):
        X, targets, lengths = sample(rng, BATCH * int((sizes == n).sum()), int(n))
        parts = (np.split(part, (sizes == n).sum()) for part in (X, targets, lengths))
        batches += [pointer.Problems(*part) for part in zip(*parts, strict=True)]
    return [batches[i] for i in rng.permutation(BLOCK)]


def score(model: PointerNetwork, params: PointerNetworkParams, rng: np.random.Generator) -> dict[str, float]:
    """Return the mean length of 2,000 tours over the mean of the shortest, and how often the shortest was found.

    Decoded with a beam, no city twice, so every tour is valid.
    """
    metrics = {}
    for n in pointer.SIZES:
        problems = sample(rng, 2000, n)
        found = decode(model, params, problems.X, beam=BEAM, no_repeat=True).indices
        length, shortest = (tour_lengths(problems.X, tours) for tours in (found, problems.targets))
        metrics[f"length_ratio_{n}"] = float(length.mean() / shortest.mean())
        metrics[f"optimal_{n}"] = float((length < shortest * (1 + 1e-9)).mean())
    return metrics


def options(parser: argparse.ArgumentParser) -> None:
    pointer.steps_option(parser, STEPS)


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score."""

    def draw(rng: np.random.Generator, progress: Progress) -> pointer.Problems:
        return _block(run.seed, progress.step // BLOCK)[progress.step % BLOCK]

    plan = pointer.PointerPlan("pointer-tsp", MODEL, sample, score, steps, BATCH, lr=5e-3, draw=draw)
    return pointer.train(plan, run)


RECIPE = Recipe("pointer-tsp", "pointer networks", "shortest tour of 5 to 10 cities", run, options)
