"""Write words in pen strokes with a window that only moves forward, and with what it is compared with (Graves 2013)."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.sequence.scribe import Scribe, ScribeParams
from nnmem.models.sequence.stroke_reader import StrokeReader, StrokeReaderParams, half_letters
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.mixture_density import mixture_density_backward, mixture_density_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Answer, InputError, Trained, trained_params
from nnmem.tasks.pen_strokes import (
    LETTERS,
    SYMBOLS,
    Written,
    edit_distance,
    encode_words,
    one_hot,
    pad_words,
    pen_line,
    random_words,
    write_word,
    write_words,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODEL, READER = Scribe(SYMBOLS), StrokeReader(len(LETTERS))
OTHERS = ("additive", "mean")
Corpus = list[list[tuple[str, tuple[np.ndarray, np.ndarray]]]]
STEPS, BATCH, LONGEST = 2000, 32, 8
WORDS = 20_000  # to learn from
LR, READER_LR = 0.016, 0.01
READER_SHARE = 0.4  # the reader's steps, in steps of the writer
TESTED = 300  # words of each kind
MOVEMENTS = 40  # the most for a letter
MOST = 200  # letters of a person's own
WANTS = "a word of the letters a to z, such as memory"
EXAMPLES = ("memory", "window", "letter", "pointer", "network", "chapter")
BIAS = 1.0  # with which words are written to be read back; chosen among 0 to 1.5 on words of their own, not the tested


def scribe_loss(model: Scribe, params: ScribeParams, batch: Written) -> tuple[float, ScribeParams]:
    """Return the negative log-likelihood of a movement, its mean over the batch, and its gradient."""
    Y, cache = model.forward(params, batch.strokes, one_hot(batch.texts))
    mask = np.arange(len(Y))[:, None] < batch.lengths
    losses, mixture = mixture_density_forward(Y, batch.strokes, mask)
    dY = mixture_density_backward(np.full_like(losses, 1 / mask.sum()), mixture)
    return float(losses.sum() / mask.sum()), model.backward(dY, cache)


def reader_loss(model: StrokeReader, params: StrokeReaderParams, batch: Written) -> tuple[float, StrokeReaderParams]:
    """Return the cross-entropy of a movement's letter, its mean over the batch, and its gradient."""
    logits, cache = model.forward(params, batch.strokes, batch.lengths)
    mask = np.arange(len(logits))[:, None] < batch.lengths
    right = half_letters(batch.texts, batch.letters, batch.lengths, model.letters)
    losses, crossed = cross_entropy_forward(logits, right, mask)
    dlogits = cross_entropy_backward(np.full_like(losses, 1 / mask.sum()), crossed)
    return float(losses.sum() / mask.sum()), model.backward(dlogits, cache)


