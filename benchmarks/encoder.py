"""An encoder of BERT's architecture, and a training step of the question-answering system, float32.

The encoder: B = 32 sequences of L = 32 words, d = 64, 4 heads, 2 layers, 256 wide, forward and backward, beside
``transformers.BertModel`` in eager mode where it is installed, else the same written in PyTorch, and JAX under jit.
The step: forward, backward, clipping by norm and Adam on a batch of the recipe, task 1 with 8 slots, task 2 with a slot
for each fact. Peers embed the words of every fact, and have the shares of writing from a cumulative product.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from benchmarks import training_step
from benchmarks._peer_steps import STEPS
from nnmem.models.memory_qa.bert_encoder import BertEncoder
from nnmem.models.memory_qa.qa_system import QASystem
from nnmem.nn.optimisers import Adam
from nnmem.nn.training import keep_freed_memory
from nnmem.recipes.memory_qa.qa_memory import settings_of
from nnmem.recipes.memory_qa.qa_training import QABatch, QASettings, build, loss_and_gradients, told
from nnmem.study.bench import Race
from nnmem.tasks import babi
from nnmem.tasks.babi_answers import WordLists, write_down
from nnmem.tasks.babi_worlds import world_task

B, L, D, HEADS, LAYERS, WIDE, WORDS = 32, 32, 64, 4, 2, 256, 1000
CLIP, LR = 5.0, 1e-3


def cases(peers: list[str]) -> Iterator[Race]:
    """Yield the encoder, then the steps."""
    keep_freed_memory()
    yield _encoder(peers)
    for number in (1, 2):
        yield _step(peers, number)


def _encoder(peers: list[str]) -> Race:
    rng = np.random.default_rng(0)
    model = BertEncoder(WORDS, D, LAYERS, HEADS, WIDE, L)
    params, words = model.init(rng), rng.integers(1, WORDS, (B, L))
    upstream = rng.normal(size=(B, L, D)).astype(np.float32)

    def run() -> Any:
        _, _, cache = model.forward(params, words, mask=np.ones((B, L), bool))
        return model.backward(upstream, cache)

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    if "torch" in peers and find_spec("transformers"):
        runs["torch"] = _bert_model(words, upstream)
    if "jax" in peers:
        runs["jax"] = _jax_encoder(params, words, upstream)
    return Race(f"BERT encoder ({B}, {L}, {D}), {LAYERS} layers", runs)


def _bert_model(words: np.ndarray, upstream: np.ndarray) -> Callable[[], Any]:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers import BertConfig, BertModel
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=D,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=WIDE,
        max_position_embeddings=L,
        attn_implementation="eager",
    )
    bert, mask = BertModel(config).eval(), torch.ones(B, L, dtype=torch.long)
    ids, dX = torch.tensor(words), torch.tensor(upstream)

    def run() -> Any:
        bert.zero_grad(set_to_none=True)
        bert(ids, attention_mask=mask)[0].backward(dX)

    return run


def _jax_encoder(params: Any, words: np.ndarray, upstream: np.ndarray) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    def norm(X: Any, gain: Any, bias: Any) -> Any:
        centred = X - X.mean(-1, keepdims=True)
        return gain * centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) + bias

    def loss(p: Any) -> Any:
        X = norm(p.words[words] + p.positions[:L] + p.segments[0], *p.norm)
        for layer in p.layers:
            Y = X @ layer.attention.heads.W.T + layer.attention.heads.b
            q, k, v = jnp.moveaxis(Y.reshape(B, L, 3, HEADS, D // HEADS), (2, 3), (0, 2))
            alpha = jax.nn.softmax(q @ k.swapaxes(-1, -2) / math.sqrt(D // HEADS), axis=-1)
            R = (alpha @ v).swapaxes(1, 2).reshape(B, L, D)
            A = norm(X + R @ layer.attention.output.W.T + layer.attention.output.b, *layer.attention_norm)
            G = jax.nn.gelu(A @ layer.widen.W.T + layer.widen.b, approximate=False)
            X = norm(A + G @ layer.narrow.W.T + layer.narrow.b, *layer.norm)
        return (X * upstream).sum()

    weights, both = jax.tree.map(jnp.asarray, params), jax.jit(jax.value_and_grad(loss))
    return lambda: jax.block_until_ready(both(weights))


def _step(peers: list[str], number: int) -> Race:
    task = babi.load_task(None, number) if os.environ.get(babi.VARIABLE) else world_task(number)
    words, settings = WordLists.of(task.train), settings_of(number)
    stories, rng = write_down(task.train, words, settings.memory), np.random.default_rng(0)
    chosen = rng.permutation(len(task.train))[: settings.batch]
    given = told(stories, chosen)
    keep = (rng.random((*given.facts.shape, settings.size), np.float32) >= settings.dropout) / np.float32(0.8)
    batch = QABatch(given, stories.answers[chosen], stories.supporting[chosen], keep)
    model = build(words, settings)
    params = model.init(rng)
    own = training_step(partial(loss_and_gradients, model, settings, batch=batch), params, Adam(), CLIP, LR)
    runs: dict[str, Callable[[], Any]] = {"nnmem": own}
    loss = _loss(model, settings, batch)
    for peer in peers:
        runs[peer] = STEPS[peer](params, loss)[1]
    return Race(f"question-answering step, task {number}", runs)


def softmax(xp: Any, scores: Any) -> Any:
    """The softmax of the last axis, in what both libraries call alike."""
    E = xp.exp(scores - xp.amax(scores, -1)[..., None])
    return E / E.sum(-1)[..., None]


def _loss(model: QASystem, settings: QASettings, batch: QABatch) -> Callable[[Any, Any], Any]:
    """The loss in terms that PyTorch and JAX share. Gates stand in the order o, i, f, g."""
    told, n, T = batch.told, len(batch.answers), batch.told.facts.shape[1]
    heads, d_h = model.num_heads, model.size // model.num_heads
    real = (np.arange(T) < told.lengths[:, None]).astype(np.float32)
    ages = np.maximum(told.lengths[:, None] - 1 - np.arange(T), 0)
    targets = np.maximum(batch.answers, 0)
    before = np.concatenate([np.zeros_like(targets[:, :1]), targets], axis=1)[:, :-1]
    J = model.longest_sentence
    c = (4 * (np.arange(1, J + 1) - (J + 1) / 2) / J).astype(np.float32)
    b = ((np.arange(1, model.size + 1) - (model.size + 1) / 2) / model.size).astype(np.float32)
    facts, asked = told.sentences[told.facts], told.sentences[told.questions]
    wanted = np.zeros((n, settings.hops, T), np.float32)
    for place in range(min(settings.hops, batch.supporting.shape[1])):
        some = np.flatnonzero(batch.supporting[:, place] >= 0)
        wanted[some, place, batch.supporting[some, place]] = 1
    mask = (batch.answers >= 0).astype(np.float32)

    def loss(xp: Any, p: Any) -> Any:
        make = getattr(xp, "as_tensor", None) or xp.asarray

        def sentence(words: np.ndarray) -> Any:
            weights = make((words >= 0).astype(np.float32)[..., None] * (1 + b * c[:, None]))
            return (p.encoder[make(np.maximum(words, 0))] * weights).sum(-2)

        def linear(x: Any, part: Any) -> Any:
            return x @ part.W.T + part.b

        def split(x: Any) -> Any:
            return x.reshape(*x.shape[:-1], heads, d_h).swapaxes(-2, -3)

        def cell(part: Any) -> Any:
            def step(state: Any, x: Any) -> Any:
                h, cc = state
                z = x @ part.W_x.T + h @ part.W_h.T + part.b
                o, i, f, g = (z[..., k * model.size : (k + 1) * model.size] for k in range(4))
                cc = xp.sigmoid(f) * cc + xp.sigmoid(i) * xp.tanh(g)
                h = xp.sigmoid(o) * xp.tanh(cc)
                return (h, cc), h

            return step

        X, q = sentence(facts) * make(batch.keep), sentence(asked)
        zero = make(np.zeros((n, model.size), np.float32))
        _, H = xp.scan(cell(p.internal), (zero, zero), X.swapaxes(0, 1))
        E = xp.concatenate([X, H.swapaxes(0, 1)], -1)
        K = split(linear(E, p.memory.key) + p.memory.key_ages[make(ages)])
        V = split(linear(E, p.memory.value) + p.memory.value_ages[make(ages)])
        share = None
        if model.slots:
            addresses = split(p.memory.addresses)
            w = softmax(xp, split(linear(E, p.memory.write)) @ addresses.swapaxes(-1, -2) / math.sqrt(d_h))
            w = w * make(real)[:, None, :, None]
            left = xp.flip(xp.cumprod(xp.flip(1 - w, (2,)), 2), (2,))
            share = w * xp.concatenate([left[:, :, 1:], 0 * left[:, :, :1] + 1], 2)
            K, V = share.swapaxes(-1, -2) @ K + addresses, share.swapaxes(-1, -2) @ V
        total = 0.0
        for i, hop in enumerate(p.memory.hops):
            query = linear(q, hop.query).reshape(n, heads, d_h, 1)
            scores = (K @ query)[..., 0] / math.sqrt(d_h)
            if share is None:
                scores = scores + make((real[:, None] - 1) * 1e9)
            alpha = softmax(xp, scores)
            q = q + linear((alpha[..., None, :] @ V).reshape(n, model.size), hop.output)
            trace = (alpha if share is None else (share @ alpha[..., None])[..., 0]).mean(1)
            read = (trace * make(wanted[:, i])).sum(-1) + make(1e-6 + 1 - wanted[:, i].sum(-1).astype(np.float32))
            total = total - xp.log(read).sum() / n
        s = xp.tanh(linear(q, p.start))
        Y = p.answer[make(before)]
        inputs = xp.concatenate([Y, q[:, None] + 0 * Y], -1).swapaxes(0, 1)
        _, H = xp.scan(cell(p.decoder), (s, zero), inputs)
        logits = linear(H.swapaxes(0, 1), p.output)
        right = (xp.log(softmax(xp, logits)) * make(np.eye(model.answer_words, dtype=np.float32)[targets])).sum(-1)
        return total - (right * make(mask)).sum() / n

    return loss
