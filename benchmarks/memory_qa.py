"""Reading in order and answering, float32: a GRU and steps of memory networks, beside PyTorch eager and JAX (jit).

The GRU over a sequence, forward and backward, batch 32, 20 steps, 40 units; for PyTorch its own GRU. A training step of
the dynamic memory network is that of its recipe on generated stories of two supporting facts, dropout left out:
embedding, two GRUs, two episodes, both losses, gradient, clipping, Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import training_step
from nnmem.models.memory_qa.memory_network import MemNNParams
from nnmem.nn.gru import gru_backward, gru_forward, gru_init
from nnmem.nn.optimisers import Adam
from nnmem.nn.training import keep_freed_memory
from nnmem.recipes.memory_qa.dmn_babi import DMNCourse, SupervisedGates, wanted_gates
from nnmem.recipes.memory_qa.lessons import Lesson, ToldBatch, prepare, told
from nnmem.recipes.memory_qa.memnn_babi import MemNNCourse, SupervisedHops, enough_behind
from nnmem.study.bench import Race
from nnmem.tasks.babi_worlds import world_task

LR = 1e-4


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the GRU, then a step of each network."""
    keep_freed_memory()
    yield _gru(peers)
    (lesson,) = prepare([(world_task(2), True)], 0)
    yield _memory_network(lesson, peers)
    yield _dynamic_memory_network(lesson, peers)


def _gru(peers: list[str], T: int = 20, B: int = 32, n: int = 40) -> Race:
    rng = np.random.default_rng(0)
    X, dH = (rng.normal(size=(T, B, n)).astype(np.float32) for _ in range(2))
    params, zero = gru_init(rng, n, n), np.zeros((B, n), np.float32)

    def run() -> Any:
        H, _, cache = gru_forward(X, None, params)
        return H, gru_backward(dH, zero, cache)

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers:
        import torch

        gru, x = torch.nn.GRU(n, n), torch.tensor(X, requires_grad=True)
        upstream = torch.tensor(dH)
        runs["torch"] = lambda: torch.autograd.grad(gru(x)[0], [x, *gru.parameters()], upstream)
    if "jax" in peers:
        import jax
        import jax.numpy as jnp

        def sequence(X: Any, W: Any, U: Any, b: Any) -> Any:
            def step(h: Any, a: Any) -> Any:
                gates = jax.nn.sigmoid(a[:, : 2 * n] + h @ U[: 2 * n].T)
                candidate = jnp.tanh(a[:, 2 * n :] + (gates[:, n:] * h) @ U[2 * n :].T)
                h = h + gates[:, :n] * (candidate - h)
                return h, h

            return jax.lax.scan(step, jnp.zeros((B, n), jnp.float32), X @ W.T + b)[1]

        @jax.jit
        def pull(args: Any, dH: Any) -> Any:
            H, pullback = jax.vjp(sequence, *args)
            return H, pullback(dH)

        args, dout = [jnp.asarray(a) for a in (X, *params)], jnp.asarray(dH)
        runs["jax"] = lambda: jax.block_until_ready(pull(args, dout))
    return Race(f"GRU over {T} steps, batch {B}", runs)


def _batch(lesson: Lesson, B: int) -> ToldBatch:
    chosen = np.random.default_rng(0).permutation(len(lesson.train.answers))[:B]
    given, longest = told(lesson.train, chosen), int(lesson.train.lengths[chosen].max())
    return ToldBatch(
        given._replace(S=given.S[:, :longest]), lesson.train.answers[chosen], lesson.train.facts[chosen], (0,)
    )


def _memory_network(lesson: Lesson, peers: list[str]) -> Race:
    course = MemNNCourse(1)
    learner, batch = SupervisedHops(lesson, course), _batch(lesson, course.batch)
    params = learner.model.init(np.random.default_rng(0))
    own = training_step(lambda p: learner.loss_and_gradients(p, batch), params, Adam(), course.clip, LR)
    runs: dict[str, Callable[[], Any]] = {"nnmem": own}
    if "torch" in peers:
        runs["torch"] = _told_torch(learner, params, batch, course)
    return Race(f"memory network step, batch {course.batch}", runs)


