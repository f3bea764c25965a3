"""Recurrent visual attention (Mnih et al. 2014): a digit somewhere on a canvas, alone or among clutter.

Four networks learn from the same digits for the same time: one that chooses where to look, one that looks at random
places, one that always looks at the middle, and a fully connected one that sees all pixels. Time is fixed in steps, so
that a run gives the same numbers everywhere: a step of the fully connected network, on as many pictures as the others
have episodes, takes 1 / FASTER of a step of the others in one interleaved run (``nnmem bench pictures``).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained, trained_params
from nnmem.recipes.vision.looking_training import (
    CLASSES,
    RATE_FULLY_CONNECTED,
    RATE_WITHOUT_CLUTTER,
    SIDE,
    Viewing,
    digits_task,
    error_fully_connected,
    errors_at_rates,
    look,
    looks_at_held_out,
    train_fully_connected,
    train_looking,
)
from nnmem.recipes.vision.looking_trying import WANTS, KnownPicture, reply

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS, GLIMPSES, CLUTTER = 6_500, 5, 4
FASTER = 2.5
NEAR, EXAMPLES, LONGER = 4.0, 40, 3
MODEL = RecurrentAttention(CLASSES)
ERRORS = {
    "learned": "error",
    "random": "error_random_places",
    "fixed": "error_fixed_place",
    "fully-connected": "error_fully_connected",
}


def error_after(model: RecurrentAttention, params: Any, kind: str, looks: Viewing) -> float:
    """Return the share of wrong answers after the last glimpse."""
    logits, *_ = look(model, params, kind, looks)
    return float((logits.argmax(axis=-1) != looks.labels).mean())


def near_the_digit(places: np.ndarray, corners: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Return, for each glimpse, the share of pictures in which it is within 4 pixels of the middle of the digit."""
    pixels = (1 + places) * side / 2
    return (np.abs(pixels - (corners + 4)).max(axis=-1) <= NEAR).mean(axis=-1)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clutter", type=whole_number(0), default=CLUTTER, help=f"pieces of clutter ({CLUTTER})")
    parser.add_argument("--glimpses", type=whole_number(1), default=GLIMPSES, help=f"glimpses ({GLIMPSES})")
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps ({STEPS})")
    parser.add_argument("--networks", nargs="+", choices=ERRORS, default=[*ERRORS], help="which to train (all)")
    parser.add_argument(
        "--tune", action="store_true", help="first choose the rate of the fully connected one, on digits of training"
    )


def run(
    run: Run,
    clutter: int = CLUTTER,
    glimpses: int = GLIMPSES,
    steps: int = STEPS,
    networks: Sequence[str] = tuple(ERRORS),
    tune: bool = False,
) -> Result:
    """Train the networks and score them on 6,000 canvases with digits held out."""
    task, about = digits_task(run.seed, clutter), {"recipe": "recurrent-attention", "clutter": clutter}
    metrics: dict[str, Any] = {}
    history: dict[str, np.ndarray] = {}
    arrays: dict[str, np.ndarray] = {}
    seconds = 0.0
    for kind in networks:
        looks = looks_at_held_out(task, kind, glimpses, run.seed)
        if kind == "fully-connected":
            many, rate = round(FASTER * steps), RATE_FULLY_CONNECTED if clutter else RATE_WITHOUT_CLUTTER
            if tune:
                tried = errors_at_rates(clutter, many, run, about)
                rate = min(tried, key=lambda rate: tried[rate])
                metrics |= {f"validation_error_rate_{each:g}": error for each, error in tried.items()}
            params, progress = train_fully_connected(task, many, run, about, rate)
            metrics |= {ERRORS[kind]: error_fully_connected(params, looks), "rate_fully_connected": rate}
        else:
            params, progress = train_looking(MODEL, task, kind, glimpses, steps, run, about)
            metrics[ERRORS[kind]] = error_after(MODEL, params, kind, looks)
        seconds += progress.seconds
        history[f"{kind} loss"] = curves(progress.history)["loss"]
        if kind == "learned":
            history |= curves(progress.history)
            seen = near_the_digit(look(MODEL, params, kind, looks)[2], looks.corners)
            metrics |= {f"near_{t + 1}": float(share) for t, share in enumerate(seen)}
            longer = looks_at_held_out(task, kind, glimpses + LONGER, run.seed)
            stops = range(1, glimpses + LONGER + 1)
            errors = [error_after(MODEL, params, kind, longer._replace(chance=longer.chance[:t])) for t in stops]
            history["stopped_accuracy"] = np.column_stack([stops, 1 - np.array(errors)])
            arrays = (
                named_params(params)
                | {
                    "examples.pictures": np.round(16 * looks.pictures[:EXAMPLES]).astype(np.uint8),  # as scikit-learn's
                    "examples.labels": looks.labels[:EXAMPLES].astype(np.uint8),
                }
            )
    metrics |= {"glimpses": glimpses, "clutter": clutter}
    return Result("recurrent-attention", run.seed, seconds, steps, metrics, history, arrays)


def load(result: Result) -> Trained:
    """Return the network for a person's own picture."""
    params = trained_params(result, MODEL.init(np.random.default_rng(0)))
    told: Any = result.metrics
    glimpses, clutter = told["glimpses"], told["clutter"]
    pictures, labels = result.arrays["examples.pictures"] / np.float32(16), result.arrays["examples.labels"]

    def example(rng: np.random.Generator) -> KnownPicture:
        chosen = int(rng.integers(len(labels)))
        return KnownPicture(pictures[chosen], int(labels[chosen]))

    def score() -> dict[str, Any]:
        looks = looks_at_held_out(digits_task(result.seed, clutter), "learned", glimpses, result.seed)
        return {"error": error_after(MODEL, params, "learned", looks), "glimpses": glimpses, "clutter": clutter}

    return Trained(MODEL, params, WANTS, partial(reply, MODEL, params, SIDE, glimpses), example, score)


def plot(result: Result) -> Figure:
    """Draw the share of right answers while it learns, and how far from the middle the digit may stand by then."""
    from nnmem.plots import new_figure

    figure, ax = new_figure()
    ax.plot(*result.history["accuracy"].T, label="right answers, running mean")
    ax.plot(*result.history["reach_accuracy"].T, label="reach of the digit")
    ax.set(xlabel="training step", ylabel="share", ylim=(0, 1.02))
    ax.legend()
    return figure


RECIPE = Recipe(
    "recurrent-attention",
    "pictures",
    "a digit on a large canvas, found by looking around",
    run,
    options,
    plot,
    load,
)
