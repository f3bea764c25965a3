"""Memory in the connections: the read of fast weights, then whole training steps of its three recipes, float32.

A step is forward, backward, clipping by norm and Adam. PyTorch (eager) and JAX (scan under jit) are given the formulas
as their users would write them: fast weights form A, complex numbers are complex64. "torch, without A" is for those who
know that it is attention, with the fused layer normalisation. "lstm" is a step of nnmem's LSTM of as many parameters:
the recipe ``associative-lstm`` takes its ratio for "as many seconds".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import training_step
from benchmarks._peer_steps import CLIP, LR, STEPS
from nnmem import fast_weight_read_backward, fast_weight_read_forward
from nnmem.models.recurrent.associative_lstm import AssociativeLSTM
from nnmem.models.recurrent.fast_weights_network import FastWeightsNetwork
from nnmem.models.recurrent.lstm_model import LSTMModel
from nnmem.nn.optimisers import Adam
from nnmem.nn.training import keep_freed_memory
from nnmem.nn.tree import leaves
from nnmem.recipes.recurrent import associative_lstm_copy, complex_denoising, fast_weights_retrieval
from nnmem.study.bench import Race
from nnmem.tasks.associative_retrieval import retrievals
from nnmem.tasks.complex_signals import sinusoids
from nnmem.tasks.episodic_copy import copy_episodes


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the read, then a step of each model at its recipe's batch."""
    keep_freed_memory()
    rng = np.random.default_rng(0)
    yield _read(rng, peers)

    net = FastWeightsNetwork(*fast_weights_retrieval.SIZES, fast_weights_retrieval.HIDDEN)
    given = retrievals(rng, fast_weights_retrieval.BATCH)
    own = fast_weights_retrieval.loss_and_gradients(net)
    X = given.one_hot()

    def fast_loss(xp: Any, params: Any) -> Any:
        d, A = net.hidden_size, xp.zeros((X.shape[1], net.hidden_size, net.hidden_size))

        def step(state: Any, x: Any) -> Any:
            h, A = state
            A = net.decay * A + net.rate * h[:, :, None] * h[:, None, :]
            z = h @ params.W.T + x @ params.C.T + params.b
            h = xp.tanh(_normal(z, params.first))
            return (xp.tanh(_normal(z + (A @ h[:, :, None])[:, :, 0], params.inner)), A), ()

        (h, _), _ = xp.scan(step, (xp.zeros((X.shape[1], d)), A), xp.asarray(X))
        return xp.nll(h @ params.output.W.T + params.output.b, xp.asarray(given.answers))

    def fast_loss_without_a(xp: Any, params: Any) -> Any:
        drive, h, states = xp.asarray(X) @ params.C.T + params.b, xp.zeros((X.shape[1], net.hidden_size)), []
        for t, driven in enumerate(drive):
            z = driven + h @ params.W.T
            h = xp.tanh(xp.layer_norm(z, (net.hidden_size,), *params.first))
            if states:
                H, fade = xp.stack(states, 1), net.rate * net.decay ** xp.arange(t - 1, -1, -1)
                z = z + (((H @ h[:, :, None])[:, :, 0] * fade)[:, None] @ H)[:, 0]
            h = xp.tanh(xp.layer_norm(z, (net.hidden_size,), *params.inner))
            states.append(h)
        return xp.nll(h @ params.output.W.T + params.output.b, xp.asarray(given.answers))

    params = net.init(rng)
    race = _case(f"fast weights step, batch {X.shape[1]}", params, own, given, fast_loss, peers)
    if "torch" in peers:
        race.runs["torch, without A"] = STEPS["torch"](params, fast_loss_without_a)[1]
    yield race

    model = AssociativeLSTM(associative_lstm_copy.INPUTS, 8, associative_lstm_copy.HIDDEN)
    episodes = copy_episodes(rng, associative_lstm_copy.BATCH, associative_lstm_copy.LONGEST)
    own = associative_lstm_copy.loss_and_gradients(model)

    def associative_loss(xp: Any, params: Any) -> Any:
        p, P, batch = model.hidden_size // 2, xp.asarray(model.permutations()), episodes.X.shape[1]

        def bound(z: Any) -> Any:
            return z / xp.maximum(xp.ones(()), abs(z))

        def step(state: Any, x: Any) -> Any:
            said, c = state
            z = x @ params.W_x.T + said @ params.W_h.T + params.b
            gates, keys = xp.sigmoid(z[:, : 3 * p]), bound(xp.complex(z[:, 3 * p : 6 * p], z[:, 6 * p :]))
            f, i, o = gates[:, :p], gates[:, p : 2 * p], gates[:, 2 * p :]
            u, write, read = keys[:, :p], keys[:, p : 2 * p], keys[:, 2 * p :]
            c = f[:, None] * c + write[:, P] * (i * u)[:, None]
            h = o * bound((read[:, P] * c).mean(1))
            said = xp.concatenate([h.real, h.imag], -1)
            return (said, c), said

        start = xp.zeros((batch, 2 * p)), xp.complex(*(xp.zeros((batch, model.copies, p)) for _ in range(2)))
        _, H = xp.scan(step, start, xp.asarray(episodes.X))
        length = len(episodes.targets)
        return xp.nll(H[-length:] @ params.output.W.T + params.output.b, xp.asarray(episodes.targets))

    race = _case(
        f"associative LSTM step, batch {episodes.X.shape[1]}", model.init(rng), own, episodes, associative_loss, peers
    )
    lstm = LSTMModel.like(model)
    lstm_both = associative_lstm_copy.loss_and_gradients(lstm)
    race.runs["lstm"] = training_step(lambda params: lstm_both(params, episodes), lstm.init(rng), Adam(), CLIP, LR)
    yield race

    network: Any = complex_denoising.MODELS["modrelu"]
    batch = sinusoids(rng, complex_denoising.BATCH)

    def complex_loss(xp: Any, params: Any) -> Any:
        x = xp.complex(xp.asarray(batch.noisy_re), xp.asarray(batch.noisy_im))
        clean = xp.complex(xp.asarray(batch.clean_re), xp.asarray(batch.clean_im))
        z = x @ xp.complex(params.W1_re, params.W1_im).T
        h = xp.relu(abs(z) + params.b) * z / abs(z)
        error = h @ xp.complex(params.W2_re, params.W2_im).T - clean
        return (error.real**2 + error.imag**2).sum() / len(batch.noisy_re)

    own = complex_denoising.loss_and_gradients(network)
    yield _case(
        f"complex network step, batch {len(batch.noisy_re)}", network.init(rng), own, batch, complex_loss, peers
    )


