"""Copying with addressing by content alone, equation (8.22) as the chapter has it: what location adds."""

from __future__ import annotations

import argparse
from dataclasses import replace

from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.turing import ntm_copy
from nnmem.recipes.turing import turing_training as ntm

PLAN = replace(
    ntm_copy.PLAN,
    recipe="ntm-copy-content",
    model=replace(ntm_copy.MODEL, addressing="content"),
    slots=None,
    steps=6000,
    patience=6000,
)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)


def run(run: Run, steps: int = PLAN.steps) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps), run)


RECIPE = Recipe("ntm-copy-content", "neural Turing machines", "copy with addressing by content alone", run, options)
