"""The dynamic memory network behind the desk: every episode learns where to look, and the last one answers."""

from __future__ import annotations

import numpy as np

from nnmem.models.memory_qa.dynamic_memory_network import DMN, DMNParams
from nnmem.models.memory_qa.told import Told
from nnmem.nn.softmax import softmax
from nnmem.recipes.memory_qa.desk_training import desk_recipe
from nnmem.recipes.memory_qa.dmn_babi import DMNCourse, SupervisedGates
from nnmem.recipes.memory_qa.story_desk import Seen
from nnmem.tasks.desk_phrases import desk_vocabulary

COURSE = DMNCourse(epochs=12, batch=64, lr=3e-3, alike=True, episodes=2, embedding_size=64, dropout=0.0, forgotten=0.6)


class DeskDMN(SupervisedGates):
    """A dynamic memory network with supervised gates; that the story does not tell is a word that it answers with."""

    slots, hops, look = 50, 2, "episode"

    def __init__(self) -> None:
        words = len(desk_vocabulary().words)
        self.course = COURSE
        self.model = DMN(2 * words, words, COURSE.episodes, COURSE.embedding_size)

    def see(self, params: DMNParams, told: Told) -> Seen:
        """Answer; the gates of the episodes say where it looked."""
        logits, _, cache = self.model.forward(params, told)
        return Seen(softmax(logits), np.stack([episode.gates for episode in cache[-1]], axis=1))


RECIPE = desk_recipe("ask-dmn", "dynamic memory network that answers at the desk of nnmem ask", DeskDMN, COURSE)
