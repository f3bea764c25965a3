"""Looking around, forward and backward: nnmem, PyTorch eager and JAX under jit.

A glimpse of 192 pictures; then whole training steps at the recipe's batch: the network that looks around (48 pictures,
4 episodes, 5 glimpses) and the fully connected one that it is compared with, on as many different pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import training_step
from benchmarks._peer_steps import CLIP, LR, STEPS
from nnmem.attention.glimpse import glimpse_backward, glimpse_forward
from nnmem.models.vision.fully_connected import FullyConnected
from nnmem.models.vision.hybrid_loss import hybrid_loss_backward, hybrid_loss_forward
from nnmem.models.vision.recurrent_attention import RecurrentAttention
from nnmem.nn.losses import cross_entropy_backward, cross_entropy_forward
from nnmem.nn.optimisers import Adam
from nnmem.nn.score_function import mean_of_others
from nnmem.nn.tree import leaves
from nnmem.study.bench import Race

PICTURES, EPISODES, T, SIDE, SIZE, SCALES, STD = 48, 4, 5, 32, 8, 3, 0.1
BATCH = PICTURES * EPISODES


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the glimpse alone and the two training steps."""
    rng = np.random.default_rng(0)
    canvas = np.where(rng.random((BATCH, SIDE, SIDE)) < 0.1, rng.random((BATCH, SIDE, SIDE)), 0).astype(np.float32)
    pictures = np.tile(canvas[:PICTURES], (EPISODES, 1, 1))
    labels = np.tile(rng.integers(0, 10, PICTURES), EPISODES)
    start = rng.uniform(-1, 1, (len(pictures), 2)).astype(np.float32)
    noise = (STD * rng.normal(size=(T - 1, len(pictures), 2))).astype(np.float32)
    yield _glimpses(peers, pictures, start, rng)

    model = RecurrentAttention(10, SIZE, SCALES)

    def looking(params: Any) -> tuple[float, Any]:
        logits, means, places, seen = model.look(params, pictures, start, noise)
        reward = (logits.argmax(axis=-1) == labels).astype(logits.dtype)
        baseline = mean_of_others(reward.reshape(EPISODES, -1), axis=0).ravel()
        earned = {"labels": labels, "places": places[1:], "reward": reward, "baseline": baseline, "std": STD}
        losses, loss = hybrid_loss_forward(logits, means, **earned)
        dlosses = np.full(losses.shape, 1 / losses.size, losses.dtype)
        return float(losses.mean()), model.backward(*hybrid_loss_backward(dlosses, loss), seen)

    given = pictures, labels, start, noise
    yield _steps(peers, f"looking around, {PICTURES} x {EPISODES}", model.init(rng), looking, _looking_loss(*given))

    dense = FullyConnected(10, SIDE * SIDE)

    def seeing_all(params: Any) -> tuple[float, Any]:
        logits, seen = dense.forward(params, canvas)
        losses, loss = cross_entropy_forward(logits, labels)
        dlogits = cross_entropy_backward(np.full(losses.shape, 1 / losses.size, losses.dtype), loss)
        return float(losses.mean()), dense.backward(dlogits, seen)

    loss = _dense_loss(canvas, labels)
    yield _steps(peers, f"fully connected, {BATCH}", dense.init(rng), seeing_all, loss)


def _steps(peers: list[str], name: str, params: Any, own: Callable[[Any], tuple[float, Any]], loss: Any) -> Race:
    """A race of whole training steps; loss and gradients agree first."""
    value, grads = own(params)
    runs = {"nnmem": training_step(own, params, Adam(), CLIP, LR)}
    for peer in peers:
        both, runs[peer] = STEPS[peer](params, loss)
        theirs, their_grads = both()
        assert abs(float(theirs) - value) < 1e-3 * max(1, abs(value)), (name, peer, float(theirs), value)
        for (leaf, mine), their in zip(leaves(grads), their_grads, strict=True):
            assert np.abs(np.asarray(their) - mine).max() <= 2e-3 * max(np.abs(mine).max(), 1e-3), (peer, leaf)
    return Race(f"training step: {name}", runs)


