"""Steps and mistakes of the window that slides, section 8.1.3."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import softmax


def _window(a: Any, b: Any, kappa: Any, C: Any, dw: Any, dphi: Any) -> Any:
    distance = kappa[..., None] - np.arange(1, C.shape[-2] + 1)
    bells = np.exp(-b[..., None] * distance**2)
    phi = (a[..., None] * bells).sum(axis=-2)
    w = (phi[..., None, :] @ C)[..., 0, :]
    dweights = dphi + (C @ dw[..., None])[..., 0]
    dbells = dweights[..., None, :] * bells
    da = dbells.sum(axis=-1)
    db = -a * (dbells * distance**2).sum(axis=-1)
    dkappa = -2 * a * b * (dbells * distance).sum(axis=-1)
    dC = phi[..., None] * dw[..., None, :]
    return (w, phi), (da, db, dkappa, dC)


WINDOW = Known(
    _window,
    (
        Mistake("positions are counted from 0, u = 0, …, U − 1", "位置从 0 数起，应从 1 数起",
                distance=lambda kappa, C: kappa[..., None] - np.arange(C.shape[-2])),
        Mistake("the distance is not squared", "距离没有平方",
                bells=lambda b, distance: np.exp(-b[..., None] * np.abs(distance))),
        Mistake("b is taken for a variance, exp(−(κ − u)² / 2b): it is the sharpness, which multiplies",
                "把 b 当作方差，写成 exp(−(κ − u)² / 2b)；b 是锐度，应相乘",
                bells=lambda b, distance: np.exp(-(distance**2) / (2 * b[..., None]))),
        Mistake("the bells are normal densities, each with √(b / π) before it", "把钟形曲线写成了正态密度，多了系数 √(b / π)",
                bells=lambda b, distance: np.sqrt(b / np.pi)[..., None] * np.exp(-b[..., None] * distance**2)),
        Mistake("exp is taken of a once more: a comes as it is to be used", "对 a 又取了一次 exp；传入的 a 已是最终的高度",
                phi=lambda a, bells: (np.exp(a)[..., None] * bells).sum(axis=-2)),
        Mistake("exp is taken of a and b once more: they come as they are to be used", "对 a、b 又取了一次 exp；传入的已是最终的数值",
                bells=lambda b, distance: np.exp(-np.exp(b)[..., None] * distance**2),
                phi=lambda a, bells: (np.exp(a)[..., None] * bells).sum(axis=-2)),
        Mistake("exp is taken of κ: it comes as it is to be used", "对 κ 又取了一次 exp；传入的 κ 已是最终的中心",
                distance=lambda kappa, C: np.exp(kappa)[..., None] - np.arange(1, C.shape[-2] + 1)),
        Mistake("κ is added up over the curves: each has a centre of its own, and only steps of time add up",
                "把 κ 沿各曲线累加了；每条曲线各有中心，只沿时间累加",
                distance=lambda kappa, C: np.cumsum(kappa, axis=-1)[..., None] - np.arange(1, C.shape[-2] + 1)),
        Mistake("a softmax is taken of the heights: they need not sum to 1", "对高度 a 作了 softmax；高度之和不必为 1",
                phi=lambda a, bells: (softmax(a)[..., None] * bells).sum(axis=-2)),
        Mistake("the highest curve is taken in place of the sum of all", "只取了最高的一条曲线，应对各曲线求和",
                phi=lambda a, bells: (a[..., None] * bells).max(axis=-2)),
        Mistake("a softmax is taken of φ", "对 φ 作了 softmax",
                phi=lambda a, bells: softmax((a[..., None] * bells).sum(axis=-2))),
        Mistake("only the symbol under the largest weight is read", "只读了权重最大的一个符号",
                w=lambda phi, C: np.take_along_axis(C, phi.argmax(axis=-1)[..., None, None], axis=-2)[..., 0, :]),
        Mistake("the weights are normalised, φ / Σ φ", "对权重作了归一化：φ / Σ φ",
                phi=lambda a, bells: (a[..., None] * bells).sum(axis=-2) / (a[..., None] * bells).sum(axis=(-2, -1))[..., None]),
        Mistake("dκ has no factor 2", "dκ 漏了因子 2",
                dkappa=lambda a, b, dbells, distance: -a * b * (dbells * distance).sum(axis=-1)),
        Mistake("in db, the height a is missing", "db 漏了高度 a",
                db=lambda dbells, distance: -(dbells * distance**2).sum(axis=-1)),
        Mistake("da has the factor a, which is what it is taken by", "da 多了因子 a；对 a 求导后 a 不再出现",
                da=lambda a, dbells: a * dbells.sum(axis=-1)),
        Mistake("the height a stands in the gradients twice, or in da at all", "高度 a 在梯度里多乘了一次",
                dbells=lambda a, dweights, bells: a[..., None] * dweights[..., None, :] * bells),
        Mistake("dC has no φ", "dC 漏了 φ",
                dC=lambda phi, dw: np.ones_like(phi)[..., None] * dw[..., None, :]),
        Mistake("the gradient of φ itself is forgotten", "忘了 φ 自身的上游梯度",
                dweights=lambda dw, C: (C @ dw[..., None])[..., 0]),
    ),
)  # fmt: skip
