"""Steps and mistakes of the scores (8.2) to (8.4) and the weighted sum (8.5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import (
    average,
    column_total,
    dots,
    extra,
    outer,
    over,
    total,
)


def _additive_score(X: Any, q: Any, W: Any, U: Any, v: Any, dscores: Any) -> Any:
    a = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    scores = a @ v
    dz = dscores[..., None] * v * (1 - a**2)
    dX = dz @ W
    dq = column_total(dz) @ U
    dW = over(dz, X)
    dU = over(column_total(dz), q)
    dv = over(dscores[..., None], a)[0]
    return (scores,), (dX, dq, dW, dU, dv)


ADDITIVE = Known(
    _additive_score,
    (
        Mistake("the derivative is that of a sigmoid, a (1 − a), in place of tanh's, 1 − a²", "导数用了 sigmoid 的 a (1 − a)，应为 tanh 的 1 − a²",
                dz=lambda dscores, v, a: dscores[..., None] * v * a * (1 - a)),
        Mistake("tanh stands outside: tanh(vᵀ (W x + U q))", "tanh 放在了外面：tanh(vᵀ (W x + U q))",
                scores=lambda X, q, W, U, v: np.tanh((X @ W.T + (q @ U.T)[..., None, :]) @ v)),
        Mistake("the derivative of tanh is forgotten: dz = ds v", "忘了 tanh 的导数：dz = ds v",
                dz=lambda dscores, v, a: dscores[..., None] * v + 0 * a),
        Mistake("W x and U q are each put through tanh, then added", "W x 与 U q 分别取 tanh 再相加",
                a=lambda X, q, W, U: np.tanh(X @ W.T) + np.tanh(q @ U.T)[..., None, :]),
        Mistake("in dv, the derivative 1 − a² stands in place of a", "dv 中用了 1 − a²，应为 a", dv=lambda dscores, a: over(dscores[..., None], 1 - a**2)[0]),
        Mistake("in dv, z stands in place of a = tanh(z)", "dv 中用了 z，应为 a = tanh(z)",
                dv=lambda dscores, X, q, W, U: over(dscores[..., None], X @ W.T + (q @ U.T)[..., None, :])[0]),
        Mistake("in dv, the derivative is taken through tanh although v stands outside", "dv 多乘了 tanh 的导数", dv=lambda dscores, a: over(dscores[..., None], a * (1 - a**2))[0]),
    ),
)  # fmt: skip


def _dot_score(X: Any, q: Any, dscores: Any) -> Any:
    scores = dots(X, q)
    dX = outer(dscores, q)
    dq = average(dscores, X)
    return (scores,), (dX, dq)


LENGTHS = (
    Mistake("it is divided by the lengths: a cosine in place of the dot product", "除以了向量的长度：用了余弦而不是点积",
            scores=lambda X, q: dots(X, q) / np.linalg.norm(X, axis=-1) / np.linalg.norm(q, axis=-1)[..., None]),
    Mistake("it is divided by the length |xᵢ| of each item", "除以了每个输入的长度 |xᵢ|", scores=lambda X, q: dots(X, q) / np.linalg.norm(X, axis=-1)),
    Mistake("it is divided by the length |q| of the query", "除以了查询的长度 |q|", scores=lambda X, q: dots(X, q) / np.linalg.norm(q, axis=-1)[..., None]),
    Mistake("it is the squared distance |xᵢ − q|² in place of the product xᵢᵀ q", "用了距离的平方 |xᵢ − q|²，应为乘积 xᵢᵀ q", scores=lambda X, q: ((X - q[..., None, :]) ** 2).sum(-1)),
    Mistake("it is minus the squared distance, −|xᵢ − q|², in place of the product xᵢᵀ q", "用了距离平方的相反数 −|xᵢ − q|²，应为乘积 xᵢᵀ q", scores=lambda X, q: -((X - q[..., None, :]) ** 2).sum(-1)),
    Mistake("it is the sum xᵢ + q in place of the product", "用了和 xᵢ + q，应为乘积", scores=lambda X, q: (X + q[..., None, :]).sum(-1)),
)  # fmt: skip
DOT = Known(_dot_score, LENGTHS)


def _scaled_dot_score(X: Any, q: Any, dscores: Any) -> Any:
    scores = dots(X, q) / np.sqrt(X.shape[-1])
    dX = outer(dscores, q) / np.sqrt(X.shape[-1])
    dq = average(dscores, X) / np.sqrt(X.shape[-1])
    return (scores,), (dX, dq)


SCALED = (
    Mistake("the division by √d is missing", "缺少除以 √d", scores=lambda X, q: dots(X, q), dX=lambda dscores, q: outer(dscores, q),
            dq=lambda dscores, X: average(dscores, X)),
    Mistake("it is divided by d in place of √d", "除以了 d，应为 √d", scores=lambda X, q: dots(X, q) / X.shape[-1],
            dX=lambda dscores, q: outer(dscores, q) / q.shape[-1], dq=lambda dscores, X: average(dscores, X) / X.shape[-1]),
    Mistake("it is divided by √N in place of √d", "除以了 √N，应为 √d", scores=lambda X, q: dots(X, q) / X.shape[-2] ** 0.5,
            dX=lambda dscores, q: outer(dscores, q) / dscores.shape[-1] ** 0.5, dq=lambda dscores, X: average(dscores, X) / X.shape[-2] ** 0.5),
    Mistake("it is multiplied by √d in place of divided", "乘以了 √d，应为除以", scores=lambda X, q: dots(X, q) * X.shape[-1] ** 0.5,
            dX=lambda dscores, q: outer(dscores, q) * q.shape[-1] ** 0.5, dq=lambda dscores, X: average(dscores, X) * X.shape[-1] ** 0.5),
)  # fmt: skip
SCALED_DOT = Known(_scaled_dot_score, (*SCALED, *LENGTHS))


def _bilinear_score(X: Any, q: Any, W: Any, dscores: Any) -> Any:
    p = q @ W.T
    scores = dots(X, p)
    dX = outer(dscores, p)
    dp = average(dscores, X)
    dq = dp @ W
    dW = over(dp, q)
    return (scores,), (dX, dq, dW)


BILINEAR = Known(
    _bilinear_score,
    (
        Mistake("W is used transposed: xᵢᵀ Wᵀ q", "W 用成了转置：xᵢᵀ Wᵀ q", p=lambda q, W: q @ W),
        Mistake("in dX, q stands in place of W q", "dX 中用了 q，应为 W q", dX=lambda dscores, q: outer(dscores, q)),
        Mistake("in dW, q xᵢᵀ stands in place of xᵢ qᵀ: it is transposed", "dW 用了 q xᵢᵀ，应为 xᵢ qᵀ：转置了", dW=lambda dp, q: over(q, dp)),
    ),
)  # fmt: skip


def _weighted_sum(alpha: Any, X: Any, dr: Any) -> Any:
    r = average(alpha, X)
    dalpha = dots(X, dr)
    dX = outer(alpha, dr)
    return (r,), (dalpha, dX)


WEIGHTS_NEED_NOT = (
    "the weights need not sum to one: they are not to be divided by their sum",
    "权重之和不必为 1：不应除以它们的和",
)
WEIGHTED_SUM = Known(
    _weighted_sum,
    (
        Mistake(*WEIGHTS_NEED_NOT, r=lambda alpha, X: average(alpha / total(alpha), X)),
        Mistake("softmax is applied to weights that are a distribution already", "权重已是分布，却又做了 softmax",
                r=lambda alpha, X: average(np.exp(alpha) / total(np.exp(alpha)), X)),
        Mistake("the weights are missing: the items are just added", "没有乘权重：只是把输入相加", r=lambda X: X.sum(-2)),
        Mistake("in dX, the weights αᵢ are missing: dxᵢ = dr", "dX 中缺少权重 αᵢ：dxᵢ = dr", dX=lambda X, dr: np.broadcast_to(dr[..., None, :], X.shape)),
    ),
    (extra(*WEIGHTS_NEED_NOT, lambda rng: [(rng.normal(size=(3,)).round(1), rng.normal(size=(3, 2)).round(1)),
                                           (rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 4)))], axes=1, backward="gradients"),),
)  # fmt: skip
