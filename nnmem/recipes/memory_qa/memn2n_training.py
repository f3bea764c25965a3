"""Train an end-to-end memory network on encoded stories: once, or from several starts of which the best is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnmem.models.memory_qa.memn2n import MemN2N, MemN2NParams, Stories
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import SGD, Halving
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.tasks.babi_features import BLANKS, Encoded, place

SCORED = 250  # questions at a time where nothing is learned


@dataclass(frozen=True)
class Settings:
    """What the paper varies, and its values: d, K, position encoding (PE), linear start (LS), random noise (RN).

    Learning: sums of the losses of ``batch`` questions, gradients of at most norm ``clip``, ``linear_epochs`` without
    softmax at ``linear_lr``, then ``epochs`` at ``lr``, halved every ``halve``.

    Departs from the paper: the linear start has a fixed length (there it ends when the validation loss stops falling),
    ``clip`` is for all parameters together (in its published code, for each table), and there are as many slots as the
    longest story for training has sentences, ``memory`` at most, and a tenth more for the noise.
    """

    embedding_size: int = 20
    hops: int = 3
    tying: str = "adjacent"
    position_encoding: str = "code"
    noise: bool = True
    memory: int = 50
    linear_epochs: int = 40
    linear_lr: float = 0.005
    epochs: int = 100
    lr: float = 0.01
    halve: int = 25
    batch: int = 32
    clip: float = 40.0

    def name(self) -> str:
        """Return a name for files: all that differs from the defaults."""
        changed = ((field.name, getattr(self, field.name)) for field in fields(self))
        return "-".join(f"{name}={value}" for name, value in changed if value != getattr(Settings, name)) or "default"


class Batch(NamedTuple):
    stories: Stories
    answers: np.ndarray  # (B,)
    linear: bool


class Outcome(NamedTuple):
    """A training run and what it came to."""

    model: MemN2N
    params: MemN2NParams
    loss: float  # mean over the training questions, in nats, at the end
    history: np.ndarray  # loss of every step, mean over its batch
    seconds: float


def build(encoded: Encoded, settings: Settings) -> MemN2N:
    """Return the model that fits these data. With noise there are slots for the empty memories too."""
    memory = encoded.memory.shape[1]
    return MemN2N(
        encoded.questions.shape[1] // 2,
        memory + (int(np.ceil(BLANKS * memory)) if settings.noise else 0),
        settings.embedding_size,
        settings.hops,
        settings.tying,
        settings.position_encoding,
    )


def stories_of(model: MemN2N, encoded: Encoded, questions: np.ndarray, rows: np.ndarray) -> Stories:
    """Gather features of questions, whose memories hold the sentences of these rows (B, N)."""
    F = model.features
    occupied = (rows > 0).astype(encoded.sentences.dtype)
    return Stories(encoded.sentences[rows, :F], occupied, encoded.questions[questions, :F])


def loss_and_gradients(model: MemN2N, params: MemN2NParams, batch: Batch) -> tuple[float, MemN2NParams]:
    """Return the cross-entropy, the mean of a batch for the curve, and the gradient of its sum."""
    logits, _, cache = model.forward(params, batch.stories, batch.linear)
    losses, chosen = cross_entropy_forward(logits, batch.answers)
    return float(losses.mean()), model.backward(cross_entropy_backward(np.ones_like(losses), chosen), cache)


def score(model: MemN2N, params: MemN2NParams, encoded: Encoded) -> tuple[float, np.ndarray]:
    """Return the mean loss, and the predicted words (n,). An answer outside the vocabulary costs infinitely much."""
    losses, predicted = [], []
    rows = place(encoded, model.slots)
    for start in range(0, len(rows), SCORED):
        part = np.arange(start, min(start + SCORED, len(rows)))
        logits, _, _ = model.forward(params, stories_of(model, encoded, part, rows[part]))
        answers = encoded.answers[part]
        part_losses, _ = cross_entropy_forward(logits, np.maximum(answers, 0))
        losses.append(np.where(answers < 0, np.inf, part_losses))
        predicted.append(logits.argmax(axis=-1))
    return float(np.concatenate(losses).mean()), np.concatenate(predicted)


def error(encoded: Encoded, predicted: np.ndarray) -> float:
    """Return how many of the questions were answered wrongly, in per cent."""
    return float(100 * (predicted != encoded.answers).mean())


def train(
    encoded: Encoded,
    settings: Settings,
    seed: Sequence[int],
    checkpoint: Path | None = None,
    resume: bool = False,
) -> Outcome:
    """Train once. The seed's numbers (seed, task, restart) make runs independent of their order and of one another."""
    model = build(encoded, settings)
    n, batch = len(encoded.answers), min(settings.batch, len(encoded.answers))
    per_epoch = n // batch
    known: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def epoch_data(epoch: int) -> tuple[np.ndarray, np.ndarray]:
        if epoch not in known:
            known.clear()
            rng = np.random.default_rng([*seed, epoch])
            known[epoch] = rng.permutation(n), place(encoded, model.slots, rng if settings.noise else None)
        return known[epoch]

    def draw(_: np.random.Generator, progress: Progress) -> Batch:
        epoch, number = divmod(progress.step, per_epoch)
        order, rows = epoch_data(epoch)
        chosen = order[number * batch : (number + 1) * batch]
        stories = stories_of(model, encoded, chosen, rows[chosen])
        return Batch(stories, encoded.answers[chosen], epoch < settings.linear_epochs)

    softmax_from = per_epoch * settings.linear_epochs
    halving = Halving(settings.lr, per_epoch * settings.halve, softmax_from)

    def rate(progress: Progress) -> float:
        return settings.linear_lr if progress.step < softmax_from else halving(progress)

    rng = np.random.default_rng(list(seed))
    params, progress = fit(
        lambda params, batch: loss_and_gradients(model, params, batch),
        model.init(rng),
        draw,
        steps=per_epoch * (settings.linear_epochs + settings.epochs),
        rng=rng,
        lr=rate,
        optimiser=SGD(),
        clip_norm=settings.clip,
        checkpoint=checkpoint,
        resume=resume,
        run={"seed": list(seed), "questions": n, **asdict(settings)},
    )
    loss, _ = score(model, params, encoded)
    return Outcome(model, params, loss, np.array(progress.history["loss"]), progress.seconds)
