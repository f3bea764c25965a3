"""Training of networks that look around, and of a fully connected one beside them, on digits somewhere on a canvas.

A picture is looked at in four episodes that differ in chance alone; the other three are the baseline of one. For the
network that chooses its places, where the digit may stand widens while it is mostly right, for a network that never
finds the digit learns nothing. The others learn with the digit anywhere from the first step, as they are tested.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.vision.fully_connected import FullyConnected
from nnmem.models.vision.hybrid_loss import hybrid_loss_backward, hybrid_loss_forward
from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.score_function import mean_of_others
from nnmem.nn.training import fit
from nnmem.recipes.run import Run
from nnmem.tasks.digits import split_digits
from nnmem.tasks.scattered_digits import Canvases, canvases

CLASSES, SIDE, STD = 10, 32, 0.1
PICTURES, EPISODES, CLIP, TESTED = 48, 4, 5.0, 6_000
RATE, RATE_FULLY_CONNECTED, RATE_WITHOUT_CLUTTER = 2e-3, 1e-3, 3e-3
RATES = 3e-4, 1e-3, 3e-3, 1e-2  # to choose from
VALIDATED = 200  # digits of training to choose on
FIRST_REACH, WIDER, MOSTLY = 0.05, 0.003, 0.75
SEES_ALL = FullyConnected(CLASSES, SIDE * SIDE)
Draw = Callable[[np.random.Generator, int, float], Canvases]


class CanvasTask(NamedTuple):
    """Canvases: ``training(rng, batch, reach)`` with two thirds of the digits, ``test`` with the third held out."""

    training: Draw
    test: Draw


class Viewing(NamedTuple):
    """Pictures and the chance of looking at them; T glimpses."""

    pictures: np.ndarray  # (..., side, side)
    labels: np.ndarray  # (...,)
    corners: np.ndarray  # (..., 2) where the digit stands
    chance: np.ndarray  # (T, ..., 2) the first place, then noise of the others; or all places


def digits_task(seed: int, clutter: int, side: int = SIDE, validation: bool = False) -> CanvasTask:
    """Split the digits and return how canvases are drawn from each part.

    For ``validation`` 200 digits of training stand in for those held out, and are not trained on.
    """
    old, old_labels, new, new_labels = split_digits(np.random.default_rng(seed))
    if validation:
        old, new = old[VALIDATED:], old[:VALIDATED]
        old_labels, new_labels = old_labels[VALIDATED:], old_labels[:VALIDATED]

    def of(digits: np.ndarray, labels: np.ndarray) -> Draw:
        return lambda rng, batch, reach: canvases(rng, digits, labels, batch, side, clutter, reach)

    return CanvasTask(of(old, old_labels), of(new, new_labels))


def chance(rng: np.random.Generator, kind: str, T: int, shape: tuple[int, ...], std: float) -> np.ndarray:
    """Draw what a network of this kind looks by: "learned" or "random" places, or else always the middle."""
    if kind not in ("learned", "random"):
        return np.zeros((T, *shape, 2), np.float32)
    drawn = rng.uniform(-1, 1, (T, *shape, 2)).astype(np.float32)
    if kind == "learned":
        drawn[1:] = std * rng.standard_normal((T - 1, *shape, 2), np.float32)
    return drawn


def look(model: RecurrentAttention, params: Any, kind: str, looks: Viewing) -> tuple[Any, Any, Any, Any]:
    """Return logits, means, places and cache of a network of this kind."""
    if kind == "learned":
        return model.look(params, looks.pictures, looks.chance[0], looks.chance[1:])
    logits, means, cache = model.forward(params, looks.pictures, looks.chance)
    return logits, means, looks.chance, cache


def looks_at_held_out(task: CanvasTask, kind: str, T: int, seed: int) -> Viewing:
    """Draw the canvases that a network is scored on; no noise where it looks."""
    rng = np.random.default_rng([seed, 2**32])
    drawn = task.test(rng, TESTED, 1.0)
    return Viewing(*drawn, chance(rng, kind, T, (TESTED,), 0.0))


def train_looking(
    model: RecurrentAttention, task: CanvasTask, kind: str, T: int, steps: int, run: Run, about: dict[str, Any]
) -> Any:
    """Train a network that looks where it wants, at random or at the middle; return parameters and progress."""
    right, first_reach = np.zeros(EPISODES * PICTURES), FIRST_REACH if kind == "learned" else 1.0

    def draw(rng: np.random.Generator, progress: Progress) -> Viewing:
        drawn = task.training(rng, PICTURES, progress.memory.setdefault("reach", first_reach))
        pictures, labels, corners = (np.repeat(array[None], EPISODES, axis=0) for array in drawn)
        return Viewing(pictures, labels, corners, chance(rng, kind, T, (EPISODES, PICTURES), STD))

    def loss_and_gradients(params: Any, looks: Viewing) -> tuple[float, Any]:
        logits, means, places, cache = look(model, params, kind, looks)
        reward = (logits.argmax(axis=-1) == looks.labels).astype(logits.dtype)
        right[:] = reward.ravel()
        earned = {"reward": reward, "baseline": mean_of_others(reward, axis=0)}
        if kind != "learned":  # places that are not its own teach nothing
            earned = {"reward": np.zeros_like(reward)}
        losses, loss = hybrid_loss_forward(logits, means, labels=looks.labels, places=places[1:], std=STD, **earned)
        dlosses = np.full(losses.shape, 1 / losses.size, losses.dtype)
        return float(losses.mean()), model.backward(*hybrid_loss_backward(dlosses, loss), cache)

    def widen(progress: Progress, params: Any) -> None:
        memory = progress.memory
        memory["right"] = 0.98 * memory.get("right", 0.0) + 0.02 * float(right.mean())
        if memory["right"] > MOSTLY or progress.step > 0.7 * steps:
            memory["reach"] = min(1.0, memory["reach"] + WIDER)
        if progress.step % 50 == 0:
            progress.record("accuracy", memory["right"])
            progress.record("reach_accuracy", memory["reach"])

    rng = np.random.default_rng([run.seed, len(kind)])
    lr = Cosine(RATE, steps - 3 * steps // 10, start=3 * steps // 10, final=0.02)
    return _fit(
        loss_and_gradients,
        model.init(rng),
        draw,
        steps,
        rng,
        lr,
        run,
        kind,
        {**about, "model": repr(model), "glimpses": T},
        widen,
    )


def train_fully_connected(
    task: CanvasTask,
    steps: int,
    run: Run,
    about: dict[str, Any],
    rate: float = RATE_FULLY_CONNECTED,
    name: str = "fully-connected",
) -> Any:
    """Train the network that sees all pixels at once, a picture where the others have an episode of one; return
    parameters and progress."""
    model = SEES_ALL

    def loss_and_gradients(params: Any, drawn: Canvases) -> tuple[float, Any]:
        logits, cache = model.forward(params, drawn.pictures)
        losses, loss = cross_entropy_forward(logits, drawn.labels)
        dlogits = cross_entropy_backward(np.full(losses.shape, 1 / losses.size, losses.dtype), loss)
        return float(losses.mean()), model.backward(dlogits, cache)

    rng = np.random.default_rng(run.seed)
    lr = Cosine(rate, steps - 3 * steps // 10, start=3 * steps // 10, final=0.02)
    draw = lambda rng, progress: task.training(rng, EPISODES * PICTURES, 1.0)  # noqa: E731
    return _fit(loss_and_gradients, model.init(rng), draw, steps, rng, lr, run, name, about)


def error_fully_connected(params: Any, looks: Viewing) -> float:
    """Return the share of wrong answers of the network that sees all pixels at once."""
    logits, _ = SEES_ALL.forward(params, looks.pictures)
    return float((logits.argmax(axis=-1) != looks.labels).mean())


def errors_at_rates(clutter: int, steps: int, run: Run, about: dict[str, Any]) -> dict[float, float]:
    """Train the network that sees all pixels once at every rate; return its errors on the validation digits."""
    task, errors = digits_task(run.seed, clutter, validation=True), {}
    looks = looks_at_held_out(task, "fixed", 1, run.seed)
    for rate in RATES:
        params, _ = train_fully_connected(task, steps, run, about, rate, f"fully-connected, rate {rate:g}")
        errors[rate] = error_fully_connected(params, looks)
    return errors


def _fit(
    loss: Any, params: Any, draw: Any, steps: int, rng: Any, lr: Any, run: Run, name: str, about: Any, watch: Any = None
) -> Any:
    return fit(
        loss,
        params,
        draw,
        steps=steps,
        rng=rng,
        lr=lr,
        clip_norm=CLIP,
        watch=watch,
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={**about, "network": name, "seed": run.seed},
        title=run.title(f"{about['recipe']}, {name}"),
    )
