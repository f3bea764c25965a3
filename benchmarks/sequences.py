"""The window, marginals of a chain and a translation step, float32, beside PyTorch and JAX.

A translation step is forward, backward, clipping by norm and Adam on a batch of the recipe, sentences of two dates.
PyTorch has its own GRU for the encoder and its GRU cell in the decoder; JAX scans under jit. PyTorch's marginals carry
both directions in one loop ("torch"), or each in a loop of its own ("torch, two loops").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import training_step
from benchmarks._translation_peers import jax_translation, torch_translation
from nnmem import (
    chain_marginals_backward,
    chain_marginals_forward,
    gaussian_window_backward,
    gaussian_window_forward,
)
from nnmem.nn.optimisers import Adam
from nnmem.nn.training import keep_freed_memory
from nnmem.recipes.sequence.translate_dates import BATCH, MODEL, loss_and_gradients, sample
from nnmem.study.bench import Race
from nnmem.tasks.chinese_dates import batch_sentences, held_out_days

CLIP, LR = 1.0, 1e-3


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the window, the marginals, then the step."""
    keep_freed_memory()
    yield _window(peers)
    yield _marginals(peers)
    yield _step(peers)


def _window(peers: list[str], B: int = 32, K: int = 3, U: int = 9, V: int = 27) -> Race:
    rng = np.random.default_rng(0)
    shapes = (B, K), (B, K), (B, K), (B, U, V)
    args = [rng.uniform(0.1, 3, size=shape).astype(np.float32) for shape in shapes]
    dw, dphi = (rng.normal(size=shape).astype(np.float32) for shape in ((B, V), (B, U)))

    def run() -> list[Any]:
        w, phi, cache = gaussian_window_forward(*args)
        return [w, phi, *gaussian_window_backward(dw, dphi, cache)]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers:
        import torch

        inputs, u = [torch.tensor(array, requires_grad=True) for array in args], torch.arange(1, U + 1)
        dw_t, dphi_t = torch.tensor(dw), torch.tensor(dphi)

        def run_torch() -> Any:
            a, b, kappa, C = inputs
            phi = (a[..., None] * torch.exp(-b[..., None] * (kappa[..., None] - u) ** 2)).sum(-2)
            w = (phi[..., None, :] @ C)[..., 0, :]
            return torch.autograd.grad([w, phi], inputs, [dw_t, dphi_t])

        runs["torch"] = run_torch
    if "jax" in peers:
        import jax.numpy as jnp

        def window(a: Any, b: Any, kappa: Any, C: Any) -> Any:
            phi = (a[..., None] * jnp.exp(-b[..., None] * (kappa[..., None] - jnp.arange(1, U + 1)) ** 2)).sum(-2)
            return (phi[..., None, :] @ C)[..., 0, :], phi

        runs["jax"] = _pulled(window, args, (dw, dphi))
    return Race(f"gaussian_window ({B}, {K}, {U}, {V})", runs, 4 * B * K * U)


def _marginals(peers: list[str], B: int = 32, n: int = 64, C: int = 2) -> Race:
    rng = np.random.default_rng(0)
    unary, pairwise, g = (rng.normal(size=s).astype(np.float32) for s in ((B, n, C), (C, C), (B, n, C)))

    def run() -> list[Any]:
        marginals, cache = chain_marginals_forward(unary, pairwise)
        return [marginals, *chain_marginals_backward(g, cache)]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers:
        import torch

        theta, psi = (torch.tensor(array, requires_grad=True) for array in (unary, pairwise))
        g_t, zero = torch.tensor(g), torch.zeros(B, C)

        def messages(steps: Any, psi: Any, start: Any) -> list[Any]:
            found = [start]
            for step in steps:
                found.append(torch.logsumexp((found[-1] + step)[..., None] + psi, -2))
            return found

        def two_loops() -> Any:
            steps = theta.unbind(1)
            F, R = messages(steps[:-1], psi, zero), messages(steps[:0:-1], psi.T, zero)
            marginals = torch.softmax(torch.stack(F, 1) + theta + torch.stack(R[::-1], 1), -1)
            return torch.autograd.grad(marginals, [theta, psi], g_t)

        def one_loop() -> Any:
            steps = torch.stack([theta, theta.flip(1)]).unbind(2)
            both = messages(steps[:-1], torch.stack([psi, psi.T])[:, None], torch.stack([zero, zero]))
            F, R = torch.stack(both, 2)
            return torch.autograd.grad(torch.softmax(F + theta + R.flip(1), -1), [theta, psi], g_t)

        runs["torch, two loops"], runs["torch"] = two_loops, one_loop
    if "jax" in peers:
        import jax
        import jax.numpy as jnp

        def marginals(theta: Any, psi: Any) -> Any:
            def passed(steps: Any, psi: Any) -> Any:
                def step(message: Any, score: Any) -> Any:
                    return jax.nn.logsumexp((message + score)[..., None] + psi, axis=-2), message

                return jax.lax.scan(step, jnp.zeros((B, C), jnp.float32), steps)[1]

            steps = theta.swapaxes(0, 1)
            return jax.nn.softmax(passed(steps, psi) + steps + passed(steps[::-1], psi.T)[::-1]).swapaxes(0, 1)

        runs["jax"] = _pulled(marginals, [unary, pairwise], g)
    return Race(f"chain_marginals ({B}, {n}, {C})", runs)


def _pulled(function: Callable[..., Any], args: list[np.ndarray], douts: Any) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    inputs, douts = [jnp.asarray(array) for array in args], jax.tree.map(jnp.asarray, douts)

    @jax.jit
    def pull(inputs: list, douts: Any) -> Any:
        out, pullback = jax.vjp(function, *inputs)
        return out, pullback(douts)

    return lambda: jax.block_until_ready(pull(inputs, douts))


def _step(peers: list[str]) -> Race:
    rng = np.random.default_rng(0)
    batch = batch_sentences(sample(rng, held_out_days()[0], BATCH, 2))
    params = MODEL.init(rng)
    own = training_step(lambda params: loss_and_gradients(MODEL, params, batch), params, Adam(), CLIP, LR)
    runs: dict[str, Callable[[], Any]] = {"nnmem": own}
    if "torch" in peers:
        runs["torch"] = torch_translation(MODEL, batch, CLIP, LR)
    if "jax" in peers:
        runs["jax"] = jax_translation(params, batch, CLIP, LR)
        first, theirs = own(), runs["jax"]()
        assert abs(first - theirs) < 1e-3 * abs(first), "JAX's network is another"
    return Race(f"translation step, batch {BATCH}", runs)
