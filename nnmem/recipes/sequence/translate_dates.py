"""Translate Chinese dates into English with attention, and without it (Bahdanau et al. 2014)."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.sequence.translation import translate
from nnmem.models.sequence.translator import Translator, TranslatorParams
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Answer, InputError, Trained, trained_params
from nnmem.tasks.chinese_dates import (
    CHARACTERS,
    WORDS,
    Sentence,
    Sentences,
    batch_sentences,
    encode,
    english,
    held_out_days,
    read_sentence,
    sentence,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL = Translator(len(CHARACTERS), len(WORDS))
STEPS, BATCH, LR = 2000, 64, 4e-3
SINGLES = 300  # steps with one date in a sentence, before one to three
TESTED = 1000  # sentences of each length
BEAM = 4
LONGEST = 47  # characters of three dates
WANTS = "dates in Chinese, such as 一九九八年三月五日星期四"
SHADES = " ░▒▓█"


def loss_and_gradients(model: Translator, params: TranslatorParams, batch: Sentences) -> tuple[float, TranslatorParams]:
    """Return the cross-entropy of a sentence's right words, its mean over the batch, and its gradient."""
    logits, cache = model.forward(params, batch.source, batch.targets, batch.lengths)
    losses, crossed = cross_entropy_forward(logits, batch.targets, batch.mask)
    dlosses = np.full_like(losses, 1 / len(losses))
    return float(losses.sum()) / len(losses), model.backward(cross_entropy_backward(dlosses, crossed), cache)


def sample(rng: np.random.Generator, days: np.ndarray, batch: int, count: int) -> list[Sentence]:
    """Draw sentences with this many dates each."""
    return [sentence(rng.choice(days, count).tolist(), rng) for _ in range(batch)]


def exact(
    model: Translator, params: TranslatorParams, sentences: list[Sentence], beam: int = 1
) -> tuple[float, float, float]:
    """Return the share of sentences whose every word is right; and of the words of the right ones, how many look most
    at a character of the right part, and how many at it or at the character beside it."""
    batch = batch_sentences(sentences)
    found = translate(model, params, batch.source, batch.lengths, limit=60, beam=beam)
    right, looks = [], []
    for each, indices, length, alpha in zip(sentences, found.indices, found.lengths, found.seen, strict=True):
        words = each.words[:-1]
        right.append(indices[:length].tolist() == words)
        if right[-1] and model.attention:
            most = alpha[: len(words)].argmax(axis=-1)
            start, stop = np.array(each.spans[:-1]).T
            looks += [*zip((start <= most) & (most < stop), (start - 1 <= most) & (most <= stop), strict=True)]
    on, beside = np.mean(looks, axis=0) if looks else (0.0, 0.0)
    return float(np.mean(right)), float(on), float(beside)


def score(model: Translator, params: TranslatorParams, plain: Translator, other: TranslatorParams, seed: int) -> dict:
    """Return the metrics of both networks on sentences of days that training never showed."""
    rng = np.random.default_rng([seed, 2**32])
    days = held_out_days()[1]
    metrics = {}
    for count in (1, 2, 3, 4):
        sentences = sample(rng, days, TESTED, count)
        metrics[f"exact_{count}"], on, beside = exact(model, params, sentences)
        metrics[f"exact_{count}_without_attention"] = exact(plain, other, sentences)[0]
        if count == 3:
            metrics["exact_3_beam"] = exact(model, params, sentences, BEAM)[0]
            metrics["aligned"], metrics["aligned_or_beside"] = on, beside
    return metrics


def train(model: Translator, run: Run, steps: int, name: str) -> tuple[TranslatorParams, Progress]:
    """Train a network on one date a sentence, then on one to three."""
    rng = np.random.default_rng(run.seed)
    days = held_out_days()[0]

    def draw(rng: np.random.Generator, progress: Progress) -> Sentences:
        count = 1 if progress.step < SINGLES * steps // STEPS else int(rng.integers(1, 4))
        return batch_sentences(sample(rng, days, BATCH, count))

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
        run={"recipe": "translate-dates", "seed": run.seed, "batch": BATCH, "model": asdict(model)},
        title=run.title(f"translate-dates, {name}, seed {run.seed}"),
    )


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train with attention and without, and score both."""
    plain = replace(MODEL, attention=False)
    params, progress = train(MODEL, run, steps, "attention")
    other, without = train(plain, run, steps, "fixed-vector")
    scoring = time.perf_counter()
    metrics = score(MODEL, params, plain, other, run.seed)
    seconds = progress.seconds + without.seconds + time.perf_counter() - scoring
    history = {**curves(progress.history), "without_attention_loss": np.array(without.history["loss"])}
    return Result("translate-dates", run.seed, seconds, progress.step, metrics, history, named_params(params))


def load(result: Result) -> Trained:
    """Return the network with attention for a person's own sentence."""
    params = trained_params(result, MODEL.init(np.random.default_rng(0)))

    def example(rng: np.random.Generator) -> str:
        return sample(rng, held_out_days()[1], 1, int(rng.integers(1, 4)))[0].text

    def measured() -> dict[str, float]:
        rng = np.random.default_rng([result.seed, 2**32])
        counts = (1, 2, 3)
        return {f"exact_{n}": exact(MODEL, params, sample(rng, held_out_days()[1], TESTED // 4, n))[0] for n in counts}

    return Trained(MODEL, params, WANTS, partial(reply, params), example, measured)


def reply(params: TranslatorParams, given: Any) -> Answer:
    """Translate a person's sentence; the right translation is known by rule."""
    text = str(given).strip()
    try:
        right = english(read_sentence(text).words)
    except ValueError as error:
        raise InputError(f"{str(error).partition(': ')[2]}; should be {WANTS}") from None
    found = translate(MODEL, params, [encode(text)], limit=80)
    words = found.indices[0, : found.lengths[0]].tolist()
    alpha = found.seen[0, : len(words)]
    names = [WORDS[word] for word in words]
    wrong = "" if english(words) == right else f"   (wrong: {right})"
    cells = ["".join(2 * SHADES[int(4.99 * weight)] for weight in row) for row in alpha]
    shades = [f"{name:>10} {row}" for name, row in zip(names, cells, strict=True)]
    lines = [english(words) + wrong, "", f"{'':>11}{''.join(wide(c) for c in text)}", *shades]
    notices = () if len(text) <= LONGEST else (f"{len(text)} characters, longer than any in training ({LONGEST})",)

    def draw() -> Figure:
        from nnmem.plots import attention_map, new_figure

        figure, ax = new_figure(size=(0.6 + 0.3 * len(text), 1.0 + 0.3 * len(names)))
        figure.colorbar(attention_map(ax, alpha, names, list(text)), ax=ax, label="weight")
        ax.set(xlabel="character read", ylabel="word written")
        return figure

    facts = {"input": text, "output": english(words), "right": not wrong, "alignment": np.round(alpha, 3).tolist()}
    return Answer("\n".join(lines), facts, draw, notices)


def wide(character: str) -> str:
    """A character two columns wide, as a Chinese one is."""
    return character + " " if character.isascii() else character


RECIPE = Recipe(
    "translate-dates", "sequences", "Chinese dates into English, with attention and without", run, options, load=load
)
