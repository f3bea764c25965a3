"""Steps and mistakes of captions, 8.1.3: patches, convolution, pooling, the gate; and of the score-function gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import average, column_total, outer, over, softmax, total


def _cut(X: Any, s: int, t: int) -> Any:
    """Patches (..., h, w, s, s, c)."""
    h, w = (X.shape[-3] - s) // t + 1, (X.shape[-2] - s) // t + 1
    rows = [[X[..., i * t : i * t + s, j * t : j * t + s, :] for j in range(w)] for i in range(h)]
    return np.stack([np.stack(row, axis=-4) for row in rows], axis=-5)


def _pasted(dP: Any, X: Any, t: int, add: bool = True) -> Any:
    """Patches (..., h, w, s, s, c) back at their places, added up where they overlap."""
    dX, s = np.zeros(X.shape), dP.shape[-2]
    for i in range(dP.shape[-5]):
        for j in range(dP.shape[-4]):
            at = (..., slice(i * t, i * t + s), slice(j * t, j * t + s), slice(None))
            dX[at] = add * dX[at] + dP[..., i, j, :, :, :]
    return dX


def _row(P: Any) -> Any:
    return P.reshape(*P.shape[:-3], -1)


def _patches(X: Any, size: Any, stride: Any, dP: Any) -> Any:
    cut = _cut(X, size, stride)
    P = _row(cut)
    dcut = dP.reshape(cut.shape)
    dX = _pasted(dcut, X, stride)
    return (P,), (dX,)


PATCHES = Known(
    _patches,
    (
        Mistake("in a patch, columns stand before rows; pixels go in reading order, row after row", "图块内先排了列，应按阅读顺序逐行排列", P=lambda cut: _row(np.swapaxes(cut, -2, -3)), dX=lambda dP, cut, X, stride: _pasted(np.swapaxes(dP.reshape(cut.shape), -2, -3), X, stride)),
        Mistake("in a patch, channels stand first; they are innermost", "图块内通道排在了最前，应排在最里层", P=lambda cut: _row(np.moveaxis(cut, -1, -3))),
        Mistake("the stride is ignored", "没有使用步幅 stride", P=lambda X, size, cut: _row(_cut(X, size, 1)[..., : cut.shape[-5], : cut.shape[-4], :, :, :])),
        Mistake("the stride is ignored", "没有使用步幅 stride", P=lambda X, size: _row(_cut(X, size, 1)), dX=lambda dcut, X: _pasted(dcut, X, 1)),
        Mistake("the patches stand side by side: size was taken for the stride", "图块互不重叠：把 size 当作了步幅", P=lambda X, size: _row(_cut(X, size, size))),
        Mistake("the last row and column of patches is left out: there are (H − s) // t + 1", "漏掉了最后一行和一列图块：应有 (H − s) // t + 1 个", P=lambda cut: _row(cut[..., :-1, :-1, :, :, :])),
        Mistake("rows and columns of patches are exchanged", "图块的行与列互换了", P=lambda cut: np.swapaxes(_row(cut), -2, -3)),
        Mistake("where patches overlap their gradients are overwritten; they are to be added up", "图块重叠处梯度被覆盖，应相加", dX=lambda dcut, X, stride: _pasted(dcut, X, stride, False)),
        Mistake("where patches overlap the mean of their gradients is taken; they are to be added up", "图块重叠处对梯度取了平均，应相加", dX=lambda dcut, X, stride: _pasted(dcut, X, stride) / np.maximum(_pasted(np.ones(dcut.shape), X, stride), 1)),
    ),
)  # fmt: skip


def _filtered(cut: Any, W: Any) -> Any:
    return np.tensordot(cut, W, ([-3, -2, -1], [1, 2, 3]))


def _convolution(X: Any, W: Any, b: Any, stride: Any, dY: Any) -> Any:
    cut = _cut(X, W.shape[1], stride)
    Y = _filtered(cut, W) + b
    dcut = np.tensordot(dY, W, 1)
    dX = _pasted(dcut, X, stride)
    dW = over(dY, _row(cut)).reshape(W.shape)
    db = dY.reshape(-1, dY.shape[-1]).sum(axis=0)
    return (Y,), (dX, dW, db)


CONVOLUTION = Known(
    _convolution,
    (
        Mistake("the filters are turned round, as in signal processing; here y = Σ w x without turning", "滤波器被翻转了（信号处理中的卷积），这里不翻转", Y=lambda cut, W, b: _filtered(cut, W[:, ::-1, ::-1]) + b, dcut=lambda dY, W: np.tensordot(dY, W[:, ::-1, ::-1], 1)),
        Mistake("in the filters, rows and columns are exchanged", "滤波器的行与列互换了", Y=lambda cut, W, b: _filtered(cut, np.swapaxes(W, 1, 2)) + b),
        Mistake("the stride is ignored", "没有使用步幅 stride", Y=lambda X, W, b: _filtered(_cut(X, W.shape[1], 1), W) + b),
        Mistake("the bias is added for every filter weight; once is enough", "偏置对每个滤波器权重都加了一次，只应加一次", Y=lambda cut, W, b: _filtered(cut, W) + b * W[0].size),
        Mistake("only the first channel is filtered; all are to be added up", "只对第一个通道滤波，应对所有通道求和", Y=lambda cut, W, b: _filtered(cut[..., :1], W[..., :1]) + b),
        Mistake("where patches overlap their gradients are overwritten; they are to be added up", "图块重叠处梯度被覆盖，应相加", dX=lambda dcut, X, stride: _pasted(dcut, X, stride, False)),
        Mistake("dW is turned round", "dW 被翻转了", dW=lambda dY, cut, W: over(dY, _row(cut)).reshape(W.shape)[:, ::-1, ::-1]),
        Mistake("dW is a mean over the places; it is their sum", "dW 对位置取了平均，应为求和", dW=lambda dY, cut, W: over(dY, _row(cut)).reshape(W.shape) / dY[..., 0].size),
        Mistake("db is a mean over the places; it is their sum", "db 对位置取了平均，应为求和", db=lambda dY: dY.reshape(-1, dY.shape[-1]).mean(axis=0)),
    ),
)  # fmt: skip


def _squares(X: Any, s: int) -> Any:
    """(..., h, w, s s, c): the places of every square, in reading order."""
    cut = _cut(X, s, s)
    return cut.reshape(*cut.shape[:-3], s * s, cut.shape[-1])


def _unsquared(dS: Any, X: Any, s: int) -> Any:
    return _pasted(dS.reshape(*dS.shape[:-2], s, s, dS.shape[-1]), X, s)


def _first(S: Any) -> Any:
    best = S.argmax(axis=-2)[..., None, :]
    return (np.arange(S.shape[-2])[:, None] == best) + 0.0


def _max_pooling(X: Any, size: Any, dY: Any) -> Any:
    S = _squares(X, size)
    Y = S.max(axis=-2)
    hit = _first(S)
    dX = _unsquared(hit * dY[..., None, :], X, size)
    return (Y,), (dX,)


POOLING = Known(
    _max_pooling,
    (
        Mistake("the mean of each square is taken; it should be the largest", "对每个方块取了平均，应取最大值", Y=lambda S: S.mean(axis=-2)),
        Mistake("the smallest of each square is taken; it should be the largest", "取了每个方块的最小值，应取最大值", Y=lambda S: S.min(axis=-2)),
        Mistake("the sum of each square is taken; it should be the largest", "对每个方块求了和，应取最大值", Y=lambda S: S.sum(axis=-2)),
        Mistake("the largest is taken over the channels too; each feature has its own", "最大值也跨通道取了，每个特征应各取各的", Y=lambda S: S.max(axis=(-2, -1))[..., None] + 0 * S[..., 0, :]),
        Mistake("absolute values are compared", "比较了绝对值", Y=lambda S: np.abs(S).max(axis=-2)),
        Mistake("the gradient is shared equally by the places of a square; the largest gets all of it", "梯度被方块内各位置平分，应全部给最大值所在处", dX=lambda S, dY, X, size: _unsquared((dY / size**2)[..., None, :] + 0 * S, X, size)),
        Mistake("the gradient goes to every place of a square; the largest alone gets it", "梯度传给了方块内每个位置，只应传给最大值所在处", dX=lambda S, dY, X, size: _unsquared(dY[..., None, :] + 0 * S, X, size)),
        Mistake("the gradient goes to the first place of each square, whatever is largest", "梯度总是传给方块的第一个位置", dX=lambda S, dY, X, size: _unsquared((np.arange(S.shape[-2])[:, None] == 0) * dY[..., None, :] + 0 * S, X, size)),
    ),
)  # fmt: skip


def _gated_attention(X: Any, q: Any, W: Any, U: Any, v: Any, w: Any, b: Any, mask: Any, dr: Any, dalpha: Any) -> Any:
    a = np.tanh(X @ W.T + (q @ U.T)[..., None, :])
    s = a @ v
    alpha = softmax(s, mask)
    c = average(alpha, X)
    z = q @ w + b[0]
    beta = 1 / (1 + np.exp(-z))
    r = beta[..., None] * c
    dbeta = (c * dr).sum(axis=-1)
    dz = beta * (1 - beta) * dbeta
    dc = beta[..., None] * dr
    g = (X * dc[..., None, :]).sum(axis=-1) + dalpha
    ds = alpha * (g - total(alpha * g))
    dA = ds[..., None] * v * (1 - a**2)
    dX = outer(alpha, dc) + dA @ W
    dq = column_total(dA) @ U + dz[..., None] * w
    dW = over(dA, X)
    dU = over(column_total(dA), q)
    dv = over(ds[..., None], a)[0]
    dw = over(dz[..., None], q)[0]
    db = dz.sum().reshape(1)
    return (r, alpha), (dX, dq, dW, dU, dv, dw, db)


GATED = Known(
    _gated_attention,
    (
        Mistake("the gate is missing: this is soft attention, without β", "缺少门：这是没有 β 的软性注意力", r=lambda c: c),
        Mistake("the gate is tanh; it should be a sigmoid", "门用了 tanh，应为 sigmoid", beta=lambda z: np.tanh(z)),
        Mistake("the sigmoid of the gate is missing: β = wᵀq + b", "门缺少 sigmoid：β = wᵀq + b", beta=lambda z: z),
        Mistake("the gate is the wrong way round: 1 − β in place of β", "门用反了：用了 1 − β，应为 β", beta=lambda z: 1 / (1 + np.exp(z))),
        Mistake("the weights that are returned are multiplied by the gate; they sum to one", "返回的权重乘了门，权重之和应为 1", alpha=lambda s, mask, beta: softmax(s, mask) * beta[..., None], c=lambda X, s, mask: average(softmax(s, mask), X), beta=lambda z: 1 / (1 + np.exp(-z))),
        Mistake("the gate is squared", "门被平方了", r=lambda beta, c: (beta**2)[..., None] * c),
        Mistake("in dq, the part of the gate is missing: q opens the gate too", "dq 缺少门的部分：q 也控制门", dq=lambda dA, U: column_total(dA) @ U),
        Mistake("the derivative of the sigmoid, β (1 − β), is missing", "缺少 sigmoid 的导数 β (1 − β)", dz=lambda dbeta: dbeta),
        Mistake("the derivative of the gate is that of tanh, 1 − β²", "门的导数用了 tanh 的 1 − β²", dz=lambda beta, dbeta: (1 - beta**2) * dbeta),
        Mistake("the gradient passes the gate unchanged: dc = dr in place of β dr", "梯度没有乘门：dc = dr，应为 β dr", dc=lambda dr: dr),
    ),
)  # fmt: skip


def _doubly_stochastic(alpha: Any, dP: Any) -> Any:
    looked = alpha.sum(axis=-2)
    left = 1 - looked
    P = (left**2).sum(axis=-1)
    dalpha = -2 * left[..., None, :] * dP[..., None, None] + 0 * alpha
    return (P,), (dalpha,)


DOUBLY_STOCHASTIC = Known(
    _doubly_stochastic,
    (
        Mistake("the sum runs over the regions, where it is one already; it should run over the words", "对区域求了和（本来就是 1），应对词求和", left=lambda alpha: 1 - alpha.sum(axis=-1)),
        Mistake("what is missing is not squared", "差值没有平方", P=lambda left: left.sum(axis=-1)),
        Mistake("absolute values stand in place of squares", "用了绝对值，应为平方", P=lambda left: np.abs(left).sum(axis=-1)),
        Mistake("it is the square of the sum; it should be the sum of the squares", "这是和的平方，应为平方的和", P=lambda left: left.sum(axis=-1) ** 2),
        Mistake("the 1 − is missing: it is Σ (Σ α)²", "缺少 1 −：这是 Σ (Σ α)²", left=lambda looked: looked),
        Mistake("a mean over the words is taken in place of their sum", "对词取了平均，应为求和", looked=lambda alpha: alpha.mean(axis=-2)),
        Mistake("a mean over the regions is taken in place of their sum", "对区域取了平均，应为求和", P=lambda left: (left**2).mean(axis=-1)),
        Mistake("each word is penalised by itself, (1 − αₜᵢ)²; the sum over the words stands inside the square", "对每个词分别惩罚 (1 − αₜᵢ)²，应先对词求和再平方", P=lambda alpha: ((1 - alpha) ** 2).sum(axis=(-2, -1)), dalpha=lambda alpha, dP: -2 * (1 - alpha) * dP[..., None, None]),
        Mistake("in dα, the factor 2 is missing", "dα 缺少因子 2", dalpha=lambda alpha, left, dP: -left[..., None, :] * dP[..., None, None] + 0 * alpha),
    ),
)  # fmt: skip


def _score_function(log_p: Any, reward: Any, baseline: Any, dS: Any) -> Any:
    gain = reward - baseline
    S = gain * log_p
    dlog_p = gain * dS
    return (S,), (dlog_p,)


SCORE_FUNCTION = Known(
    _score_function,
    (
        Mistake("the baseline is added; it should be subtracted", "加上了基准线，应减去", gain=lambda reward, baseline: reward + baseline),
        Mistake("the baseline is ignored", "没有使用基准线 baseline", gain=lambda reward: reward),
        Mistake("the sign is flipped: this is the loss, −(R − b) log p", "符号反了：这是损失 −(R − b) log p", S=lambda gain, log_p: -gain * log_p),
        Mistake("the probability stands in place of its logarithm", "用了概率 p，应为对数概率 log p", S=lambda gain, log_p: gain * np.exp(log_p)),
        Mistake("the baseline is subtracted from the product, R log p − b; it is (R − b) log p", "从乘积中减去了基准线：R log p − b，应为 (R − b) log p", S=lambda reward, log_p, baseline: reward * log_p - baseline),
        Mistake("the gradient is that of p: it is divided by p", "这是对 p 的梯度：多除以了 p", dlog_p=lambda gain, dS, log_p: gain * dS / np.exp(log_p)),
        Mistake("the gradient is multiplied by p: the draws themselves weigh it already", "梯度多乘了 p：采样本身已按 p 加权", dlog_p=lambda gain, dS, log_p: gain * dS * np.exp(log_p)),
        Mistake("the mean of the rewards is subtracted in place of the baseline given", "减去了奖励的均值，应减去给定的基准线", gain=lambda reward: reward - reward.mean()),
    ),
)  # fmt: skip


def _entropy(log_p: Any, dH: Any) -> Any:
    p = np.exp(log_p)
    H = -(p * log_p).sum(axis=-1)
    dlog_p = -p * (1 + log_p) * dH[..., None]
    return (H,), (dlog_p,)


ENTROPY = Known(
    _entropy,
    (
        Mistake("the sign is flipped: it is Σ p log p", "符号反了：这是 Σ p log p", H=lambda p, log_p: (p * log_p).sum(axis=-1)),
        Mistake("it is in bits: the logarithm has base 2 in place of e", "单位是比特：对数以 2 为底，应以 e 为底", H=lambda p, log_p: -(p * log_p).sum(axis=-1) / np.log(2)),
        Mistake("the factor p is missing: it is −Σ log p", "缺少因子 p：这是 −Σ log p", H=lambda log_p: -log_p.sum(axis=-1)),
        Mistake("a mean over the entries is taken in place of the sum", "对各项取了均值，应为求和", H=lambda p, log_p: -(p * log_p).mean(axis=-1)),
        Mistake("the logarithm is taken twice: log_p is a logarithm already", "取了两次对数：log_p 已是对数", H=lambda p, log_p: -(p * np.log(np.abs(log_p))).sum(axis=-1)),
        Mistake("in the gradient, the 1 of 1 + log p is missing", "梯度中 1 + log p 缺少 1", dlog_p=lambda p, log_p, dH: -p * log_p * dH[..., None]),
        Mistake("the gradient is that of the scores behind a softmax, −p (log p + H)", "这是 softmax 之前得分的梯度 −p (log p + H)", dlog_p=lambda p, log_p, H, dH: -p * (log_p + H[..., None]) * dH[..., None]),
        Mistake("the gradient is that of p, −(1 + log p), without the factor p", "这是对 p 的梯度 −(1 + log p)，缺少因子 p", dlog_p=lambda log_p, dH: -(1 + log_p) * dH[..., None]),
    ),
)  # fmt: skip
