"""Memory networks with supervised addressing on bAbI (Weston et al. 2014 and 2015), task by task.

In training every hop is told its supporting fact, and that it has "enough" behind the last; in test the model finds
them itself. Both losses are margin rankings, of the fact among the sentences and of the answer among the words.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnmem.models.memory_qa.memory_network import MemNNParams, MemoryNetwork
from nnmem.models.memory_qa.told import Told
from nnmem.nn.margin_ranking import margin_ranking_backward, margin_ranking_forward
from nnmem.recipes.memory_qa.babi_command import data_options, draw_errors
from nnmem.recipes.memory_qa.babi_trying import lesson_reader, trained_reader
from nnmem.recipes.memory_qa.lessons import Course, Lesson, ToldBatch, run_lessons
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run, whole_number
from nnmem.recipes.trained import Trained

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STARTS, EPOCHS = 3, 30
PAPER = dict(enumerate((0, 0, 0, 0, 2, 0, 15, 9, 0, 2, 0, 0, 0, 1, 0, 0, 35, 5, 64, 0), 1))
"""Test error in per cent of Weston et al. 2015, strongly supervised, AM + NG + NL; from memory, not verified."""


@dataclass(frozen=True)
class MemNNCourse(Course):
    """How it learns, the margin of both losses, and sizes."""

    margin: float = 0.1
    embedding_size: int = 50
    hidden_size: int = 50


class SupervisedHops:
    """A memory network and how it learns."""

    def __init__(self, lesson: Lesson, course: MemNNCourse) -> None:
        self.margin = course.margin
        self.model = MemoryNetwork(
            lesson.train.questions.shape[1],
            len(lesson.vocabulary.words),
            max(1, lesson.train.facts.shape[1]),
            course.embedding_size,
            course.hidden_size,
        )

    def loss_and_gradients(self, params: MemNNParams, batch: ToldBatch) -> tuple[float, MemNNParams]:
        """Return the two losses together, their mean over the batch, and its gradient.

        The rivals of a fact are the sentences of its story and "enough"; behind "enough" nothing is asked.
        """
        B, N = batch.told.S.shape[:2]
        facts = enough_behind(batch.facts, N, self.model.hops)
        scores, logits, cache = self.model.forward(params, batch.told, facts)
        there = np.concatenate([np.arange(N) < batch.told.lengths[:, None], np.ones((B, 1), bool)], axis=1)
        asked = np.concatenate([np.ones((B, 1), bool), facts[:, :-1] < N], axis=1)
        mask = there[:, None] & asked[..., None]
        of_facts, ranked = margin_ranking_forward(scores, facts, mask, self.margin)
        of_answers, dlogits = self.answer_loss(logits, batch.answers)
        dscores = margin_ranking_backward(np.full_like(of_facts, 1 / B), ranked)
        return float(of_facts.sum() / B) + of_answers, self.model.backward(dscores, dlogits, cache)

    def answer_loss(self, logits: np.ndarray, answers: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean loss of the answers, and its gradient."""
        losses, ranked = margin_ranking_forward(logits, answers, margin=self.margin)
        return float(losses.mean()), margin_ranking_backward(np.full_like(losses, 1 / len(losses)), ranked)

    def answers(self, params: MemNNParams, told: Told) -> np.ndarray:
        """Return the words with the highest score, from facts that the model finds."""
        return self.model.forward(params, told, self.model.find(params, told))[1].argmax(axis=-1)


def enough_behind(facts: np.ndarray, N: int, hops: int) -> np.ndarray:
    """Return the facts of every hop, (B, hops), with N for "enough" behind the last."""
    padded = np.full((len(facts), hops), -1)
    padded[:, : facts.shape[1]] = facts[:, :hops]
    return np.where(padded < 0, N, padded)


def run(
    run: Run,
    tasks: Sequence[int] | None = None,
    data: str | Path | None = None,
    language: str = "en",
    size: str = "1k",
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
    course = MemNNCourse(epochs)
    where = tasks, data, language, size
    return run_lessons("memnn-babi", run, where, SupervisedHops, course, PAPER, starts, jobs)


def options(parser: argparse.ArgumentParser) -> None:
    data_options(parser)
    parser.add_argument("--starts", type=whole_number(1), default=STARTS, help=f"the best is kept (default {STARTS})")
    parser.add_argument("--epochs", type=whole_number(1), default=EPOCHS, help=f"of training (default {EPOCHS})")


def plot(result: Result) -> Figure:
    """Draw the errors of the tasks beside the paper's."""
    return draw_errors(result, "Memory networks, supervised hops")


def network_of(arrays: Mapping[str, np.ndarray]) -> MemoryNetwork:
    """Return the network that has these parameters."""
    (K, d, F), (words, h) = arrays["params.U"].shape, arrays["params.W"].shape
    return MemoryNetwork(F, words, K, d, h)


def hops_to(model: MemoryNetwork, params: MemNNParams, told: Told) -> tuple[np.ndarray, bool, np.ndarray]:
    """Return scores of words, which are no probabilities, and the facts found, each with all the weight of its hop."""
    facts = model.find(params, told)
    weights = np.arange(told.S.shape[1]) == facts[..., None]
    return model.forward(params, told, facts)[1], False, weights.astype(np.float32)


def load(result: Result) -> Trained:
    """Return the networks as a person uses them."""
    return trained_reader(result, lambda task: lesson_reader(result, task, network_of, hops_to), "hop")


RECIPE = Recipe(
    "memnn-babi",
    "memory networks",
    "memory network told its supporting facts: bAbI's stories",
    run,
    options,
    plot=plot,
    load=load,
)
