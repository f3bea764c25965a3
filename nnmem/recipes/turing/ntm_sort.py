"""Priority sort: 8 vectors, the 6 of highest priority in order (Graves et al. 2014, section 4.5, there 20 and 16)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnmem.models.turing.turing_machine import NTM
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.turing import turing_training as ntm
from nnmem.tasks.algorithms import Episodes, priority_sort

MODEL = NTM(input_size=10, output_size=8, slots=32, reads=4, writes=4)


def sample(rng: np.random.Generator, batch: int, level: int) -> Episodes:
    """A random number of vectors, 2 to the level."""
    return three_quarters(rng, batch, int(rng.integers(2, level + 1)))


def three_quarters(rng: np.random.Generator, batch: int, items: int) -> Episodes:
    """Vectors, three quarters of them asked for."""
    return priority_sort(rng, batch, items, -(-3 * items // 4))


def score(bits: Callable[[Episodes], float]) -> dict[str, float]:
    """Bits of error: 8 vectors, 6 of them asked for, then 12 and 9, then 20 and 15."""
    rng = np.random.default_rng(1_000_000)
    return {f"bits_{n}": bits(three_quarters(rng, 256, n)) for n in (8, 12, 20)}


PLAN = ntm.TuringPlan("ntm-sort", MODEL, sample, score, (8,), steps=20_000, batch=16, lr=2e-3, cooling=10_000)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)


def run(run: Run, steps: int = PLAN.steps) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps), run)


RECIPE = Recipe("ntm-sort", "neural Turing machines", "sort vectors by priority", run, options)
