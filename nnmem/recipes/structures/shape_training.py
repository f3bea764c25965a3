"""Training and scoring of a structured memory beside an LSTM and an LSTM with attention, on the same sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.structures.attentive_lstm import AttentiveLSTM
from nnmem.models.structures.structured_memory import StructuredMemory
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, named_params
from nnmem.recipes.run import Run

BATCH, CLIP, TEST = 32, 1.0, 1000


def loss_and_gradients(model: Any) -> Any:
    """Cross-entropy of an answer, the mean over all that are asked for, in the last steps, and its gradients."""

    def both(params: Any, batch: Any) -> tuple[float, Any]:
        Y, cache = model.forward(params, batch.X)
        asked = len(batch.targets)
        losses, loss = cross_entropy_forward(Y[-asked:], batch.targets)
        dY = np.zeros_like(Y)
        dY[-asked:] = cross_entropy_backward(np.full(losses.shape, 1 / losses.size, losses.dtype), loss)
        return float(losses.mean()), model.backward(dY, cache)[0]

    return both


def exact(model: Any, params: Any, batch: Any) -> tuple[float, float]:
    """Return the share of sequences answered without a mistake, and of single answers."""
    Y, _ = model.forward(params, batch.X)
    right = Y[-len(batch.targets) :].argmax(axis=-1) == batch.targets
    return float(right.all(axis=0).mean()), float(right.mean())


def train(
    name: str,
    recipe: str,
    model: Any,
    draw: Callable[[np.random.Generator], Any],
    steps: int,
    run: Run,
    rate: float = 5e-3,
) -> Any:
    """Train one model; return parameters and progress."""
    rng = np.random.default_rng(run.seed)

    def next_batch(rng: np.random.Generator, progress: Progress) -> Any:
        return draw(rng)

    return fit(
        loss_and_gradients(model),
        model.init(rng),
        next_batch,
        steps=steps,
        rng=rng,
        lr=Cosine(rate, steps // 2, start=steps // 2),
        clip_norm=CLIP,
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={"recipe": recipe, "model": repr(model), "seed": run.seed},
        title=run.title(f"{recipe} {name}"),
    )


def compare(
    recipe: str,
    model: StructuredMemory,
    draw: Callable[[np.random.Generator], Any],
    tests: Mapping[int, Callable[[np.random.Generator], Any]],
    steps: int,
    run: Run,
    rate: float = 5e-3,
) -> Result:
    """Train the structured memory, an LSTM of as many parameters and one with attention for as many steps; score all.

    ``tests`` draw what each length or depth is scored on; new sequences, the same for every model and seed.
    """
    x, y = model.input_size, model.output_size
    models = {"": model, "lstm_": LSTMModel.like(model), "attention_": AttentiveLSTM(x, y, model.hidden_size)}
    metrics: dict[str, float] = {}
    history: dict[str, np.ndarray] = {}
    seconds, kept = 0.0, None
    for prefix, one in models.items():
        params, progress = train(prefix.strip("_") or model.kind, recipe, one, draw, steps, run, rate)
        seconds += progress.seconds
        history[f"{prefix}loss"] = np.array(progress.history["loss"])
        for size, test in tests.items():
            batch = test(np.random.default_rng([1_000_000, size]))
            metrics[f"{prefix}exact_{size}"], metrics[f"{prefix}answers_{size}"] = exact(one, params, batch)
        kept = params if kept is None else kept
    return Result(recipe, run.seed, seconds, steps, metrics, history, named_params(kept))
