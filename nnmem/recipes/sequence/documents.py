"""Classify documents by words, then sentences, in two forms; and a bag of words (Yang et al. 2016)."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, replace
from functools import partial

import numpy as np

from nnmem.models.sequence.document_network import DocumentNetwork, DocumentParams
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.recipes.result import Result, curves, named_params
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.marked_documents import CLASSES, VOCABULARY, Documents, document_batch

MODEL = DocumentNetwork(VOCABULARY, CLASSES, 32, 32, values="embeddings")
PAPER = replace(MODEL, values="states")
STEPS, BATCH, LR = 600, 32, 1e-2
TESTED = 2000


def loss_and_gradients(
    model: DocumentNetwork, uniform: bool, params: DocumentParams, batch: Documents
) -> tuple[float, DocumentParams]:
    """Return the cross-entropy of the classes, its mean over the batch, and its gradient.

    With ``uniform`` the learned queries stay as they are: at 0, where every weight is the same.
    """
    logits, cache = model.forward(params, batch.words, batch.lengths)
    losses, crossed = cross_entropy_forward(logits, batch.classes)
    grads = model.backward(cross_entropy_backward(np.full_like(losses, 1 / len(losses)), crossed), cache)
    if uniform:
        word, sentence = (part._replace(u=np.zeros_like(part.u)) for part in (grads.word, grads.sentence))
        grads = grads._replace(word=word, sentence=sentence)
    return float(losses.mean()), grads


def flat_loss(
    params: tuple[np.ndarray, LinearParams], batch: Documents
) -> tuple[float, tuple[np.ndarray, LinearParams]]:
    """The same for a bag of words: the mean of all words' embeddings, and a linear layer."""
    logits, (real, embedded, output) = flat_logits(params, batch)
    losses, crossed = cross_entropy_forward(logits, batch.classes)
    dbag, *doutput = linear_backward(cross_entropy_backward(np.full_like(losses, 1 / len(losses)), crossed), output)
    dE = dbag[:, None, None] * (real / real.sum(axis=(1, 2), keepdims=True))[..., None]
    return float(losses.mean()), (embedding_backward(dE.astype(dbag.dtype), embedded), LinearParams(*doutput))


def flat_logits(params: tuple[np.ndarray, LinearParams], batch: Documents) -> tuple[np.ndarray, tuple]:
    """Logits of a bag of words."""
    E, embedded = embedding_forward(params[0], batch.words)
    real = np.arange(batch.words.shape[-1]) < batch.lengths[..., None]
    bag = (E * real[..., None]).sum(axis=(1, 2)) / real.sum(axis=(1, 2))[:, None].astype(E.dtype)
    logits, output = linear_forward(bag, *params[1])
    return logits, (real, embedded, output)


def score(model: DocumentNetwork, params: DocumentParams, batch: Documents) -> tuple[float, float, float]:
    """Return the accuracy; the mean weight on the deciding sentence; the mean weight on the topic in that sentence."""
    logits, (*_, alpha, beta) = model.forward(params, batch.words, batch.lengths)
    rows = np.arange(len(beta))
    sentence, word = beta[rows, batch.sentence], alpha[rows, batch.sentence, batch.word]
    return float((logits.argmax(axis=-1) == batch.classes).mean()), float(sentence.mean()), float(word.mean())


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--steps", type=whole_number(1), default=STEPS, help=f"training steps (default {STEPS})")


def run(run: Run, steps: int = STEPS) -> Result:
    """Train both forms, the paper's with even weights, and a bag of words; score them on the same documents."""

    def train(name: str, loss: object, params: object) -> tuple[object, Progress]:
        return fit(
            loss,  # type: ignore[arg-type]
            params,
            lambda rng, progress: document_batch(rng, BATCH),
            steps=steps,
            rng=np.random.default_rng(run.seed),
            lr=Cosine(LR, steps),
            clip_norm=1.0,
            checkpoint=run.checkpoint(name),
            resume=run.resume,
            run={"recipe": "documents", "seed": run.seed, "batch": BATCH, "model": asdict(MODEL), "form": name},
            title=run.title(f"documents, {name}, seed {run.seed}"),
        )

    rng = np.random.default_rng([run.seed, 2**32])
    batch = document_batch(rng, TESTED)
    metrics, seconds, history = {}, 0.0, {}
    first = MODEL.init(rng)
    even = PAPER.init(rng)
    even = even._replace(
        word=even.word._replace(u=0 * even.word.u), sentence=even.sentence._replace(u=0 * even.sentence.u)
    )
    forms = {"": (MODEL, first, False), "_paper": (PAPER, PAPER.init(rng), False), "_uniform": (PAPER, even, True)}
    for name, (model, start, uniform) in forms.items():
        params, progress = train(name.strip("_") or "embeddings", partial(loss_and_gradients, model, uniform), start)
        scoring = time.perf_counter()
        metrics[f"accuracy{name}"], sentence, word = score(model, params, batch)  # type: ignore[arg-type]
        if not uniform:
            metrics[f"sentence_share{name}"], metrics[f"word_share{name}"] = sentence, word
        history[f"loss{name}"] = curves(progress.history)["loss"]
        seconds += progress.seconds + time.perf_counter() - scoring
        if not name:
            arrays = named_params(params)
    flat = (
        MODEL.init(rng).embedding,
        LinearParams(glorot_uniform(rng, (CLASSES, MODEL.embedding_size)), np.zeros(CLASSES, np.float32)),
    )
    bag, progress = train("flat", flat_loss, flat)
    logits, _ = flat_logits(bag, batch)  # type: ignore[arg-type]
    metrics["accuracy_flat"] = float((logits.argmax(axis=-1) == batch.classes).mean())
    return Result("documents", run.seed, seconds + progress.seconds, steps, metrics, history, arrays)


RECIPE = Recipe("documents", "sequences", "words, then sentences: attention with a learned query", run, options)