def corpus(seed: int) -> Corpus:
    """Write the words to learn from: as many of each length from 1 to 8."""
    rng = np.random.default_rng([seed, 2**33])
    words = [random_words(rng, WORDS // LONGEST, n) for n in range(1, LONGEST + 1)]
    return [[(word, write_word(word, rng)) for word in of_a_length] for of_a_length in words]


def train(model: Any, loss: Any, words: Corpus, run: Run, steps: int, lr: float, name: str) -> tuple[Any, Progress]:
    """Train on a corpus, every batch of one length of words."""
    rng = np.random.default_rng(run.seed)

    def draw(rng: np.random.Generator, progress: Progress) -> Written:
        of_a_length = words[int(rng.integers(LONGEST))]
        chosen = (of_a_length[i] for i in rng.integers(len(of_a_length), size=BATCH))
        return pad_words(*zip(*chosen, strict=True))

    return fit(
        lambda params, batch: loss(model, params, batch),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(lr, steps, final=0.02, warm_up=20),
        clip_norm=1.0,
        checkpoint=run.checkpoint(name),
        resume=run.resume,
        run={"recipe": "handwriting", "seed": run.seed, "batch": BATCH, "model": asdict(model)},
        title=run.title(f"handwriting, {name}, seed {run.seed}"),
    )


def test_words(rng: np.random.Generator) -> dict[str, list[str]]:
    """Draw words of 1 to 8 letters; words with a pair of letters that training never shows; words of 16 letters."""
    sizes = rng.integers(1, LONGEST + 1, TESTED)
    words = [random_words(rng, 1, int(n))[0] for n in sizes]
    pairs = [random_words(rng, 1, max(int(n), 2), held_out=True)[0] for n in sizes]
    return {"": words, "_pairs": pairs, "_16": random_words(rng, TESTED // 4, 16)}


def letter_error(words: list[str], read: list[list[int]]) -> float:
    """Return the edits between what should stand there and what is read, for each letter that should."""
    edits = sum(
        edit_distance(word, "".join(LETTERS[i] for i in found)) for word, found in zip(words, read, strict=True)
    )
    return edits / sum(map(len, words))


def read_back(
    model: Scribe, params: ScribeParams, reader: StrokeReaderParams, words: list[str], rng: np.random.Generator
) -> float:
    """Let the network write words and the reader read them; return the letter error."""
    limit = MOVEMENTS * max(map(len, words))
    strokes, lengths, _ = model.write(params, one_hot(encode_words(words)), rng, limit, BIAS)
    return letter_error(words, READER.read(reader, strokes, lengths))


def looked_at(model: Scribe, params: ScribeParams, batch: Written) -> tuple[float, float, float]:
    """Return the negative log-likelihood of a movement, how often the largest weight is on the letter that is being
    written, and how often on it or the next one."""
    Y, (*_, looks) = model.forward(params, batch.strokes, one_hot(batch.texts))
    mask = np.arange(len(Y))[:, None] < batch.lengths
    losses, _ = mixture_density_forward(Y, batch.strokes, mask)
    ahead = looks.argmax(axis=-1)[mask] - batch.letters[mask]
    return float(losses.sum() / mask.sum()), float((ahead == 0).mean()), float(((ahead == 0) | (ahead == 1)).mean())


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")
    parser.add_argument("--alone", action="store_true", help="without the two networks that read otherwise")


def run(run: Run, steps: int = STEPS, alone: bool = False) -> Result:
    """Train the writer, its reader and, unless alone, two writers that read otherwise; score what each writes."""
    written = corpus(run.seed)
    params, progress = train(MODEL, scribe_loss, written, run, steps, LR, "window")
    reader, reading = train(READER, reader_loss, written, run, max(int(READER_SHARE * steps), 1), READER_LR, "reader")
    scoring = time.perf_counter()
    rng = np.random.default_rng([run.seed, 2**32])
    words = test_words(rng)
    real = write_words(words[""], rng)
    nll, alignment, or_next = looked_at(MODEL, params, real)
    metrics = {"nll": nll, "alignment": alignment, "alignment_or_next": or_next}
    metrics["reader_error"] = letter_error(words[""], READER.read(reader, real.strokes, real.lengths))
    for kind, chosen in words.items():
        metrics[f"letter_error{kind}"] = read_back(MODEL, params, reader, chosen, rng)
    seconds = progress.seconds + reading.seconds
    history = {**curves(progress.history), "reader_loss": np.array(reading.history["loss"])}
    arrays = {**named_params(params), **{f"reader.{k}": v for k, v in named_params(reader).items()}}
    for other in () if alone else OTHERS:
        model = replace(MODEL, reading=other)
        learned, trained = train(model, scribe_loss, written, run, steps, LR, other)
        metrics[f"nll_{other}"] = looked_at(model, learned, real)[0]
        for kind in ("", "_16"):
            metrics[f"letter_error{kind}_{other}"] = read_back(model, learned, reader, words[kind], rng)
        seconds += trained.seconds
        history[f"{other}_loss"] = np.array(trained.history["loss"])
    seconds += time.perf_counter() - scoring
    return Result("handwriting", run.seed, seconds, progress.step, metrics, history, arrays)


def load(result: Result) -> Trained:
    """Return the network that writes, for a person's own words."""
    first = np.random.default_rng(0)
    params = trained_params(result, MODEL.init(first))
    read = {name.removeprefix("reader."): a for name, a in result.arrays.items() if name.startswith("reader.")}
    reader = trained_params(replace(result, arrays=read), READER.init(first))

    def measured() -> dict[str, float]:
        rng = np.random.default_rng([result.seed, 2**32])
        return {"nll": looked_at(MODEL, params, write_words(test_words(rng)[""], rng))[0]}

    def example(rng: np.random.Generator) -> str:
        return EXAMPLES[int(rng.integers(len(EXAMPLES)))]

    return Trained(MODEL, params, WANTS, partial(reply_in_ink, params, reader), example, measured)


def reply_in_ink(params: ScribeParams, reader: StrokeReaderParams, given: Any) -> Answer:
    """Write a person's word."""
    word = str(given).strip()
    if len(word) > MOST:
        raise InputError(f"there are {len(word)} letters, should be {MOST} at most: {WANTS}")
    try:
        C = one_hot(encode_words([word]))
    except ValueError as error:
        raise InputError(f"{str(error).partition(': ')[2]}; should be {WANTS}") from None
    strokes, lengths, looks = MODEL.write(params, C, np.random.default_rng(0), MOVEMENTS * len(word), BIAS)
    looks = looks[:, 0]  # of the only word
    read = "".join(LETTERS[i] for i in READER.read(reader, strokes, lengths)[0])
    notices = () if len(word) <= LONGEST else (f"{len(word)} letters, more than in training (1 to {LONGEST})",)

    def draw() -> Figure:
        from nnmem.plots import BLUE, WEIGHTS, new_figure

        figure, (above, below) = new_figure(2, 1, (8.0, 4.5), height_ratios=[1.2, 1])
        for line in pen_line(strokes[:, 0]):
            above.plot(*line.T, color=BLUE, linewidth=1.5)
        above.set_aspect("equal")
        above.set_axis_off()
        image = below.imshow(looks.T, cmap=WEIGHTS, aspect="auto", vmin=0)
        figure.colorbar(image, ax=below, label="weight φ")
        below.set_yticks(range(len(word) + 1), [*word, "end"])
        below.set(xlabel="movement of the pen", ylabel="letter")
        return figure

    pen, window = np.round(strokes[:, 0], 3).tolist(), np.round(looks, 3).tolist()
    facts = {"input": word, "read": read, "movements": pen, "alignment": window}
    text = f"{word}: {len(strokes)} movements of the pen, read back as {read} (--plot FILE shows the ink)"
    return Answer(text, facts, draw, notices)


RECIPE = Recipe(
    "handwriting", "sequences", "text in, pen strokes out, with a window that moves forward", run, options, load=load
)