def _retina(xp: Any, padded: Any, place: Any) -> Any:
    """A glimpse as a user of PyTorch or JAX writes it: a padded picture, one gather for each scale, means of blocks."""
    rows = xp.arange(len(padded))[:, None, None]
    pixel = xp.asarray(xp.floor((1 + place) * SIDE / 2 + 0.5), dtype=xp.int32)
    far = SIZE * 2 ** (SCALES - 1)
    seen = []
    for k in range(SCALES):
        at = xp.clip(pixel - SIZE // 2 * 2**k + far, 0, SIDE + far)
        ahead = xp.arange(SIZE * 2**k)
        window = padded[rows, (at[:, :1] + ahead)[:, :, None], (at[:, 1:] + ahead)[:, None, :]]
        seen.append(window.reshape(len(padded), SIZE, 2**k, SIZE, 2**k).mean((2, 4)))
    return xp.stack(seen, 1)


def _padded(pictures: np.ndarray) -> np.ndarray:
    far = SIZE * 2 ** (SCALES - 1)
    return np.pad(pictures, ((0, 0), (far, far), (far, far)))


def _glimpses(peers: list[str], pictures: np.ndarray, place: np.ndarray, rng: np.random.Generator) -> Race:
    dretina = rng.normal(size=(len(pictures), SCALES, SIZE, SIZE)).astype(np.float32)

    def own() -> list[np.ndarray]:
        retina, cache = glimpse_forward(pictures, place, SIZE, SCALES)
        return [retina, glimpse_backward(dretina, cache)]

    runs: dict[str, Callable[[], Any]] = {"nnmem": own}
    far = SIZE * 2 ** (SCALES - 1)
    if "torch" in peers:
        import torch

        picture, at, upstream = torch.tensor(pictures, requires_grad=True), torch.tensor(place), torch.tensor(dretina)

        def by_torch() -> list[Any]:
            retina = _retina(torch, torch.nn.functional.pad(picture, (far, far, far, far)), at)
            return [retina.detach(), *torch.autograd.grad(retina, picture, upstream)]

        runs["torch"] = by_torch
    if "jax" in peers:
        import jax
        import jax.numpy as jnp

        @jax.jit
        def both(picture: Any, dretina: Any) -> Any:
            width = ((0, 0), (far, far), (far, far))
            retina, back = jax.vjp(lambda picture: _retina(jnp, jnp.pad(picture, width), place), picture)
            return retina, back(dretina)[0]

        given = jnp.asarray(pictures), jnp.asarray(dretina)
        runs["jax"] = lambda: [np.asarray(each) for each in both(*given)]
    for peer in runs:
        for mine, their in zip(own(), runs[peer](), strict=True):
            assert np.abs(mine - np.asarray(their)).max() < 1e-5, peer
    return Race(f"glimpse, {len(pictures)} pictures {SIDE} x {SIDE}", runs)


def _looking_loss(pictures: np.ndarray, labels: np.ndarray, start: np.ndarray, noise: np.ndarray) -> Any:
    """The hybrid loss as a user of PyTorch or JAX writes it; pictures are padded once."""
    padded = _padded(pictures)

    def loss(xp: Any, params: Any) -> Any:
        seen, at, W_g, W_h, b, location, output = params
        given, targets = xp.asarray(padded), xp.asarray(labels)
        h, place, log_p = 0.0, xp.asarray(start), 0.0
        for t in range(T):
            if t:
                mean = xp.tanh(h @ location.W.T + location.b)
                place = xp.stop_gradient(mean) + xp.asarray(noise[t - 1])
                constant = 2 * math.log(STD * math.sqrt(2 * math.pi))
                log_p = log_p - ((place - mean) ** 2).sum(-1) / (2 * STD**2) - constant
            v = _retina(xp, given, place).reshape(len(padded), -1)
            g = xp.concatenate([xp.relu(v @ seen.W.T + seen.b), xp.relu(place @ at.W.T + at.b)], -1)
            h = xp.relu(g @ W_g.T + (h @ W_h.T if t else 0.0) + b)
        logits = h @ output.W.T + output.b
        reward = xp.where(logits.argmax(-1) == targets, 1.0, 0.0).reshape(EPISODES, -1)
        others = (reward.sum(0) - reward) / (EPISODES - 1)
        return xp.nll(logits, targets) - ((reward - others).reshape(-1) * log_p).mean()

    return loss


def _dense_loss(pictures: np.ndarray, labels: np.ndarray) -> Any:
    def loss(xp: Any, params: Any) -> Any:
        first, second, output = params
        h = xp.relu(xp.asarray(pictures).reshape(len(pictures), -1) @ first.W.T + first.b)
        h = xp.relu(h @ second.W.T + second.b)
        return xp.nll(h @ output.W.T + output.b, xp.asarray(labels))

    return loss
