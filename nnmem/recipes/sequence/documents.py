"""Classify documents by words, then sentences, in two forms; and a bag of words (Yang et al. 2016).

Learned at once, the two things that the network has to find get in each other's way: what a word means is learned where
attention looks, and where to look is learned from what words mean. There are even two ways out: to look at the deciding
sentence, or at all the others and answer what none of them names. Lessons lead to the first: what words mean, from
deciding sentences alone with even weights; then which word says it; then which sentence.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnmem.models.sequence.document_network import DocumentNetwork, DocumentParams
from nnmem.nn.embedding import embedding_backward, embedding_forward
from nnmem.nn.linear import LinearParams, glorot_uniform, linear_backward, linear_forward
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Cosine
from nnmem.nn.progress import Progress
from nnmem.nn.training import fit
from nnmem.nn.tree import leaves, rebuild
from nnmem.recipes.result import Result, curves
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.tasks.marked_documents import CLASSES, VOCABULARY, Documents, deciding_sentences, document_batch

MODEL = DocumentNetwork(VOCABULARY, CLASSES, 32, 32, values="embeddings")
PAPER = replace(MODEL, values="states")
STEPS, BATCH, LR = 1000, 32, 1e-2
MEANING, WORDS = 40, 200  # the steps at which the first lesson and the second are over
TESTED = 2000


class DocumentLesson(NamedTuple):
    """A batch, and whether it is read with even weights."""

    documents: Documents
    even: bool


class Form(NamedTuple):
    """A way to train: the network; whether it has lessons; whether its weights stay even."""

    model: DocumentNetwork
    lessons: bool = True
    even: bool = False


FORMS = {
    "": Form(MODEL),
    "_at_once": Form(MODEL, lessons=False),
    "_paper": Form(PAPER),
    "_uniform": Form(PAPER, even=True),
}


def draw(form: Form, rng: np.random.Generator, progress: Progress) -> DocumentLesson:
    """Draw documents, or for the first two lessons their deciding sentences."""
    documents = document_batch(rng, BATCH)
    if form.lessons and progress.step < WORDS:
        documents = deciding_sentences(documents)
    return DocumentLesson(documents, form.even or (form.lessons and progress.step < MEANING))


def loss_and_gradients(
    model: DocumentNetwork, params: DocumentParams, lesson: DocumentLesson
) -> tuple[float, DocumentParams]:
    """Return the cross-entropy of the classes, its mean over the batch, and its gradient.

    Where the weights are to be even, the learned queries stay as they are: at 0, where every weight is the same.
    """
    batch = lesson.documents
    logits, cache = model.forward(params, batch.words, batch.lengths)
    losses, crossed = cross_entropy_forward(logits, batch.classes)
    grads = model.backward(cross_entropy_backward(np.full_like(losses, 1 / len(losses)), crossed), cache)
    if lesson.even:
        word, sentence = (part._replace(u=np.zeros_like(part.u)) for part in (grads.word, grads.sentence))
        grads = grads._replace(word=word, sentence=sentence)
    return float(losses.mean()), grads


def flat_loss(
    params: tuple[np.ndarray, LinearParams], lesson: DocumentLesson
) -> tuple[float, tuple[np.ndarray, LinearParams]]:
    """The same for a bag of words: the mean of all words' embeddings, and a linear layer."""
    batch = lesson.documents
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
    """Train every form and a bag of words; score them on the same documents."""

    def train(name: str, form: Form, loss: Any, params: Any) -> tuple[Any, Progress]:
        return fit(
            loss,
            params,
            partial(draw, form),
            steps=steps,
            rng=np.random.default_rng(run.seed),
            lr=Cosine(LR, steps),
            clip_norm=1.0,
            checkpoint=run.checkpoint(name),
            resume=run.resume,
            run={"recipe": "documents", "seed": run.seed, "batch": BATCH, "model": asdict(form.model), "form": name},
            title=run.title(f"documents, {name}, seed {run.seed}"),
        )

    batch = document_batch(np.random.default_rng([run.seed, 2**32]), TESTED)
    metrics, seconds, history = {}, 0.0, {}
    arrays: dict[str, np.ndarray] = {}
    for name, form in FORMS.items():
        start = form.model.init(np.random.default_rng([run.seed, 2**33]))
        params, progress = train(name.strip("_") or "lessons", form, partial(loss_and_gradients, form.model), start)
        scoring = time.perf_counter()
        metrics[f"accuracy{name}"], sentence, word = score(form.model, params, batch)
        if not form.even:
            metrics[f"sentence_share{name}"], metrics[f"word_share{name}"] = sentence, word
            arrays |= dict(leaves(params, f"params{name}"))
        history[f"loss{name}"] = curves(progress.history)["loss"]
        seconds += progress.seconds + time.perf_counter() - scoring
    rng = np.random.default_rng([run.seed, 2**33])
    flat = (
        MODEL.init(rng).embedding,
        LinearParams(glorot_uniform(rng, (CLASSES, MODEL.embedding_size)), np.zeros(CLASSES, np.float32)),
    )
    bag, progress = train("flat", Form(MODEL, lessons=False), flat_loss, flat)
    logits, _ = flat_logits(bag, batch)
    metrics["accuracy_flat"] = float((logits.argmax(axis=-1) == batch.classes).mean())
    return Result("documents", run.seed, seconds + progress.seconds, steps, metrics, history, arrays)


def trained_form(result: Result, name: str) -> tuple[DocumentNetwork, DocumentParams]:
    """Return the network of a form, "" or "_at_once" or "_paper", and the parameters that a result keeps of it."""
    model, prefix = FORMS[name].model, f"params{name}."
    kept = {key: array for key, array in result.arrays.items() if key.startswith(prefix)}
    return model, rebuild(model.init(np.random.default_rng(0)), kept, prefix.strip("."))


RECIPE = Recipe("documents", "sequences", "words, then sentences: attention with a learned query", run, options)
