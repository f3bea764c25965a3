"""The attention formulas, forward and backward, float32: nnmem beside PyTorch eager and JAX under jit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnmem.study.bench import Race
from nnmem.study.index.entry import Pair
from nnmem.study.index.lookup import PAIRS, Example, examples, shapes
from nnmem.study.index.peer import Library, Peer

SIZES = ((32, 64, 64), (8, 512, 64))
HUGE = 2**28


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield every pair whose entry names a peer, at both sizes, once for each score."""
    for batch, N, d in SIZES:
        sizes = {"N": N, "M": N, **dict.fromkeys(("d", "d_q", "d_v", "h", "p", "d_out"), d)}
        for pair in PAIRS.values():
            seen = set()
            for example in examples(pair.name, batches=((batch,),), sizes=sizes) if pair.peer else ():
                score = example.options.get("score", "")
                if "mask" in example.options or score in seen:
                    continue
                seen.add(score)
                case = _case(pair, pair.peer, example, (batch, N, d), sizes, peers)
                if case.largest < HUGE:
                    yield case


def _case(
    pair: Pair, peer: Peer, example: Example, size: tuple[int, int, int], sizes: dict[str, int], peers: list[str]
) -> Race:
    args = [array.astype(np.float32) for array in example.args]
    arrays = {k: v.astype(np.float32) for k, v in example.options.items() if isinstance(v, np.ndarray)}
    words = {k: v for k, v in {**example.options, **peer.options}.items() if k not in arrays}
    options = {**arrays, **words}
    [(_, largest)] = shapes(f"largest {peer.largest(**words)}", size[:1], sizes)
    if "rng" in pair.forward.__annotations__:
        options["rng"] = np.random.default_rng(0)
    *outputs, _ = pair.forward(*args, **options)
    dout = np.random.default_rng(1).normal(size=outputs[(*pair.upstream, 0)[0]].shape).astype(np.float32)

    def run() -> list[Any]:
        *outputs, cache = pair.forward(*args, **options)
        gradients = pair.backward(dout, cache)
        return [*outputs, *(gradients if isinstance(gradients, tuple) else (gradients,))]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    for library in peers:
        if library in peer.libraries:
            for name, peer_run in PEER_RUNS[library](peer, args, arrays, words, dout):
                runs[name] = peer_run
    name = f"{example.function} {example.options.get('score', '')} {size}".replace("  ", " ")
    return Race(name, runs, 4 * int(np.prod(largest)))


def _torch(
    peer: Peer, args: list[Any], arrays: dict[str, Any], words: dict[str, Any], dout: np.ndarray
) -> Iterator[tuple[str, Callable[[], Any]]]:
    import torch

    inputs = [torch.tensor(array, requires_grad=True) for array in args]
    options = {**{name: torch.tensor(array) for name, array in arrays.items()}, **words}
    lib = Library(torch, lambda s: torch.softmax(s, -1), torch.take_along_dim)
    dout_t = torch.tensor(dout)

    def run() -> Any:
        return torch.autograd.grad(peer.formula(lib, *inputs, **options), inputs, dout_t, allow_unused=True)

    yield "torch", run
    fused = peer.fused
    if fused is not None and peer.fused_options.items() <= words.items():
        yield "torch sdpa", lambda: torch.autograd.grad(fused(torch, *inputs), inputs, dout_t)


def _jax(
    peer: Peer, args: list[Any], arrays: dict[str, Any], words: dict[str, Any], dout: np.ndarray
) -> Iterator[tuple[str, Callable[[], Any]]]:
    import jax
    import jax.numpy as jnp

    inputs = [jnp.asarray(array) for array in args]
    options = {**{name: jnp.asarray(array) for name, array in arrays.items()}, **words}
    lib = Library(jnp, jax.nn.softmax, jnp.take_along_axis)
    dout_j = jnp.asarray(dout)

    @jax.jit
    def step(inputs: list[Any], dout: Any) -> Any:
        out, pullback = jax.vjp(lambda *xs: peer.formula(lib, *xs, **options), *inputs)
        return out, pullback(dout)

    yield "jax", lambda: jax.block_until_ready(step(inputs, dout_j))


PEER_RUNS = {"torch": _torch, "jax": _jax}
