"""Reading one memory cell drawn from the weights, trained by the score-function gradient, against soft reading.

The deep-learning book's alternative to reading a weighted sum (Goodfellow et al. 2016, section 10.12). The task: a
memory of 8 keys with values, all ±1; the query is one of the keys after a rotation that nobody tells, and its value is
wanted. The reader learns the matrix W of the bilinear score (8.4): with the rotation undone, the right key scores
highest.
"""

from __future__ import annotations

import argparse
from typing import Any, NamedTuple

import numpy as np

from nnmem.attention.hard import sampled_attention_backward, sampled_attention_forward
from nnmem.external.content import content_addressing_backward, content_addressing_forward
from nnmem.external.memory import memory_read_backward, memory_read_forward
from nnmem.nn.progress import Progress
from nnmem.nn.score_function import mean_of_others
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number

STEPS, BATCH, SLOTS, WIDTH = 2000, 32, 8, 8


class Reader(NamedTuple):
    W: np.ndarray  # (d, d)


class Questions(NamedTuple):
    keys: np.ndarray  # (B, N, d)
    values: np.ndarray  # (B, N, d)
    queries: np.ndarray  # (B, d)
    wanted: np.ndarray  # (B,) the row that was asked for


def questions(rng: np.random.Generator, batch: int, rotation: np.ndarray) -> Questions:
    keys, values = (rng.choice([-1.0, 1.0], (batch, SLOTS, WIDTH)).astype(np.float32) for _ in range(2))
    wanted = rng.integers(SLOTS, size=batch)
    return Questions(keys, values, keys[np.arange(batch), wanted] @ rotation.T, wanted)


def soft(params: Reader, asked: Questions) -> tuple[float, Reader]:
    """Mean of |r − v|² / d for what is read softly, and its gradient."""
    alpha, addressing = content_addressing_forward(asked.keys, asked.queries, params.W, score="bilinear")
    r, reading = memory_read_forward(asked.values, alpha)
    error = r - asked.values[np.arange(len(r)), asked.wanted]
    _, dalpha = memory_read_backward(2 * error / error.size, reading)
    return float(np.mean(error * error)), Reader(content_addressing_backward(dalpha, addressing)[2])


def hard(params: Reader, asked: Questions, rng: np.random.Generator) -> tuple[float, Reader]:
    """The same for one row drawn from the weights; the baseline is the mean loss of the others in the batch."""
    alpha, addressing = content_addressing_forward(asked.keys, asked.queries, params.W, score="bilinear")
    r, _, reading = sampled_attention_forward(asked.values, alpha, rng)
    losses = np.mean((r - asked.values[np.arange(len(r)), asked.wanted]) ** 2, axis=1)
    baseline = mean_of_others(losses)
    _, dalpha = sampled_attention_backward(losses / len(losses), reading, baseline / len(losses))
    return float(losses.mean()), Reader(content_addressing_backward(dalpha, addressing)[2])


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"(default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train both readers on the same questions and score them on 1,000 new ones."""
    rotation = np.linalg.qr(np.random.default_rng([run.seed, 0]).normal(size=(WIDTH, WIDTH)))[0].astype(np.float32)
    new = questions(np.random.default_rng([run.seed, 1]), 1000, rotation)
    metrics: dict[str, Any] = {}
    history: dict[str, np.ndarray] = {}
    seconds = 0.0
    for name in ("soft", "hard"):
        rng = np.random.default_rng([run.seed, 2])

        def both(params: Reader, batch: tuple, name: str = name) -> tuple[float, Reader]:
            asked, chance = batch
            return soft(params, asked) if name == "soft" else hard(params, asked, np.random.default_rng(chance))

        def draw(rng: np.random.Generator, progress: Progress) -> tuple:
            return questions(rng, BATCH, rotation), int(rng.integers(2**32))

        params, progress = fit(
            both,
            Reader(np.zeros((WIDTH, WIDTH), np.float32)),
            draw,
            steps=steps,
            rng=rng,
            lr=0.01,
            checkpoint=run.checkpoint(name),
            resume=run.resume,
            run={"recipe": "hard-reading", "reader": name, "seed": run.seed},
            title=run.title(f"hard-reading {name}"),
        )
        alpha, _ = content_addressing_forward(new.keys, new.queries, params.W, score="bilinear")
        metrics[f"{name}_found"] = float((alpha.argmax(axis=1) == new.wanted).mean())
        metrics[f"{name}_loss"] = float(np.mean(progress.history["loss"][-100:]))
        history |= {f"{name}_loss": curves(progress.history)["loss"]}
        seconds += progress.seconds
    history["loss"] = history["hard_loss"]
    return Result("hard-reading", run.seed, seconds, steps, metrics, history, named_params(params))


RECIPE = Recipe(
    "hard-reading", "neural Turing machines", "one cell drawn from the weights, against soft reading", run, options
)
