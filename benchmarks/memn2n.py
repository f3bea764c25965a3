"""End-to-end memory network, float32: a training step on bAbI tasks 1, 2 and 3, beside PyTorch eager and JAX under jit.

Batch 32, d = 20, 3 hops, adjacent tying, position encoding, memory 50; plain gradient descent with clipping by norm. A
step starts from word numbers for the peers, as is natural there: embed every word, weigh it with its position, sum.
"torch, same algebra" is given the feature rows and never builds memories either. The data are the official ones where
NNMEM_BABI points, else generated worlds.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks import training_step
from nnmem.models.memory_qa.memn2n import MemN2NParams
from nnmem.nn.optimisers import SGD
from nnmem.nn.training import keep_freed_memory
from nnmem.recipes.memory_qa.memn2n_training import Batch, Settings, build, loss_and_gradients, stories_of
from nnmem.study.bench import Race
from nnmem.tasks import babi
from nnmem.tasks.babi_features import Encoded, Vocabulary, encode, place
from nnmem.tasks.babi_worlds import world_task

B, N, D, K, CLIP, LR = 32, 50, 20, 3, 40.0, 1e-3


class Words(NamedTuple):
    """A batch as numbers of words; word 0 is padding."""

    stories: np.ndarray  # (B, N, J)
    questions: np.ndarray  # (B, J)
    answers: np.ndarray  # (B,)
    position: np.ndarray  # (J, D)
    size: int


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield a step on each task."""
    keep_freed_memory()
    for number in (1, 2, 3):
        task = babi.load_task(None, number) if os.environ.get(babi.VARIABLE) else world_task(number)
        chosen = [task.train[i] for i in np.random.default_rng(0).permutation(len(task.train))[:B]]
        vocabulary = Vocabulary.of(task.train)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # task 3 has stories longer than the memory
            encoded = encode(chosen, vocabulary, N)
        words = _words(chosen, vocabulary, encoded)
        runs: dict[str, Callable[[], Any]] = {"nnmem": _own(encoded)}
        if "torch" in peers:
            runs["torch"] = _torch(words)
            runs["torch, same algebra"] = _torch_same_algebra(encoded)
        if "jax" in peers:
            runs["jax"] = _jax(words)
        yield Race(f"MemN2N step, task {number}", runs)


def _words(chosen: list[babi.Question], vocabulary: Vocabulary, encoded: Encoded) -> Words:
    J = vocabulary.longest
    stories, questions = np.zeros((B, N, J), np.int64), np.zeros((B, J), np.int64)
    for i, question in enumerate(chosen):
        for row, sentence in zip(stories[i], question.story[::-1], strict=False):
            row[: len(sentence)] = [vocabulary.ids[word] + 1 for word in sentence]
        questions[i, : len(question.words)] = [vocabulary.ids[word] + 1 for word in question.words]
    j, k = np.arange(1, J + 1)[:, None], np.arange(1, D + 1)
    position = 1 + 4 * (k - (D + 1) / 2) * (j - (J + 1) / 2) / (D * J)
    return Words(stories, questions, encoded.answers, position.astype(np.float32), len(vocabulary.words) + 1)


def _own(encoded: Encoded) -> Callable[[], float]:
    """As the recipe does it, gathering a batch's features included."""
    model = build(encoded, Settings(noise=False))
    rows, questions = place(encoded, N), np.arange(B)

    def both(params: MemN2NParams) -> tuple[float, MemN2NParams]:
        batch = Batch(stories_of(model, encoded, questions, rows), encoded.answers, False)
        return loss_and_gradients(model, params, batch)

    return training_step(both, model.init(np.random.default_rng(0)), SGD(), CLIP, LR)


