"""Steps and mistakes of maxout, before the word that a translator writes."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import extra


def _woven(first: Any, second: Any) -> Any:
    """One of the first, one of the second, and so on."""
    return np.stack([first, second], axis=-1).reshape(*first.shape[:-1], 2 * first.shape[-1])


def _maxout(X: Any, dY: Any) -> Any:
    first = X[..., 0::2]
    second = X[..., 1::2]
    won = first >= second
    Y = np.where(won, first, second)
    dfirst = np.where(won, dY, 0)
    dsecond = np.where(won, 0, dY)
    dX = _woven(dfirst, dsecond)
    return (Y,), (dX,)


MAXOUT = Known(
    _maxout,
    (
        Mistake("the first half is compared with the second, not each feature with its neighbour", "把前一半与后一半比较了，应是相邻两个比较",
                first=lambda X: X[..., : X.shape[-1] // 2], second=lambda X: X[..., X.shape[-1] // 2 :], dX=lambda dfirst, dsecond: np.concatenate([dfirst, dsecond], axis=-1)),
        Mistake("the smaller one is taken", "取了较小的一个", Y=lambda won, first, second: np.where(won, second, first)),
        Mistake("the first of each two is taken, whichever is larger", "总取每对中的第一个", Y=lambda first: first),
        Mistake("the two are added", "把两个相加了", Y=lambda first, second: first + second),
        Mistake("the mean of the two is taken", "取了两个的平均", Y=lambda first, second: (first + second) / 2),
        Mistake("the larger by absolute value is taken", "取了绝对值较大的一个", Y=lambda first, second: np.where(np.abs(first) >= np.abs(second), first, second)),
        Mistake("what is below zero is cut off, as in ReLU", "像 ReLU 那样截去了负数", Y=lambda won, first, second: np.maximum(np.where(won, first, second), 0)),
        Mistake("both of the two receive the gradient", "两个都得到了梯度，应只给较大的一个", dfirst=lambda dY: dY, dsecond=lambda dY: dY),
        Mistake("each of the two receives half of the gradient", "两个各得一半梯度，应全给较大的一个", dfirst=lambda dY: dY / 2, dsecond=lambda dY: dY / 2),
        Mistake("the gradient goes to the smaller one", "梯度给了较小的一个", dfirst=lambda won, dY: np.where(won, 0, dY), dsecond=lambda won, dY: np.where(won, dY, 0)),
        Mistake("the gradient is multiplied with the features", "梯度又乘了特征的值", dfirst=lambda won, dY, first: np.where(won, dY * first, 0), dsecond=lambda won, dY, second: np.where(won, 0, dY * second)),
        Mistake("in dX, the first of all pairs stand first, then the second: they should take turns", "dX 先排各对的第一个、再排第二个，应交替排列", dX=lambda dfirst, dsecond: np.concatenate([dfirst, dsecond], axis=-1)),
    ),
    extras=(
        extra("of two equals the first receives the gradient", "两个相等时，梯度给第一个", lambda rng: [(np.array([[2.0, 2, 1, 0], [0, 0, 0, 1]]),)], axes=1, backward="gradients"),
    ),
    refused=(extra("an odd number of features", "奇数个特征", lambda rng: [(np.ones((2, 3)),)]),),
)  # fmt: skip
