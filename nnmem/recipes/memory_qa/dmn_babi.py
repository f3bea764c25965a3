"""Dynamic memory networks on bAbI (Kumar et al. 2016, Xiong et al. 2016), task by task.

With supervised gates, episode t is told to look at supporting fact t: the cross-entropy of its gates is added to that
of the answer. Where the facts are fewer than the episodes, the last one is told again; where they are more, the last
episode is told all that are left, in equal shares. Without supervised gates only the answer is told.

An answer follows from its supporting facts, so it stays right where other sentences are missing: where facts are told,
some of the others are left out of a story, of each another share, and other ones at every step. Of several starts the
one is kept whose loss on the stories held out, of answers and gates together, is smallest.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnmem.models.memory_qa.dynamic_memory_network import DMN, DMNParams
from nnmem.models.memory_qa.told import Told
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.softmax import log_softmax, log_softmax_gradient
from nnmem.recipes.memory_qa.babi_command import data_options, draw_errors
from nnmem.recipes.memory_qa.babi_trying import lesson_reader, trained_reader
from nnmem.recipes.memory_qa.lessons import Course, Learner, Lesson, ToldBatch, run_lessons, told
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained
from nnmem.tasks.babi_supported import Supported

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STARTS, EPOCHS = 2, 60
PAPER = dict(
    enumerate((0.0, 1.8, 4.8, 0.0, 0.7, 0.0, 3.1, 3.5, 0.0, 2.5, 0.1, 0.0, 0.2, 0.0, 0.0, 0.6, 40.4, 4.7, 65.5, 0.0), 1)
)
"""Test error in per cent of Kumar et al. 2016, with supervised gates; from memory, not verified."""


@dataclass(frozen=True)
class DMNCourse(Course):
    """How it learns, and sizes.

    ``episodes`` 0 stands for as many as a question has supporting facts, but 2 at least and 3 at most; ``dropout``
    is the share of entries of sentences that are left out, ``forgotten`` the largest share of a story's sentences that
    are, of those that are no supporting facts, where these are known.
    """

    batch: int = 50
    lr: float = 5e-3
    episodes: int = 0
    supervised: bool = True
    embedding_size: int = 40
    dropout: float = 0.3
    forgotten: float = 0.9


class SupervisedGates:
    """A dynamic memory network and how it learns."""

    def __init__(self, lesson: Lesson, course: DMNCourse) -> None:
        self.course = course
        words, features = len(lesson.vocabulary.words), lesson.train.questions.shape[1]
        episodes = course.episodes or min(max(lesson.train.facts.shape[1], 2), 3)
        self.model = DMN(features, words, episodes, course.embedding_size)

    def loss_and_gradients(self, params: DMNParams, batch: ToldBatch) -> tuple[float, DMNParams]:
        """Return both cross-entropies together, their mean over the batch, and its gradient; dropout where it draws."""
        rng = np.random.default_rng(batch.draw)
        if batch.draw and self.course.supervised and self.course.forgotten:
            batch = forgetful(batch, self.course.forgotten, rng)
        told, B = batch.told, len(batch.answers)
        logits, scores, cache = self.model.forward(params, told, self._keep(told, rng) if batch.draw else None)
        losses, crossed = cross_entropy_forward(logits, batch.answers)
        dlogits, dscores, loss = cross_entropy_backward(np.full_like(losses, 1 / B), crossed), 0 * scores, losses.sum()
        if self.course.supervised:
            there = np.arange(scores.shape[2]) < told.lengths[:, None]
            log_g = log_softmax(scores, np.broadcast_to(there[:, None], scores.shape))
            wanted = wanted_gates(batch.facts, scores.shape).astype(scores.dtype)
            loss = loss - (wanted * np.where(wanted > 0, log_g, 0)).sum()
            dscores = log_softmax_gradient(-wanted / B, log_g)
        return float(loss / B), self.model.backward(dlogits, dscores, cache)

    def answers(self, params: DMNParams, told: Told) -> np.ndarray:
        """Return the likeliest words."""
        return self.model.forward(params, told)[0].argmax(axis=-1)

    def _keep(self, told: Told, rng: np.random.Generator) -> np.ndarray | None:
        rate, shape = self.course.dropout, (*told.S.shape[:2], self.model.embedding_size)
        return (rng.random(shape, np.float32) >= rate).astype(np.float32) / np.float32(1 - rate) if rate else None


def forgetful(batch: ToldBatch, most: float, rng: np.random.Generator) -> ToldBatch:
    """Leave out of each story a share, drawn up to ``most``, of the sentences that are no supporting facts."""
    (S, lengths, _), facts = batch.told, batch.facts
    (B, N, _), known = S.shape, facts >= 0
    stays = rng.random((B, N)) >= most * rng.random((B, 1))
    rows, at = np.nonzero(known)
    stays[rows, facts[rows, at]] = True
    stays[~known.any(axis=1)] = True  # nobody knows which sentences matter
    stays &= np.arange(N) < lengths[:, None]
    order, lengths = np.argsort(~stays, axis=1, kind="stable"), stays.sum(axis=1)
    S = np.take_along_axis(S, order[:, : lengths.max(), None], axis=1)
    places = np.take_along_axis(stays.cumsum(axis=1) - 1, np.maximum(facts, 0), axis=1)
    return batch._replace(told=batch.told._replace(S=S, lengths=lengths), facts=np.where(known, places, -1))


def held_out_loss(learner: Learner, params: DMNParams, questions: Supported) -> float:
    """Return the loss of all these questions, nothing left out."""
    everything = np.arange(len(questions.answers))
    batch = ToldBatch(told(questions, everything), questions.answers, questions.facts, ())
    return learner.loss_and_gradients(params, batch)[0]


def wanted_gates(facts: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return where the gates (B, T, N) should look: each row sums to one, or is 0 where no fact is known."""
    (B, T, _), known = shape, (facts >= 0).sum(axis=1)
    wanted, rows = np.zeros(shape), np.arange(B)
    for t in range(T):
        for k in range(facts.shape[1]):
            now = (k == t) or (t == T - 1 and k > t)
            at = rows[(facts[:, k] >= 0) & (now | ((k == known - 1) & (k < t)))]
            wanted[at, t, facts[at, k]] = 1
    return wanted / np.maximum(wanted.sum(axis=-1, keepdims=True), 1)


