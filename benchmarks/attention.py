"""The attention formulas, forward and backward, float32: nnmem beside PyTorch eager and JAX under jit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import nnmem
from nnmem.study.bench import Case
from nnmem.study.index.examples import SPECS, Example, examples

SIZES = ((32, 64, 64), (8, 512, 64))
HEADS = 4


def cases(peers: list[str]) -> Iterator[Case]:
    """Yield every pair of section 8.1 at both sizes."""
    for batch, N, d in SIZES:
        sizes = {"N": N, "M": N, **dict.fromkeys(("d", "d_q", "d_v", "h", "p", "d_out"), d)}
        for function in filter(_is_attention, SPECS):
            seen = set()
            for example in examples(function, batches=((batch,),), sizes=sizes):
                score = example.options.get("score", "")
                huge = function == "multi_query_attention" and score == "additive" and N > 64  # tanh: half a gigabyte
                if "mask" not in example.options and score not in seen and not huge:
                    seen.add(score)
                    yield _case(example, (batch, N, d), peers)


def _is_attention(function: str) -> bool:
    """True for the pairs of this floor but the pointer's, whose layouts are others."""
    module = getattr(nnmem, f"{function}_forward").__module__
    return module.startswith("nnmem.attention.") and not module.endswith("pointing")


def _case(example: Example, size: tuple[int, int, int], peers: list[str]) -> Case:
    function, score = example.function, example.options.get("score", "")
    forward = getattr(nnmem, f"{function}_forward")
    backward = getattr(nnmem, f"{function}_backward")
    args = [array.astype(np.float32) for array in example.args]
    options = {
        name: value.astype(np.float32) if isinstance(value, np.ndarray) else value
        for name, value in example.options.items()
    }
    if "num_heads" in options:
        options["num_heads"] = HEADS
    if function == "sampled_attention":
        options["rng"] = np.random.default_rng(0)
    out, *_ = forward(*args, **options)
    dout = np.random.default_rng(1).normal(size=out.shape).astype(np.float32)
    if function == "sampled_attention":
        dout = dout[..., 0]

    def run() -> list[Any]:
        *outputs, cache = forward(*args, **options)
        gradients = backward(dout, cache)
        return [*outputs, *(gradients if isinstance(gradients, tuple) else (gradients,))]

    runs: dict[str, Callable[[], Any]] = {"nnmem": run}
    for peer in peers:
        for name, peer_run in PEER_RUNS[peer](function, args, options, dout):
            runs[name] = peer_run
    batch, N, d = size
    many = function.startswith("multi")
    scores = batch * N * (N if many else 1) * (HEADS if function.startswith("multi_head") else 1)
    if function == "soft_attention" and score != "additive":
        scores *= 2  # the backward stacks the distribution and the gradient of the scores
    if function == "sampled_attention":
        scores *= 2  # the cumulative probabilities are float64
    largest = 4 * scores * (d if score == "additive" or function == "additive_score" else 1)
    name = f"{function} {score} {size}".replace("  ", " ")
    return Case(name, runs, largest)


def formula(function: str, score: str, xp: Any, softmax: Callable, take: Callable) -> Callable:
    """Return the same computation written for another library, as its users would write it."""

    def scores(X: Any, q: Any, *params: Any) -> Any:
        kind = score or function.removesuffix("_score")
        if kind == "additive":
            W, U, v = params
            return xp.tanh(X @ W.T + (q @ U.T)[..., None, :]) @ v
        p = q @ params[0].T if kind == "bilinear" else q
        s = (X @ p[..., None])[..., 0]
        return s / math.sqrt(X.shape[-1]) if kind == "scaled_dot" else s

    def weighted_sum(alpha: Any, X: Any) -> Any:
        return (alpha[..., None, :] @ X)[..., 0, :]

    def many_scores(X: Any, Q: Any, *params: Any) -> Any:
        if score == "additive":
            W, U, v = params
            return xp.tanh((X @ W.T)[..., None, :, :] + (Q @ U.T)[..., :, None, :]) @ v
        P = Q @ params[0].T if score == "bilinear" else Q
        s = P @ X.mT
        return s / math.sqrt(X.shape[-1]) if score == "scaled_dot" else s

    def multi_head(Q: Any, K: Any, V: Any, W_Q: Any, W_K: Any, W_V: Any, W_O: Any, num_heads: int) -> Any:
        def heads(Y: Any) -> Any:
            return Y.reshape(*Y.shape[:-1], num_heads, -1).swapaxes(-2, -3)

        q, k, v = heads(Q @ W_Q.T), heads(K @ W_K.T), heads(V @ W_V.T)
        R = softmax(q @ k.mT / math.sqrt(q.shape[-1])) @ v
        return R.swapaxes(-2, -3).reshape(*Q.shape[:-1], -1) @ W_O.T

    return {
        "attention_distribution": softmax,
        "weighted_sum": weighted_sum,
        "soft_attention": lambda X, q, *params: weighted_sum(softmax(scores(X, q, *params)), X),
        "key_value_attention": lambda K, V, q, *params: weighted_sum(softmax(scores(K, q, *params)), V),
        "multi_query_attention": lambda K, V, Q, *params: softmax(many_scores(K, Q, *params)) @ V,
        "multi_head_attention": multi_head,
        "hard_attention": lambda X, alpha: take(X, alpha.argmax(-1)[..., None, None], -2)[..., 0, :],
    }.get(function, scores)


