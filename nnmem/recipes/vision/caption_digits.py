"""Captions of digit mosaics with soft attention, with hard attention and without (Xu et al. 2015)."""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nnmem.models.vision.captioner import CaptionerParams
from nnmem.models.vision.captioning import write_captions
from nnmem.models.vision.patch_encoder import PatchEncoderParams
from nnmem.nn.linear import LinearParams, linear_forward
from nnmem.nn.tree import leaves
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained, trained_params
from nnmem.recipes.vision.caption_training import (
    ENCODER,
    ENCODER_STEPS,
    HARD_STEPS,
    MODEL,
    STEPS,
    Pictured,
    PressedParams,
    hard_gradients,
    soft_gradients,
    train_encoder,
    train_writer,
)
from nnmem.recipes.vision.caption_trying import WANTS, reply
from nnmem.tasks.digit_mosaics import EACH, Digits, Mosaics, captions, digit_pools, draw_mosaics, whole_digits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TESTED = 500  # pictures with two, three and four digits each
LONGEST = 36  # words of nine digits
BATCHES = 30  # for the variance of the gradient


class CaptionsParams(NamedTuple):
    encoder: PatchEncoderParams  # its output has no rows: captions need no classes
    writer: CaptionerParams


def captions_params(encoder: PatchEncoderParams, writer: CaptionerParams) -> CaptionsParams:
    """What captions need."""
    W, b = encoder.output
    return CaptionsParams(encoder._replace(output=LinearParams(W[:0], b[:0])), writer)


def test_pictures(digits: Digits, seed: int, tested: int) -> list[Mosaics]:
    """Draw the pictures of the test, of digits that training never showed."""
    rng = np.random.default_rng([seed, 2**32])
    return [draw_mosaics(rng, digits, tested, count) for count in (2, 3, 4)]


def exact(
    encoder: PatchEncoderParams,
    writer: CaptionerParams | PressedParams,
    tests: list[Mosaics],
    attention: str,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the share of pictures whose every word is right, and that of digit words that look most at a patch with
    the whole of that digit."""
    right, looks = [], []
    rng = np.random.default_rng([seed, 2**33])
    for mosaics in tests:
        X = ENCODER.regions(encoder, mosaics.pictures)
        pressed = isinstance(writer, PressedParams)
        if isinstance(writer, PressedParams):
            X = linear_forward(X.reshape(len(X), -1), *writer.summary)[0][:, None]
        params = writer.captioner if isinstance(writer, PressedParams) else writer
        found = write_captions(MODEL, params, X, LONGEST, attention, rng)
        wanted = captions(mosaics)[:, :-1]
        n = wanted.shape[1]
        words = np.pad(found.indices, ((0, 0), (0, max(0, n - found.indices.shape[1]))), constant_values=-1)
        right += ((found.lengths == n) & (words[:, :n] == wanted).all(axis=1)).tolist()
        if not pressed:
            most = found.seen[:, : n + 1 : EACH].argmax(axis=-1)  # (B, digits), of captions long enough
            held = whole_digits(mosaics)[:, : most.shape[1]]
            on = np.take_along_axis(held, most[:, : held.shape[1], None], axis=-1)[..., 0]
            looks += (on & (found.lengths[:, None] > EACH * np.arange(on.shape[1]))).ravel().tolist()
            looks += [False] * (mosaics.labels.size - on.size)
    return float(np.mean(right)), float(np.mean(looks)) if looks else 0.0


def gradient_variance(gradients: Any, params: CaptionerParams, encoder: PatchEncoderParams, shown: Digits) -> float:
    """Return the variance of the gradient of the alignment's parameters over batches of 64 pictures: E |g − E g|²."""
    rng, found, baselines = np.random.default_rng(2**34), [], {}  # type: ignore[var-annotated]
    for i in range(2 * BATCHES):  # the first half is for the running means
        mosaics = draw_mosaics(rng, shown, 64, 3)
        X = ENCODER.regions(encoder, mosaics.pictures)
        _, grads = gradients(params, Pictured(X, captions(mosaics), chance=i, baselines=baselines))
        found.append(np.concatenate([leaf.ravel() for _, leaf in leaves(grads.alignment)]))
    return float(np.var(found[BATCHES:], axis=0).sum())


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--hard", action="store_true", help="then train on with hard attention, and measure both")
    parser.add_argument("--doubly", type=float, default=0.0, help="weight of the doubly stochastic penalty (0)")
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"of the writer (default {STEPS})")


