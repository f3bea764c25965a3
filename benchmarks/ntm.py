"""A training step's forward and backward of the copying neural Turing machine: nnmem, PyTorch eager, JAX jit and scan.

LSTM 100, memory 128 x 20, one read and one write head, 10 inputs, 8 outputs, float32. The floor is the least that the
step asks of NumPy: its matrix products and its passes over the memory, on arrays of the same sizes, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnmem.models.turing.turing_loop import NTMParams
from nnmem.models.turing.turing_machine import NTM
from nnmem.nn.linear import transposed
from nnmem.nn.tree import leaves, tree_map
from nnmem.study.bench import Race
from nnmem.tasks.algorithms import copy

MODEL = NTM(input_size=10, output_size=8)


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield copying 10 and 20 vectors (T = 22 and 42) at batches of 1, 16 and 64."""
    rng = np.random.default_rng(0)
    params = MODEL.init(rng)
    for length in (10, 20):
        for batch in (1, 16, 64):
            X = copy(rng, batch, length).X
            dY = rng.normal(size=(*X.shape[:2], MODEL.output_size)).astype(np.float32)
            runs = {"nnmem": _nnmem(params, X, dY)}
            runs |= {peer: PEER_RUNS[peer](params, X, dY) for peer in peers}
            for peer in peers:
                _agree(runs["nnmem"](), runs[peer]())
            runs["floor"] = _floor(X)
            yield Race(f"ntm T={len(X)} batch={batch}", runs)


def _agree(own: list, theirs: list) -> None:
    """The outputs and the gradient of every parameter are the same up to rounding in float32."""
    for a, b in zip(own, theirs, strict=True):
        b = np.asarray(b)
        assert np.abs(a - b).max() <= 2e-2 * max(np.abs(b).max(), 1e-3), (a.shape, np.abs(a - b).max(), np.abs(b).max())


def _nnmem(params: NTMParams, X: np.ndarray, dY: np.ndarray) -> Callable[[], Any]:
    def run() -> list[np.ndarray]:
        Y, cache = MODEL.forward(params, X)
        gradients, _ = MODEL.backward(dY, cache)
        return [Y, *(leaf for _, leaf in leaves(gradients))]

    return run


def step(xp: Any, softmax: Callable, softplus: Callable, x: Any, state: tuple, params: NTMParams) -> tuple:
    """One step written for another library, as its users would write it, with the library's own matrix products."""
    M, w_prev, r, h, c = state
    W_x, W_h, b = params.controller
    o, i, f, g = xp.split(xp.concatenate([x, r], -1) @ W_x.T + h @ W_h.T + b, MODEL.hidden_size, -1)
    c = xp.sigmoid(f) * c + xp.sigmoid(i) * xp.tanh(g)
    h = xp.sigmoid(o) * xp.tanh(c)
    z = h @ params.heads.W.T + params.heads.b
    d, parts, start = MODEL.width, [], 0
    for size in MODEL.heads.sizes():
        parts.append(z[:, start : start + size])
        start += size
    gate, erase, add, key, strength, sharpness, shift = parts
    key, shift = xp.tanh(key).reshape(-1, 2, d), softmax(shift.reshape(-1, 2, 3))
    norm_k, norm_m = xp.sqrt((key * key).sum(-1)), xp.sqrt((M * M).sum(-1))
    similarity = key @ M.mT / (norm_k[:, :, None] * norm_m[:, None, :])
    w = softmax(softplus(strength)[..., None] * similarity)
    gate = xp.sigmoid(gate)[..., None]
    w = gate * w + (1 - gate) * w_prev
    w = sum(shift[..., j, None] * xp.roll(w, j - 1, -1) for j in range(3))
    w = (w + 1e-37) ** (1 + softplus(sharpness))[..., None]
    w = w / w.sum(-1)[..., None]
    r = (w[:, :1] @ M)[:, 0]
    M = M * (1 - w[:, 1, :, None] * xp.sigmoid(erase)[:, None]) + w[:, 1, :, None] * xp.tanh(add)[:, None]
    return (M, w, r, h, c), xp.concatenate([h, r], -1)[:, xp.order] @ params.output.W.T + params.output.b


# nnmem's output weights have the columns of the read vector first
ORDER = np.r_[MODEL.hidden_size : MODEL.hidden_size + MODEL.width, : MODEL.hidden_size]