def _torch(function: str, args: list, options: dict, dout: np.ndarray) -> Iterator[tuple[str, Callable]]:
    import torch

    inputs = [torch.tensor(array, requires_grad=True) for array in args]
    dout_t = torch.tensor(dout)
    score = options.get("score", "")
    arrays = {name: torch.tensor(value) for name, value in options.items() if isinstance(value, np.ndarray)}
    keywords = {**arrays, **({"num_heads": HEADS} if "num_heads" in options else {})}
    compute = formula(function, score, torch, lambda s: torch.softmax(s, -1), torch.take_along_dim)

    def sampled() -> Any:
        X, alpha = inputs
        z = torch.multinomial(alpha, 1)
        x_z = torch.take_along_dim(X, z[..., None], -2)[..., 0, :].detach()
        log_p = torch.log(alpha.gather(-1, z)[..., 0])
        return x_z, torch.autograd.grad(log_p, alpha, dout_t)

    def run() -> Any:
        return torch.autograd.grad(compute(*inputs, **keywords), inputs, dout_t)

    yield "torch", sampled if function == "sampled_attention" else run
    if score == "scaled_dot" and function in ("key_value_attention", "multi_query_attention"):
        K, V, q = inputs
        one = function == "key_value_attention"

        def fused() -> Any:
            attended = torch.nn.functional.scaled_dot_product_attention(q[..., None, :] if one else q, K, V)
            return torch.autograd.grad(attended[..., 0, :] if one else attended, inputs, dout_t)

        yield "torch sdpa", fused
    if function == "multi_head_attention":

        def fused_heads() -> Any:
            Q, K, V, W_Q, W_K, W_V, W_O = inputs
            q, k, v = (
                (Y @ W.T).reshape(*Y.shape[:-1], HEADS, -1).swapaxes(-2, -3) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V))
            )
            R = torch.nn.functional.scaled_dot_product_attention(q, k, v)
            return torch.autograd.grad(R.swapaxes(-2, -3).reshape(*Q.shape[:-1], -1) @ W_O.T, inputs, dout_t)

        yield "torch sdpa", fused_heads


def _jax(function: str, args: list, options: dict, dout: np.ndarray) -> Iterator[tuple[str, Callable]]:
    import jax
    import jax.numpy as jnp

    if function == "sampled_attention":
        return
    inputs = [jnp.asarray(array) for array in args]
    dout_j = jnp.asarray(dout)
    arrays = {name: jnp.asarray(value) for name, value in options.items() if isinstance(value, np.ndarray)}
    keywords = {**arrays, **({"num_heads": HEADS} if "num_heads" in options else {})}
    compute = formula(function, options.get("score", ""), jnp, jax.nn.softmax, jnp.take_along_axis)

    @jax.jit
    def step(inputs: list, dout: Any) -> Any:
        out, pullback = jax.vjp(lambda *xs: compute(*xs, **keywords), *inputs)
        return out, pullback(dout)

    yield "jax", lambda: jax.block_until_ready(step(inputs, dout_j))


PEER_RUNS = {"torch": _torch, "jax": _jax}
