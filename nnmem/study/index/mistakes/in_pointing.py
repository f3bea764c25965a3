"""Steps, mistakes and promises of hard attention (8.7) and of pointing (8.10) to (8.13)."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_softmax import FAR_ABOVE, SOFTMAX
from nnmem.study.index.mistakes.vocabulary import extra, mask_like, outer, over, top, total


def _hot(alpha: Any) -> Any:
    return (np.arange(alpha.shape[-1]) == alpha.argmax(axis=-1)[..., None]) * (alpha != 0).any(axis=-1, keepdims=True)


def _or_nan(x: Any, alpha: Any) -> Any:
    return np.where(np.isnan(alpha).any(axis=-1, keepdims=True), np.nan, x)


def _hard_attention(X: Any, alpha: Any, dx_j: Any) -> Any:
    hot = _hot(alpha) + 0.0
    x_j = _or_nan((hot[..., None] * X).sum(axis=-2), alpha)
    dX = outer(hot, dx_j)
    return (x_j,), (dX,)


def _take(X: Any, j: Any) -> Any:
    return np.take_along_axis(X, j[..., None, None], -2)[..., 0, :]


HARD = Known(
    _hard_attention,
    (
        Mistake("it is α_j x_j in place of x_j: the item is not multiplied by its weight", "得到 α_j x_j，应为 x_j：不应乘权重", x_j=lambda X, alpha: _take(alpha[..., None] * X, alpha.argmax(-1))),
        Mistake("the item of smallest weight is taken: argmin in place of argmax", "取了权重最小的输入：用了 argmin，应为 argmax", x_j=lambda X, alpha: _take(X, alpha.argmin(-1))),
        Mistake("the item of smallest weight is taken: argmin in place of argmax", "取了权重最小的输入：用了 argmin，应为 argmax", x_j=lambda X, alpha: np.where((alpha == 0).all(-1, keepdims=True), 0, _take(X, alpha.argmin(-1)))),
        Mistake("among equal weights the last item is taken; it should be the first", "权重相等时取了最后一个输入，应取第一个", hot=lambda alpha: ((alpha == top(alpha)) & (np.cumsum((alpha == top(alpha))[..., ::-1], axis=-1)[..., ::-1] == 1) & (alpha != 0).any(-1, keepdims=True)) + 0.0),
        Mistake("all items of largest weight are added up; it should be the first of them", "把权重最大的输入都加了起来，应只取第一个", hot=lambda alpha: ((alpha == top(alpha)) & (alpha != 0).any(-1, keepdims=True)) + 0.0),
        Mistake("it is the weighted average (8.5), not one item", "这是加权平均 (8.5)，应只取一个输入", x_j=lambda X, alpha: (alpha[..., None] * X).sum(-2)),
        Mistake("where all weights are zero the first item is taken; it should be zero", "权重全为零时取了第一个输入，应为零", x_j=lambda X, alpha: _take(X, alpha.argmax(-1)), dX=lambda X, alpha, dx_j: outer((np.arange(alpha.shape[-1]) == alpha.argmax(-1)[..., None]) + 0.0, dx_j)),
        Mistake("the gradient goes to every row (straight through); only row j was looked at", "梯度传给了所有行（直通），只有第 j 行被选中", dX=lambda X, dx_j: np.broadcast_to(dx_j[..., None, :], X.shape)),
        Mistake("the gradient goes to every row by its weight, αᵢ dx_j, as in soft attention", "梯度按权重 αᵢ dx_j 传给了每一行，那是软性注意力", dX=lambda alpha, dx_j: outer(alpha, dx_j)),
        Mistake("the gradient of row j is multiplied by its weight α_j", "第 j 行的梯度多乘了权重 α_j", dX=lambda hot, alpha, dx_j: outer(hot * alpha, dx_j)),
    ),
    (
        extra("among equal weights the first item is to be taken", "权重相等时应取第一个输入",
              lambda rng: [(rng.normal(size=(4, 2)).round(1), {"alpha": np.array([0.1, 0.4, 0.4, 0.1])}), (rng.normal(size=(2, 3, 2)), {"alpha": np.full((2, 3), 1 / 3)})], axes=2, backward="gradients"),
        extra("a weight that is NaN should give NaN", "权重为 NaN 时结果应为 NaN", lambda rng: [(rng.normal(size=(3, 2)).round(1), {"alpha": np.array([0.2, np.nan, 0.8])})], axes=2),
        extra("where all weights are zero the result should be zero", "权重全为零时结果应为零", lambda rng: [(rng.normal(size=(2, 3, 2)), {"alpha": np.array([[0.0, 0, 0], [0.2, 0.5, 0.3]])})], axes=2, backward="gradients"),
    ),
)  # fmt: skip


def _draw(alpha: Any, rng: Any) -> Any:
    u = np.random.default_rng(int(rng)).random(alpha.shape[:-1])
    z = (np.cumsum(alpha, axis=-1) <= u[..., None] * alpha.sum(axis=-1, keepdims=True)).sum(axis=-1)
    return np.where((alpha == 0).all(axis=-1), -1, z)


def _sampled_attention(X: Any, alpha: Any, rng: Any, reward: Any, baseline: Any, dx_z: Any) -> Any:
    z = _draw(alpha, rng)
    hot = (np.arange(alpha.shape[-1]) == z[..., None]) + 0.0
    x_z = (hot[..., None] * X).sum(axis=-2)
    dX = hot[..., None] * (dx_z + 0 * X[..., 0, :])[..., None, :]
    dalpha = hot * (reward - baseline)[..., None] / np.where(hot, alpha, 1)
    return (x_z, z), (dX, dalpha)


SAMPLED = Known(
    _sampled_attention,
    (
        Mistake("in dα, the division by α_z is missing: the gradient of log α_z is 1 / α_z", "dα 中缺少除以 α_z：log α_z 的梯度是 1 / α_z", dalpha=lambda hot, reward, baseline: hot * (reward - baseline)[..., None]),
        Mistake("in dα, the baseline is ignored", "dα 中没有使用基准线 baseline", dalpha=lambda hot, reward, alpha: hot * reward[..., None] / np.where(hot, alpha, 1)),
        Mistake("in dα, the baseline is added in place of subtracted", "dα 中加上了基准线，应减去", dalpha=lambda hot, reward, baseline, alpha: hot * (reward + baseline)[..., None] / np.where(hot, alpha, 1)),
        Mistake("in dα, it is that of log α through a softmax, 1[i = z] − αᵢ", "dα 用了经过 softmax 的 1[i = z] − αᵢ", dalpha=lambda hot, reward, baseline, alpha: (hot - alpha) * (reward - baseline)[..., None]),
        Mistake("the item of largest weight is taken in place of one drawn", "取了权重最大者，应按分布采样", z=lambda alpha: alpha.argmax(-1)),
        Mistake("the index is counted from 1", "下标从 1 数起", z=lambda alpha, rng: _draw(alpha, rng) + 1),
        Mistake("it is the weighted average, not one item", "这是加权平均，应只取一个输入", x_z=lambda X, alpha: (alpha[..., None] * X).sum(-2)),
        Mistake("dx_z goes to every row by its weight", "dx_z 按权重传给了每一行", dX=lambda alpha, dx_z, X: alpha[..., None] * (dx_z + 0 * X[..., 0, :])[..., None, :]),
    ),
    extras=(
        extra("a row of zero weights should give zeros, and z = −1", "权重全为零的行应得到零，且 z = −1", lambda rng: [(rng.normal(size=(2, 3, 2)), np.array([[0.0, 0, 0], [0.2, 0.5, 0.3]]), {"rng": 5})], axes=2),
    ),
    refused=(extra("negative weights", "负的权重", lambda rng: [(rng.normal(size=(3, 2)), np.array([-0.5, 0.5, 1.0]), {"rng": 1})], axes=2),),
    not_graded=(("what comes of a weight that is NaN", "权重为 NaN 时的结果"),),
)  # fmt: skip


def _log_softmax(s: Any, mask: Any) -> Any:
    if mask is not None:
        s = np.where(mask_like(s, mask), s, -np.inf)
    high = np.where(np.isfinite(top(s)), top(s), 0)
    found = s - high - np.log(np.exp(s - high).sum(-1, keepdims=True))
    return np.where(np.isnan(found) | (s == -np.inf), -np.inf, found)


def _pointer_distribution(X: Any, E: Any, W: Any, U: Any, v: Any, mask: Any, dlog_p: Any) -> Any:
    a = np.tanh((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :])
    s = a @ v
    log_p = _log_softmax(s, mask)
    p = np.exp(log_p)
    dl = np.where(log_p > -np.inf, dlog_p, 0)
    ds = dl - p * total(dl)
    dz = ds[..., None] * v * (1 - a**2)
    dX = dz.sum(axis=-3) @ W
    dE = dz.sum(axis=-2) @ U
    dW = over(dz.sum(axis=-3), X)
    dU = over(dz.sum(axis=-2), E)
    dv = over(ds[..., None], a)[0]
    return (log_p,), (dX, dE, dW, dU, dv)


def _over_steps(s: Any, mask: Any) -> Any:
    if mask is not None:
        s = np.where(mask_like(s, mask), s, -np.inf)
    high = s.max(axis=-2, keepdims=True)
    high = np.where(np.isfinite(high), high, 0)
    return s - high - np.log(np.exp(s - high).sum(axis=-2, keepdims=True))


def _p(s: Any, mask: Any) -> Any:
    return np.exp(_log_softmax(s, mask))


def _masked_scores(s: Any, mask: Any) -> Any:
    return s if mask is None else np.where(mask_like(s, mask), s, -np.inf)


def _dead(s: Any, mask: Any, value: float) -> Any:
    found = _log_softmax(s, mask)
    return np.where(np.isneginf(found).all(axis=-1, keepdims=True), value, found)


POINTER_DISTRIBUTION = Known(
    _pointer_distribution,
    (
        Mistake("the logarithm is missing: this is p, not log p", "缺少对数：这是 p，应为 log p", log_p=_p),
        Mistake("the scores are not normalised: − log Σⱼ exp(s_ij) is missing", "得分没有归一化：缺少 − log Σⱼ exp(s_ij)", log_p=_masked_scores),
        Mistake("the scores are not normalised, and masked ones are not −∞", "得分没有归一化，被掩盖的也不是 −∞", log_p=lambda s: s),
        Mistake("the softmax runs over the steps (axis −2) in place of the inputs", "softmax 沿步骤（轴 −2）计算，应沿输入", log_p=_over_steps),
        Mistake("the mask is ignored", "没有使用掩码", log_p=lambda s: _log_softmax(s, None)),
        Mistake("the mask is taken the wrong way round: True = may be pointed to", "掩码用反了：True 表示可以指向", log_p=lambda s, mask: _log_softmax(s, None if mask is None else ~mask)),
        Mistake("the mask is applied after the softmax: the rest does not sum to one", "掩码在 softmax 之后才使用：其余概率之和不为 1", log_p=lambda s, mask: _masked_scores(_log_softmax(s, None), mask)),
        Mistake("a row with nothing left to point to should be −∞ everywhere, and is NaN", "没有可指向输入的行应全为 −∞，却得到 NaN", log_p=lambda s, mask: _dead(s, mask, np.nan)),
        Mistake("a row with nothing left to point to should be −∞ everywhere, and is 0", "没有可指向输入的行应全为 −∞，却得到 0", log_p=lambda s, mask: _dead(s, mask, 0.0)),
        Mistake("the gradient is that of a softmax, p ∘ (dl − Σ p dl); that of log p is dl − p Σ dl, without the factor p", "梯度用了 softmax 的 p ∘ (dl − Σ p dl)；log p 的是 dl − p Σ dl，没有因子 p（缺少对数）", ds=lambda p, dl: p * (dl - total(p * dl))),
        Mistake("in ds = dl − p Σ dl, the second term is missing", "ds = dl − p Σ dl 缺少第二项", ds=lambda p, dl: dl + 0 * p),
        Mistake("in ds = dl − p Σ dl, p stands inside the sum", "ds = dl − p Σ dl 中 p 放进了求和", ds=lambda p, dl: dl - total(p * dl)),
        Mistake("the derivative of tanh is forgotten", "忘了 tanh 的导数", dz=lambda ds, v, a: ds[..., None] * v + 0 * a),
        Mistake("the derivative is that of a sigmoid, a (1 − a), in place of tanh's, 1 − a²", "导数用了 sigmoid 的 a (1 − a)，应为 tanh 的 1 − a²", dz=lambda ds, v, a: ds[..., None] * v * a * (1 - a)),
        Mistake("tanh stands outside: tanh(vᵀ (W x + U e))", "tanh 放在了外面：tanh(vᵀ (W x + U e))", s=lambda X, E, W, U, v: np.tanh(((X @ W.T)[..., None, :, :] + (E @ U.T)[..., :, None, :]) @ v)),
        *(m.renamed(alpha="log_p") for m in SOFTMAX[3:4]),
    ),
    (
        extra("log p is to be taken without overflow: subtract the largest score before exp (v = 300 normal numbers)", "计算 log p 时不得溢出：exp 之前减去最大的得分（v 为正态数乘 300）",
           lambda rng: [(rng.normal(size=(3, 2)), rng.normal(size=(2, 2)), rng.normal(size=(4, 2)), rng.normal(size=(4, 2)), 1000 * rng.normal(size=4))], axes=2),
        extra(*FAR_ABOVE, lambda rng: [(np.array([[0.5, 0.2], [3.0, 2.0], [-0.4, 0.1]]), np.array([[0.3, -0.2]]), np.eye(2), np.eye(2), np.array([900.0, 900.0]), {"mask": np.array([[True, False, True]])})], axes=2, backward="gradients"),
    ),
    large="v",
)  # fmt: skip


def _real(log_p: Any, lengths: Any) -> Any:
    m = log_p.shape[-2]
    return np.ones(log_p.shape[:-1], bool) if lengths is None else np.arange(m) < np.asarray(lengths)[..., None]


def _pointer_log_likelihood(log_p: Any, targets: Any, lengths: Any, dlog_likelihood: Any) -> Any:
    counted = _real(log_p, lengths)
    indices = np.where(counted, targets, 0)
    picked = np.take_along_axis(log_p, indices[..., None], -1)[..., 0]
    log_likelihood = np.where(counted, picked, 0).sum(axis=-1)
    hot = (np.arange(log_p.shape[-1]) == indices[..., None]) & counted[..., None]
    dlog_p = hot * dlog_likelihood[..., None, None]
    return (log_likelihood,), (dlog_p,)


def _steps_up_to(log_p: Any, lengths: Any, more: int) -> Any:
    return None if lengths is None else _real(log_p, np.asarray(lengths) + more)


def _all_or(log_p: Any, lengths: Any, more: int) -> Any:
    return _real(log_p, None) if lengths is None else _steps_up_to(log_p, lengths, more)


LIKELIHOOD = Known(
    _pointer_log_likelihood,
    (
        Mistake("the argument lengths is ignored", "没有使用参数 lengths", counted=lambda log_p: _real(log_p, None)),
        Mistake("the length is off by one: one step too many is counted", "长度差一：多算了一步", counted=lambda log_p, lengths: _all_or(log_p, lengths, 1), indices=lambda targets: targets),
        Mistake("the length is off by one: one step too few is counted", "长度差一：少算了一步", counted=lambda log_p, lengths: _all_or(log_p, lengths, -1)),
        Mistake("the last step is left out", "漏掉了最后一步", counted=lambda log_p, lengths: _real(log_p, (log_p.shape[-2] if lengths is None else np.asarray(lengths)) - np.ones(log_p.shape[:-2], int))),
        Mistake("the targets are counted from 1; here the first is 0", "targets 从 1 数起，这里第一个是 0", indices=lambda log_p, targets: (targets - 1) % log_p.shape[-1]),
        Mistake("the targets are shifted by one step: step i looks up the target of step i + 1", "targets 错开了一步：第 i 步用了第 i + 1 步的目标", indices=lambda targets: np.roll(targets, -1, axis=-1)),
        Mistake("the targets are shifted by one step: step i looks up the target of step i − 1", "targets 错开了一步：第 i 步用了第 i − 1 步的目标", indices=lambda targets: np.roll(targets, 1, axis=-1)),
        Mistake("a mean over the steps is taken in place of the sum (divided by the length)", "对步骤取了均值（除以长度），应为求和", log_likelihood=lambda picked, counted: np.where(counted, picked, 0).sum(-1) / counted.sum(-1)),
        Mistake("a mean over all m steps is taken in place of the sum", "对全部 m 步取了均值，应为求和", log_likelihood=lambda picked, counted: np.where(counted, picked, 0).mean(-1)),
        Mistake("the sign is flipped: this is the loss, −log p", "符号反了：这是损失 −log p", log_likelihood=lambda picked, counted: -np.where(counted, picked, 0).sum(-1)),
        Mistake("the probabilities are added, not their logarithms", "相加的是概率，应为对数概率", log_likelihood=lambda picked, counted: np.where(counted, np.exp(picked), 0).sum(-1)),
        Mistake("all entries are added; only those of the targets count", "把所有元素相加了，只应取 targets 处的元素", log_likelihood=lambda log_p, counted: np.where(counted, log_p.sum(-1), 0).sum(-1)),
        Mistake("the largest log p of each step is added, not that of the target", "加的是每步最大的 log p，应为目标处的", log_likelihood=lambda log_p, counted: np.where(counted, log_p.max(-1), 0).sum(-1)),
        Mistake("the argument lengths is ignored", "没有使用参数 lengths", dlog_p=lambda log_p, targets, dlog_likelihood: (np.arange(log_p.shape[-1]) == targets[..., None]) * dlog_likelihood[..., None, None]),
        Mistake("the argument lengths is ignored: steps behind the length get a gradient too", "没有使用参数 lengths：长度之后的步骤也得到了梯度", dlog_p=lambda log_p, indices, dlog_likelihood: (np.arange(log_p.shape[-1]) == indices[..., None]) * dlog_likelihood[..., None, None]),
        Mistake("the gradient is that of the probabilities: it is divided by p", "梯度是对概率的：除以了 p", dlog_p=lambda hot, dlog_likelihood, log_p: hot * dlog_likelihood[..., None, None] / np.exp(log_p)),
        Mistake("the gradient goes to every entry of a real step, not to the target's alone", "梯度传给了每步的所有元素，应只传给目标处", dlog_p=lambda log_p, counted, dlog_likelihood: np.broadcast_to(counted[..., None] * dlog_likelihood[..., None, None], log_p.shape)),
    ),
    (
        extra("targets behind the length are not to be looked at, whatever they are", "长度之后的 targets 不应查看，无论是什么",
              lambda rng: [(rng.normal(size=(3, 2)).round(1), {"targets": np.array([1, -1, 9]), "lengths": np.array(1)}),
                           (rng.normal(size=(2, 3, 4)), {"targets": np.array([[1, -1, 99], [0, 3, -7]]), "lengths": np.array([1, 2])})], axes=2, backward="gradients"),
        extra("log p of −∞ behind the length is not to be looked at", "长度之后 −∞ 的 log p 不应查看",
              lambda rng: [(np.array([[-0.5, -1.0], [-np.inf, -np.inf]]), {"targets": np.array([1, 0]), "lengths": np.array(1)})], axes=2),
    ),
    refused=(
        extra("a target outside 0 to n − 1", "0 到 n − 1 之外的 targets", lambda rng: [(rng.normal(size=(2, 3)), {"targets": np.array([0, 3])}), (rng.normal(size=(2, 3)), {"targets": np.array([-1, 1])})], axes=2),
        extra("a length outside 1 to m", "1 到 m 之外的 lengths", lambda rng: [(rng.normal(size=(2, 3)), {"targets": np.array([0, 1]), "lengths": np.array(3)}), (rng.normal(size=(2, 3)), {"targets": np.array([0, 1]), "lengths": np.array(0)})], axes=2),
    ),
)  # fmt: skip