def _read(rng: np.random.Generator, peers: list[str], batch: int = 64, T: int = 30, d: int = 50) -> Race:
    """Forward and backward of the read; the peers form A, by one product for all states, which is the fastest way."""
    H, q, dr = (rng.normal(size=size).astype(np.float32) for size in ((batch, T, d), (batch, d), (batch, d)))

    def run() -> list[np.ndarray]:
        r, cache = fast_weight_read_forward(H, q, decay=0.9, rate=0.5)
        return [r, *fast_weight_read_backward(dr, cache)]

    fade = 0.5 * 0.9 ** np.arange(T - 1, -1, -1, dtype=np.float32)[:, None]

    def read(fade: Any, H: Any, q: Any) -> Any:
        A = (fade * H).mT @ H
        return (A @ q[:, :, None])[:, :, 0]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers:
        import torch

        arrays, dr_t = [torch.tensor(array, requires_grad=True) for array in (H, q)], torch.tensor(dr)

        def run_torch() -> Any:
            r = read(torch.tensor(fade), *arrays)
            return [r.detach(), *torch.autograd.grad(r, arrays, dr_t)]

        runs["torch"] = run_torch
    if "jax" in peers:
        import jax
        import jax.numpy as jnp

        @jax.jit
        def both(H: Any, q: Any, dr: Any) -> Any:
            r, pullback = jax.vjp(lambda H, q: read(fade, H, q), H, q)
            return [r, *pullback(dr)]

        inputs = [jnp.asarray(array) for array in (H, q, dr)]
        runs["jax"] = lambda: jax.block_until_ready(both(*inputs))
    for peer in peers:
        _agree(run(), runs[peer]())
    return Race(f"fast_weight_read ({batch}, {T}, {d})", runs, 4 * batch * T * d)


def _case(name: str, params: Any, own: Any, batch: Any, loss: Callable[[Any, Any], Any], peers: list[str]) -> Race:
    """A step of nnmem and of the peers; before it is timed, losses and gradients of all agree."""
    expected, gradients = own(params, batch)
    runs = {"nnmem": training_step(lambda params: own(params, batch), params, Adam(), CLIP, LR)}
    for peer in peers:
        both, runs[peer] = STEPS[peer](params, loss)
        value, theirs = both()
        _agree([np.array(expected), *(leaf for _, leaf in leaves(gradients))], [value, *theirs])
    return Race(name, runs)


def _agree(own: list, theirs: list) -> None:
    """The same up to rounding in float32."""
    for a, b in zip(own, theirs, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert np.abs(a - b).max() <= 1e-3 * max(np.abs(b).max(), 1e-3), (a.shape, np.abs(a - b).max(), np.abs(b).max())


def _normal(z: Any, norm: Any) -> Any:
    centred = z - z.mean(-1)[:, None]
    return norm.gain * centred / ((centred**2).mean(-1)[:, None] + 1e-5) ** 0.5 + norm.bias
