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

COURSE = DMNCourse(epochs=6, batch=64, lr=3e-3, alike=True, episodes=2, embedding_size=56, dropout=0.0, forgotten=0.6)


class OrderedDMN(DMN):
    """A dynamic memory network whose words begin with position encoding (位置编码): word j counts with 1 + b_k c_j.

    So who gave and who was given to differ from the first step on, in the same way for every name.
    """

    def init(self, rng: np.random.Generator, dtype: type = np.float32) -> DMNParams:
        """Return first parameters; E is [E, b ∘ E], b from −1/2 to 1/2 as in the end-to-end memory network."""
        params, d, V = super().init(rng, dtype), self.embedding_size, self.features // 2
        b = (np.arange(1, d + 1) - (d + 1) / 2) / d
        params.E[:, V:] = b[:, None] * params.E[:, :V]
        return params


class DeskDMN(SupervisedGates):
    """A dynamic memory network with supervised gates; that the story does not tell is a word that it answers with."""

    slots, hops, look = 50, 2, "episode"

    def __init__(self) -> None:
        words = len(desk_vocabulary().words)
        self.course = COURSE
        self.model = OrderedDMN(2 * words, words, COURSE.episodes, COURSE.embedding_size)

    def see(self, params: DMNParams, told: Told) -> Seen:
        """Answer; the gates of the episodes say where it looked."""
        logits, _, cache = self.model.forward(params, told)
        return Seen(softmax(logits), np.stack([episode.gates for episode in cache[-1]], axis=1))


RECIPE = desk_recipe("ask-dmn", "dynamic memory network that answers at the desk of nnmem ask", DeskDMN, COURSE)
