"""Repeat copy: 1 to 10 vectors, 1 to 10 times over, then an end mark (Graves et al. 2014, section 4.2); 32 rows."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnmem.models.turing.turing_machine import NTM
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.turing import turing_training as ntm
from nnmem.tasks.algorithms import Episodes, repeat_copy

MODEL = NTM(input_size=10, output_size=9, slots=32)


def sample(rng: np.random.Generator, batch: int, level: int) -> Episodes:
    """A random length and a random number of repeats, each 1 to the level."""
    return repeat_copy(rng, batch, int(rng.integers(1, level + 1)), int(rng.integers(1, level + 1)))


def score(bits: Callable[[Episodes], float]) -> dict[str, float]:
    """Bits of error: the mean over the training range, then longer sequences and more repeats."""
    rng = np.random.default_rng(1_000_000)
    trained = np.mean([bits(sample(rng, 4, 10)) for _ in range(50)])
    sizes = ((10, 10), (20, 10), (10, 20), (20, 5))
    return {"bits_trained": float(trained), **{f"bits_{n}_{r}": bits(repeat_copy(rng, 64, n, r)) for n, r in sizes}}


# Two levels of the same sizes: a run that does not get to the second soon, from a plateau near 200 bits, starts afresh.
PLAN = ntm.TuringPlan(
    "ntm-repeat-copy",
    MODEL,
    sample,
    score,
    (10, 10),
    steps=6000,
    patience=2500,
    advance=60.0,
    cooling=3000,
    batch=16,
    lr=4e-3,
)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)


def run(run: Run, steps: int = PLAN.steps) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps), run)


RECIPE = Recipe("ntm-repeat-copy", "neural Turing machines", "copy, 1 to 10 times over", run, options)