def options(parser: argparse.ArgumentParser) -> None:
    data_options(parser)
    parser.add_argument("--without-gates", dest="supervised", action="store_false", help="gates are told nothing")
    parser.add_argument(
        "--episodes", type=whole_number(1), default=0, help="default: as many as supporting facts, 2 or 3"
    )
    parser.add_argument("--starts", type=whole_number(1), default=STARTS, help=f"the best is kept (default {STARTS})")
    parser.add_argument("--epochs", type=whole_number(1), default=EPOCHS, help=f"of training (default {EPOCHS})")


def run(
    run: Run,
    tasks: Sequence[int] | None = None,
    data: str | Path | None = None,
    language: str = "en",
    size: str = "1k",
    supervised: bool = True,
    episodes: int = 0,
    starts: int = STARTS,
    epochs: int = EPOCHS,
    jobs: int = 1,
) -> Result:
    """Train and score. ``metrics`` has an object for each task, errors in per cent.

    Raises
    ------
    TrainingError
        The data cannot be read, or joblib is wanted and not installed.
    """
    course: Any = DMNCourse(epochs, episodes=episodes, supervised=supervised)
    where = tasks, data, language, size
    return run_lessons("dmn-babi", run, where, SupervisedGates, course, PAPER, starts, jobs, held_out_loss)


def plot(result: Result) -> Figure:
    """Draw the errors of the tasks beside the paper's."""
    return draw_errors(result, "Dynamic memory networks on bAbI")


def network_of(arrays: Mapping[str, np.ndarray]) -> DMN:
    """Return the network that has these parameters."""
    (d, F), T, words = arrays["params.E"].shape, len(arrays["params.M"]), len(arrays["params.answer.W"])
    return DMN(F, words, T, d)


def gates_of(model: DMN, params: DMNParams, told: Told) -> tuple[np.ndarray, bool, np.ndarray]:
    """Return logits of words, which are those of probabilities, and the gates of every episode."""
    logits, _, cache = model.forward(params, told)
    return logits, True, np.stack([episode.gates for episode in cache[-1]], axis=1)


def load(result: Result) -> Trained:
    """Return the networks as a person uses them."""
    return trained_reader(result, lambda task: lesson_reader(result, task, network_of, gates_of), "episode")


RECIPE = Recipe(
    "dmn-babi",
    "memory networks",
    "dynamic memory network: bAbI's stories, episode by episode",
    run,
    options,
    plot=plot,
    load=load,
)
