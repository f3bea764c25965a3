"""Copying with addressing by content alone, equation (8.22) as the chapter has it: what location adds."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from nnmem.recipes.result import Result
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    ntm.add_arguments(parser, PLAN)


def run(
    *, seed: int = 0, out: Path | None = None, resume: bool = False, bar: bool = False, steps: int = PLAN.steps
) -> Result:
    """Train and score; see ``nnmem.recipes``."""
    return ntm.train(replace(PLAN, steps=steps), seed, out, resume, bar)
