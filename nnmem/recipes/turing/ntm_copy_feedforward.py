"""Copying with a controller that has no state of its own: what is to be kept can be in the memory alone.

One layer of tanh instead of the LSTM (Graves et al. 2014, section 4.1, "NTM with Feedforward Controller").
"""

from __future__ import annotations

import argparse
from dataclasses import replace

from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.turing import ntm_copy
from nnmem.recipes.turing import turing_training as ntm

PLAN = replace(
    ntm_copy.PLAN,
    recipe="ntm-copy-feedforward",
    model=replace(ntm_copy.MODEL, controller="feedforward", cell_clip=None),
    beside=False,
    steps=8000,
    lr=1e-3,  # at 5e-3, the rate of the LSTM controller, a run that had learned 20 vectors lost them again
)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)


def run(run: Run, steps: int = PLAN.steps) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps), run)


RECIPE = Recipe("ntm-copy-feedforward", "neural Turing machines", "copy with a feed-forward controller", run, options)
