"""Steps, mistakes and promises of a glimpse, of the Gaussian policy and of gradients through a choice."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import extra, softmax, top, total


def _sides(picture: Any) -> Any:
    return np.array(picture.shape[-2:])


def _areas(scales: int) -> Any:
    """4ᵏ for each scale, (scales, 1, 1)."""
    return 4.0 ** np.arange(scales)[:, None, None]


def _means(blocks: Any) -> Any:
    return blocks.mean(axis=(-3, -1))


def _seen(
    picture: Any,
    pixel: Any,
    size: int,
    scales: int,
    pool: Callable[[Any], Any] = _means,
    edge: str = "zeros",
    middle: bool = True,
    sides: Callable[[int], int] = lambda k: 2**k,
) -> Any:
    """The retina of every picture, or one that is made another way."""
    scale = [_windows(picture, pixel, size, sides(k), edge, middle) for k in range(scales)]
    blocks = [w.reshape(*w.shape[:-2], size, w.shape[-2] // size, size, w.shape[-1] // size) for w, _ in scale]
    retina = np.stack([pool(each) for each in blocks], axis=-3)
    return np.where(np.isnan(pixel).any(axis=-1)[..., None, None, None], np.nan, retina)


def _windows(picture: Any, pixel: Any, size: int, side: int, edge: str, middle: bool) -> tuple[Any, Any]:
    """The window of one scale, and for each of its pixels where it comes from, outside: −1."""
    H, W = picture.shape[-2:]
    first = np.where(np.isnan(pixel), -(10**6), pixel).astype(int) - middle * (size // 2) * side
    if edge == "moved":
        first = np.maximum(0, np.minimum(first, _sides(picture) - size * side))
    rows, columns = (first[..., axis, None] + np.arange(size * side) for axis in (0, 1))
    if edge == "nearest":
        rows, columns = rows.clip(0, H - 1), columns.clip(0, W - 1)
    if edge == "round":
        rows, columns = rows % H, columns % W
    rows, columns = rows[..., :, None], columns[..., None, :]
    inside = (rows >= 0) & (rows < H) & (columns >= 0) & (columns < W)
    flat = np.where(inside, rows * W + columns, 0)
    found = np.take_along_axis(picture.reshape(*picture.shape[:-2], -1), flat.reshape(*flat.shape[:-2], -1), axis=-1)
    return np.where(inside, found.reshape(flat.shape), 0), np.where(inside, flat, -1)


def _given_back(picture: Any, pixel: Any, dmean: Any, edge: str = "zeros", overwrites: bool = False) -> Any:
    """Every pixel receives what the means that it is in give each of their pixels."""
    size, scales = dmean.shape[-1], dmean.shape[-3]
    dpicture = np.zeros((math.prod(picture.shape[:-2]), math.prod(picture.shape[-2:]) + 1))  # the last is outside
    for k in range(scales):
        _, flat = _windows(picture, pixel, size, 2**k, edge, True)
        given = dmean[..., k, :, :].repeat(2**k, axis=-2).repeat(2**k, axis=-1)
        for row, at, new in zip(
            dpicture, flat.reshape(len(dpicture), -1), given.reshape(len(dpicture), -1), strict=True
        ):
            if overwrites:
                row[at] = new
            else:
                np.add.at(row, at, new)
    return dpicture[:, :-1].reshape(picture.shape)


def _glimpse(picture: Any, place: Any, size: Any, scales: Any, dretina: Any) -> Any:
    at = (1 + place) * _sides(picture) / 2
    pixel = np.floor(at + 0.5)
    retina = _seen(picture, pixel, size, scales)
    dmean = dretina / _areas(scales)
    dpicture = _given_back(picture, pixel, dmean)
    return (retina,), (dpicture,)


GLIMPSE = Known(
    _glimpse,
    (
        Mistake("x and y of the place are exchanged: y, the row, comes first", "位置的 x、y 弄反了：行 y 在前", at=lambda place, picture: (1 + place[..., ::-1]) * _sides(picture) / 2),
        Mistake("the place is taken from 0 to 1; it goes from −1 to 1", "位置按 0 到 1 计，应为 −1 到 1", at=lambda place, picture: place * _sides(picture)),
        Mistake("the place is taken in pixels; it goes from −1 to 1", "位置按像素计，应为 −1 到 1", at=lambda place: place),
        Mistake("the place is cut off, not rounded to the nearest pixel: 1/2 is missing", "位置取整时没有四舍五入：缺少 1/2", pixel=lambda at: np.floor(at)),
        Mistake("the place is cut off by int(), not rounded to the nearest pixel: 1/2 is missing", "位置用 int() 截断了，没有四舍五入：缺少 1/2", pixel=lambda at: np.trunc(at)),
        Mistake("the place is scaled by (H − 1)/2; it should be H/2 (and W/2), of the picture's sides", "位置按 (H − 1)/2 缩放，应为图像边长的一半 H/2（和 W/2）", at=lambda place, picture: (1 + place) * (_sides(picture) - 1) / 2),
        Mistake("the place is scaled by (H − 1)/2 and cut off by int(): it should be ⌊(1 + l) H/2 + 1/2⌋", "位置按 (H − 1)/2 缩放并用 int() 截断，应为 ⌊(1 + l) H/2 + 1/2⌋", pixel=lambda place, picture: np.trunc((1 + place) * (_sides(picture) - 1) / 2)),
        Mistake("the window begins at the place; the place is its middle", "窗口从该位置开始，应以该位置为中心", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, middle=False)),
        Mistake("beyond the edge the nearest pixel is repeated; there should be zeros", "边界之外重复了最近的像素，应为零", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, edge="nearest")),
        Mistake("beyond the edge the other side of the picture comes in (negative indices); there should be zeros", "边界之外取到了图像的另一侧（负下标），应为零", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, edge="round")),
        Mistake("a window over the edge is pushed back into the picture; it should stay and see zeros", "越界的窗口被推回图像内，应保持原位并看到零", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, edge="moved")),
        Mistake("blocks are summed in place of averaged", "对块求了和，应取平均", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales) * _areas(scales)),
        Mistake("the largest pixel of each block is taken in place of the mean", "取了每块中最大的像素，应取平均", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, pool=lambda blocks: blocks.max(axis=(-3, -1)))),
        Mistake("one pixel of each block is taken in place of the mean", "每块只取了一个像素，应取平均", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, pool=lambda blocks: blocks[..., 0, :, 0])),
        Mistake("the windows have sides g, 2g, 3g; they should double: g, 2g, 4g", "窗口边长为 g、2g、3g，应逐级加倍：g、2g、4g", retina=lambda picture, pixel, size, scales: _seen(picture, pixel, size, scales, sides=lambda k: k + 1)),
        Mistake("in the gradient, it is not divided by the 4ᵏ pixels of a mean", "梯度没有除以平均中的 4ᵏ 个像素", dmean=lambda dretina: dretina),
        Mistake("in the gradient, it is divided by 2ᵏ; a mean has 4ᵏ pixels", "梯度除以了 2ᵏ，平均中有 4ᵏ 个像素", dmean=lambda dretina, scales: dretina / np.sqrt(_areas(scales))),
        Mistake("in the gradient, one scale overwrites another: where windows overlap it should be a sum", "梯度中一个尺度覆盖了另一个：窗口重叠处应相加", dpicture=lambda picture, pixel, dmean: _given_back(picture, pixel, dmean, overwrites=True)),
        Mistake("in the gradient, only the finest scale counts", "梯度中只算了最细的尺度", dpicture=lambda picture, pixel, dmean: _given_back(picture, pixel, dmean[..., :1, :, :])),
        Mistake("in the gradient, what lies beyond the edge goes to the nearest pixel; it should go nowhere", "梯度中边界之外的部分加到了最近的像素上，应舍去", dpicture=lambda picture, pixel, dmean: _given_back(picture, pixel, dmean, edge="nearest")),
    ),
    (
        extra("beyond the edge of the picture a glimpse should see zeros", "图像边界之外应看到零", lambda rng: [(rng.normal(size=(5, 6)).round(1), {"place": np.array(at), "size": 2, "scales": 2}) for at in ([-1.0, 0.9], [1.3, -1.2])], axes=2, backward="gradients"),
        extra("a picture smaller than a window should stand among zeros", "小于窗口的图像周围应为零", lambda rng: [(rng.normal(size=(2, 3)).round(1), {"place": np.zeros(2), "size": 4, "scales": 2})], axes=2, backward="gradients"),
        extra("a place that is NaN should give NaN", "位置为 NaN 时结果应为 NaN", lambda rng: [(rng.normal(size=(4, 4)).round(1), {"place": np.array([np.nan, 0.0]), "size": 2, "scales": 1})], axes=2),
    ),
)  # fmt: skip


def _gaussian_policy(mean: Any, place: Any, std: Any, dlog_p: Any) -> Any:
    difference = place - mean
    quadratic = (difference**2).sum(-1) / (2 * std**2)
    constant = mean.shape[-1] * np.log(std * np.sqrt(2 * np.pi))
    log_p = -quadratic - constant
    dmean = dlog_p[..., None] * difference / std**2
    dplace = -dmean
    return (log_p,), (dmean, dplace)


GAUSSIAN_POLICY = Known(
    _gaussian_policy,
    (
        Mistake("the constant log(σ √(2π)) is left out", "漏掉了常数 log(σ √(2π))", constant=lambda: 0.0),
        Mistake("in the constant, √(2π) is left out", "常数中漏掉了 √(2π)", constant=lambda mean, std: mean.shape[-1] * np.log(std)),
        Mistake("the constant counts once; it should count for each of the d coordinates", "常数只算了一次，每个坐标都应算一次", constant=lambda std: np.log(std * np.sqrt(2 * np.pi))),
        Mistake("std is taken for the variance σ²", "把 std 当成了方差 σ²", quadratic=lambda difference, std: (difference**2).sum(-1) / (2 * std), constant=lambda mean, std: mean.shape[-1] / 2 * np.log(2 * np.pi * std)),
        Mistake("the quadratic is not divided by 2: (l − μ)² / (2σ²)", "平方项没有除以 2：应为 (l − μ)² / (2σ²)", quadratic=lambda difference, std: (difference**2).sum(-1) / std**2),
        Mistake("it is the density p, not its logarithm", "这是密度 p，应取对数", log_p=lambda quadratic, constant: np.exp(-quadratic - constant)),
        Mistake("the sign is flipped: it is the loss −log p", "符号反了：这是损失 −log p", log_p=lambda quadratic, constant: quadratic + constant),
        Mistake("it is the mean over the coordinates; log-densities of independent coordinates add up", "对坐标取了平均，独立坐标的对数密度应相加", log_p=lambda quadratic, constant, mean: -(quadratic + constant) / mean.shape[-1]),
        Mistake("in dμ, it is divided by σ in place of σ²", "dμ 除以了 σ，应为 σ²", dmean=lambda dlog_p, difference, std: dlog_p[..., None] * difference / std),
        Mistake("in dμ, the division by σ² is missing", "dμ 缺少除以 σ²", dmean=lambda dlog_p, difference: dlog_p[..., None] * difference),
        Mistake("in dμ, the sign is flipped: it should point from the mean to the place", "dμ 的符号反了：应由均值指向位置", dmean=lambda dlog_p, difference, std: -dlog_p[..., None] * difference / std**2),
        Mistake("it is the gradient of the density p, not of its logarithm", "这是密度 p 的梯度，应为对数密度的梯度", dmean=lambda dlog_p, log_p, difference, std: (dlog_p * np.exp(log_p))[..., None] * difference / std**2),
        Mistake("place receives a gradient here, −dμ, although an estimate does not use it", "此处位置有梯度 −dμ，尽管估计中不用它", dplace=lambda dmean: 0 * dmean),
    ),
)  # fmt: skip


def _hot(a: Any) -> Any:
    return (np.arange(a.shape[-1]) == a.argmax(axis=-1)[..., None]) + 0.0


def _straight_through(scores: Any, gumbel: Any, dz: Any) -> Any:
    noisy = scores + gumbel
    z = np.where(np.isnan(noisy).any(axis=-1, keepdims=True), np.nan, _hot(noisy))
    alpha = softmax(scores)
    dscores = alpha * (dz - total(alpha * dz))
    return (z,), (dscores,)


STRAIGHT_THROUGH = Known(
    _straight_through,
    (
        Mistake("the noise is left out: the most probable item is taken every time", "漏掉了噪声：每次都取了概率最大者", noisy=lambda scores: scores),
        Mistake("the noise is added to the weights; it belongs to the scores", "噪声加在了权重上，应加在得分上", noisy=lambda scores, gumbel: softmax(scores) + gumbel),
        Mistake("the noise is subtracted; −g is not Gumbel noise", "噪声被减去了；−g 不是 Gumbel 噪声", noisy=lambda scores, gumbel: scores - gumbel),
        Mistake("z is soft: it should be a row of zeros and a one", "z 是软的：应为只有一个 1 的零向量", z=lambda noisy: softmax(noisy)),
        Mistake("the least of the sums is taken in place of the largest", "取了和最小的一个，应取最大者", z=lambda noisy: _hot(-noisy)),
        Mistake("among equals the last is taken; it should be the first", "相等时取了最后一个，应取第一个", z=lambda noisy: _hot(noisy[..., ::-1])[..., ::-1]),
        Mistake("among equals every one is taken; it should be the first", "相等时全都取了，应取第一个", z=lambda noisy: (noisy == top(noisy)) + 0.0),
        Mistake("it stops before the softmax: dz is that of the weights, dα", "没有经过 softmax：dz 是权重的梯度 dα", dscores=lambda dz: dz),
        Mistake("the gradient is zero: that is the step's own; straight through pretends there is none", "梯度为零：那是阶跃函数自身的导数，直通估计假装没有阶跃", dscores=lambda dz: 0 * dz),
        Mistake("the softmax's gradient needs every other weight too: − αᵢ Σⱼ αⱼ dzⱼ is missing", "softmax 的梯度还与其他权重有关：缺少 − αᵢ Σⱼ αⱼ dzⱼ", dscores=lambda alpha, dz: alpha * dz),
        Mistake("in the gradient stands z, the item drawn, in place of α", "梯度中用了采样得到的 z，应为 α", dscores=lambda z, alpha, dz: z * (dz - total(alpha * dz))),
        Mistake("in the gradient, α is the softmax with the noise in it; it should be that of the scores", "梯度中的 α 含有噪声，应只由得分计算", alpha=lambda noisy: softmax(noisy)),
        Mistake("in the gradient, the factor αᵢ is missing", "梯度中缺少因子 αᵢ", dscores=lambda alpha, dz: dz - total(alpha * dz)),
    ),
    (
        extra("among equals the first item is to be taken", "相等时应取第一个", lambda rng: [(np.array([0.5, 1, 1]), {"gumbel": np.zeros(3)}), (np.zeros((2, 3)), {"gumbel": np.zeros((2, 3))})], axes=1, backward="gradients"),
    ),
)  # fmt: skip


def _gumbel_softmax(scores: Any, gumbel: Any, temperature: Any, dy: Any) -> Any:
    noisy = (scores + gumbel) / temperature
    e = np.exp(noisy - top(noisy))
    y = e / total(e)
    dnoisy = y * (dy - total(y * dy))
    dscores = dnoisy / temperature
    return (y,), (dscores,)


GUMBEL_SOFTMAX = Known(
    _gumbel_softmax,
    (
        Mistake("the noise is left out", "漏掉了噪声", noisy=lambda scores, temperature: scores / temperature),
        Mistake("the noise is not divided by the temperature: (s + g) / τ", "噪声没有除以温度：应为 (s + g) / τ", noisy=lambda scores, gumbel, temperature: scores / temperature + gumbel),
        Mistake("it is multiplied by the temperature in place of divided", "乘以了温度，应为除以", noisy=lambda scores, gumbel, temperature: (scores + gumbel) * temperature),
        Mistake("the temperature is not used", "没有使用温度", noisy=lambda scores, gumbel: scores + gumbel),
        Mistake("the noise is subtracted; −g is not Gumbel noise", "噪声被减去了；−g 不是 Gumbel 噪声", noisy=lambda scores, gumbel, temperature: (scores - gumbel) / temperature),
        Mistake("y is hard: a row of zeros and a one; here it should be soft", "y 是硬的：这里应为软的分布", y=lambda noisy: _hot(noisy)),
        Mistake("it is the logarithm of y", "这是 y 的对数", y=lambda noisy: np.log(softmax(noisy))),
        Mistake("the noise is added behind the softmax", "噪声加在了 softmax 之后", y=lambda scores, gumbel, temperature: softmax(scores / temperature) + gumbel),
        Mistake("in the gradient, the division by the temperature τ is missing", "梯度中缺少除以温度 τ", dscores=lambda dnoisy: dnoisy),
        Mistake("in the gradient, it is multiplied by the temperature τ in place of divided", "梯度乘以了温度 τ，应为除以", dscores=lambda dnoisy, temperature: dnoisy * temperature),
        Mistake("the softmax's gradient needs every other weight too: − yᵢ Σⱼ yⱼ dyⱼ is missing", "softmax 的梯度还与其他权重有关：缺少 − yᵢ Σⱼ yⱼ dyⱼ", dnoisy=lambda y, dy: y * dy),
        Mistake("the softmax is left out of the gradient: dy is taken for that of the scores", "梯度没有经过 softmax：把 dy 当成了得分的梯度", dnoisy=lambda dy: dy),
    ),
)  # fmt: skip
