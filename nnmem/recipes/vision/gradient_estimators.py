"""What gradient estimators cost: one hard decision, learned by REINFORCE, straight-through and Gumbel-softmax.

Of nine pictures one is a whole digit. The network draws the one it looks at and says which digit it is; the loss is the
mean over draws of the cross-entropy. There are nine draws, so the exact gradient is a sum over all of them, and beside
it every estimate from one draw can be judged: how far its mean is off (bias), how much it scatters (variance), and what
a network learns by it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from nnmem.attention.distribution import attention_distribution_backward, attention_distribution_forward
from nnmem.attention.gumbel import (
    gumbel_softmax_backward,
    gumbel_softmax_forward,
    straight_through_backward,
    straight_through_forward,
)
from nnmem.models.vision.one_look import OneLook, OneLookParams
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.score_function import mean_of_others, score_function_backward, score_function_forward
from nnmem.nn.softmax import log_softmax, log_softmax_gradient
from nnmem.nn.training import fit
from nnmem.nn.tree import leaves
from nnmem.recipes.measurement import mean_and_error, measure
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.digits import split_digits
from nnmem.tasks.scattered_digits import shuffled_row

MODEL = OneLook(64, 10)
BATCH, STEPS, TESTED, VALIDATED = 64, 300, 5000, 2000
RATES, TRAININGS = (3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0), 5
DRAWS, STAGES, RATE = 5000, {"start": 0, "undecided": 60, "nearly decided": 90}, 3e-3
Estimate = tuple[float, OneLookParams]


def _gradients(dscores: Any, doutput: Any, cache: tuple) -> OneLookParams:
    return OneLookParams(*MODEL.scores_backward(dscores, cache), doutput)


def _loss(params: OneLookParams, X: np.ndarray, answers: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, Any, Any]:
    """Losses of looking with these weights; gradients of their mean by the weights and by the output layer."""
    logits, seen = MODEL.answer(params, X, w)
    losses, loss = cross_entropy_forward(logits, answers)
    dlogits = cross_entropy_backward(np.full(losses.shape, 1 / losses.size, losses.dtype), loss)
    return losses, *MODEL.answer_backward(dlogits, seen)


def exact(params: OneLookParams, X: np.ndarray, answers: np.ndarray, rng: np.random.Generator) -> Estimate:
    """J = Σᵢ αᵢ Lᵢ, every item looked at: no estimate, N times the work."""
    scores, cache = MODEL.scores(params, X)
    alpha, attended = attention_distribution_forward(scores)
    each = np.broadcast_to(X[:, :, None], (*X.shape[:2], 1, X.shape[2]))  # a row of one item for every item
    logits, seen = MODEL.answer(params, each, np.ones((*alpha.shape, 1), X.dtype))
    losses, loss = cross_entropy_forward(logits, np.broadcast_to(answers[:, None], alpha.shape))
    _, doutput = MODEL.answer_backward(cross_entropy_backward(alpha / len(X), loss), seen)
    dscores = attention_distribution_backward(losses / len(X), attended)
    return float((alpha * losses).sum(axis=-1).mean()), _gradients(dscores, doutput, cache)


def _reinforce(with_baseline: bool) -> Callable[..., Estimate]:
    def estimate(params: OneLookParams, X: np.ndarray, answers: np.ndarray, rng: np.random.Generator) -> Estimate:
        scores, cache = MODEL.scores(params, X)
        z, _ = straight_through_forward(scores, _noise(scores, rng))
        losses, _, doutput = _loss(params, X, answers, z)
        baseline = mean_of_others(losses) if with_baseline else 0.0
        log_p = log_softmax(scores)
        _, chosen = score_function_forward((log_p * z).sum(axis=-1), losses, baseline)
        dlog_p = z * score_function_backward(np.full(losses.shape, 1 / len(X), losses.dtype), chosen)[:, None]
        return float(losses.mean()), _gradients(log_softmax_gradient(dlog_p, log_p), doutput, cache)

    return estimate


def straight_through(params: OneLookParams, X: np.ndarray, answers: np.ndarray, rng: np.random.Generator) -> Estimate:
    """Hard forwards; backwards as if the draw were its mean."""
    scores, cache = MODEL.scores(params, X)
    z, through = straight_through_forward(scores, _noise(scores, rng))
    losses, dz, doutput = _loss(params, X, answers, z)
    return float(losses.mean()), _gradients(straight_through_backward(dz, through), doutput, cache)


def _gumbel_softmax(temperature: float) -> Callable[..., Estimate]:
    def estimate(params: OneLookParams, X: np.ndarray, answers: np.ndarray, rng: np.random.Generator) -> Estimate:
        scores, cache = MODEL.scores(params, X)
        y, soft = gumbel_softmax_forward(scores, _noise(scores, rng), temperature)
        losses, dy, doutput = _loss(params, X, answers, y)
        return float(losses.mean()), _gradients(gumbel_softmax_backward(dy, soft), doutput, cache)

    return estimate


def _noise(scores: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.gumbel(size=scores.shape).astype(scores.dtype)


ESTIMATORS: dict[str, Callable[..., Estimate]] = {
    "exact, all nine looked at": exact,
    "REINFORCE": _reinforce(False),
    "REINFORCE with baseline": _reinforce(True),
    "straight-through": straight_through,
    "Gumbel-softmax, τ = 1": _gumbel_softmax(1.0),
    "Gumbel-softmax, τ = 0.3": _gumbel_softmax(0.3),
}


def train(name: str, rate: float, seed: int, steps: int = STEPS) -> tuple[OneLookParams, tuple[Any, ...]]:
    """Train by one estimator; return parameters and the digits held out."""
    old, labels, *held_out = split_digits(np.random.default_rng(seed))
    params, _ = fit(
        lambda params, batch: ESTIMATORS[name](params, *batch),
        MODEL.init(np.random.default_rng(seed)),
        lambda rng, progress: (*shuffled_row(rng, old[VALIDATED // 10 :], labels[VALIDATED // 10 :], BATCH)[:2], rng),
        steps=steps,
        rng=np.random.default_rng([seed, 1]),
        lr=Cosine(rate, max(steps, 1)),
        clip_norm=5.0,
    )
    return params, (old[: VALIDATED // 10], labels[: VALIDATED // 10], *held_out)


def accuracy(params: OneLookParams, digits: np.ndarray, labels: np.ndarray, rows: int, seed: int) -> float:
    """Share of right answers where the most probable item is looked at."""
    X, answers, _ = shuffled_row(np.random.default_rng([seed, 2]), digits, labels, rows)
    scores, _ = MODEL.scores(params, X)
    z, _ = straight_through_forward(scores, np.zeros_like(scores))
    return float((MODEL.answer(params, X, z)[0].argmax(axis=-1) == answers).mean())


@cache
def _state(steps: int, seed: int) -> tuple[OneLookParams, Any, Any]:
    """Where gradients are compared: parameters after so many exact steps, and a batch of digits held out."""
    params, (*_, digits, labels) = train("exact, all nine looked at", RATE, seed, steps)
    X, answers, _ = shuffled_row(np.random.default_rng([seed, 3]), digits, labels, BATCH)
    return params, X, answers


def flat(grads: OneLookParams) -> np.ndarray:
    """Gradients of where to look as one vector; what it is, is learned from what was seen."""
    return np.concatenate([leaf.ravel() for _, leaf in leaves((grads.hidden, grads.v))])


def bias_and_variance(name: str, steps: int, draws: int, rng: np.random.Generator, seed: int = 0) -> dict[str, float]:
    """Return the bias and the spread of an estimate of where to look, both as shares of the exact gradient's length.

    The mean of all draws is off by the bias and by chance, which alone would put it off by the spread / √draws; the
    squares of the two add up.
    """
    params, X, answers = _state(steps, seed)
    truth = flat(exact(params, X, answers, rng)[1]).astype(np.float64)
    length, total, squares = float(np.linalg.norm(truth)), np.zeros_like(truth), 0.0
    for _ in range(draws):
        off = flat(ESTIMATORS[name](params, X, answers, rng)[1]) - truth
        total += off
        squares += float(off @ off)
    mean = total / draws
    variance = max(squares / draws - float(mean @ mean), 0.0)
    away, spread = float(np.linalg.norm(mean)) / length, math.sqrt(variance) / length
    bias = math.sqrt(max(away * away - spread * spread / draws, 0.0))
    return {"off": away, "by chance": spread / math.sqrt(draws), "bias": bias, "spread": spread}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--draws", type=whole_number(2), default=DRAWS, help=f"draws for bias and spread ({DRAWS})")
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps ({STEPS})")


def run(run: Run, draws: int = DRAWS, steps: int = STEPS) -> Result:
    """Compare gradients at three stages of training, then train by each estimator, briefly and to the end, five times
    at each of six rates."""
    settings: list[dict[str, Any]] = [
        {"estimator": name, "stage": stage, "draws": draws, "steps": at, "of": run.seed}
        for stage, at in STAGES.items()
        for name in ESTIMATORS
    ]
    settings += [
        {"estimator": name, "rate": rate, "steps": at, "of": run.seed}
        for at in (steps // 5, steps)
        for name in ESTIMATORS
        for rate in RATES
    ]
    return measure("gradient-estimators", settings, _row, run)


def best_rate(rows: list[dict[str, Any]], name: str, steps: int) -> dict[str, Any]:
    """Return the row of an estimator's trainings with the rate that is best on the validation digits."""
    rows = [row for row in rows if row["estimator"] == name and row["steps"] == steps and "rate" in row]
    return max(rows, key=lambda row: row["validation"])


def _row(
    rng: np.random.Generator, estimator: str, steps: int, of: int, stage: str = "", draws: int = 0, rate: float = 0.0
) -> dict[str, Any]:
    if stage:
        return bias_and_variance(estimator, steps, draws, rng, of)
    chosen, tested = [], []
    for seed in range(TRAININGS * of, TRAININGS * (of + 1)):
        params, (old, old_labels, new, new_labels) = train(estimator, rate, seed, steps)
        chosen.append(accuracy(params, old, old_labels, VALIDATED, seed))
        tested.append(accuracy(params, new, new_labels, TESTED, seed))
    mean, error = mean_and_error(tested)
    return {"validation": float(np.mean(chosen)), "accuracy": mean, "error": error}


RECIPE = Recipe(
    "gradient-estimators", "pictures", "one hard decision by four estimators: bias, variance, accuracy", run, options
)
