"""Associative retrieval by fast weights, by an LSTM and by an IRNN of as many units (Ba et al. 2016, section 4.1).

All three see the same 100,000 sequences in the same order. What is reported is the share of right answers to 20,000
sequences that are not among them; the curves are of 2,000 others.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.models.recurrent.irnn import IRNN
from nnmem.models.recurrent.lstm_reader import LSTMReader
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.recurrent.fast_weights_trying import trained_network
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained
from nnmem.tasks.associative_retrieval import DIGITS, SYMBOLS, Retrievals, retrievals

SIZES = len(SYMBOLS), DIGITS
TRAINING, VALIDATION, TEST = 100_000, 2_000, 20_000
HIDDEN, STEPS, BATCH, WATCHED = 50, 6000, 64, 250
RATES = {"fast": 1e-2, "lstm": 1e-2, "irnn": 1e-3}  # the best on validation of 3e-4, 1e-3, 3e-3, 5e-3, 1e-2, 2e-2


def sequences(seed: int) -> tuple[Retrievals, Retrievals, Retrievals]:
    """Draw training, validation and test sequences; none of the others is among those of training."""
    rng = np.random.default_rng([seed, 2**32])
    training = retrievals(rng, TRAINING)
    known = np.unique(_codes(training.symbols))
    others = retrievals(rng, 2 * (VALIDATION + TEST))
    unseen = np.flatnonzero(~np.isin(_codes(others.symbols), known))
    parts = unseen[:VALIDATION], unseen[VALIDATION : VALIDATION + TEST]
    validation, test = (Retrievals(others.symbols[:, part], others.answers[part]) for part in parts)
    return training, validation, test


def _codes(symbols: np.ndarray) -> np.ndarray:
    """A whole number (B,) for each sequence (T, B), another for another; the two question marks are left out."""
    return len(SYMBOLS) ** np.arange(len(symbols) - 2) @ np.delete(symbols, [-3, -2], axis=0)


def accuracy(model: Any, params: Any, given: Retrievals) -> float:
    """Return the share of right answers."""
    Y, _ = model.forward(params, given.one_hot())
    return float((Y.argmax(axis=-1) == given.answers).mean())


def loss_and_gradients(model: Any) -> Any:
    """Cross-entropy of the answer, the mean over the batch, and its gradients."""

    def both(params: Any, batch: Retrievals) -> tuple[float, Any]:
        Y, cache = model.forward(params, batch.one_hot())
        losses, loss = cross_entropy_forward(Y, batch.answers)
        dY = cross_entropy_backward(np.full(losses.shape, 1 / losses.size, losses.dtype), loss)
        return float(losses.mean()), model.backward(dY, cache)[0]

    return both


def train(name: str, model: Any, given: tuple[Retrievals, Retrievals, Retrievals], steps: int, run: Run) -> Any:
    """Train one model; return parameters and progress, whose history has the accuracy on validation."""
    training, validation, _ = given
    rng = np.random.default_rng(run.seed)
    kind = name.split("-")[0]

    def draw(rng: np.random.Generator, progress: Progress) -> Retrievals:
        chosen = np.random.default_rng([run.seed, progress.step]).integers(TRAINING, size=BATCH)
        return Retrievals(training.symbols[:, chosen], training.answers[chosen])

    def watch(progress: Progress, params: Any) -> None:
        if progress.step % WATCHED == 0:
            share = accuracy(model, params, validation)
            progress.history.setdefault("accuracy", []).append((progress.step, share))

    return fit(
        loss_and_gradients(model),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(RATES[kind], steps),
        clip_norm=5.0,
        watch=watch,
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={"recipe": "fast-weights", "model": repr(model), "seed": run.seed},
        title=run.title(f"fast-weights {name}"),
    )


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hidden", type=whole_number(1), default=HIDDEN, help=f"hidden units (default {HIDDEN})")
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, hidden: int = HIDDEN, steps: int = STEPS) -> Result:
    """Train the three on the same sequences, and score them."""
    given, seconds = sequences(run.seed), 0.0
    metrics: dict[str, Any] = {}
    history: dict[str, np.ndarray] = {}
    for name, kind in (("fast", FastWeightsNetwork), ("lstm", LSTMReader), ("irnn", IRNN)):
        model = kind(*SIZES, hidden)
        params, progress = train(name, model, given, steps, run)
        prefix = "" if name == "fast" else f"{name}_"
        metrics[f"{prefix}accuracy"] = accuracy(model, params, given[2])
        history |= {f"{prefix}{curve}": np.array(values) for curve, values in progress.history.items()}
        seconds += progress.seconds
        if name == "fast":
            arrays = named_params(params)
    metrics["hidden"] = hidden
    return Result("fast-weights", run.seed, seconds, steps, metrics, history, arrays)


def load(result: Result) -> Trained:
    """Return the trained network for a person's own sequences."""
    model = FastWeightsNetwork(*SIZES, result.metrics["hidden"] if isinstance(result.metrics, dict) else HIDDEN)

    def score(params: Any) -> dict[str, float]:
        return {"accuracy": accuracy(model, params, sequences(result.seed)[2]), "hidden": model.hidden_size}

    return trained_network(model, score, result)


def plot(result: Result) -> Any:
    """Accuracy of the three against training steps."""
    from nnmem.plots import new_figure

    figure, axes = new_figure()
    for name, label in (("", "fast weights"), ("lstm_", "LSTM"), ("irnn_", "IRNN")):
        axes.plot(*result.history[f"{name}accuracy"].T, label=label)
    axes.set(xlabel="training step", ylabel="right answers (validation)", ylim=(0, 1.02))
    axes.legend()
    return figure


RECIPE = Recipe(
    "fast-weights",
    "recurrent networks",
    "retrieve a letter's digit: fast weights, LSTM, IRNN",
    run,
    options,
    plot,
    load,
)
