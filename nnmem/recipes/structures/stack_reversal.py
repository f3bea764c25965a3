"""Say a word backwards: an LSTM with a continuous stack, an LSTM, and an LSTM with attention.

Grefenstette et al. 2015, section 4.1. Trained on words of 4 to 12 symbols out of 8, scored on longer ones.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np

from nnmem.models.structures.structured_memory import StructuredMemory
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.structures import shape_training
from nnmem.tasks.word_orders import INPUTS, KINDS, Words, words

MODEL = StructuredMemory(INPUTS, KINDS, 32, 16, "stack")
STEPS, SHORTEST, LONGEST, LENGTHS = 2000, 4, 12, (12, 24, 32)
BACKWARDS = 1.0


def draw(rng: np.random.Generator) -> Words:
    """Words of one length for training."""
    return words(rng, shape_training.BATCH, int(rng.integers(SHORTEST, LONGEST + 1)), BACKWARDS)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score all three."""
    test = {n: partial(words, batch=shape_training.TEST, length=n, backwards=BACKWARDS) for n in LENGTHS}
    return shape_training.compare("stack-reversal", MODEL, draw, test, steps, run)


RECIPE = Recipe("stack-reversal", "shapes of memory", "say a word backwards: stack, LSTM, attention", run, options)
