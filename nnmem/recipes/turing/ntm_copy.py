"""Copying 1 to 20 vectors with a neural Turing machine (Graves et al. 2014, section 4.1), then up to 120."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from nnmem.models.turing.turing_machine import NTM
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.turing import turing_training as ntm
from nnmem.recipes.turing.copy_trying import load_copy
from nnmem.tasks.algorithms import Episodes, copy

MODEL = NTM(input_size=10, output_size=8, cell_clip=0.25)
LENGTHS = (*range(3, 8), *range(8, 21, 2))


def sample(rng: np.random.Generator, batch: int, level: int) -> Episodes:
    """Sequences of one random length, 1 to the level."""
    return copy(rng, batch, int(rng.integers(1, level + 1)))


def score(bits: Callable[[Episodes], float]) -> dict[str, float]:
    """Bits of error on new sequences: the worst of lengths 1 to 20, then single lengths."""
    rng = np.random.default_rng(1_000_000)
    trained = max(bits(copy(rng, 16, length)) for length in range(1, 21))
    return {"bits_1_20": trained, **{f"bits_{n}": bits(copy(rng, 16, n)) for n in (10, 20, 50, 120)}}


PLAN = ntm.TuringPlan("ntm-copy", MODEL, sample, score, LENGTHS, steps=10_000, slots=24, patience=3500, target=0.0035)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)
    text = f"rows of the memory at first, 3 to {MODEL.slots} (default {PLAN.slots})"
    parser.add_argument("--slots", type=whole_number(3, MODEL.slots), default=PLAN.slots, metavar="N", help=text)


def run(run: Run, steps: int = PLAN.steps, slots: int | None = PLAN.slots) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps, slots=slots), run)


RECIPE = Recipe(
    "ntm-copy",
    "neural Turing machines",
    "copy 1 to 20 vectors, then up to 120",
    run,
    options,
    load=partial(load_copy, PLAN),
)
