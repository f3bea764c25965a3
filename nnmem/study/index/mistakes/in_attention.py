"""Steps and mistakes of whole attentions: soft, key-value, several queries, several heads, content addressing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_each_score import (
    BY_VALUES,
    DOT_MASKED,
    FAR_KEYS,
    QUERY,
    SCORE,
    SCORE_GRADIENT,
    VALUES,
    by_values,
    score_gradients,
    score_of,
)
from nnmem.study.index.mistakes.in_softmax import FAR_ABOVE, JACOBIAN, MASK, SOFTMAX
from nnmem.study.index.mistakes.vocabulary import (
    T,
    allowed,
    average,
    dots,
    extra,
    nonzero,
    outer,
    softmax,
    top,
    total,
)

AVERAGE = (
    Mistake("softmax is missing in the average: r = Σᵢ sᵢ xᵢ", "加权平均中缺少 softmax：r = Σᵢ sᵢ xᵢ", r=lambda s, V: average(s, V)),
    Mistake("the weights are missing in the average: r = Σᵢ xᵢ / N", "加权平均中没有使用权重：r = Σᵢ xᵢ / N", r=lambda alpha, V: V.mean(-2) + 0 * alpha.sum()),
    Mistake("hard attention: the item of largest weight in place of the average", "硬性注意力：取了权重最大的输入，应为加权平均",
            r=lambda alpha, V: np.take_along_axis(V, alpha.argmax(-1)[..., None, None], -2)[..., 0, :]),
    Mistake("r is divided by N", "r 除以了 N", r=lambda alpha, V: average(alpha, V) / V.shape[-2]),
)  # fmt: skip


def _soft_attention(X: Any, q: Any, params: Any, score: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    s = score_of(X, q, params, score)
    e = allowed(np.exp(s - top(s, mask)), mask)
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
        SCORE_GRADIENT.renamed(dX="dkeys"),
        Mistake("in dX, the path through the values, αᵢ dr, is missing", "dX 中缺少经过值的一路 αᵢ dr", dX=lambda dkeys: dkeys),
        Mistake("in dX, the path through the scores is missing: dxᵢ = αᵢ dr alone", "dX 中缺少经过得分的一路：只有 dxᵢ = αᵢ dr", dX=lambda alpha, dr: outer(alpha, dr)),
        Mistake("in dX, ds stands in place of α in the path through the values", "dX 经过值的一路中用了 ds，应为 α", dX=lambda dkeys, ds, dr: dkeys + outer(ds, dr)),
    ),
    (extra(*FAR_ABOVE, lambda rng: [(FAR_KEYS, QUERY, DOT_MASKED)], axes=2, backward="gradients"),),
    large="X, q",
)  # fmt: skip


def _key_value_attention(K: Any, V: Any, q: Any, params: Any, score: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    s = score_of(K, q, params, score)
    e = allowed(np.exp(s - top(s, mask)), mask)
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
        SCORE_GRADIENT.renamed(X="K", dX="dK"),
        Mistake(*BY_VALUES, s=lambda K, V, q, params, score: by_values(score_of(K, q, params, score), K, V, score)),
        *AVERAGE,
        Mistake("the keys are averaged in place of the values", "加权平均用了键，应为值", r=lambda alpha, K: average(alpha, K)),
        Mistake("the keys are averaged in place of the values", "加权平均用了键，应为值", r=lambda alpha, K, V: average(alpha, _repeated(K, V))),
        Mistake("in dV, ds stands in place of α", "dV 中用了 ds，应为 α", dV=lambda ds, dr: outer(ds, dr)),
        Mistake("in dα, the keys stand in place of the values", "dα 中用了键，应为值", da=lambda K, dr, dalpha: dots(K, dr) + dalpha),
    ),
    (extra(*FAR_ABOVE, lambda rng: [(FAR_KEYS, VALUES, QUERY, DOT_MASKED)], axes=2, backward="gradients"),),
    large="K, q",
)  # fmt: skip


def _multi_query_attention(K: Any, V: Any, Q: Any, params: Any, score: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    s = scores_of_queries(K, Q, params, score)
    e = allowed(np.exp(s - top(s, mask)), mask)
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
        Mistake(*BY_VALUES, s=lambda K, V, Q, params, score: by_values(scores_of_queries(K, Q, params, score), K, V, score)),
        Mistake("a mask (..., N) holds for every query: the axis of queries is missing in it", "掩码 (..., N) 对每个查询都有效：其中缺少查询的轴",
                alpha=lambda s, mask: softmax(s, None if mask is None else np.broadcast_to(mask, s.shape))),
        Mistake("the keys are averaged in place of the values", "加权平均用了键，应为值", r=lambda alpha, K: alpha @ K),
        Mistake("in dK, the sum over the queries is a mean", "dK 对查询取了均值，应为求和", dK=lambda ds, K, Q, params, score: gradients_of_queries(ds, K, Q, params, score)[0] / Q.shape[-2]),
    ),
    (extra(*FAR_ABOVE, lambda rng: [(FAR_KEYS, VALUES, np.stack([QUERY, 0.5 * QUERY]), DOT_MASKED)], axes=2, backward="gradients"),),
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
    (
        *SOFTMAX,
        *(m.renamed(da="dalpha") for m in JACOBIAN),
        *(m.renamed(X="M") for m in SCORE),
        SCORE_GRADIENT.renamed(X="M", dX="dM"),
    ),
    large="M, q",
)
