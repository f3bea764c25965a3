"""Steps, mistakes and promises of reading, writing (8.23), (8.24) and of the neural Turing machine's addressing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_scores import WEIGHTS_NEED_NOT
from nnmem.study.index.mistakes.in_softmax import JACOBIAN, SOFTMAX
from nnmem.study.index.mistakes.vocabulary import average, dots, extra, nonzero, outer, rolls, softmax, top, total


def _length(a: Any) -> Any:
    return np.sqrt((a * a).sum(-1))


def _unit(a: Any) -> Any:
    return a / nonzero(_length(a))[..., None]


def _one_over(a: Any) -> Any:
    """The inverse of a length; a vector without length has no gradient."""
    return np.where(a == 0, 0, 1 / nonzero(a))


def _cosine(M: Any, k: Any, beta: Any, dw_c: Any) -> Any:
    similarity = dots(_unit(M), _unit(k))
    s = beta[..., None] * similarity
    e = np.exp(s - top(s))
    w_c = e / total(e)
    ds = w_c * (dw_c - total(w_c * dw_c))
    toward = beta[..., None] * _unit(k)
    dM = (outer(ds, toward) - (ds * s)[..., None] * _unit(M)) * _one_over(_length(M))[..., None]
    dp = average(ds, _unit(M))
    dbeta = (_unit(k) * dp).sum(-1)
    dk = beta[..., None] * (dp - dbeta[..., None] * _unit(k)) * _one_over(_length(k))[..., None]
    return (w_c,), (dM, dk, dbeta)


def _cos(M: Any, k: Any, by: Any) -> Any:
    return dots(M, k) / by


COSINE = Known(
    _cosine,
    (
        Mistake("the division by the lengths |k| |mᵢ| is missing: a dot product in place of the cosine", "缺少除以长度 |k| |mᵢ|：用了点积，应为余弦", similarity=lambda M, k: dots(M, k)),
        Mistake("the division by the length |k| of the key is missing", "缺少除以键的长度 |k|", similarity=lambda M, k: dots(_unit(M), k)),
        Mistake("the division by the lengths |mᵢ| of the rows is missing", "缺少除以各行的长度 |mᵢ|", similarity=lambda M, k: dots(M, _unit(k))),
        Mistake("the absolute value of the similarity is taken", "取了相似度的绝对值", similarity=lambda M, k: np.abs(dots(_unit(M), _unit(k)))),
        Mistake("the lengths are sums of absolute values in place of Euclidean", "长度用了绝对值之和，应为欧氏长度", similarity=lambda M, k: _cos(M, k, nonzero(np.abs(M).sum(-1) * np.abs(k).sum(-1)[..., None]))),
        Mistake("it is divided by the squares of the lengths", "除以了长度的平方", similarity=lambda M, k: _cos(M, k, nonzero(_length(M) ** 2 * (_length(k) ** 2)[..., None]))),
        Mistake("it is divided by the sum |k| + |mᵢ| in place of the product", "除以了长度之和，应为乘积", similarity=lambda M, k: _cos(M, k, nonzero(_length(M) + _length(k)[..., None]))),
        Mistake("it is divided by the length of the whole memory in place of each row's", "除以了整个记忆的长度，应为各行的长度", similarity=lambda M, k: _cos(M, k, np.sqrt((M * M).sum((-1, -2)))[..., None] * _length(k)[..., None])),
        Mistake("a key or a row of zeros should count as similarity 0, and gives NaN (0/0)", "零向量的相似度应为 0，却得到 NaN（0/0）", similarity=lambda M, k: _cos(M, k, _length(M) * _length(k)[..., None])),
        Mistake("β is missing", "缺少 β", s=lambda similarity: similarity),
        Mistake("the similarity is divided by β in place of multiplied", "相似度除以了 β，应为乘以", s=lambda similarity, beta: similarity / beta[..., None]),
        Mistake("β is multiplied behind the softmax", "β 乘在了 softmax 之后", w_c=lambda similarity, beta: beta[..., None] * softmax(similarity)),
        Mistake("β is a power of the similarity in place of a factor", "β 作了相似度的幂，应为因子", s=lambda similarity, beta: similarity ** beta[..., None]),
        *(m.renamed(alpha="w_c") for m in SOFTMAX),
        *(m.renamed(alpha="w_c", da="dw_c") for m in JACOBIAN),
        Mistake("dβ is multiplied by β once too often", "dβ 多乘了一次 β", dbeta=lambda k, dp, beta: (_unit(k) * dp).sum(-1) * beta),
        Mistake("in dM, the part that points along mᵢ is not taken away: the length of mᵢ is taken as constant", "dM 中没有减去沿 mᵢ 方向的部分：把 mᵢ 的长度当成了常数", dM=lambda M, ds, toward: outer(ds, toward) / nonzero(_length(M))[..., None]),
        Mistake("in dk, the part that points along k is not taken away: the length of k is taken as constant", "dk 中没有减去沿 k 方向的部分：把 k 的长度当成了常数", dk=lambda k, beta, dp: beta[..., None] * dp / nonzero(_length(k))[..., None]),
        Mistake("in dk, β is missing", "dk 中缺少 β", dk=lambda k, dp: (dp - (_unit(k) * dp).sum(-1)[..., None] * _unit(k)) / nonzero(_length(k))[..., None]),
        Mistake("in dM, the division by |mᵢ| is missing", "dM 中缺少除以 |mᵢ|", dM=lambda M, ds, toward, s: outer(ds, toward) - (ds * s)[..., None] * _unit(M)),
        Mistake("in dk, the division by |k| is missing", "dk 中缺少除以 |k|", dk=lambda k, dp, beta: beta[..., None] * (dp - (_unit(k) * dp).sum(-1)[..., None] * _unit(k))),
    ),
    (
        extra("a row of zeros counts as similarity 0", "零行的相似度应为 0", lambda rng: [(np.array([[0.0, 0], [1, 2], [0.5, -1]]), np.array([1.0, 0.5]), np.array(2.0))], axes=2, backward="gradients"),
        extra("a key of zeros counts as similarity 0 with every row", "零键与各行的相似度应为 0", lambda rng: [(np.array([[3.0, 1], [1, 2], [0.5, -1]]), np.array([0.0, 0]), np.array(2.0))], axes=2, backward="gradients"),
        extra("the scale of key and memory must not matter: no ε is added", "键与记忆的尺度不应影响结果：不加 ε", lambda rng: [(scale * np.array([[1.0, 0.5], [1, 2], [0.5, -1]]), scale * np.array([1.0, 0.5]), np.array(2.0)) for scale in (1e-6, 1e-50)], axes=2),
    ),
)  # fmt: skip


def _interpolate(w_c: Any, w_prev: Any, g: Any, dw_g: Any) -> Any:
    w_g = g[..., None] * w_c + (1 - g[..., None]) * w_prev
    dw_c = g[..., None] * dw_g
    dw_prev = (1 - g[..., None]) * dw_g
    dg = ((w_c - w_prev) * dw_g).sum(-1)
    return (w_g,), (dw_c, dw_prev, dg)


INTERPOLATE = Known(
    _interpolate,
    (
        Mistake("g and 1 − g are exchanged", "g 与 1 − g 交换了", w_g=lambda w_c, w_prev, g: (1 - g[..., None]) * w_c + g[..., None] * w_prev),
        Mistake("the gradients of w_c and w_prev are exchanged", "w_c 与 w_prev 的梯度交换了", dw_c=lambda g, dw_g: (1 - g[..., None]) * dw_g, dw_prev=lambda g, dw_g: g[..., None] * dw_g),
        Mistake("the sign of dg is wrong: w_prev − w_c in place of w_c − w_prev", "dg 的符号错误：应为 w_c − w_prev", dg=lambda w_c, w_prev, dw_g: ((w_prev - w_c) * dw_g).sum(-1)),
        Mistake("the gate is put through a sigmoid; it is a gate already", "门又经过了 sigmoid，它已经是门", w_g=lambda w_c, w_prev, g: w_prev + (w_c - w_prev) / (1 + np.exp(-g[..., None]))),
        Mistake("in dg, w_prev is forgotten", "dg 中忘了 w_prev", dg=lambda w_c, dw_g: (w_c * dw_g).sum(-1)),
        Mistake("the result is divided by its sum", "结果除以了它的和", w_g=lambda w_c, w_prev, g: (w_prev + g[..., None] * (w_c - w_prev)) / total(w_prev + g[..., None] * (w_c - w_prev))),
    ),
    (extra("the weights need not sum to one: nothing is normalised", "权重之和不必为 1：不做归一化", lambda rng: [(rng.random(3).round(1), rng.random(3).round(1), np.array(0.3)), (rng.random((2, 3)), rng.random((2, 3)), rng.random(2))], axes=1, backward="gradients"),),
)  # fmt: skip


def _shifted(s: Any, moved: Any) -> Any:
    return (s[..., None] * moved).sum(-2)


def _shift(w_g: Any, s: Any, dw: Any) -> Any:
    R = s.shape[-1] // 2
    moved = rolls(w_g, R)
    w = _shifted(s, moved)
    dw_g = _shifted(s[..., ::-1], rolls(dw, R))
    ds = (dw[..., None, :] * moved).sum(-1)
    return (w,), (dw_g, ds)


def _padded(w_g: Any, R: int) -> Any:
    wide = np.concatenate([np.zeros((*w_g.shape[:-1], R)), w_g, np.zeros((*w_g.shape[:-1], R))], axis=-1)
    N = w_g.shape[-1]
    return np.stack([wide[..., 2 * R - j : 2 * R - j + N] for j in range(2 * R + 1)], axis=-2)


def _held(w_g: Any, R: int) -> Any:
    at = np.arange(w_g.shape[-1])
    return np.stack([w_g[..., np.clip(at - (j - R), 0, w_g.shape[-1] - 1)] for j in range(2 * R + 1)], axis=-2)


def _three(s: Any) -> Any:
    R = s.shape[-1] // 2
    return np.where(abs(np.arange(s.shape[-1]) - R) <= 1, s, 0)


def _from_zero(w_g: Any, R: int) -> Any:
    return np.stack([np.roll(w_g, j, axis=-1) for j in range(2 * R + 1)], axis=-2)


SHIFT = Known(
    _shift,
    (
        Mistake("the direction is reversed: entry j should shift by j − R to the right, and shifts to the left", "方向反了：第 j 项应向右移 j − R，却向左移", w=lambda w_g, s, R: _shifted(s[..., ::-1], rolls(w_g, R))),
        Mistake("the shift is padded with zeros; behind the last row comes the first (circular)", "移位补了零；最后一行之后应回到第一行（循环）", moved=_padded),
        Mistake("the shift stops at the border (the last row is repeated); behind the last row comes the first (circular)", "移位停在边界（重复最后一行）；最后一行之后应回到第一行（循环）", moved=_held),
        Mistake("entry j is a shift by j in place of j − R: the middle one should stay", "第 j 项移了 j，应移 j − R：中间一项不动", moved=_from_zero),
        Mistake("the kernel is taken to have three entries; it has S = 2R + 1", "把核当成了三项，应有 S = 2R + 1 项", w=lambda w_g, s, R: _shifted(_three(s), rolls(w_g, R))),
        Mistake("the kernel's first three entries alone are used; it has S = 2R + 1", "只用了核的前三项，应有 S = 2R + 1 项", w=lambda w_g, s, R: _shifted(np.where(np.arange(s.shape[-1]) < 3, s, 0), rolls(w_g, 1 if R else 0)) if R <= 1 else _shifted(s[..., :3], rolls(w_g, 1))),
        Mistake("the result is divided by its sum", "结果除以了它的和", w=lambda moved, s: _shifted(s, moved) / total(_shifted(s, moved))),
        Mistake("a softmax is taken of the kernel; it is a distribution already, or any numbers", "核又做了 softmax", w=lambda moved, s: _shifted(softmax(s), moved)),
        Mistake("in dw_g the direction is not reversed: what moved by j − R comes back by as much", "dw_g 中方向没有反过来：移了 j − R 的应移回同样多", dw_g=lambda s, dw, R: _shifted(s, rolls(dw, R))),
        Mistake("in ds the direction is reversed: w_g is to be moved as in the forward", "ds 中方向反了：w_g 应像前向那样移动", ds=lambda dw, w_g, R: (dw[..., None, :] * rolls(w_g, R)[..., ::-1, :]).sum(-1)),
    ),
    (
        extra("a kernel of five entries shifts by up to two", "五项的核最多移两位", lambda rng: [(rng.random(6).round(1), rng.random(5).round(1)), (rng.random((2, 5)), rng.random((2, 5)))], axes=1, backward="gradients"),
        extra("a kernel of one entry does not shift", "一项的核不移位", lambda rng: [(rng.random(3).round(1), np.array([0.5]))], axes=1, backward="gradients"),
    ),
    refused=(extra("a kernel with an even number of entries", "项数为偶数的核", lambda rng: [(rng.random(5), rng.random(4))]), extra("a kernel with more entries than rows", "项数多于行数的核", lambda rng: [(rng.random(3), rng.random(5))])),
)  # fmt: skip


def _log(w: Any) -> Any:
    return np.log(np.maximum(w, np.finfo(float).tiny))


def _sharpen(w: Any, gamma: Any, dy: Any) -> Any:
    log_w = _log(w)
    s = gamma[..., None] * log_w
    e = np.exp(s - top(s))
    y = e / total(e)
    ds = y * (dy - total(y * dy))
    dgamma = (ds * log_w).sum(-1)
    dw = gamma[..., None] * ds / np.maximum(w, np.finfo(float).tiny)
    return (y,), (dw, dgamma)


def _nan_rows(w: Any, gamma: Any) -> Any:
    p = np.maximum(w, 0) ** gamma[..., None]
    return p / total(p)


SHARPEN = Known(
    _sharpen,
    (
        Mistake("the power is taken after the division by the sum, so the result does not sum to one: (w / Σ w)^γ", "先除以和再取幂，结果之和不为 1：(w / Σ w)^γ", y=lambda w, gamma: (w / total(w)) ** gamma[..., None]),
        Mistake("the division by the sum is missing: w^γ", "缺少除以和：w^γ", y=lambda w, gamma: w ** gamma[..., None]),
        Mistake("γ is a factor in place of a power: γ w / Σ γ w", "γ 作了因子，应为幂：γ w / Σ γ w", y=lambda w, gamma: w / total(w) + 0 * gamma[..., None]),
        Mistake("it is the softmax of γ w in place of γ log w", "是 γ w 的 softmax，应为 γ log w 的", s=lambda w, gamma: gamma[..., None] * w),
        Mistake("the power is 1/γ in place of γ", "幂是 1/γ，应为 γ", s=lambda log_w, gamma: log_w / gamma[..., None]),
        Mistake("a row without weight should become uniform, and gives NaN (0/0)", "没有权重的行应变为均匀，却得到 NaN（0/0）", y=_nan_rows),
        Mistake("the absolute value of w is taken: a negative weight counts as the smallest normal number", "取了 w 的绝对值：负的权重应当作最小正规数", log_w=lambda w: _log(np.abs(w))),
        Mistake("in dγ the logarithm is missing: Σ ds w in place of Σ ds log w", "dγ 中缺少对数：应为 Σ ds log w，用了 Σ ds w", dgamma=lambda ds, w: (ds * w).sum(-1)),
        Mistake("in dw, the division by w is missing", "dw 中缺少除以 w", dw=lambda gamma, ds: gamma[..., None] * ds),
        Mistake("in dw, γ is missing", "dw 中缺少 γ", dw=lambda ds, w: ds / w),
        *(m.renamed(alpha="y", da="dy") for m in JACOBIAN),
    ),
    (
        extra("a row without weight should become uniform", "没有权重的行应变为均匀", lambda rng: [(np.zeros(3), np.array(2.0)), (np.array([[0.0, 0, 0], [0.1, 0.2, 0.7]]), np.array([1.5, 2.0]))], axes=1),
        extra("a one-hot row should stay one-hot", "独热的行应保持独热", lambda rng: [(np.array([0.0, 1, 0]), np.array(3.0))], axes=1),
        extra("the weights need not sum to one", "权重之和不必为 1", lambda rng: [(rng.random(3).round(1) + 0.1, np.array(1.7)), (rng.random((2, 3)) + 0.1, np.array([1.5, 2.0]))], axes=1, backward="gradients"),
        extra("small weights count in full: no ε, and no floor above the smallest normal number", "很小的权重照常计算：不加 ε，下限也不高于最小正规数", lambda rng: [(np.array([2e-7, 6e-7]), np.array(1.0)), (np.array([3e-30, 1e-30, 2e-30]), np.array(1.5))], axes=1, backward="gradients"),
        extra("a negative weight counts as the smallest normal number, as zero does", "负的权重与零一样，当作最小正规数", lambda rng: [(np.array([-0.5, 0.5]), np.array(1.0)), (np.array([-0.5, 0.2, -0.1, 0.3]), np.array(2.0))], axes=1),
    ),
    large="none",
)  # fmt: skip


def _memory_read(M: Any, alpha: Any, dr: Any) -> Any:
    r = average(alpha, M)
    dM = outer(alpha, dr)
    dalpha = dots(M, dr)
    return (r,), (dM, dalpha)


READ = Known(
    _memory_read,
    (
        Mistake(*WEIGHTS_NEED_NOT, r=lambda alpha, M: average(alpha / total(alpha), M)),
        Mistake("the weights are missing: the rows are just added", "没有乘权重：只是把各行相加", r=lambda M: M.sum(-2)),
        Mistake("softmax is applied to weights that are a distribution already", "权重已是分布，却又做了 softmax", r=lambda alpha, M: average(softmax(alpha), M)),
        Mistake("in dM, the weights αᵢ are missing", "dM 中缺少权重 αᵢ", dM=lambda M, dr: np.broadcast_to(dr[..., None, :], M.shape)),
    ),
    (extra(*WEIGHTS_NEED_NOT, lambda rng: [(rng.normal(size=(3, 2)).round(1), rng.random(3).round(1)), (rng.normal(size=(2, 3, 4)), rng.random((2, 3)))], axes=2, backward="gradients"),),
)  # fmt: skip


def _memory_write(M: Any, alpha: Any, erase: Any, add: Any, dM_next: Any) -> Any:
    keep = 1 - outer(alpha, erase)
    M_next = M * keep + outer(alpha, add)
    dM = dM_next * keep
    dalpha = dots(dM_next, add) - dots(dM_next * M, erase)
    derase = -average(alpha, dM_next * M)
    dadd = average(alpha, dM_next)
    return (M_next,), (dM, dalpha, derase, dadd)


WRITE = Known(
    _memory_write,
    (
        Mistake("the weight α is missing in the erasing: e in place of αᵢ e", "删除时缺少权重 α：应为 αᵢ e，用了 e", keep=lambda M, erase: 1 - erase[..., None, :] + 0 * M),
        Mistake("the weight α is missing in the adding: a in place of αᵢ a", "增加时缺少权重 α：应为 αᵢ a，用了 a", M_next=lambda M, keep, add: M * keep + add[..., None, :]),
        Mistake("the order is wrong: first added, then erased, so that what is added is erased too", "次序错误：先增加后删除，新增加的也被删除", M_next=lambda M, keep, alpha, add: (M + outer(alpha, add)) * keep),
        Mistake(*WEIGHTS_NEED_NOT, M_next=lambda M, alpha, erase, add: M * (1 - outer(alpha / total(alpha), erase)) + outer(alpha / total(alpha), add)),
        Mistake("nothing is erased", "没有删除", M_next=lambda M, alpha, add: M + outer(alpha, add)),
        Mistake("nothing is added", "没有增加", M_next=lambda M, keep: M * keep),
        Mistake("erase and keep are exchanged: αᵢ e in place of 1 − αᵢ e", "删除与保留颠倒：应为 1 − αᵢ e，用了 αᵢ e", keep=lambda alpha, erase: outer(alpha, erase)),
        Mistake("the erasing is subtracted, m − αᵢ e, in place of multiplied, m ∘ (1 − αᵢ e)", "删除用了减法 m − αᵢ e，应为乘法 m ∘ (1 − αᵢ e)", M_next=lambda M, alpha, erase, add: M - outer(alpha, erase) + outer(alpha, add)),
        Mistake("what is added is multiplied by the erase vector", "增加项多乘了删除向量 e", M_next=lambda M, keep, alpha, add, erase: M * keep + outer(alpha, add * erase)),
        Mistake("add and erase are weighted together: (1 − αᵢ) m + αᵢ a", "写成了 (1 − αᵢ) m + αᵢ a，没有使用 e", M_next=lambda M, alpha, add: M * (1 - alpha[..., None]) + outer(alpha, add)),
        Mistake("in dα, the path through the erasing, −(d ∘ m)ᵀ e, is missing", "dα 中缺少经过删除的一路 −(d ∘ m)ᵀ e", dalpha=lambda dM_next, add: dots(dM_next, add)),
        Mistake("in dα, the path through the adding, dᵀ a, is missing", "dα 中缺少经过增加的一路 dᵀ a", dalpha=lambda dM_next, M, erase: -dots(dM_next * M, erase)),
        Mistake("in dM, the factor 1 − αᵢ e is missing", "dM 中缺少因子 1 − αᵢ e", dM=lambda dM_next: dM_next),
        Mistake("in de, the memory m is missing", "de 中缺少记忆 m", derase=lambda alpha, dM_next: -average(alpha, dM_next)),
        Mistake("in de, the memory after the write stands in place of the one before", "de 中用了写入后的记忆，应为写入前的", derase=lambda alpha, dM_next, M_next: -average(alpha, dM_next * M_next)),
        Mistake("the sign of de is wrong", "de 的符号错误", derase=lambda alpha, dM_next, M: average(alpha, dM_next * M)),
        Mistake("in da, the weight α is missing", "da 中缺少权重 α", dadd=lambda dM_next: dM_next.sum(-2)),
    ),
    (extra(*WEIGHTS_NEED_NOT, lambda rng: [(rng.normal(size=(3, 2)).round(1), rng.random(3).round(1), rng.random(2).round(1), rng.normal(size=2).round(1)),
                                           (rng.normal(size=(2, 3, 4)), rng.random((2, 3)), rng.random((2, 4)), rng.normal(size=(2, 4)))], axes=2, backward="gradients"),),
)  # fmt: skip
