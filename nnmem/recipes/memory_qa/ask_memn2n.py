"""The end-to-end memory network behind the desk, told in training where to look."""

from __future__ import annotations

import numpy as np

from nnmem.models.memory_qa.memn2n import MemN2N, MemN2NParams, Stories
from nnmem.models.memory_qa.told import Told
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.softmax import softmax
from nnmem.recipes.memory_qa.desk_training import STORIES, learn_desk, options
from nnmem.recipes.memory_qa.lessons import Course, ToldBatch
from nnmem.recipes.memory_qa.story_desk import Seen
from nnmem.recipes.result import Result
from nnmem.recipes.run import Recipe, Run
from nnmem.tasks.desk_phrases import UNTOLD, desk_vocabulary

COURSE = Course(epochs=8, batch=64, lr=3e-3)
EMPTY = 2  # slots that hold nothing however long the story is: where to look if there is nothing to be found


class DeskMemN2N:
    """An end-to-end memory network.

    Departs from the paper: each hop's weights are told where to look, hop k at supporting fact k and behind the last
    again at the last. Where nothing is told, and where the answer is no, the last hop should look at empty slots.
    """

    slots, hops = 30, 3

    def __init__(self) -> None:
        words = desk_vocabulary()
        self.denying = np.array([words.ids["no"], words.ids[UNTOLD]])
        self.model = MemN2N(len(words.words), self.slots + EMPTY, embedding_size=64, hops=self.hops)

    def loss_and_gradients(self, params: MemN2NParams, batch: ToldBatch) -> tuple[float, MemN2NParams]:
        """Return the mean loss of a batch, cross-entropies of the answer and of where to look, and its gradient."""
        B = len(batch.answers)
        logits, alpha, cache = self.model.forward(params, self.latest_first(batch.told))
        of_answers, crossed = cross_entropy_forward(logits, batch.answers)
        right = self.where_to_look(batch)
        mass = np.maximum((alpha * right).sum(axis=-1, keepdims=True), 1e-12)
        dlogits = cross_entropy_backward(np.full_like(of_answers, 1 / B), crossed)
        dalpha = -right.astype(alpha.dtype) / (mass * B)
        loss = float(of_answers.sum() - np.log(mass).sum()) / B
        return loss, self.model.backward(dlogits, cache, dalpha)

    def where_to_look(self, batch: ToldBatch) -> np.ndarray:
        """Return the slots (B, K, slots) that each hop should look at."""
        lengths, N = batch.told.lengths, self.model.slots
        found = (batch.facts >= 0).sum(axis=1)
        hop = np.minimum(np.arange(self.hops), np.maximum(found, 1)[:, None] - 1)
        slot = lengths[:, None] - 1 - np.take_along_axis(batch.facts, hop, axis=1)
        nothing = np.repeat((found == 0)[:, None], self.hops, axis=1)
        nothing[:, -1] |= np.isin(batch.answers, self.denying)
        empty = np.arange(N) >= lengths[:, None, None]
        return np.where(nothing[..., None], empty, np.arange(N) == slot[..., None])

    def latest_first(self, told: Told) -> Stories:
        """Put the latest sentence in slot 0."""
        place = told.lengths[:, None] - 1 - np.arange(self.model.slots)
        there = place >= 0
        S: np.ndarray = np.zeros((*place.shape, told.S.shape[2]), told.S.dtype)
        S[there] = told.S[np.nonzero(there)[0], place[there]]
        return Stories(S, there.astype(S.dtype), told.Q)

    def answers(self, params: MemN2NParams, told: Told) -> np.ndarray:
        """Return the most probable words."""
        return self.see(params, told).chances.argmax(axis=-1)

    def see(self, params: MemN2NParams, told: Told) -> Seen:
        """Answer, and put the weights into the order told."""
        logits, alpha, _ = self.model.forward(params, self.latest_first(told))
        slot = told.lengths[:, None] - 1 - np.arange(told.S.shape[1])
        weights = np.take_along_axis(alpha, np.maximum(slot, 0)[:, None], axis=2) * (slot >= 0)[:, None]
        return Seen(softmax(logits), weights)


def run(run: Run, stories: int = STORIES, epochs: int | None = None) -> Result:
    """Train on generated stories, and measure."""
    return learn_desk("ask-memn2n", run, DeskMemN2N(), COURSE, stories, epochs)


RECIPE = Recipe(
    "ask-memn2n",
    "memory networks",
    "end-to-end memory network that answers at the desk of nnmem ask",
    run,
    options,
)
