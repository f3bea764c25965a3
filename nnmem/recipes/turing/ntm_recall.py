"""Associative recall: 2 to 6 items of 3 vectors, one shown again (Graves et al. 2014, section 4.3)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnmem.models.turing.turing_machine import NTM
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.turing import turing_training as ntm
from nnmem.tasks.algorithms import Episodes, recall

MODEL = NTM(input_size=8, output_size=6)


def sample(rng: np.random.Generator, batch: int, level: int) -> Episodes:
    """A random number of items, 2 to the level."""
    return recall(rng, batch, int(rng.integers(2, level + 1)))


def score(bits: Callable[[Episodes], float]) -> dict[str, float]:
    """Bits of error: the mean over 2 to 6 items, then more of them than in training."""
    rng = np.random.default_rng(1_000_000)
    trained = np.mean([bits(recall(rng, 32, items)) for items in range(2, 7)])
    return {"bits_2_6": float(trained), **{f"bits_{n}": bits(recall(rng, 32, n)) for n in (6, 10, 15, 20)}}


# All sizes from the start: after two items the second is always the answer, a habit that is hard to lose.
PLAN = ntm.TuringPlan("ntm-recall", MODEL, sample, score, (6,), steps=10_000, target=0.02, batch=16, lr=2e-3)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)


def run(run: Run, steps: int = PLAN.steps) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps), run)


RECIPE = Recipe("ntm-recall", "neural Turing machines", "which item followed this one?", run, options)
