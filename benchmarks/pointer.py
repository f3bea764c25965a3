"""Pointer networks, float32: the distribution (8.12, 8.13), and whole training steps, beside PyTorch eager and JAX.

The distribution is timed in the form that training runs, the kernel that is held equal to the public pair.

A step is forward, backward, clipping by norm and Adam, at n = 10 points and hidden size 128. PyTorch has its fused
LSTM, JAX its scan under jit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import training_step
from benchmarks._peer_steps import jax_adam
from nnmem.attention.query_kernels import additive_score_matrix_backward, additive_score_matrix_forward
from nnmem.models.pointer.pointer_network import PointerNetwork
from nnmem.nn.optimisers import Adam
from nnmem.nn.softmax import log_softmax, log_softmax_gradient
from nnmem.nn.training import keep_freed_memory
from nnmem.recipes.pointer.pointer_training import Problems, loss_and_gradients
from nnmem.study.bench import Race

CLIP, LR = 2.0, 1e-3
N, HIDDEN = 10, 128


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the distribution, then whole steps."""
    keep_freed_memory()
    yield _distribution(peers)
    for batch in (128, 32, 1):
        yield _step(batch, peers)


def _distribution(peers: list[str], batch: int = 32, n: int = 64, h: int = 64) -> Race:
    rng = np.random.default_rng(0)
    shapes = (batch, n, h), (batch, n, h), (h, h), (h, h), (h,)
    args = [rng.normal(size=shape, scale=0.3).astype(np.float32) for shape in shapes]
    dlog_p = rng.normal(size=(batch, n, n)).astype(np.float32)

    def run() -> list[Any]:
        scores, cache = additive_score_matrix_forward(*args)
        log_p = log_softmax(scores)
        return [log_p, *additive_score_matrix_backward(log_softmax_gradient(dlog_p, log_p), cache)]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers:
        import torch

        inputs = [torch.tensor(array, requires_grad=True) for array in args]
        dlog_p_t = torch.tensor(dlog_p)

        def run_torch() -> Any:
            X, E, W, U, v = inputs
            scores = torch.tanh((X @ W.T)[:, None] + (E @ U.T)[:, :, None]) @ v
            return torch.autograd.grad(torch.log_softmax(scores, -1), inputs, dlog_p_t)

        runs["torch"] = run_torch
    if "jax" in peers:
        import jax
        import jax.numpy as jnp

        inputs_j, dlog_p_j = [jnp.asarray(array) for array in args], jnp.asarray(dlog_p)

        def log_p(X: Any, E: Any, W: Any, U: Any, v: Any) -> Any:
            return jax.nn.log_softmax(jnp.tanh((X @ W.T)[:, None] + (E @ U.T)[:, :, None]) @ v, axis=-1)

        @jax.jit
        def pull(inputs: list, dlog_p: Any) -> Any:
            out, pullback = jax.vjp(log_p, *inputs)
            return out, pullback(dlog_p)

        runs["jax"] = lambda: jax.block_until_ready(pull(inputs_j, dlog_p_j))
    return Race(f"pointer_distribution ({batch}, {n}, {h})", runs, 4 * batch * n * n * h)


def _step(batch: int, peers: list[str]) -> Race:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(batch, N, 2)).astype(np.float32)
    targets = rng.permuted(np.tile(np.arange(N), (batch, 1)), axis=1)
    runs: dict[str, Callable[[], Any]] = {"nnmem": _own(X, targets)}
    if "torch" in peers:
        runs["torch"] = _torch(X, targets)
    if "jax" in peers:
        runs["jax"] = _jax(X, targets)
    return Race(f"pointer network step, batch {batch}", runs)


def _own(X: np.ndarray, targets: np.ndarray) -> Callable[[], Any]:
    model, problems = PointerNetwork(input_size=2, hidden_size=HIDDEN), Problems(X, targets, np.full(len(X), N))
    params = model.init(np.random.default_rng(0))
    return training_step(lambda params: loss_and_gradients(model, params, problems), params, Adam(), CLIP, LR)


def _torch(X: np.ndarray, targets: np.ndarray) -> Callable[[], Any]:
    import torch
    from torch import nn

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.LSTM(2, HIDDEN, batch_first=True)
            self.decoder = nn.LSTM(2, HIDDEN, batch_first=True)
            self.W = nn.Linear(HIDDEN, HIDDEN, bias=False)
            self.U = nn.Linear(HIDDEN, HIDDEN, bias=False)
            self.v = nn.Parameter(torch.rand(HIDDEN) * 0.2 - 0.1)
            self.start = nn.Parameter(torch.zeros(2))

        def forward(self, X: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
            items, last = self.encoder(X)
            chosen = torch.take_along_dim(X, targets[:, :-1, None], dim=1)
            E, _ = self.decoder(torch.cat([self.start.expand(len(X), 1, 2), chosen], dim=1), last)
            scores = torch.tanh(self.W(items)[:, None] + self.U(E)[:, :, None]) @ self.v
            return nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten()) * N

    torch.manual_seed(0)
    network, X_t, targets_t = Network(), torch.tensor(X), torch.tensor(targets)
    optimiser = torch.optim.Adam(network.parameters(), LR)

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        loss = network(X_t, targets_t)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        return loss.item()

    return run


def _jax(X: np.ndarray, targets: np.ndarray) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    params = jax.tree.map(jnp.asarray, PointerNetwork(2, HIDDEN).init(np.random.default_rng(0)))
    X_j, targets_j = jnp.asarray(X), jnp.asarray(targets)

    def lstm(params: Any, X: Any, state: Any) -> Any:
        def step(state: Any, z: Any) -> Any:
            h, c = state
            o, i, f, g = jnp.split(z + h @ params.W_h.T, 4, axis=-1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        return jax.lax.scan(step, state, X @ params.W_x.T + params.b)

    def loss(params: Any) -> Any:
        zero = jnp.zeros((len(X_j), HIDDEN), jnp.float32)
        last, H = lstm(params.encoder, X_j.swapaxes(0, 1), (zero, zero))
        chosen = jnp.take_along_axis(X_j, targets_j[:, :-1, None], axis=1)
        first = jnp.broadcast_to(params.start, (len(X_j), 1, 2))
        _, E = lstm(params.decoder, jnp.concatenate([first, chosen], axis=1).swapaxes(0, 1), last)
        W, U, v = params.pointer
        scores = jnp.tanh((H.swapaxes(0, 1) @ W.T)[:, None] + (E.swapaxes(0, 1) @ U.T)[:, :, None]) @ v
        log_p = jax.nn.log_softmax(scores, axis=-1)
        return -jnp.take_along_axis(log_p, targets_j[..., None], axis=-1).sum() / len(X_j)

    return jax_adam(jax.value_and_grad(loss), params, CLIP, LR)
