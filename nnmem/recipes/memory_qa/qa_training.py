"""Train the question-answering system on one task's stories, answers and supporting facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnmem.models.memory_qa.qa_system import FactsAndQuestions, QAParams, QASystem
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.tasks.babi_answers import END, WordLists, WrittenStories, strewn

SCORED = 200  # questions at a time where nothing is learned
TINY = 1e-6


@dataclass(frozen=True)
class QASettings:
    """Sizes of the system, and how it learns.

    ``traced`` is the weight of the loss of the traces, −log of what a hop reads of its supporting fact; 0 tells none.
    ``noise``: the share of empty sentences that are strewn among the facts, at most.
    ``chain``: hop i is told supporting fact i; otherwise each hop is told all of them, and may look at any.
    """

    slots: int = 8
    hops: int = 1
    size: int = 32
    encoder: str = "bag"
    external: bool = True
    internal: bool = True
    uniform: bool = False
    memory: int = 50
    traced: float = 1.0
    chain: bool = True
    dropout: float = 0.2
    noise: float = 0.0
    epochs: int = 60
    batch: int = 32
    lr: float = 1e-2
    clip: float = 5.0


class QABatch(NamedTuple):
    told: FactsAndQuestions
    answers: np.ndarray  # (B, m), −1 behind the end
    supporting: np.ndarray  # (B, K) places, −1 behind the last
    keep: np.ndarray | None  # (B, T, d) dropout


def build(words: WordLists, settings: QASettings) -> QASystem:
    """Return the system that fits these words."""
    return QASystem(
        len(words.words),
        len(words.answers),
        words.longest,
        settings.memory,
        settings.slots,
        settings.hops,
        size=settings.size,
        encoder=settings.encoder,
        external=settings.external,
        internal=settings.internal,
        uniform=settings.uniform,
    )


def told(stories: WrittenStories, chosen: np.ndarray) -> FactsAndQuestions:
    """Gather these questions and the facts before them."""
    lengths = stories.lengths[chosen]
    facts = stories.facts[chosen, : int(lengths.max(initial=0))]
    return FactsAndQuestions(stories.sentences, facts, lengths, stories.questions[chosen])


def loss_and_gradients(
    model: QASystem, settings: QASettings, params: QAParams, batch: QABatch
) -> tuple[float, QAParams]:
    """Return the cross-entropy of an answer's words and the loss of its traces, the batch's mean, and its gradient."""
    B = len(batch.answers)
    logits, traces, cache = model.forward(params, batch.told, np.maximum(batch.answers, 0), batch.keep)
    losses, crossed = cross_entropy_forward(logits, np.maximum(batch.answers, 0), batch.answers >= 0)
    share = np.full_like(losses, 1 / B)
    of_traces, dtraces = trace_loss(traces, batch.supporting, settings)
    grads = model.backward(cross_entropy_backward(share, crossed), dtraces, cache)
    return float(losses.sum() / B + of_traces), grads


def trace_loss(traces: np.ndarray, supporting: np.ndarray, settings: QASettings) -> tuple[float, np.ndarray]:
    """−log of what each hop reads of the facts that it is told, the mean over the batch, and its gradient."""
    B, hops, T = traces.shape
    wanted = np.zeros((B, hops, T), bool)
    if settings.traced:
        for place in range(supporting.shape[1]):
            fact = supporting[:, place]
            some = np.flatnonzero(fact >= 0)
            if settings.chain and place < hops:
                wanted[some, place, fact[some]] = True
            elif not settings.chain:
                wanted[some, :, fact[some]] = True
    there = wanted.any(axis=-1)
    read = np.where(there, (traces * wanted).sum(axis=-1), 1) + TINY
    weight = settings.traced / B
    dtraces = np.where(wanted, (-weight / read)[..., None], 0).astype(traces.dtype)
    return float(-weight * np.log(read[there]).sum()), dtraces


def train(
    stories: WrittenStories,
    words: WordLists,
    settings: QASettings,
    seed: Sequence[int],
    checkpoint: Path | None = None,
    resume: bool = False,
) -> tuple[QAParams, Progress]:
    """Train once, Adam with half a cosine of the learning rate."""
    model = build(words, settings)
    n, batch = len(stories.answers), min(settings.batch, len(stories.answers))
    per_epoch = n // batch
    steps = per_epoch * settings.epochs

    def draw(rng: np.random.Generator, progress: Progress) -> QABatch:
        epoch, number = divmod(progress.step, per_epoch)
        order = np.random.default_rng([*seed, epoch]).permutation(n)
        chosen = order[number * batch : (number + 1) * batch]
        given, supporting, keep = told(stories, chosen), stories.supporting[chosen], None
        if settings.noise:
            facts, lengths, supporting = strewn(stories, chosen, settings.noise, settings.memory, rng)
            given = given._replace(facts=facts, lengths=lengths)
        if settings.dropout:
            shape = (*given.facts.shape, settings.size)
            keep = (rng.random(shape, np.float32) >= settings.dropout) / np.float32(1 - settings.dropout)
        return QABatch(given, stories.answers[chosen], supporting, keep)

    rng = np.random.default_rng(list(seed))
    return fit(
        lambda params, batch: loss_and_gradients(model, settings, params, batch),
        model.init(rng),
        draw,
        steps=steps,
        rng=rng,
        lr=Cosine(settings.lr, steps),
        clip_norm=settings.clip,
        checkpoint=checkpoint,
        resume=resume,
        run={"seed": list(seed), "questions": n, **asdict(settings)},
    )


def wrong(model: QASystem, params: QAParams, stories: WrittenStories) -> float:
    """Return how many answers are not the right one, word for word to its end, in per cent."""
    n, m = stories.answers.shape
    right = 0
    for start in range(0, n, SCORED):
        part = np.arange(start, min(start + SCORED, n))
        found, _ = model.answer(params, told(stories, part), limit=m + 1)
        written = np.full((len(part), m + 2), -1)
        written[:, : found.indices.shape[1]] = found.indices
        wanted = np.pad(stories.answers[part], ((0, 0), (0, 2)), constant_values=-1)
        wanted[wanted == END] = -1
        right += int((written == wanted).all(axis=1).sum())
    return 100 * (1 - right / n)
