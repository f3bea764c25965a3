"""Steps and mistakes of the attention distribution (8.1): softmax, mask and the softmax's gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import (
    allowed,
    extra,
    mask_like,
    nonzero,
    softmax,
    top,
    total,
)


def _attention_distribution(scores: Any, mask: Any, dalpha: Any) -> Any:
    e = allowed(np.exp(scores - top(scores, mask)), mask)
    alpha = e / nonzero(total(e))
    dscores = alpha * (dalpha - total(alpha * dalpha))
    return (alpha,), (dscores,)


def _plain(z: Any) -> Any:
    exp = np.exp(z - top(z))
    return exp / total(exp)


def _row_by(z: Any, mask: Any, value: Any) -> Any:
    """The right softmax, with another value in rows with nothing to attend to."""
    dead = ~mask.any(axis=-1, keepdims=True)
    return np.where(dead, value, _plain(np.where(dead, 0, np.where(mask, z, -np.inf))))


def _masked(en: str, zh: str, wrong: Callable[[Any, Any], Any]) -> Mistake:
    def alpha(s: Any, mask: Any) -> Any:
        return _plain(s) if mask is None else wrong(s, np.broadcast_to(mask_like(s, mask), s.shape))

    return Mistake(en, zh, alpha=alpha)


def _inverted(z: Any, mask: Any, dead: float) -> Any:
    return np.where(mask.all(axis=-1, keepdims=True), dead, _row_by(z, ~mask, 0))


MASK = (
    _masked("the mask is applied after the softmax, so the weights do not sum to one: set masked scores to −∞ before it",
            "掩码在 softmax 之后才使用，权重之和不为 1：应在 softmax 之前把被掩盖的得分设为 −∞", lambda s, m: _plain(s) * m),
    _masked("masked scores are set to 0 in place of −∞", "被掩盖的得分设成了 0，应为 −∞", lambda s, m: _plain(np.where(m, s, 0))),
    _masked("masked scores are multiplied by 0 in place of set to −∞", "被掩盖的得分乘以 0，应设为 −∞", lambda s, m: _plain(s * m)),
    _masked("the mask is taken the wrong way round: True = may be attended to", "掩码用反了：True 表示可以被关注", lambda s, m: _inverted(s, m, 0)),
    _masked("the mask is taken the wrong way round (True = may be attended to), and a row with nothing left gives NaN",
            "掩码用反了（True 表示可以被关注），且没有剩余的行得到 NaN", lambda s, m: _inverted(s, m, np.nan)),
    _masked("the mask is ignored", "没有使用掩码", lambda s, m: _plain(s)),
    _masked("a row with nothing to attend to should give zeros, and gives NaN (0/0, or −∞ − (−∞))",
            "全部被掩盖的行应为零，却得到 NaN（0/0，或 −∞ − (−∞)）", lambda s, m: _row_by(s, m, np.nan)),
    _masked("a row with nothing to attend to should give zeros, and gives equal weights (a large negative number stands for −∞)",
            "全部被掩盖的行应为零，却得到相等的权重（用很大的负数代替了 −∞）", lambda s, m: _row_by(s, m, 1 / s.shape[-1])),
    _masked("a row with nothing to attend to should give zeros, and gives the softmax as if there were no mask",
            "全部被掩盖的行应为零，却得到没有掩码时的 softmax", lambda s, m: _row_by(s, m, _plain(s))),
    _masked("the mask is added to the scores; masked scores should be set to −∞", "把掩码加到了得分上，应把被掩盖的得分设为 −∞", lambda s, m: _plain(s + m)),
    _masked("masked scores are multiplied by 0, and masked weights dropped behind the softmax: set masked scores to −∞ before it",
            "被掩盖的得分乘以 0，softmax 之后再去掉：应在 softmax 之前设为 −∞", lambda s, m: _plain(s * m) * m),
    _masked("masked scores are set to −1, which is not −∞", "被掩盖的得分设成了 −1，应为 −∞", lambda s, m: _plain(np.where(m, s, -1))),
)  # fmt: skip


def _over_rows(e: Any) -> Any:
    return e / nonzero(e.sum(axis=-2, keepdims=True))


SOFTMAX = (
    Mistake("softmax is missing: these are the scores", "缺少 softmax：这是得分", alpha=lambda s: s),
    Mistake("the exponentials are not divided by their sum", "指数没有除以它们的和", alpha=lambda s: np.exp(s)),
    Mistake("the exponentials are not divided by their sum", "指数没有除以它们的和", alpha=lambda e: e),
    Mistake("the exponentials are not divided by their sum", "指数没有除以它们的和", alpha=lambda s, mask=None: allowed(np.exp(s), mask)),
    Mistake("it is the logarithm of the softmax", "这是 softmax 的对数", alpha=lambda e: np.log(e / nonzero(total(e)))),
    Mistake("a sigmoid in place of the softmax", "用了 sigmoid，应为 softmax",
            alpha=lambda s, mask=None: allowed(1 / (1 + np.exp(-s)), mask)),
    Mistake("the softmax runs over the wrong axis, the last but one", "softmax 沿错误的轴（倒数第二个）计算",
            alpha=lambda e: e / nonzero(np.sum(e, axis=-2, keepdims=True))),
    Mistake("the softmax runs over the wrong axis, the last but one", "softmax 沿错误的轴（倒数第二个）计算",
            alpha=lambda s: np.exp(s) / np.exp(s).sum(axis=-2, keepdims=True)),
    Mistake("the softmax runs over the first axis, that of the batch", "softmax 沿第一个轴（批）计算",
            alpha=lambda e: e / nonzero(e.sum(axis=0))),
    Mistake("the softmax runs over the first axis, that of the batch", "softmax 沿第一个轴（批）计算",
            alpha=lambda s, mask=None: allowed(np.exp(s), mask) / nonzero(allowed(np.exp(s), mask).sum(axis=0))),
    Mistake("the exponentials are divided by their sum over the batch too", "指数除以了包括批在内的总和",
            alpha=lambda e: e / nonzero(e.sum())),
    Mistake("the exponentials are divided by their sum over the batch too", "指数除以了包括批在内的总和",
            alpha=lambda s, mask=None: allowed(np.exp(s), mask) / nonzero(allowed(np.exp(s), mask).sum())),
    Mistake("exp is missing: the scores themselves are divided by their sum", "缺少 exp：直接用得分除以它们的和", alpha=lambda s: s / total(s)),
    Mistake("exp is missing: the scores less the largest are divided by their sum", "缺少 exp：用减去最大值后的得分除以它们的和",
            alpha=lambda s, mask=None: allowed(s - top(s), mask) / total(allowed(s - top(s), mask))),
    Mistake("the power has base 2 in place of e", "底数用了 2，应为 e",
            alpha=lambda s, mask=None: allowed(2.0**s, mask) / nonzero(total(allowed(2.0**s, mask)))),
    Mistake("the sign of the scores in the exponent is wrong", "指数中得分的符号反了",
            alpha=lambda s, mask=None: allowed(np.exp(-s), mask) / nonzero(total(allowed(np.exp(-s), mask)))),
    Mistake("the largest gets all weight: argmax in place of softmax", "最大者得到全部权重：用了 argmax 而不是 softmax",
            alpha=lambda s: (s == top(s)) * 1.0),
    Mistake("the softmax is taken twice", "softmax 做了两次", alpha=lambda e, mask=None: softmax(e / nonzero(total(e)), mask)),
    Mistake("the softmax runs over the wrong axis, the last but one", "softmax 沿错误的轴（倒数第二个）计算",
            alpha=lambda s, mask=None: _over_rows(allowed(np.exp(s - s.max(axis=-2, keepdims=True)), mask))),
    Mistake("the weights are squared once more", "权重又被平方了一次", alpha=lambda e: (e / nonzero(total(e))) ** 2),
)  # fmt: skip
JACOBIAN = (
    Mistake("only the diagonal of the softmax's Jacobian is used: dsᵢ = αᵢ (1 − αᵢ) dαᵢ", "只用了 softmax 雅可比矩阵的对角线：dsᵢ = αᵢ (1 − αᵢ) dαᵢ",
            ds=lambda alpha, da: alpha * (1 - alpha) * da),
    Mistake("the softmax's gradient is skipped: ds = dα", "跳过了 softmax 的梯度：ds = dα", ds=lambda da: da + 0),
    Mistake("the term −αᵢ Σⱼ αⱼ dαⱼ is missing: ds = α ∘ dα", "缺少 −αᵢ Σⱼ αⱼ dαⱼ 一项：ds = α ∘ dα", ds=lambda alpha, da: alpha * da),
    Mistake("in dsᵢ = αᵢ (dαᵢ − Σⱼ αⱼ dαⱼ), the sum lacks αⱼ", "dsᵢ = αᵢ (dαᵢ − Σⱼ αⱼ dαⱼ) 的求和中缺少 αⱼ",
            ds=lambda alpha, da: alpha * (da - total(da))),
    Mistake("in dsᵢ = αᵢ (dαᵢ − Σⱼ αⱼ dαⱼ), the factor αᵢ in front is missing", "dsᵢ = αᵢ (dαᵢ − Σⱼ αⱼ dαⱼ) 缺少前面的因子 αᵢ",
            ds=lambda alpha, da: da - total(alpha * da)),
    Mistake("the factor αᵢ stands before dαᵢ alone: αᵢ dαᵢ − Σⱼ αⱼ dαⱼ", "因子 αᵢ 只乘了 dαᵢ：αᵢ dαᵢ − Σⱼ αⱼ dαⱼ",
            ds=lambda alpha, da: alpha * da - total(alpha * da)),
    Mistake("the sign inside is wrong: αᵢ (dαᵢ + Σⱼ αⱼ dαⱼ)", "括号内符号错误：αᵢ (dαᵢ + Σⱼ αⱼ dαⱼ)",
            ds=lambda alpha, da: alpha * (da + total(alpha * da))),
    Mistake("there is no sum over j: αᵢ (dαᵢ − αᵢ dαᵢ)", "没有对 j 求和：αᵢ (dαᵢ − αᵢ dαᵢ)", ds=lambda alpha, da: alpha * (da - alpha * da)),
    Mistake("it is the gradient of log α: dαᵢ − αᵢ Σⱼ dαⱼ", "这是 log α 的梯度：dαᵢ − αᵢ Σⱼ dαⱼ", ds=lambda alpha, da: da - alpha * total(da)),
    Mistake("a mean is taken in place of Σⱼ αⱼ dαⱼ", "Σⱼ αⱼ dαⱼ 用了均值而不是求和",
            ds=lambda alpha, da: alpha * (da - (alpha * da).mean(-1, keepdims=True))),
)  # fmt: skip


FAR_ABOVE = (
    "a masked score far above the others should change nothing: subtract the largest of what may be attended to",
    "被掩盖的得分远大于其余得分时结果不应改变：应减去未被掩盖的得分中的最大值",
)


def renamed(mistakes: Iterable[Mistake], **names: str) -> tuple[Mistake, ...]:
    """Mistakes of a softmax in the names of another formula."""
    return tuple(mistake.renamed(**names) for mistake in mistakes)


ATTENTION_DISTRIBUTION = Known(
    _attention_distribution,
    (*renamed((*MASK, *SOFTMAX), s="scores"), *renamed(JACOBIAN, ds="dscores", da="dalpha")),
    (extra(*FAR_ABOVE, lambda rng: [(np.array([0.5, 2000.0, -0.3]), {"mask": np.array([True, False, True])})], axes=1, backward="gradients"),),
    large="scores",
)  # fmt: skip
