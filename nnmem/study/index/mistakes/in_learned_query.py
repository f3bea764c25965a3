"""Steps and mistakes of attention with a learned query, section 8.1.2."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_attention import AVERAGE, WHOLE
from nnmem.study.index.mistakes.in_softmax import FAR_ABOVE
from nnmem.study.index.mistakes.vocabulary import (
    allowed,
    average,
    batch_total,
    dots,
    extra,
    nonzero,
    outer,
    over,
    softmax,
    top,
    total,
)


def _context_attention(X: Any, W: Any, b: Any, u: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    a = np.tanh(X @ W.T + b)
    s = a @ u
    e = allowed(np.exp(s - top(s, mask)), mask)
    alpha = e / nonzero(total(e))
    r = average(alpha, X)
    da = dots(X, dr) + dalpha
    ds = alpha * (da - total(alpha * da))
    dz = ds[..., None] * u * (1 - a**2)
    dX = outer(alpha, dr) + dz @ W
    dW = over(dz, X)
    db = batch_total(dz)
    du = over(ds[..., None], a)[0]
    return (r, alpha), (dX, dW, db, du)


CONTEXT = Known(
    _context_attention,
    (
        *(m for m in WHOLE if "argmax" not in m.en),  # its gradients are zero, as others are
        *(m.renamed(V="X") for m in AVERAGE),
        Mistake("what is averaged is a = tanh(W x + b), in place of the items x", "被平均的是 a = tanh(W x + b)，应为输入 x", r=lambda alpha, a: average(alpha, a)),
        Mistake("the mean of the items is added to their average", "在加权平均上多加了输入的均值", r=lambda alpha, X: average(alpha, X) + X.mean(axis=-2)),
        Mistake("the query is divided by its length |u|", "查询 u 多除以了自身的长度", s=lambda a, u: a @ u / np.sqrt((u**2).sum())),
        Mistake("tanh stands outside: tanh(uᵀ (W x + b))", "tanh 放在了外面：tanh(uᵀ (W x + b))", s=lambda X, W, b, u: np.tanh((X @ W.T + b) @ u)),
        Mistake("u is multiplied inside the tanh: Σ tanh((W x + b) ∘ u)", "u 乘在了 tanh 里面：Σ tanh((W x + b) ∘ u)", s=lambda X, W, b, u: np.tanh((X @ W.T + b) * u).sum(axis=-1)),
        Mistake("u is added inside the tanh, like a query that is asked; it is multiplied behind it", "u 加在了 tanh 里面（当作外来的查询），应在 tanh 之后相乘",
                s=lambda X, W, b, u: np.tanh(X @ W.T + b + u).sum(axis=-1)),
        Mistake("the scores do without u: the entries of a are just added", "得分没有用 u：只把 a 的各分量相加", s=lambda a: a.sum(axis=-1)),
        Mistake("the scores are divided by √h, as nobody asked", "得分多除以了 √h", s=lambda a, u: a @ u / np.sqrt(len(u))),
        Mistake("the activation is max(0, z) in place of tanh", "激活函数用了 max(0, z)，应为 tanh", a=lambda X, W, b: np.maximum(X @ W.T + b, 0)),
        Mistake("the derivative of tanh is forgotten: dz = ds u", "忘了 tanh 的导数：dz = ds u", dz=lambda ds, u, a: ds[..., None] * u + 0 * a),
        Mistake("the derivative is that of a sigmoid, a (1 − a), in place of tanh's, 1 − a²", "导数用了 sigmoid 的 a (1 − a)，应为 tanh 的 1 − a²",
                dz=lambda ds, u, a: ds[..., None] * u * a * (1 - a)),
        Mistake("in dX, the path through the scores is missing: dxᵢ = αᵢ dr alone", "dX 中缺少经过得分的一路：只有 dxᵢ = αᵢ dr", dX=lambda alpha, dr: outer(alpha, dr)),
        Mistake("in dX, the path through the average, αᵢ dr, is missing", "dX 中缺少经过加权平均的一路 αᵢ dr", dX=lambda dz, W: dz @ W),
        Mistake("in du, α stands in place of ds", "du 中用了 α，应为 ds", du=lambda alpha, a: over(alpha[..., None], a)[0]),
        Mistake("in du, z = W x + b stands in place of a = tanh(z)", "du 中用了 z = W x + b，应为 a = tanh(z)", du=lambda ds, X, W, b: over(ds[..., None], X @ W.T + b)[0]),
        Mistake("in db, the sum is a mean", "db 用了均值，应为求和", db=lambda dz: dz.reshape(-1, dz.shape[-1]).mean(axis=0)),
        Mistake("in dW, the items are weighted by α once more", "dW 中输入又乘了一次 α", dW=lambda alpha, dz, X: over(dz, alpha[..., None] * X)),
        Mistake("the softmax is taken twice", "softmax 做了两次", alpha=lambda s, mask: softmax(softmax(s, mask), mask)),
    ),
    (extra(*FAR_ABOVE, lambda rng: [(np.array([[0.5, 0.2], [3.0, 2.0], [-0.4, 0.1]]), np.eye(2), np.zeros(2), np.array([900.0, 900.0]), {"mask": np.array([True, False, True])})], axes=2, backward="gradients"),),
)  # fmt: skip
