"""What fast weights need: associative retrieval without normalisation, without decay, with 0, 1 and 3 inner steps."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.recipes.measurement import measure
from nnmem.recipes.recurrent.fast_weights_retrieval import HIDDEN, SIZES, STEPS, accuracy, sequences, train
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number

FULL = {"normalise": True, "decay": 0.9, "inner_steps": 1}
CHANGES: tuple[dict[str, Any], ...] = ({}, {"normalise": False}, {"decay": 1.0}, {"inner_steps": 0}, {"inner_steps": 3})


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train with one thing changed at a time, everything else as in ``fast-weights``."""
    given = sequences(run.seed)

    def row(rng: np.random.Generator, normalise: bool, decay: float, inner_steps: int) -> dict[str, Any]:
        model = FastWeightsNetwork(*SIZES, HIDDEN, decay, inner_steps=inner_steps, normalise=normalise)
        params, _ = train("fast", model, given, steps, Run(run.seed, bar=run.bar))
        return {"accuracy": accuracy(model, params, given[2])}

    return measure("fast-weights-ablation", [{**FULL, **change} for change in CHANGES], row, run)


RECIPE = Recipe("fast-weights-ablation", "recurrent networks", "fast weights with one thing changed", run, options)
