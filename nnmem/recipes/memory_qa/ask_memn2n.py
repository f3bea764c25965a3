"""The end-to-end memory network behind the desk: it learns from answers alone, nobody tells it where to look."""

from __future__ import annotations

import numpy as np

from nnmem.models.memory_qa.memn2n import MemN2N, MemN2NParams, Stories
from nnmem.models.memory_qa.told import Told
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.softmax import softmax
from nnmem.recipes.memory_qa.desk_training import desk_recipe
from nnmem.recipes.memory_qa.lessons import Course, ToldBatch
from nnmem.recipes.memory_qa.story_desk import Seen
from nnmem.tasks.desk_phrases import desk_vocabulary

COURSE = Course(epochs=8, batch=64, lr=3e-3)
EMPTY = 2  # slots that hold nothing however long the story is: where to look if there is nothing to be found


class DeskMemN2N:
    """An end-to-end memory network; that the story does not tell is a word that it answers with."""

    slots, hops, look = 30, 4, "hop"

    def __init__(self) -> None:
        words = len(desk_vocabulary().words)
        self.model = MemN2N(words, self.slots + EMPTY, embedding_size=100, hops=self.hops, tying="layer_wise")

    def loss_and_gradients(self, params: MemN2NParams, batch: ToldBatch) -> tuple[float, MemN2NParams]:
        """Return the mean cross-entropy of a batch's answers, and its gradient."""
        logits, _, cache = self.model.forward(params, self.latest_first(batch.told))
        losses, crossed = cross_entropy_forward(logits, batch.answers)
        dlogits = cross_entropy_backward(np.full_like(losses, 1 / len(losses)), crossed)
        return float(losses.mean()), self.model.backward(dlogits, cache)

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


RECIPE = desk_recipe(
    "ask-memn2n", "end-to-end memory network that answers at the desk of nnmem ask", DeskMemN2N, COURSE
)