def _told_torch(
    learner: SupervisedHops, params: MemNNParams, batch: ToldBatch, course: MemNNCourse
) -> Callable[[], float]:
    """The same step from the same parameters."""
    import torch

    K, (B, N, F) = learner.model.hops, batch.told.S.shape
    U, V, b, T, stop, P, c, W = learned = [torch.tensor(leaf, requires_grad=True) for leaf in params]
    S, lengths, Q, answers = (torch.tensor(array) for array in (*batch.told, batch.answers))
    facts = torch.tensor(enough_behind(batch.facts, N, K))
    places, optimiser = torch.arange(N), torch.optim.Adam(learned, LR)
    there = torch.cat([places < lengths[:, None], torch.ones(B, 1, dtype=torch.bool)], 1)
    asked = torch.cat([torch.ones(B, 1, dtype=torch.bool), facts[:, :-1] < N], 1)
    found = facts < N
    M = torch.gather(S, 1, facts.clamp(max=N - 1)[..., None].expand(B, K, F)) * found[..., None]
    roles = torch.cat([Q[:, None], M], 1)
    older = ((places < facts[..., None]) & found[..., None] & there[:, None, :-1]).float()
    age = torch.sign(facts[..., None] - torch.arange(N + 1)) * found[..., None] * (torch.arange(N + 1) < N)

    def ranking(scores: Any, targets: Any, mask: Any) -> Any:
        short = course.margin - scores.gather(-1, targets[..., None]) + scores
        rival = mask & (torch.arange(scores.shape[-1]) != targets[..., None])
        return (torch.relu(short) * rival).sum() / B

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        q = torch.tanh(torch.einsum("kdf,bkf->bkd", U, roles[:, :-1]).cumsum(1) + b)
        times = q @ T.T
        own = (q @ V) @ S.transpose(1, 2) + torch.tril(times[..., 1:], -1) @ older[:, : K - 1]
        own = torch.cat([own, (q @ stop)[..., None]], -1)
        scores = own - own.gather(-1, facts[..., None]) + times[..., :1] * age
        logits = torch.tanh(torch.einsum("khf,bkf->bh", P, roles) + c) @ W.T
        loss = ranking(scores, facts, there[:, None] & asked[..., None])
        loss = loss + ranking(logits, answers, torch.ones_like(logits, dtype=torch.bool))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, course.clip)
        optimiser.step()
        return loss.item()

    return run


def _dynamic_memory_network(lesson: Lesson, peers: list[str]) -> Race:
    course = DMNCourse(1, dropout=0.0, forgotten=0.0)
    learner, batch = SupervisedGates(lesson, course), _batch(lesson, course.batch)
    params = learner.model.init(np.random.default_rng(0))
    own = training_step(lambda p: learner.loss_and_gradients(p, batch), params, Adam(), course.clip, LR)
    runs: dict[str, Callable[[], Any]] = {"nnmem": own}
    if "torch" in peers:
        runs["torch"] = _torch(learner, batch, course.clip)
    return Race(f"dynamic memory network step, batch {course.batch}", runs)


def _torch(learner: SupervisedGates, batch: ToldBatch, clip: float) -> Callable[[], float]:
    import torch
    from torch import nn

    model, d = learner.model, learner.model.embedding_size
    B, N, _ = batch.told.S.shape

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.E, self.fusion = nn.Linear(model.features, d, bias=False), nn.GRU(d, d, bidirectional=True)
            self.Z, self.v = nn.Linear(4 * d + 1, d), nn.Linear(d, 1, bias=False)
            self.W, self.U = nn.Linear(d, 2 * d), nn.Linear(d, 2 * d, bias=False)
            self.M = nn.ModuleList(nn.Linear(3 * d, d) for _ in range(model.episodes))
            self.answer = nn.Linear(2 * d, model.words)

        def forward(self, S: Any, lengths: Any, Q: Any) -> Any:
            X = self.E(S)
            packed = nn.utils.rnn.pack_padded_sequence(X, lengths, True, enforce_sorted=False)
            H, _ = nn.utils.rnn.pad_packed_sequence(self.fusion(packed)[0], batch_first=True, total_length=N)
            F, q = X + H[..., :d] + H[..., d:], self.E(Q)
            there, m, log_gates = torch.arange(N) < lengths[:, None], q, []
            A, g = self.W(F).unbind(1), torch.zeros(B, N)
            for M in self.M:
                q_, m_ = q[:, None], m[:, None]
                upto = g.cumsum(1)
                o = upto[:, -1:] - upto - (upto - g)
                z = torch.cat([F * q_, F * m_, (F - q_).abs(), (F - m_).abs(), o[..., None]], -1)
                scores = self.v(torch.tanh(self.Z(z)))[..., 0].masked_fill(~there, -1e30)
                log_gates.append(torch.log_softmax(scores, -1))
                g, h = log_gates[-1].exp(), torch.zeros(B, d)
                for a, g_i in zip(A, g.unbind(1), strict=True):
                    u = self.U(h)
                    r = torch.sigmoid(a[:, :d] + u[:, :d])
                    h = h + g_i[:, None] * (torch.tanh(a[:, d:] + r * u[:, d:]) - h)
                m = torch.relu(M(torch.cat([m, h, q], -1)))
            return self.answer(torch.cat([m, q], -1)), torch.stack(log_gates, 1)

    torch.manual_seed(0)
    network = Network()
    S, lengths, Q, answers = (torch.tensor(array) for array in (*batch.told, batch.answers))
    wanted = torch.tensor(wanted_gates(batch.facts, (B, model.episodes, N)).astype(np.float32))
    optimiser = torch.optim.Adam(network.parameters(), LR)

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        logits, log_gates = network(S, lengths, Q)
        loss = nn.functional.cross_entropy(logits, answers) - (wanted * log_gates).sum() / B
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimiser.step()
        return loss.item()

    return run
