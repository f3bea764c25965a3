"""Priority sort: 8 vectors, the 6 of highest priority in order (Graves et al. 2014, section 4.5, there 20 and 16)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnmem.external.ntm_model import NTM
from nnmem.recipes import ntm
from nnmem.recipes.result import Result
from nnmem.tasks.algorithms import Episodes, priority_sort

MODEL = NTM(input_size=10, output_size=8)


def sample(rng: np.random.Generator, batch: int, level: int) -> Episodes:
    """The level's number of vectors, three quarters of them asked for."""
    return priority_sort(rng, batch, level, -(-3 * level // 4))


def score(bits: Callable[[Episodes], float]) -> dict[str, float]:
    """Bits of error on the last level's sizes and on half as many vectors again."""
    rng = np.random.default_rng(1_000_000)
    return {f"bits_{n}": bits(sample(rng, 64, n)) for n in (LEVELS[-1], LEVELS[-1] * 3 // 2)}


LEVELS = (2, 3, 4, 5, 6, 7, 8)
PLAN = ntm.Plan("ntm-sort", MODEL, sample, score, LEVELS, steps=16_000, target=0.1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=int, default=PLAN.steps, help=f"at most (default {PLAN.steps})")


def run(
    *, seed: int = 0, out: Path | None = None, resume: bool = False, bar: bool = False, steps: int = PLAN.steps
) -> Result:
    """Train and score; see ``nnmem.recipes``."""
    return ntm.train(replace(PLAN, steps=steps), seed, out, resume, bar)
