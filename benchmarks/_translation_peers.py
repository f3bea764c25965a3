"""A translation step of PyTorch, with its own GRU, and of JAX, which scans under jit: the network of the recipe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._peer_steps import jax_adam
from nnmem.models.sequence.translator import Translator, TranslatorParams
from nnmem.nn.both_directions import turned
from nnmem.nn.tree import tree_map
from nnmem.tasks.chinese_dates import Sentences


def torch_translation(model: Translator, batch: Sentences, clip: float, lr: float) -> Callable[[], float]:
    """Return a training step of the same sizes; PyTorch's GRU cell resets behind its product."""
    import torch
    from torch import nn

    e, n, words = model.embedding_size, model.hidden_size, model.target_symbols

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.source, self.target = nn.Embedding(model.source_symbols, e), nn.Embedding(words, e)
            self.encoder = nn.GRU(e, n, bidirectional=True, batch_first=True)
            self.start, self.cell = nn.Linear(n, n), nn.GRUCell(e + 2 * n, n)
            self.W, self.U, self.v = (
                nn.Linear(n, n, bias=False),
                nn.Linear(2 * n, n, bias=False),
                nn.Linear(n, 1, False),
            )
            self.readout, self.output = nn.Linear(e + 3 * n, 2 * n), nn.Linear(n, words)

        def forward(self, source: Any, lengths: Any, targets: Any, mask: Any) -> Any:
            packed = nn.utils.rnn.pack_padded_sequence(self.source(source), lengths, True, enforce_sorted=False)
            H, _ = nn.utils.rnn.pad_packed_sequence(self.encoder(packed)[0], batch_first=True)
            real = torch.arange(H.shape[1]) < lengths[:, None]
            s, keys = torch.tanh(self.start(H[:, 0, n:])), self.U(H)
            Y = self.target(torch.cat([torch.zeros_like(targets[:, :1]), targets[:, :-1]], dim=1))
            read = []
            for y in Y.unbind(1):
                scores = self.v(torch.tanh(keys + self.W(s)[:, None]))[..., 0].masked_fill(~real, -torch.inf)
                c = (torch.softmax(scores, -1)[:, None] @ H)[:, 0]
                read.append(torch.cat([s, y, c], dim=-1))
                s = self.cell(torch.cat([y, c], dim=-1), s)
            t = self.readout(torch.stack(read, 1)).unflatten(-1, (n, 2)).amax(-1)
            losses = nn.functional.cross_entropy(self.output(t).flatten(0, 1), targets.flatten(), reduction="none")
            return (losses * mask.flatten()).sum() / len(source)

    torch.manual_seed(0)
    network, arrays = Network(), [torch.tensor(array) for array in batch]
    optimiser = torch.optim.Adam(network.parameters(), lr)

    def run() -> float:
        optimiser.zero_grad(set_to_none=True)
        loss = network(*arrays)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimiser.step()
        return loss.item()

    return run


def jax_translation(params: TranslatorParams, batch: Sentences, clip: float, lr: float) -> Callable[[], float]:
    """Return a training step on these very parameters: encoder and decoder are scans, all of it under jit."""
    import jax
    import jax.numpy as jnp

    source, lengths, targets, mask = batch
    real = np.arange(source.shape[1]) < lengths[:, None]
    turn = turned(source.shape[1], lengths)
    before = np.concatenate([np.zeros_like(targets[:, :1]), targets[:, :-1]], axis=1)

    def cell(s: Any, a: Any, U: Any) -> Any:
        n = s.shape[-1]
        gates = jax.nn.sigmoid(a[:, : 2 * n] + s @ U[: 2 * n].T)
        z, r = gates[:, :n], gates[:, n:]
        return s + z * (jnp.tanh(a[:, 2 * n :] + (r * s) @ U[2 * n :].T) - s)

    def encoded(gru: Any, X: Any) -> Any:
        def step(h: Any, a: Any) -> Any:
            h = cell(h, a, gru.U)
            return h, h

        return jax.lax.scan(step, jnp.zeros((X.shape[1], gru.U.shape[1]), X.dtype), X @ gru.W.T + gru.b)[1]

    def loss(params: Any) -> Any:
        X, Y = params.source[source.T], params.target[before.T]
        H_on, H_back = encoded(params.encoder.onward, X), encoded(params.encoder.backward, X[turn])[turn]
        H = jnp.where(real[..., None], jnp.concatenate([H_on, H_back], -1).swapaxes(0, 1), 0)
        s = jnp.tanh(H_back[0] @ params.start.W.T + params.start.b)
        (W, U, v), decoder = params.alignment, params.decoder
        keys = H @ U.T

        def step(s: Any, y: Any) -> Any:
            scores = jnp.tanh(keys + (s @ W.T)[:, None]) @ v
            c = (jax.nn.softmax(jnp.where(real, scores, -jnp.inf))[:, None] @ H)[:, 0]
            a = jnp.concatenate([y, c], -1) @ decoder.W.T + decoder.b
            return cell(s, a, decoder.U), jnp.concatenate([s, y, c], -1)

        features = jax.lax.scan(step, s, Y)[1] @ params.readout.W.T + params.readout.b
        t = features.reshape(*features.shape[:-1], -1, 2).max(-1)
        log_p = jax.nn.log_softmax(t @ params.output.W.T + params.output.b)
        losses = -jnp.take_along_axis(log_p, targets.T[..., None], -1)[..., 0]
        return jnp.where(mask.T, losses, 0).sum() / len(source)

    return jax_adam(jax.value_and_grad(loss), tree_map(jnp.asarray, params), clip, lr)