def _torch(words: Words) -> Callable[[], float]:
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.E = nn.ModuleList(nn.Embedding(words.size, D, padding_idx=0) for _ in range(K + 1))
            self.T = nn.ParameterList(torch.randn(N, D) * 0.1 for _ in range(K + 1))
            self.position = torch.tensor(words.position)
            for table in self.E:
                nn.init.normal_(table.weight, 0, 0.1)

        def forward(self, stories: torch.Tensor, questions: torch.Tensor) -> torch.Tensor:
            occupied = (stories[..., :1] > 0).float()
            q = (self.E[0](questions) * self.position).sum(1)
            for hop in range(K):
                keys = (self.E[hop](stories) * self.position).sum(2) + self.T[hop] * occupied
                values = (self.E[hop + 1](stories) * self.position).sum(2) + self.T[hop + 1] * occupied
                alpha = torch.softmax((keys @ q[..., None])[..., 0], -1)
                q = q + (alpha[:, None] @ values)[:, 0]
            return q @ self.E[K].weight.T

    torch.manual_seed(0)
    network = Network()
    stories, questions, answers = (torch.tensor(a) for a in (words.stories, words.questions, words.answers + 1))
    return _torch_step(network.parameters(), lambda: network(stories, questions), answers)


def _torch_same_algebra(encoded: Encoded) -> Callable[[], float]:
    import torch

    V = encoded.questions.shape[1] // 2
    E, T = ((torch.randn(K + 1, rows, D) * 0.1).requires_grad_() for rows in (V, N))
    b = torch.tensor((np.arange(1, D + 1) - (D + 1) / 2) / D, dtype=torch.float32)
    sentences, rows = torch.tensor(encoded.sentences), torch.tensor(place(encoded, N))
    Q, answers = torch.tensor(encoded.questions), torch.tensor(encoded.answers)

    def logits() -> Any:
        S, occupied = sentences[rows], (rows > 0).float()
        M = torch.cat([E, E * b], 1)
        q = Q @ M[0]
        for hop in range(K):
            scores = (S @ (q @ M[hop].T)[..., None])[..., 0] + (q @ T[hop].T) * occupied
            alpha = torch.softmax(scores, -1)
            q = q + (alpha[:, None] @ S)[:, 0] @ M[hop + 1] + (alpha * occupied) @ T[hop + 1]
        return q @ E[K].T

    return _torch_step([E, T], logits, answers)


def _torch_step(parameters: Any, logits: Callable[[], Any], answers: Any) -> Callable[[], float]:
    import torch

    learned = list(parameters)
    optimiser = torch.optim.SGD(learned, LR)

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(logits(), answers, reduction="sum")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, CLIP)
        optimiser.step()
        return loss.item() / B

    return run


def _jax(words: Words) -> Callable[[], float]:
    import jax
    import jax.numpy as jnp

    rng = np.random.default_rng(0)
    shapes = {"E": (words.size, D), "T": (N, D)}
    params = {
        name: [jnp.asarray(rng.normal(0, 0.1, shape).astype(np.float32)) for _ in range(K + 1)]
        for name, shape in shapes.items()
    }
    stories, questions = jnp.asarray(words.stories), jnp.asarray(words.questions)
    answers, position = jnp.asarray(words.answers + 1), jnp.asarray(words.position)

    def loss(params: Any) -> Any:
        E = [table.at[0].set(0) for table in params["E"]]
        T, occupied = params["T"], (stories[..., :1] > 0).astype(jnp.float32)
        q = (E[0][questions] * position).sum(1)
        for hop in range(K):
            keys = (E[hop][stories] * position).sum(2) + T[hop] * occupied
            values = (E[hop + 1][stories] * position).sum(2) + T[hop + 1] * occupied
            alpha = jax.nn.softmax(jnp.einsum("bnd,bd->bn", keys, q))
            q = q + jnp.einsum("bn,bnd->bd", alpha, values)
        log_p = jax.nn.log_softmax(q @ E[K].T)
        return -jnp.take_along_axis(log_p, answers[:, None], axis=1).sum()

    @jax.jit
    def step(params: Any) -> Any:
        value, grads = jax.value_and_grad(loss)(params)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(grads)))
        rate = LR * jnp.minimum(1, CLIP / norm)
        return value / B, jax.tree.map(lambda p, g: p - rate * g, params, grads)

    state = [params]

    def run() -> float:
        value, *state[:] = step(*state)
        return float(value)

    return run
