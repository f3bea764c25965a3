"""Write symbols in the reverse order, with attention and without: an alignment that runs backwards.

After the argument of Bahdanau et al. 2014 that one vector is too narrow for a long sentence. The symbols are drawn at
random, so nothing but the source tells what comes next.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, replace
from functools import partial

import numpy as np

from nnmem.models.sequence.translation import translate
from nnmem.models.sequence.translator import Translator, TranslatorParams
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.sequence.translate_dates import loss_and_gradients
from nnmem.tasks.chinese_dates import Sentences

KINDS, LONGEST = 10, 16
MODEL = Translator(KINDS, KINDS + 1, embedding_size=16, hidden_size=48)  # symbol 0 of the target ends a sequence
STEPS, BATCH, LR = 1500, 64, 5e-3
LENGTHS = (4, 8, 12, LONGEST, 20)  # the last is longer than any in training
TESTED = 1000  # sequences of each length


def backwards(rng: np.random.Generator, count: int, length: int) -> Sentences:
    """Draw sequences of one length, and what is to be written: the same symbols from the last to the first."""
    source = rng.integers(KINDS, size=(count, length))
    targets = np.concatenate([source[:, ::-1] + 1, np.zeros((count, 1), source.dtype)], axis=1)
    return Sentences(source, np.full(count, length), targets, np.ones(targets.shape, bool))


def right(model: Translator, params: TranslatorParams, batch: Sentences) -> tuple[float, float]:
    """Return the share of sequences written without a mistake, and of symbols that are right at their place."""
    length = batch.source.shape[1]
    found = translate(model, params, batch.source, limit=length + 1)
    written = np.full((len(batch.source), length + 1), -1)
    written[:, : found.indices.shape[1]] = found.indices
    same = written[:, :length] == batch.targets[:, :length]
    return float((same.all(axis=1) & (found.lengths == length)).mean()), float(same.mean())


def train(model: Translator, run: Run, steps: int, name: str) -> tuple[TranslatorParams, Progress]:
    """Train on sequences of 1 to 16 symbols, every batch of one length."""
    rng = np.random.default_rng(run.seed)

    def draw(rng: np.random.Generator, progress: Progress) -> Sentences:
        return backwards(rng, BATCH, int(rng.integers(1, LONGEST + 1)))

    return fit(
        partial(loss_and_gradients, model),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(LR, steps),
        clip_norm=1.0,
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={"recipe": "reverse-symbols", "seed": run.seed, "batch": BATCH, "model": asdict(model)},
        title=run.title(f"reverse-symbols, {name}, seed {run.seed}"),
    )


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train with attention and without, and score both on the same sequences."""
    params, progress = train(MODEL, run, steps, "attention")
    plain = replace(MODEL, attention=False)
    other, without = train(plain, run, steps, "fixed-vector")
    scoring = time.perf_counter()
    metrics = {}
    for length in LENGTHS:
        batch = backwards(np.random.default_rng([run.seed, 2**32, length]), TESTED, length)
        for model, learned, end in ((MODEL, params, ""), (plain, other, "_without_attention")):
            metrics[f"exact_{length}{end}"], metrics[f"symbols_{length}{end}"] = right(model, learned, batch)
    seconds = progress.seconds + without.seconds + time.perf_counter() - scoring
    history = {**curves(progress.history), "without_attention_loss": np.array(without.history["loss"])}
    return Result("reverse-symbols", run.seed, seconds, progress.step, metrics, history, named_params(params))


RECIPE = Recipe("reverse-symbols", "sequences", "symbols backwards, with attention and without", run, options)
