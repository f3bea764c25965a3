"""The four models of a score as steps, their mistakes, and calls where a masked score is far above the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Mistake
from nnmem.study.index.mistakes.vocabulary import average, column_total, dots, outer, over


def score_of(X: Any, q: Any, params: Any, score: str) -> Any:
    """The scores of items, of whichever of the four models."""
    if score == "additive":
        W, U, v = params
        return np.tanh(X @ W.T + (q @ U.T)[..., None, :]) @ v
    s = dots(X, q @ params[0].T if score == "bilinear" else q)
    return s / np.sqrt(X.shape[-1]) if score == "scaled_dot" else s


def score_gradients(ds: Any, X: Any, q: Any, params: Any, score: str) -> Any:
    """Gradients of items, query and parameters."""
    if score == "additive":
        W, U, v = params
        a = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
        dz = ds[..., None] * v * (1 - a**2)
        t = column_total(dz)
        return dz @ W, t @ U, over(dz, X), over(t, q), over(ds[..., None], a)[0]
    if score == "bilinear":
        dp = average(ds, X)
        return outer(ds, q @ params[0].T), dp @ params[0], over(dp, q)
    c = 1 / np.sqrt(X.shape[-1]) if score == "scaled_dot" else 1.0
    return c * outer(ds, q), c * average(ds, X)


QUERY = np.array([1.2, -0.7])
FAR_KEYS = np.array([[0.4, 0.1], [12000.0, -7000.0], [-0.3, 0.8]])
VALUES = np.array([[0.2, -1.0], [0.6, 0.3], [1.1, 0.5]])
DOT_MASKED = {"score": "dot", "mask": np.array([True, False, True])}


def _other_score(X: Any, q: Any, params: Any, score: str, which: str) -> Any:
    """The scores with one of the four models gone wrong."""
    if (which, score) == ("unscaled", "scaled_dot"):
        return dots(X, q)
    if (which, score) == ("times", "scaled_dot"):
        return dots(X, q) * np.sqrt(X.shape[-1])
    if (which, score) == ("by d", "scaled_dot"):
        return dots(X, q) / X.shape[-1]
    if (which, score) == ("by N", "scaled_dot"):
        return dots(X, q) / np.sqrt(X.shape[-2])
    if (which, score) == ("scaled", "dot"):
        return dots(X, q) / np.sqrt(X.shape[-1])
    if (which, score) == ("transposed", "bilinear"):
        return dots(X, q @ params[0])
    if which == "no tanh" and score == "additive":
        W, U, v = params
        return (X @ W.T + (q @ U.T)[..., None, :]) @ v
    if which == "sigmoid" and score == "additive":
        W, U, v = params
        return 1 / (1 + np.exp(-(X @ W.T + (q @ U.T)[..., None, :]))) @ v
    if which == "always dot" and X.shape[-1] == q.shape[-1]:
        return dots(X, q)
    return score_of(X, q, params, score)


def _score_mistake(en: str, zh: str, which: str) -> Mistake:
    return Mistake(en, zh, s=lambda X, q, params, score: _other_score(X, q, params, score, which))


SCORE = (
    _score_mistake("with score='scaled_dot', the division by √d is missing", "score='scaled_dot' 时缺少除以 √d", "unscaled"),
    _score_mistake("with score='scaled_dot', it is multiplied by √d in place of divided", "score='scaled_dot' 时乘以了 √d，应为除以", "times"),
    _score_mistake("with score='scaled_dot', it is divided by d in place of √d", "score='scaled_dot' 时除以了 d，应为 √d", "by d"),
    _score_mistake("with score='scaled_dot', it is divided by √N in place of √d", "score='scaled_dot' 时除以了 √N，应为 √d", "by N"),
    _score_mistake("with score='dot', it is divided by √d, as only 'scaled_dot' is", "score='dot' 时除以了 √d，只有 'scaled_dot' 才应如此", "scaled"),
    _score_mistake("with score='bilinear', W is used transposed", "score='bilinear' 时 W 用成了转置", "transposed"),
    _score_mistake("with score='additive', tanh is missing", "score='additive' 时缺少 tanh", "no tanh"),
    _score_mistake("with score='additive', the activation is a sigmoid in place of tanh", "score='additive' 时用了 sigmoid，应为 tanh", "sigmoid"),
    _score_mistake("the option score is ignored: it is always the dot product", "没有使用选项 score：总是点积", "always dot"),
)  # fmt: skip


def _without_v(ds: Any, X: Any, q: Any, params: Any, score: str) -> Any:
    """The gradients where v is forgotten in that of the hidden layer."""
    right = score_gradients(ds, X, q, params, score)
    if score != "additive":
        return right
    W, U, v = params
    return (*score_gradients(ds, X, q, (W, U, np.ones_like(v)), score)[:4], right[4])


SCORE_GRADIENT = Mistake("with score='additive', v is forgotten in the gradient of the hidden layer", "score='additive' 时隐藏层的梯度中忘了 v",
                         dX=lambda ds, X, q, params, score: _without_v(ds, X, q, params, score)[0],
                         dq=lambda ds, X, q, params, score: _without_v(ds, X, q, params, score)[1],
                         dparams=lambda ds, X, q, params, score: _without_v(ds, X, q, params, score)[2:])  # fmt: skip
BY_VALUES = (
    "with score='scaled_dot', it is divided by √d_v, of the values, in place of √d",
    "score='scaled_dot' 时除以了值的 √d_v，应为 √d",
)


def by_values(s: Any, K: Any, V: Any, score: str) -> Any:
    return s * np.sqrt(K.shape[-1] / V.shape[-1]) if score == "scaled_dot" else s
