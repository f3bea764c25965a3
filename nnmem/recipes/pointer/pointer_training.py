"""What the three pointer-network recipes share: the loss, the training and the scoring."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.pointing import pointer_log_likelihood_backward, pointer_log_likelihood_forward
from nnmem.models.pointer.pointer_network import PointerNetwork, PointerNetworkParams
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Run, whole_number

SIZES = (5, 10)


class Problems(NamedTuple):
    """A batch, its inputs scaled as the network sees them."""

    X: np.ndarray  # (B, n, d)
    targets: np.ndarray  # (B, m) indices
    lengths: np.ndarray  # (B,) targets that count


def scale(X: np.ndarray) -> np.ndarray:
    """Map 0 to 1 onto −4 to 4; inputs that differ by more are told apart sooner."""
    return (X - np.float32(0.5)) * 8


def loss_and_gradients(
    model: PointerNetwork, params: PointerNetworkParams, batch: Problems
) -> tuple[float, PointerNetworkParams]:
    """Return the negative log-likelihood (8.10) of the right indices, its mean over the batch, and its gradient."""
    log_p, cache = model.forward(params, batch.X, batch.targets)
    log_likelihood, chosen = pointer_log_likelihood_forward(log_p, batch.targets, batch.lengths)
    dlog_likelihood = np.full_like(log_likelihood, -1 / len(batch.X))
    dparams, _ = model.backward(pointer_log_likelihood_backward(dlog_likelihood, chosen), cache)
    return -float(log_likelihood.mean()), dparams


class PointerPlan(NamedTuple):
    """What a recipe fixes."""

    recipe: str
    model: PointerNetwork
    sample: Callable[[np.random.Generator, int, int], Problems]
    score: Callable[[PointerNetwork, PointerNetworkParams, np.random.Generator], Any]
    steps: int
    batch: int
    lr: float
    draw: Callable[[np.random.Generator, Progress], Problems] | None = None  # instead of a sample each step
    start: PointerNetworkParams | None = None  # instead of first parameters


def train(plan: PointerPlan, run: Run) -> Result:
    """Train, on 5 to 10 inputs unless the plan draws others, and score on instances that training never draws from."""
    rng = np.random.default_rng(run.seed)

    def draw(rng: np.random.Generator, progress: Progress) -> Problems:
        return plan.sample(rng, plan.batch, int(rng.integers(SIZES[0], SIZES[1] + 1)))

    params, progress = fit(
        partial(loss_and_gradients, plan.model),
        plan.model.init(rng) if plan.start is None else plan.start,
        plan.draw or draw,
        steps=plan.steps,
        rng=rng,
        lr=Cosine(plan.lr, plan.steps),
        clip_norm=2.0,
        checkpoint=run.checkpoint(),
        resume=run.resume,
        run={"recipe": plan.recipe, "seed": run.seed, "batch": plan.batch, "model": asdict(plan.model)},
        title=run.title(f"{plan.recipe}, seed {run.seed}"),
    )
    scoring = time.perf_counter()
    metrics = plan.score(plan.model, params, np.random.default_rng([run.seed, 2**32]))
    seconds = progress.seconds + time.perf_counter() - scoring
    return Result(
        plan.recipe, run.seed, seconds, progress.step, metrics, curves(progress.history), named_params(params)
    )


def steps_option(parser: Any, steps: int) -> None:
    """Declare the options that the three recipes have."""
    parser.add_argument("--steps", type=whole_number(1), default=steps, help=f"training steps (default {steps})")
