"""Steps and mistakes of whole attentions: soft, key-value, several queries, several heads, content addressing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_softmax import JACOBIAN, MASK, SOFTMAX
from nnmem.study.index.mistakes.vocabulary import (
    T,
    allowed,
    average,
    column_total,
    dots,
    nonzero,
    outer,
    over,
    top,
    total,
)


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


def _other_score(X: Any, q: Any, params: Any, score: str, which: str) -> Any:
    """The scores with one of the four models gone wrong."""
    if (which, score) == ("unscaled", "scaled_dot"):
        return dots(X, q)
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
    _score_mistake("with score='scaled_dot', it is divided by d in place of √d", "score='scaled_dot' 时除以了 d，应为 √d", "by d"),
    _score_mistake("with score='scaled_dot', it is divided by √N in place of √d", "score='scaled_dot' 时除以了 √N，应为 √d", "by N"),
    _score_mistake("with score='dot', it is divided by √d, as only 'scaled_dot' is", "score='dot' 时除以了 √d，只有 'scaled_dot' 才应如此", "scaled"),
    _score_mistake("with score='bilinear', W is used transposed", "score='bilinear' 时 W 用成了转置", "transposed"),
    _score_mistake("with score='additive', tanh is missing", "score='additive' 时缺少 tanh", "no tanh"),
    _score_mistake("with score='additive', the activation is a sigmoid in place of tanh", "score='additive' 时用了 sigmoid，应为 tanh", "sigmoid"),
    _score_mistake("the option score is ignored: it is always the dot product", "没有使用选项 score：总是点积", "always dot"),
)  # fmt: skip
AVERAGE = (
    Mistake("softmax is missing in the average: r = Σᵢ sᵢ xᵢ", "加权平均中缺少 softmax：r = Σᵢ sᵢ xᵢ", r=lambda s, V: average(s, V)),
    Mistake("the weights are missing in the average: r = Σᵢ xᵢ / N", "加权平均中没有使用权重：r = Σᵢ xᵢ / N", r=lambda alpha, V: V.mean(-2) + 0 * alpha.sum()),
    Mistake("hard attention: the item of largest weight in place of the average", "硬性注意力：取了权重最大的输入，应为加权平均",
            r=lambda alpha, V: np.take_along_axis(V, alpha.argmax(-1)[..., None, None], -2)[..., 0, :]),
    Mistake("r is divided by N", "r 除以了 N", r=lambda alpha, V: average(alpha, V) / V.shape[-2]),
)  # fmt: skip


def _soft_attention(X: Any, q: Any, params: Any, score: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    s = score_of(X, q, params, score)
    e = allowed(np.exp(s - top(s)), mask)
    alpha = e / nonzero(total(e))
    r = average(alpha, X)
    da = dots(X, dr) + dalpha
    ds = alpha * (da - total(alpha * da))
    dkeys = score_gradients(ds, X, q, params, score)[0]
    dX = dkeys + outer(alpha, dr)
    dq = score_gradients(ds, X, q, params, score)[1]
    dparams = score_gradients(ds, X, q, params, score)[2:]
    return (r, alpha), (dX, dq, *dparams)


WHOLE = (*MASK, *SOFTMAX, *JACOBIAN)
SOFT_ATTENTION = Known(
    _soft_attention,
    (
        *WHOLE,
        *SCORE,
        *(m.renamed(V="X") for m in AVERAGE),
        Mistake("in dX, the path through the values, αᵢ dr, is missing", "dX 中缺少经过值的一路 αᵢ dr", dX=lambda dkeys: dkeys),
        Mistake("in dX, the path through the scores is missing: dxᵢ = αᵢ dr alone", "dX 中缺少经过得分的一路：只有 dxᵢ = αᵢ dr", dX=lambda alpha, dr: outer(alpha, dr)),
        Mistake("in dX, ds stands in place of α in the path through the values", "dX 经过值的一路中用了 ds，应为 α", dX=lambda dkeys, ds, dr: dkeys + outer(ds, dr)),
    ),
    large="X, q",
)  # fmt: skip


def _key_value_attention(K: Any, V: Any, q: Any, params: Any, score: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    s = score_of(K, q, params, score)
    e = allowed(np.exp(s - top(s)), mask)
    alpha = e / nonzero(total(e))
    r = average(alpha, V)
    da = dots(V, dr) + dalpha
    ds = alpha * (da - total(alpha * da))
    dK = score_gradients(ds, K, q, params, score)[0]
    dV = outer(alpha, dr)
    dq = score_gradients(ds, K, q, params, score)[1]
    dparams = score_gradients(ds, K, q, params, score)[2:]
    return (r, alpha), (dK, dV, dq, *dparams)


def _repeated(K: Any, V: Any) -> Any:
    return np.resize(K, V.shape)


KEY_VALUE = Known(
    _key_value_attention,
    (
        *WHOLE,
        *(m.renamed(X="K") for m in SCORE),
        *AVERAGE,
        Mistake("the keys are averaged in place of the values", "加权平均用了键，应为值", r=lambda alpha, K: average(alpha, K)),
        Mistake("the keys are averaged in place of the values", "加权平均用了键，应为值", r=lambda alpha, K, V: average(alpha, _repeated(K, V))),
        Mistake("in dV, ds stands in place of α", "dV 中用了 ds，应为 α", dV=lambda ds, dr: outer(ds, dr)),
        Mistake("in dα, the keys stand in place of the values", "dα 中用了键，应为值", da=lambda K, dr, dalpha: dots(K, dr) + dalpha),
    ),
    large="K, q",
)  # fmt: skip


def _multi_query_attention(K: Any, V: Any, Q: Any, params: Any, score: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    s = scores_of_queries(K, Q, params, score)
    e = allowed(np.exp(s - top(s)), mask)
    alpha = e / nonzero(total(e))
    r = alpha @ V
    da = dr @ T(V) + dalpha
    ds = alpha * (da - total(alpha * da))
    dK = gradients_of_queries(ds, K, Q, params, score)[0]
    dV = T(alpha) @ dr
    dQ = gradients_of_queries(ds, K, Q, params, score)[1]
    dparams = gradients_of_queries(ds, K, Q, params, score)[2:]
    return (r, alpha), (dK, dV, dQ, *dparams)


def scores_of_queries(K: Any, Q: Any, params: Any, score: str) -> Any:
    """Scores of every query with every key."""
    return score_of(K[..., None, :, :], Q, params, score)


def gradients_of_queries(ds: Any, K: Any, Q: Any, params: Any, score: str) -> Any:
    """Gradients, those of the keys summed over the queries."""
    keys = np.broadcast_to(K[..., None, :, :], (*ds.shape, K.shape[-1]))
    dK, *rest = score_gradients(ds, keys, Q, params, score)
    return dK.sum(axis=-3), *rest


def _every(mistake: Mistake) -> Mistake:
    """A mistake of one query's scores, for every query."""
    [predict] = mistake.steps.values()
    return Mistake(mistake.en, mistake.zh, s=lambda K, Q, params, score: predict(K[..., None, :, :], Q, params, score))


