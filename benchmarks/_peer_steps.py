"""A loss written once for PyTorch and for JAX, and a training step of each: backward, clipping by norm, Adam.

``loss(xp, params)`` calls what both have by its NumPy name; besides, ``xp`` has ``scan`` (JAX's), ``nll``, the mean
cross-entropy of logits, ``complex`` and ``stop_gradient``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnmem.nn.tree import leaves, tree_map

LR, CLIP = 1e-3, 5.0
Loss = Callable[[Any, Any], Any]


def torch_step(params: Any, loss: Loss) -> tuple[Callable[[], Any], Callable[[], float]]:
    """PyTorch's loss and gradients, and its step."""
    import torch
    from torch.nn.functional import cross_entropy

    class Torch:
        @staticmethod
        def nll(logits: Any, targets: Any) -> Any:
            return cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))

        @staticmethod
        def scan(step: Any, state: Any, inputs: Any) -> Any:
            outputs = []
            for x in inputs:
                state, output = step(state, x)
                outputs.append(output)
            return state, torch.stack(outputs) if isinstance(outputs[0], torch.Tensor) else ()

        @staticmethod
        def stop_gradient(x: Any) -> Any:
            return x.detach()

        def __getattr__(self, name: str) -> Any:
            return getattr(torch, name)

    weights, xp = tree_map(lambda leaf: torch.tensor(leaf, requires_grad=True), params), Torch()
    flat = [leaf for _, leaf in leaves(weights)]
    optimiser = torch.optim.Adam(flat, LR)

    def both() -> Any:
        value = loss(xp, weights)
        return value.detach(), torch.autograd.grad(value, flat)

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        value = loss(xp, weights)
        value.backward()
        torch.nn.utils.clip_grad_norm_(flat, CLIP)
        optimiser.step()
        return value.item()

    return both, run


def jax_step(params: Any, loss: Loss) -> tuple[Callable[[], Any], Callable[[], float]]:
    """JAX's loss and gradients, and its step, all under jit."""
    import jax
    import jax.numpy as jnp

    class Jax:
        sigmoid, relu, scan = map(staticmethod, (jax.nn.sigmoid, jax.nn.relu, jax.lax.scan))
        complex, stop_gradient = map(staticmethod, (jax.lax.complex, jax.lax.stop_gradient))
        softmax = staticmethod(jax.nn.softmax)

        @staticmethod
        def nll(logits: Any, targets: Any) -> Any:
            log_p = jax.nn.log_softmax(logits, axis=-1)
            return -jnp.take_along_axis(log_p, targets[..., None], axis=-1).mean()

        def __getattr__(self, name: str) -> Any:
            return getattr(jnp, name)

    xp = Jax()
    weights = tree_map(jnp.asarray, params)
    both = jax.jit(jax.value_and_grad(lambda params: loss(xp, params)))

    run = jax_adam(both, weights, CLIP, LR)

    def flat() -> Any:
        value, grads = both(weights)
        return value, jax.tree.leaves(grads)

    return flat, run


def jax_adam(both: Callable[[Any], Any], weights: Any, clip: float, lr: float) -> Callable[[], float]:
    """A step of JAX under jit: loss and gradients, clipping by norm, Adam."""
    import jax
    import jax.numpy as jnp

    @jax.jit
    def step(params: Any, m: Any, v: Any, t: Any) -> Any:
        value, grads = both(params)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(grads)))
        grads = jax.tree.map(lambda g: g * jnp.minimum(1, clip / norm), grads)
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, grads)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, grads)
        rate = lr * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) + 1e-8), params, m, v)
        return value, params, m, v, t + 1

    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = [weights, zeros, zeros, jnp.float32(1)]

    def run() -> float:
        value, *state[:] = step(*state)
        return float(value)

    return run


STEPS = {"torch": torch_step, "jax": jax_step}
