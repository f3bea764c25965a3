"""Dynamic N-grams: 200 bits from a random table, each predicted from those before (Graves et al. 2014, section 4.4)."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nnmem.models.turing.turing_machine import NTM
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.recipes.turing import turing_training as ntm
from nnmem.tasks.algorithms import Episodes
from nnmem.tasks.ngrams import ngrams, optimal_bits

MODEL = NTM(input_size=1, output_size=1)


def sample(rng: np.random.Generator, batch: int, level: int) -> Episodes:
    """Sequences of the level's number of bits."""
    return ngrams(rng, batch, level)


def score(bits: Callable[[Episodes], float]) -> dict[str, float]:
    """Bits a sequence of 200 and of 400, and those of the best predictor on the same sequences."""
    rng = np.random.default_rng(1_000_000)
    metrics: dict[str, float] = {}
    for length, batch in ((200, 512), (400, 256)):
        episodes = ngrams(rng, batch, length)
        metrics |= {f"bits_{length}": bits(episodes), f"optimal_{length}": float(optimal_bits(episodes).mean())}
    return metrics


PLAN = ntm.TuringPlan("ntm-ngram", MODEL, sample, score, (200,), steps=4000, batch=8, cooling=1000)


def options(parser: argparse.ArgumentParser) -> None:
    ntm.steps_option(parser, PLAN)


def run(run: Run, steps: int = PLAN.steps) -> Result:
    """Train and score."""
    return ntm.train(replace(PLAN, steps=steps), run)


RECIPE = Recipe("ntm-ngram", "neural Turing machines", "predict bits from a random table", run, options)
