"""Patches, convolution, pooling and a training step of captions, float32, beside PyTorch and JAX.

The encoder's layers at the batch of its recipe, forward and backward: patches beside PyTorch's unfold, convolutions
beside its conv2d, pooling beside its max_pool2d; JAX has its own of each under jit. A captions step is forward,
backward, clipping by norm and Adam on a batch of the recipe, pictures of three digits that the encoder has read. Then
glimpses and the network that looks around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import training_step
from benchmarks._looking import cases as looking_cases
from benchmarks._peer_steps import STEPS
from nnmem.nn.convolution import (
    convolution_backward,
    convolution_forward,
    max_pooling_backward,
    max_pooling_forward,
)
from nnmem.nn.optimisers import Adam
from nnmem.nn.patches import patches_backward, patches_forward
from nnmem.nn.training import keep_freed_memory
from nnmem.recipes.vision.caption_training import BATCH, CLIP, ENCODER, MODEL, Pictured, soft_gradients
from nnmem.study.bench import Race
from nnmem.tasks.digit_mosaics import captions, digit_pools, draw_mosaics

LR = 1e-3


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the layers, then the step."""
    keep_freed_memory()
    yield _patches(peers, (BATCH, 32, 32, 1), 12, 4)
    yield _convolution(peers, (BATCH, 12, 12, 1), 16, 1)
    yield _convolution(peers, (BATCH, 5, 5, 16), 32, 1)
    yield _pooling(peers, (BATCH, 10, 10, 16))
    yield _step(peers)
    yield from looking_cases(peers)


def _drawn(*shapes: tuple[int, ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def _race(
    name: str,
    peers: list[str],
    args: list[np.ndarray],
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    of_torch: Callable[..., Any],
    of_jax: Callable[..., Any],
    inner: tuple[int, ...],
) -> Race:
    """A layer and its gradient; PyTorch has channels before rows and columns, its arrays laid out so beforehand."""
    Y, _ = forward(*args)
    (dY,) = _drawn(Y.shape)

    def run() -> list[Any]:
        Y, cache = forward(*args)
        grads = backward(dY, cache)
        return [Y, *(grads if isinstance(grads, tuple) else (grads,))]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers:
        import torch

        inputs = [
            torch.tensor(np.ascontiguousarray(np.moveaxis(a, -1, 1) if a.ndim == 4 else a), requires_grad=True)
            for a in args
        ]
        out = of_torch(*inputs)
        dout = torch.tensor(dY).movedim(-1, 1).reshape(out.shape).contiguous()
        runs["torch"] = lambda: torch.autograd.grad(of_torch(*inputs), inputs, dout)
    if "jax" in peers:
        import jax
        import jax.numpy as jnp

        given, dgiven = [jnp.asarray(a) for a in args], jnp.asarray(dY)

        @jax.jit
        def pull(given: list, dgiven: Any) -> Any:
            out, pullback = jax.vjp(of_jax, *given)
            return out, pullback(dgiven.reshape(out.shape))

        runs["jax"] = lambda: jax.block_until_ready(pull(given, dgiven))
    return Race(f"{name} {inner}", runs)


def _patches(peers: list[str], shape: tuple[int, ...], size: int, stride: int) -> Race:
    def of_torch(X: Any) -> Any:
        from torch.nn.functional import unfold

        return unfold(X, size, stride=stride)

    def of_jax(X: Any) -> Any:
        from jax import lax

        return lax.conv_general_dilated_patches(
            X, (size, size), (stride, stride), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )

    return _race(
        f"patches, size {size}, stride {stride}", peers, _drawn(shape),
        lambda X: patches_forward(X, size, stride), patches_backward, of_torch, of_jax, shape,
    )  # fmt: skip


def _convolution(peers: list[str], shape: tuple[int, ...], filters: int, stride: int) -> Race:
    def of_torch(X: Any, W: Any, b: Any) -> Any:
        from torch.nn.functional import conv2d

        return conv2d(X, W, b, stride=stride)

    def of_jax(X: Any, W: Any, b: Any) -> Any:
        from jax import lax

        return lax.conv_general_dilated(X, W, (stride, stride), "VALID", dimension_numbers=("NHWC", "OHWI", "NHWC")) + b

    args = _drawn(shape, (filters, 3, 3, shape[-1]), (filters,))
    return _race(
        f"convolution, {filters} filters", peers, args,
        lambda *args: convolution_forward(*args, stride), convolution_backward, of_torch, of_jax, shape,
    )  # fmt: skip


def _pooling(peers: list[str], shape: tuple[int, ...]) -> Race:
    def of_torch(X: Any) -> Any:
        from torch.nn.functional import max_pool2d

        return max_pool2d(X, 2)

    def of_jax(X: Any) -> Any:
        from jax import lax

        return lax.reduce_window(X, -np.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    return _race(
        "max pooling", peers, _drawn(shape), max_pooling_forward, max_pooling_backward, of_torch, of_jax, shape
    )


def _step(peers: list[str]) -> Race:
    rng = np.random.default_rng(0)
    mosaics = draw_mosaics(rng, digit_pools(0, copies=0)[0], BATCH, 3)
    X, targets = ENCODER.regions(ENCODER.init(rng), mosaics.pictures), captions(mosaics)
    params = MODEL.init(rng)
    own = training_step(lambda params: soft_gradients(params, Pictured(X, targets)), params, Adam(), CLIP, LR)
    runs: dict[str, Callable[[], Any]] = {"nnmem": own}
    for peer in peers:
        runs[peer] = STEPS[peer](params, _loss(X, targets))[1]
    return Race(f"captions step, batch {BATCH}", runs)


def _loss(X: np.ndarray, targets: np.ndarray) -> Callable[[Any, Any], Any]:
    """The same network and loss for PyTorch, in an eager loop, and for JAX, in a scan."""
    read = np.concatenate([np.zeros_like(targets[:, :1]), targets[:, :-1]], axis=1).T

    def loss(xp: Any, params: Any) -> Any:
        x, words = xp.asarray(X), xp.asarray(targets)
        mean, keys = x.mean(1), x @ params.alignment.U.T
        h, c = (xp.tanh(mean @ layer.W.T + layer.b) for layer in (params.start_h, params.start_c))

        def step(state: Any, y: Any) -> Any:
            h, c = state
            scores = xp.tanh(keys + (h @ params.alignment.W.T)[:, None]) @ params.alignment.v
            alpha = xp.softmax(scores, -1)
            z = xp.sigmoid(h @ params.gate.W.T + params.gate.b) * (alpha[:, None] @ x)[:, 0]
            W_x, W_h, b = params.lstm
            if hasattr(xp, "lstm_cell"):  # PyTorch's own; its order of the gates is another, which costs nothing
                h, c = xp.lstm_cell(xp.concatenate([y, z], -1), (h, c), W_x, W_h, b)
            else:
                o, i, f, g = xp.split(xp.concatenate([y, z], -1) @ W_x.T + h @ W_h.T + b, 4, -1)
                c = xp.sigmoid(f) * c + xp.sigmoid(i) * xp.tanh(g)
                h = xp.sigmoid(o) * xp.tanh(c)
            return (h, c), xp.concatenate([h, y, z], -1)

        _, features = xp.scan(step, (h, c), params.words[xp.asarray(read)])
        logits = (features @ params.output.W.T + params.output.b).swapaxes(0, 1)
        return xp.nll(logits, words) * words.shape[1]

    return loss
