"""Stack and queue, forward and backward: nnmem and PyTorch eager.

T = 24 steps, vectors of 16 numbers, batch 32, float32; first the memory alone, with given pops, pushes and vectors, by
formula pairs; then the whole controller with 32 hidden units, by its kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnmem.external.queue import queue_read_backward, queue_read_forward, queue_update_backward, queue_update_forward
from nnmem.external.stack import stack_read_backward, stack_read_forward, stack_update_backward, stack_update_forward
from nnmem.models.structures.structured_memory import StructuredMemory, StructuredMemoryParams
from nnmem.nn.tree import leaves, tree_map
from nnmem.study.bench import Race

T, WIDTH, BATCH, HIDDEN, INPUTS, OUTPUTS = 24, 16, 32, 32, 11, 8
PAIRS = {
    "stack": (stack_update_forward, stack_read_forward, stack_update_backward, stack_read_backward),
    "queue": (queue_update_forward, queue_read_forward, queue_update_backward, queue_read_backward),
}


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the memory alone and the whole controller, for stack and queue."""
    rng = np.random.default_rng(0)
    u, d = rng.random((2, T, BATCH)).astype(np.float32)
    V, dR = rng.normal(size=(2, T, BATCH, WIDTH)).astype(np.float32)
    X, dY = (rng.normal(size=(T, BATCH, k)).astype(np.float32) for k in (INPUTS, OUTPUTS))
    for kind in PAIRS:
        model = StructuredMemory(INPUTS, OUTPUTS, HIDDEN, WIDTH, kind)
        params = model.init(rng)
        memory = {"nnmem": _memory(kind, u, d, V, dR)}
        whole = {"nnmem": _controller(model, params, X, dY)}
        if "torch" in peers:
            memory["torch"] = _torch_memory(kind, u, d, V, dR)
            whole["torch"] = _torch_controller(kind, params, X, dY)
        for runs in (memory, whole):
            for own, theirs in zip(runs["nnmem"](), runs.get("torch", runs["nnmem"])(), strict=True):
                theirs = np.asarray(theirs)
                assert np.abs(own - theirs).max() <= 1e-3 * max(np.abs(theirs).max(), 1e-3), (own.shape, kind)
        yield Race(f"{kind} alone T={T} m={WIDTH} batch={BATCH}", memory)
        yield Race(f"{kind} and LSTM T={T} m={WIDTH} batch={BATCH}", whole)


def _memory(kind: str, u: np.ndarray, d: np.ndarray, V: np.ndarray, dR: np.ndarray) -> Callable[[], Any]:
    update, read, update_backward, read_backward = PAIRS[kind]

    def run() -> list[np.ndarray]:
        rows = np.ascontiguousarray(V.swapaxes(0, 1))
        s, R, updates, reads = np.zeros((BATCH, 0), V.dtype), np.empty_like(dR), [], []
        for t in range(T):
            s, cache = update(s, u[t], d[t])
            updates.append(cache)
            R[t], cache = read(rows[:, : t + 1], s)
            reads.append(cache)
        dV, ds, du, dd = np.zeros_like(rows), np.zeros_like(s), np.empty_like(u), np.empty_like(d)
        for t in reversed(range(T)):
            dV_t, ds_t = read_backward(dR[t], reads[t])
            dV[:, : t + 1] += dV_t
            ds, du[t], dd[t] = update_backward(ds + ds_t, updates[t])
        return [R, du, dd, dV.swapaxes(0, 1)]

    return run


def _controller(model: StructuredMemory, params: StructuredMemoryParams, X: np.ndarray, dY: np.ndarray) -> Any:
    def run() -> list[np.ndarray]:
        Y, cache = model.forward(params, X)
        gradients, _ = model.backward(dY, cache)
        return [Y, *(leaf for _, leaf in leaves(gradients))]

    return run


def _torch_step(kind: str, s: Any, V: Any, u: Any, d: Any) -> tuple[Any, Any]:
    """Strengths and read after a pop and a push, as a user of PyTorch would write it; V has the new vector."""
    import torch

    def in_the_way(s: Any) -> Any:
        total = torch.cumsum(s, -1)
        return total[:, -1:] - total if kind == "stack" else total - s

    if s is not None:
        s = torch.relu(s - torch.relu(u[:, None] - in_the_way(s)))
    s = d[:, None] if s is None else torch.cat([s, d[:, None]], -1)
    k = torch.minimum(s, torch.relu(1 - in_the_way(s)))
    return s, (k[:, None] @ V)[:, 0]


def _torch_memory(kind: str, u: np.ndarray, d: np.ndarray, V: np.ndarray, dR: np.ndarray) -> Callable[[], Any]:
    import torch

    pops, pushes, vectors = (torch.tensor(array, requires_grad=True) for array in (u, d, V))
    upstream = torch.tensor(dR)

    def run() -> list[Any]:
        rows, s, reads = vectors.transpose(0, 1), None, []
        for t in range(T):
            s, r = _torch_step(kind, s, rows[:, : t + 1], pops[t], pushes[t])
            reads.append(r)
        R = torch.stack(reads)
        return [R.detach(), *torch.autograd.grad(R, [pops, pushes, vectors], upstream)]

    return run


def _torch_controller(kind: str, params: StructuredMemoryParams, X: np.ndarray, dY: np.ndarray) -> Callable[[], Any]:
    import torch

    weights = tree_map(lambda a: torch.tensor(a, requires_grad=True), params)
    inputs, upstream = torch.tensor(X), torch.tensor(dY)
    flat = [leaf for _, leaf in leaves(weights)]
    (W_x, W_fed, b), (W, b_m), (W_y, b_y) = weights

    def run() -> list[Any]:
        h, c, r = torch.zeros(BATCH, HIDDEN), torch.zeros(BATCH, HIDDEN), torch.zeros(BATCH, WIDTH)
        s, pushed, outputs = None, [], []
        for drive in inputs @ W_x.T + b:
            o, i, f, g = (drive + torch.cat([h, r], -1) @ W_fed.T).split(HIDDEN, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            a = h @ W.T + b_m
            pushed.append(torch.tanh(a[:, 2:]))
            s, r = _torch_step(kind, s, torch.stack(pushed, 1), torch.sigmoid(a[:, 0]), torch.sigmoid(a[:, 1]))
            outputs.append(torch.cat([h, r], -1))
        Y = torch.stack(outputs) @ W_y.T + b_y
        return [Y.detach(), *torch.autograd.grad(Y, flat, upstream)]

    return run