def run(run: Run, steps: int = STEPS, hard: bool = False, doubly: float = 0.0) -> Result:
    """Train the encoder, then a writer with soft attention and one without, and with ``hard`` the first one further."""
    if doubly < 0:
        raise ValueError(f"caption-digits: doubly is {doubly}, should be at least 0")
    shown, held_out = digit_pools(run.seed)
    part = steps / STEPS
    encoder, encoding = train_encoder(run, shown, max(1, int(ENCODER_STEPS * part)))
    writer, softly = train_writer(run, shown, encoder, steps, "soft", doubly=doubly)
    pressed, without = train_writer(run, shown, encoder, steps, "none")
    seconds = encoding.seconds + softly.seconds + without.seconds
    scoring = time.perf_counter()
    tests = test_pictures(held_out, run.seed, TESTED)
    metrics: dict[str, Any] = {}
    metrics["exact"], metrics["looks_right"] = exact(encoder, writer, tests, "soft")
    metrics["exact_without_attention"], _ = exact(encoder, pressed, tests, "soft")
    metrics["seconds_encoder"] = encoding.processor
    metrics["seconds_soft"] = softly.processor
    history = {**curves(softly.history), "without_attention_loss": np.array(without.history["loss"])}
    if hard:
        sharp, harder = train_writer(run, shown, encoder, max(1, int(HARD_STEPS * part)), "hard", start=writer)
        seconds += harder.seconds
        metrics["hard_exact"], metrics["hard_looks_right"] = exact(encoder, sharp, tests, "argmax")
        metrics["hard_exact_sampled"], _ = exact(encoder, sharp, tests, "sampled", run.seed)
        metrics["soft_read_by_argmax"], _ = exact(encoder, writer, tests, "argmax")
        metrics["seconds_hard"] = harder.processor
        for name, gradients in (
            ("soft", soft_gradients),
            ("hard", hard_gradients),
            ("hard_no_baseline", partial(hard_gradients, baseline=False)),
        ):
            metrics[f"variance_{name}"] = gradient_variance(gradients, writer, encoder, shown)
        history["hard_loss"] = np.array(harder.history["loss"])
    seconds += time.perf_counter() - scoring
    arrays = named_params(captions_params(encoder, writer))
    return Result("caption-digits", run.seed, seconds, steps, metrics, history, arrays)


def load(result: Result) -> Trained:
    """Return the encoder and the writer with soft attention, for a person's own picture."""
    rng = np.random.default_rng(0)
    params = trained_params(result, captions_params(ENCODER.init(rng), MODEL.init(rng)))

    def example(rng: np.random.Generator) -> Mosaics:
        return draw_mosaics(rng, digit_pools(result.seed, copies=0)[1], 1, int(rng.integers(2, 5)))

    def measured() -> dict[str, float]:
        tests = test_pictures(digit_pools(result.seed, copies=0)[1], result.seed, TESTED)
        return dict(zip(("exact", "looks_right"), exact(params.encoder, params.writer, tests, "soft"), strict=True))

    return Trained(MODEL, params, WANTS, partial(reply, params.encoder, params.writer), example, measured)


def plot(result: Result) -> Figure:
    """Draw an example and where each of its words looked."""
    return load(result).answer().plot()


RECIPE = Recipe(
    "caption-digits",
    "pictures",
    "captions of digit mosaics: soft, hard (--hard), no attention",
    run,
    options,
    plot,
    load,
)