def _first(params: Any, batch: int, xp: Any, softmax: Callable) -> tuple:
    """The first state: memory, weights, read vector, h and c."""
    M = xp.zeros((batch, MODEL.slots, MODEL.width)) + MODEL.memory_start
    w = xp.zeros((batch, 1, 1)) + softmax(params.start)
    return M, w, xp.zeros((batch, MODEL.width)), *(xp.zeros((batch, MODEL.hidden_size)) for _ in range(2))


def _torch(params: NTMParams, X: np.ndarray, dY: np.ndarray) -> Callable[[], Any]:
    import torch
    from torch.nn.functional import softplus

    class Torch:
        order = torch.tensor(ORDER)

        def __getattr__(self, name: str) -> Any:
            return getattr(torch, name)

    xp, weights = Torch(), tree_map(lambda a: torch.tensor(a, requires_grad=True), params)
    inputs, upstream = torch.tensor(X), torch.tensor(dY)
    flat = [leaf for _, leaf in leaves(weights)]

    def softmax(x: Any) -> Any:
        return torch.softmax(x, -1)

    def run() -> list[Any]:
        state, outputs = _first(weights, X.shape[1], torch, softmax), []
        for x in inputs:
            state, y = step(xp, softmax, softplus, x, state, weights)
            outputs.append(y)
        Y = torch.stack(outputs)
        return [Y.detach(), *torch.autograd.grad(Y, flat, upstream)]

    return run


def _jax(params: NTMParams, X: np.ndarray, dY: np.ndarray) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    class Jax:
        order, sigmoid = jnp.asarray(ORDER), staticmethod(jax.nn.sigmoid)

        @staticmethod
        def split(x: Any, size: int, axis: int) -> Any:
            return jnp.split(x, x.shape[axis] // size, axis)

        def __getattr__(self, name: str) -> Any:
            return getattr(jnp, name)

    weights = tree_map(jnp.asarray, params)
    inputs, upstream = jnp.asarray(X), jnp.asarray(dY)

    def outputs(weights: Any) -> Any:
        def one(state: tuple, x: Any) -> tuple:
            return step(Jax(), jax.nn.softmax, jax.nn.softplus, x, state, weights)

        return jax.lax.scan(one, _first(weights, X.shape[1], jnp, jax.nn.softmax), inputs)[1]

    @jax.jit
    def both(weights: Any, upstream: Any) -> Any:
        Y, pullback = jax.vjp(outputs, weights)
        return Y, pullback(upstream)[0]

    def run() -> list[Any]:
        Y, gradients = jax.block_until_ready(both(weights, upstream))
        return [Y, *(leaf for _, leaf in leaves(gradients))]

    return run


def _floor(X: np.ndarray) -> Callable[[], Any]:
    """Products forward and backward and, of memory-sized passes, the fewest that (8.22) to (8.24) can do with."""
    T, B, _ = X.shape
    h, d, N, heads = MODEL.hidden_size, MODEL.width, MODEL.slots, MODEL.reads + MODEL.writes
    Z = sum(MODEL.heads.sizes())

    def array(*shape: int) -> np.ndarray:
        return np.ones(shape, np.float32)

    M, D, part = (transposed(array(B, d, N)) for _ in range(3))
    S, W_fed, pre, W_z, z = array(B, d + h), array(4 * h, d + h), array(B, 4 * h), array(Z, h), array(B, Z)
    k, w = array(B, heads, d), array(B, heads, N)
    all_pre, all_S, all_z = (array(T * B, size) for size in (4 * h, d + h, Z))

    def run() -> None:
        for _ in range(T):
            S @ W_fed.T, S[:, d:] @ W_z.T  # controller, heads
            k @ transposed(M), np.einsum("...nd,...nd->...n", M, M), w[:, :1] @ M  # similarity, norms, read
            np.multiply(w[:, 0, :, None], k[:, :1], out=part), np.multiply(M, D, out=part), np.add(M, D, out=part)
        for _ in range(T):
            w @ D, k @ transposed(D), np.multiply(D, M, out=part), np.multiply(D, M, out=part)  # write
            part @ k[:, 0, :, None], w[:, :1] @ part
            w @ M, k @ transposed(M)  # read, similarity
            np.matmul(transposed(w), k, out=part), np.add(D, part, out=part)
            z @ W_z, pre @ W_fed
        all_pre.T @ X.reshape(T * B, -1), all_pre.T @ all_S, all_z.T @ all_S[:, d:]

    return run


PEER_RUNS = {"torch": _torch, "jax": _jax}
