"""The memory network behind the desk: it learns which sentence to find first and which next, and answers from these."""

from __future__ import annotations

import numpy as np

from nnmem.models.memory_qa.memory_network import MemNNParams, MemoryNetwork
from nnmem.models.memory_qa.told import Told
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.softmax import softmax
from nnmem.recipes.memory_qa.desk_training import desk_recipe
from nnmem.recipes.memory_qa.lessons import Course
from nnmem.recipes.memory_qa.memnn_babi import SupervisedHops
from nnmem.recipes.memory_qa.story_desk import Seen
from nnmem.tasks.desk_phrases import desk_vocabulary

COURSE = Course(epochs=4, batch=64, lr=5e-3)


class DeskMemNN(SupervisedHops):
    """A memory network; "enough" before any fact says that there is none to be found.

    The answer is learned with cross-entropy, not with the paper's margin, so that it has a probability.
    """

    slots, hops, look = 50, 2, "hop"
    margin = 0.1  # by how much a fact should win

    def __init__(self) -> None:
        words = len(desk_vocabulary().words)
        self.model = MemoryNetwork(2 * words, words, self.hops, embedding_size=64, hidden_size=100)

    def answer_loss(self, logits: np.ndarray, answers: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean cross-entropy of the answers, and its gradient."""
        losses, crossed = cross_entropy_forward(logits, answers)
        return float(losses.mean()), cross_entropy_backward(np.full_like(losses, 1 / len(losses)), crossed)

    def see(self, params: MemNNParams, told: Told) -> Seen:
        """Find the facts, one a hop, each with all the weight, and answer from them."""
        facts = self.model.find(params, told)
        _, logits, _ = self.model.forward(params, told, facts)
        weights = np.arange(told.S.shape[1]) == facts[..., None]
        return Seen(softmax(logits), weights.astype(np.float32))


RECIPE = desk_recipe("ask-memnn", "memory network that answers at the desk of nnmem ask", DeskMemNN, COURSE)
