"""Go on from hulls of 5 to 10 points to those of 5 to 50, the sizes of Vinyals et al. 2015, section 4.2.

The network starts where ``pointer-hull`` ended, with the shipped parameters of its seed 0: it has seen small sets
first, which cost little. Every seed starts there; what differs is what it sees from then on.
"""

from __future__ import annotations

import argparse
import math
from functools import partial

import numpy as np

from nnmem.nn.progress import Progress
from nnmem.recipes.pointer import pointer_training as pointer
from nnmem.recipes.pointer.hull import MODEL, sample, score
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.trained import load

SMALLEST, LARGEST = 5, 50
POINTS = 320  # in a batch
STEPS = 8_000
SIZES = (5, 10, 15, 20, 30, 50)


def draw(rng: np.random.Generator, progress: Progress) -> pointer.Problems:
    """Draw a batch of one size, its logarithm uniform; of smaller sets there are more, so that steps cost the same."""
    n = int(math.exp(rng.uniform(math.log(SMALLEST), math.log(LARGEST + 1))))
    return sample(rng, POINTS // n, n)


def options(parser: argparse.ArgumentParser) -> None:
    pointer.steps_option(parser, STEPS)


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score, on sizes inside and outside of what the first network had seen."""
    start = load("pointer-hull").params
    plan = pointer.PointerPlan(
        "pointer-hull-long", MODEL, sample, partial(score, sizes=SIZES), steps, POINTS, lr=2e-3, draw=draw, start=start
    )
    return pointer.train(plan, run)


RECIPE = Recipe("pointer-hull-long", "pointer networks", "convex hull of 5 to 50 points", run, options)
