"""Sum a stretch of items whose ends are marked, with attention over a chain and without (Kim et al. 2017)."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from functools import partial

import numpy as np

from nnmem.models.sequence.segment_network import SegmentNetwork, SegmentParams
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.marked_segments import LENGTH, MARKS, Segments, end_to_end, segment_batch

MODELS = {
    "crf": SegmentNetwork(MARKS, attention="chain"),
    "sigmoid": SegmentNetwork(MARKS, attention="sigmoid"),
    "softmax": SegmentNetwork(MARKS, attention="softmax"),
}
STEPS, BATCH, LR = 5000, 64, 5e-2
SHORTEST = 4  # items at first; all of them from half of the steps on
TESTED = 2000
LONGER, STRETCHES = (32, 64, 128), (2, 3, 4)  # rows unlike those of training: longer, or with more than one stretch


def loss_and_gradients(model: SegmentNetwork, params: SegmentParams, batch: Segments) -> tuple[float, SegmentParams]:
    """Return the squared error of the sum, its mean over the batch, and its gradient."""
    y, cache = model.forward(params, batch.features, batch.values)
    error = y - batch.sums
    return float((error**2).mean()), model.backward(2 * error / error.size, cache)


def within_half(model: SegmentNetwork, params: SegmentParams, batch: Segments) -> float:
    """Return how often the sum is right to 0.5."""
    y, _ = model.forward(params, batch.features, batch.values)
    return float((np.abs(y - batch.sums) < 0.5).mean())


def beyond(model: SegmentNetwork, params: SegmentParams, seed: int) -> dict[str, float]:
    """Return how often the sum is right in rows that are longer, or have several stretches."""
    rng = np.random.default_rng([seed, 2**33])
    longer = {f"within_half_crf_{n}": segment_batch(rng, TESTED, n) for n in LONGER}
    several = {
        f"within_half_crf_{count}_stretches": end_to_end([segment_batch(rng, TESTED) for _ in range(count)])
        for count in STRETCHES
    }
    return {name: within_half(model, params, batch) for name, batch in {**longer, **several}.items()}


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train the three and score them on the same items."""
    batch = segment_batch(np.random.default_rng([run.seed, 2**32]), TESTED)
    metrics, history, seconds = {}, {}, 0.0
    arrays: dict[str, np.ndarray] = {}

    def draw(rng: np.random.Generator, progress: Progress) -> Segments:
        n = LENGTH if 2 * progress.step >= steps else int(rng.integers(SHORTEST, LENGTH + 1))
        return segment_batch(rng, BATCH, n)

    for name, model in MODELS.items():
        rng = np.random.default_rng(run.seed)
        params, progress = fit(
            partial(loss_and_gradients, model),
            model.init(rng),
            draw,
            steps=steps,
            rng=rng,
            lr=Cosine(LR, steps),
            clip_norm=5.0,
            checkpoint=run.checkpoint(name),
            resume=run.resume,
            run={"recipe": "segments", "seed": run.seed, "batch": BATCH, "model": asdict(model)},
            title=run.title(f"segments, {name}, seed {run.seed}"),
        )
        scoring = time.perf_counter()
        metrics[f"within_half_{name}"] = within_half(model, params, batch)
        metrics |= beyond(model, params, run.seed) if name == "crf" else {}
        history["loss" if name == "crf" else f"{name}_loss"] = curves(progress.history)["loss"]
        arrays |= named_params(params) if name == "crf" else {}
        seconds += progress.seconds + time.perf_counter() - scoring
    return Result("segments", run.seed, seconds, steps, metrics, history, arrays)


RECIPE = Recipe("segments", "sequences", "the sum of a marked stretch: attention over a chain", run, options)
