"""Copying with an LSTM alone, of the machine's size, given a fairer chance than beside ``ntm-copy``.

There it sees the machine's 25,000 sequences, all lengths at once. Here it sees many more, in larger batches, and the
longest length grows from 3 to 20 over the first half of the run, whether or not the shorter ones are solved.
"""

from __future__ import annotations

import argparse

import numpy as np

from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.turing import ntm_copy
from nnmem.recipes.turing.turing_training import bits_of_error, loss_and_gradients
from nnmem.tasks.algorithms import Episodes

STEPS, BATCH, LR = 32_000, 32, 3e-3


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"(default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score."""
    model = LSTMModel.like(ntm_copy.MODEL)
    rng = np.random.default_rng(run.seed)

    def draw(rng: np.random.Generator, progress: Progress) -> Episodes:
        longest = 3 + round(17 * min(1.0, 2 * progress.step / steps))
        return ntm_copy.sample(rng, BATCH, longest)

    params, progress = fit(
        loss_and_gradients(model),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(LR, steps // 2, start=steps - steps // 2),
        clip_norm=10.0,
        checkpoint=run.checkpoint(),
        resume=run.resume,
        run={"recipe": "lstm-copy", "model": repr(model), "seed": run.seed},
        title=run.title("lstm-copy"),
    )
    metrics = {"sequences": steps * BATCH, **ntm_copy.score(lambda episodes: bits_of_error(model, params, episodes))}
    history = curves(progress.history)
    return Result("lstm-copy", run.seed, progress.seconds, steps, metrics, history, named_params(params))


RECIPE = Recipe("lstm-copy", "neural Turing machines", "copy with an LSTM alone, many more sequences", run, options)