MULTI_QUERY = Known(
    _multi_query_attention,
    (
        *WHOLE,
        *map(_every, SCORE),
        Mistake("the keys are averaged in place of the values", "加权平均用了键，应为值", r=lambda alpha, K: alpha @ K),
        Mistake("in dK, the sum over the queries is a mean", "dK 对查询取了均值，应为求和", dK=lambda ds, K, Q, params, score: gradients_of_queries(ds, K, Q, params, score)[0] / Q.shape[-2]),
    ),
    large="K, Q",
)  # fmt: skip


def _content_addressing(M: Any, q: Any, params: Any, score: Any, dalpha: Any) -> Any:
    s = score_of(M, q, params, score)
    e = np.exp(s - top(s))
    alpha = e / total(e)
    ds = alpha * (dalpha - total(alpha * dalpha))
    dM = score_gradients(ds, M, q, params, score)[0]
    dq = score_gradients(ds, M, q, params, score)[1]
    dparams = score_gradients(ds, M, q, params, score)[2:]
    return (alpha,), (dM, dq, *dparams)


CONTENT_ADDRESSING = Known(
    _content_addressing,
    (*SOFTMAX, *(m.renamed(da="dalpha") for m in JACOBIAN), *(m.renamed(X="M") for m in SCORE)),
    large="M, q",
)
