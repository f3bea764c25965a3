"""What the recipes of the neural Turing machine share: curriculum, training, bits of error, a plain LSTM beside it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.losses import binary_cross_entropy_backward, binary_cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Run, whole_number
from nnmem.tasks.algorithms import Episodes

RECENT, ATTEMPTS, FINE = 20, 3, 0.2


@dataclass(frozen=True)
class TuringPlan:
    """An experiment: ``sample(rng, batch, level)`` draws at a level of difficulty, ``score(bits)`` measures.

    Training starts at ``levels[0]`` and goes one up when the mean error of 20 batches is below ``advance`` bits a
    sequence. At the last level the learning rate stays until the mean of 100 batches is below ``target`` bits, or only
    ``cooling`` steps are left; then it falls to a hundredth over as many steps. A run that has not reached the last
    level after ``patience`` steps starts afresh, up to twice: some first parameters lead to a habit that works for
    short sequences alone. In ``score``, ``bits(episodes)`` is the mean error of a sequence in bits.

    The memory can have fewer ``slots`` until the target is reached, and then, at a fifth of the learning rate, all of
    them until it is reached again: one that is nearly full shows the machine what a careless write head destroys, which
    an empty one never does. With ``beside`` an LSTM is trained and measured beside the machine.
    """

    recipe: str
    model: NTM
    sample: Callable[[np.random.Generator, int, int], Episodes]
    score: Callable[[Callable[[Episodes], float]], dict[str, float]]
    levels: tuple[int, ...]
    steps: int
    slots: int | None = None
    patience: int = 10**9
    advance: float = 1.0
    target: float = 0.0
    cooling: int = 500
    batch: int = 4
    lr: float = 5e-3
    lstm_lr: float = 3e-3
    beside: bool = True


def train(plan: TuringPlan, run: Run) -> Result:
    """Train the machine, then the LSTM, if any, on as many sequences of the last level, and score what was trained."""
    taken, seconds = 0, 0.0
    for attempt in range(ATTEMPTS):
        params, progress = _fit(plan, plan.model, plan.levels, plan.steps, run, attempt)
        taken, seconds = taken + progress.step, seconds + progress.seconds
        if "given_up" not in progress.memory:
            break
    metrics = {"attempts": attempt + 1, "solved_at": progress.memory.get("solved", -1)}
    metrics |= plan.score(_bits(plan.model, params))
    history = curves(progress.history)
    if plan.beside:
        lstm = LSTMModel.like(plan.model)
        lstm_params, beside = _fit(plan, lstm, plan.levels[-1:], taken, run)
        metrics |= {f"lstm_{name}": value for name, value in plan.score(_bits(lstm, lstm_params)).items()}
        history["lstm_loss"] = np.array(beside.history["loss"])
    return Result(plan.recipe, run.seed, seconds, taken, metrics, history, named_params(params))


def steps_option(parser: argparse.ArgumentParser, plan: TuringPlan) -> None:
    """Declare the option that all of them have."""
    parser.add_argument("--steps", type=whole_number(1), default=plan.steps, help=f"at most (default {plan.steps})")


def bits_of_error(model: Any, params: Any, episodes: Episodes) -> float:
    """Cross-entropy of a sequence in bits, the mean over the batch."""
    losses = 0.0
    for start in range(0, episodes.X.shape[1], 8):  # few at a time: a long sequence keeps a memory for every step
        part = Episodes(*(array[:, start : start + 8] for array in episodes))
        Y, _ = model.forward(params, part.X)
        losses += float(binary_cross_entropy_forward(Y, part.targets, part.mask)[0].sum())
    return losses / episodes.X.shape[1] / math.log(2)


def _bits(model: Any, params: Any) -> Callable[[Episodes], float]:
    return lambda episodes: bits_of_error(model, params, episodes)


def loss_and_gradients(model: Any) -> Callable[..., tuple[float, Any]]:
    """Summed cross-entropy of a sequence in bits, the mean over the batch, and its gradients."""

    def both(params: Any, episodes: Episodes, *slots: int) -> tuple[float, Any]:
        Y, cache = model.forward(params, episodes.X, *slots)
        losses, loss_cache = binary_cross_entropy_forward(Y, episodes.targets, episodes.mask)
        share = 1 / (losses.shape[1] * math.log(2))
        dY = binary_cross_entropy_backward(np.full(losses.shape, share, losses.dtype), loss_cache)
        return float(losses.sum()) * share, model.backward(dY, cache)[0]

    return both


def _fit(
    plan: TuringPlan, model: Any, levels: tuple[int, ...], steps: int, run: Run, attempt: int = 0
) -> tuple[Any, Progress]:
    name = "ntm" if model is plan.model else "lstm"
    rng = np.random.default_rng([run.seed, attempt + 1 if attempt else int(name == "lstm")])
    both = loss_and_gradients(model)

    def draw(rng: np.random.Generator, progress: Progress) -> tuple[Any, ...]:
        episodes = plan.sample(rng, plan.batch, levels[progress.memory.get("level", 0)])
        few = name == "ntm" and plan.slots is not None and "whole" not in progress.memory
        return (episodes, plan.slots) if few else (episodes,)

    def watch(progress: Progress, params: Any) -> None:
        memory, losses = progress.memory, progress.history["loss"]
        level, since = memory.get("level", 0), progress.step - memory.get("since", 0)
        if level < len(levels) - 1:
            if since >= RECENT and np.mean(losses[-RECENT:]) < plan.advance:
                memory["level"], memory["since"] = level + 1, progress.step
            elif progress.step >= plan.patience and attempt < ATTEMPTS - 1:
                memory["given_up"] = progress.done = True
        elif "solved" not in memory:
            if since >= 5 * RECENT and np.mean(losses[-5 * RECENT :]) < plan.target:
                few = plan.slots is not None and "whole" not in memory
                memory["whole" if few else "solved"] = memory["since"] = progress.step
        elif progress.step >= memory["solved"] + plan.cooling:
            progress.done = True

    def lr(progress: Progress) -> float:
        if name == "lstm":
            return Cosine(plan.lstm_lr, steps // 4, start=steps - steps // 4)(progress)
        start = progress.memory.get("solved", steps - plan.cooling)
        return Cosine(plan.lr * (FINE if "whole" in progress.memory else 1), plan.cooling, start)(progress)

    return fit(
        lambda params, batch: both(params, *batch),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=lr,
        clip_norm=10.0,
        watch=watch if name == "ntm" else None,
        checkpoint=run.checkpoint(f"{name}{attempt or ''}"),
        resume=run.resume,
        run={"recipe": plan.recipe, "model": repr(model), "seed": run.seed, "slots": plan.slots},
        title=run.title(f"{plan.recipe} {name}"),
    )
