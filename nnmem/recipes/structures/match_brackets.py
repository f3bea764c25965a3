"""Match brackets of two kinds: an LSTM with a continuous stack, an LSTM, and an LSTM with attention.

Trained on words that are 2 to 12 brackets deep, scored on deeper ones too. The controller is kept small, 4 hidden
units, so that it cannot keep open brackets in its own state and leave the stack alone.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np

from nnmem.models.structures.structured_memory import StructuredMemory
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.structures import shape_training
from nnmem.tasks.brackets import ANSWERS, SYMBOLS, Brackets, brackets

MODEL = StructuredMemory(len(SYMBOLS), len(ANSWERS), 4, 4, "stack")
STEPS, RATE, LONGEST, DEEPEST = 6000, 1e-2, 48, 12
DEPTHS = (4, 12, 24, 48)
TIMES = 6  # a word for a test is so many times as long as it is deep


def draw(rng: np.random.Generator) -> Brackets:
    """Words for training, all of one length and depth limit."""
    return brackets(rng, shape_training.BATCH, int(rng.integers(4, LONGEST + 1)), int(rng.integers(2, DEEPEST + 1)))


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score all three."""
    test = {n: partial(brackets, batch=shape_training.TEST, length=TIMES * n, depth=n) for n in DEPTHS}
    return shape_training.compare("brackets", MODEL, draw, test, steps, run, RATE)


RECIPE = Recipe("brackets", "shapes of memory", "match brackets of two kinds: stack, LSTM, attention", run, options)
