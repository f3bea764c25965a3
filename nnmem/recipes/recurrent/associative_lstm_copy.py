"""Episodic copy of 1 to 10 symbols by an associative LSTM and by an LSTM of as many parameters (Danihelka et al. 2016).

The LSTM is given the same number of steps and, beside it, as many as it takes in the same time.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from nnmem.models.recurrent.associative_lstm import AssociativeLSTM
from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.episodic_copy import KINDS, CopyEpisodes, copy_episodes

INPUTS, HIDDEN, COPIES = KINDS + 2, 60, 4
STEPS, BATCH, LONGEST, TEST = 4000, 32, 10, 2000
LSTM_STEPS = 4  # an LSTM takes about this many steps while the associative LSTM takes one: nnmem bench connections


def loss_and_gradients(model: Any) -> Any:
    """Cross-entropy of a symbol, the mean over the answers, and its gradients."""

    def both(params: Any, episodes: CopyEpisodes) -> tuple[float, Any]:
        Y, cache = model.forward(params, episodes.X)
        length = len(episodes.targets)
        losses, loss = cross_entropy_forward(Y[-length:], episodes.targets)
        dY = np.zeros_like(Y)
        dY[-length:] = cross_entropy_backward(np.full(losses.shape, 1 / losses.size, losses.dtype), loss)
        return float(losses.mean()), model.backward(dY, cache)[0]

    return both


def accuracy(model: Any, params: Any, length: int, seed: int = 1_000_000) -> float:
    """Return the share of right symbols in new sequences of one length."""
    episodes = copy_episodes(np.random.default_rng([seed, length]), TEST, length)
    Y, _ = model.forward(params, episodes.X)
    return float((Y[-length:].argmax(axis=-1) == episodes.targets).mean())


def train(name: str, model: Any, steps: int, run: Run) -> Any:
    """Train one model at lengths of 1 to 10, one length a batch; return parameters and progress."""
    rng = np.random.default_rng(run.seed)

    def draw(rng: np.random.Generator, progress: Progress) -> CopyEpisodes:
        return copy_episodes(rng, BATCH, int(rng.integers(1, LONGEST + 1)))

    return fit(
        loss_and_gradients(model),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(1e-2, steps // 2, start=steps // 2),
        clip_norm=1.0,
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={"recipe": "associative-lstm", "model": repr(model), "seed": run.seed},
        title=run.title(f"associative-lstm {name}"),
    )


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train and score both."""
    model = AssociativeLSTM(INPUTS, KINDS, HIDDEN, COPIES)
    lstm = LSTMModel.like(model)
    params, progress = train("associative", model, steps, run)
    lstm_params, beside = train("lstm", lstm, steps, run)
    longer_params, longer = train("lstm-longer", lstm, LSTM_STEPS * steps, run)
    metrics = {
        "accuracy_10": accuracy(model, params, 10),
        "lstm_accuracy_10": accuracy(lstm, lstm_params, 10),
        "lstm_accuracy_10_same_seconds": accuracy(lstm, longer_params, 10),
        "steps": steps,
        "lstm_steps_same_seconds": LSTM_STEPS * steps,
    }
    history = {"loss": progress.history["loss"], "lstm_loss": beside.history["loss"]}
    history["lstm_longer_loss"] = longer.history["loss"]
    curves = {name: np.array(values) for name, values in history.items()}
    seconds = progress.seconds + beside.seconds + longer.seconds
    return Result("associative-lstm", run.seed, seconds, steps, metrics, curves, named_params(params))


RECIPE = Recipe(
    "associative-lstm", "recurrent networks", "copy symbols after a pause: associative LSTM, LSTM", run, options
)
