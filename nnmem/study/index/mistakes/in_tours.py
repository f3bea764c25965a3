"""Steps and mistakes of the travelling-salesman network: its weights, and the tour that a state spells."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.vocabulary import extra


def _weights(cities: Any, A: Any, B: Any, C: Any, D: Any, stops: Any) -> Any:
    distance = np.sqrt(((cities[:, None] - cities) ** 2).sum(axis=-1))
    same = np.eye(len(cities))
    other = 1 - same
    beside = np.roll(same, 1, axis=0) + np.roll(same, -1, axis=0)
    T = -A * np.kron(same, other) - B * np.kron(other, same) - C - D * np.kron(distance, beside)
    W = T / 2
    b = C * stops + T.sum(axis=1) / 2
    return (W, b), ()


def _turned(A: Any) -> Any:
    """Rows and columns in the order i n + x."""
    n = round(len(A) ** 0.5)
    return A.reshape(n, n, n, n).transpose(1, 0, 3, 2).reshape(n * n, n * n)


TOUR_WEIGHTS = Known(
    _weights,
    (
        Mistake("the tour is not closed: behind the last stop comes the first again (i + 1 modulo n)", "路线没有闭合：最后一站之后又是第一站（i + 1 对 n 取模）", beside=lambda same: np.eye(len(same), k=1) + np.eye(len(same), k=-1)),
        Mistake("only the next stop is looked at, not the one before: Vᵧ,ᵢ₋₁ is missing", "只看了下一站，没有看前一站：缺少 Vᵧ,ᵢ₋₁", beside=lambda same: np.roll(same, 1, axis=1)),
        Mistake("in b, T 1 / 2 is missing, which comes from V = (1 + v) / 2", "b 中缺少来自 V = (1 + v) / 2 的 T 1 / 2", b=lambda C, stops: C * stops),
        Mistake("in b, T 1 / 2 is missing, which comes from V = (1 + v) / 2", "b 中缺少来自 V = (1 + v) / 2 的 T 1 / 2", b=lambda C, stops, W: np.full(len(W), C * stops)),
        Mistake("in b, it is T 1 in place of T 1 / 2", "b 中用了 T 1，应为 T 1 / 2", b=lambda C, stops, T: C * stops + T.sum(axis=1)),
        Mistake("the term of A is on the diagonal too: i = j is to be left out", "A 一项也写到了对角线上：应去掉 i = j", T=lambda A, B, C, D, same, other, distance, beside: -A * np.kron(same, 1 + 0 * same) - B * np.kron(other, same) - C - D * np.kron(distance, beside)),
        Mistake("the term of B is on the diagonal too: x = y is to be left out", "B 一项也写到了对角线上：应去掉 x = y", T=lambda A, B, C, D, same, other, distance, beside: -A * np.kron(same, other) - B * np.kron(1 + 0 * same, same) - C - D * np.kron(distance, beside)),
        Mistake("it is T, for outputs of 0 to 1, in place of W = T / 2", "这是 T（输出为 0 到 1 时的权重），应为 W = T / 2", W=lambda T: T),
        Mistake("neuron (x, i) stands in row i n + x in place of x n + i", "神经元 (x, i) 放在了第 i n + x 行，应为 x n + i", W=lambda T: _turned(T) / 2),
        Mistake("the distances are squared", "距离是平方的", distance=lambda cities: ((cities[:, None] - cities) ** 2).sum(axis=-1)),
        Mistake("the diagonal is set to zero; −C stands there too", "对角线置了零；那里也有 −C", W=lambda T: (T - np.diag(np.diag(T))) / 2),
    ),
)  # fmt: skip


def _grid(v: Any) -> Any:
    n = round(v.shape[-1] ** 0.5)
    return v.reshape(*v.shape[:-1], n, n)


def _read(v: Any) -> Any:
    on = _grid(v) > 0
    tour = _grid(v).argmax(axis=-2)
    valid = (on.sum(-1) == 1).all(-1) & (on.sum(-2) == 1).all(-1)
    return (tour, valid), ()


READ_TOUR = Known(
    _read,
    (
        Mistake("rows and columns are exchanged: it gives the stop of each city in place of the city of each stop", "行列交换了：得到每个城市的站次，应为每站的城市", tour=lambda v: _grid(v).argmax(axis=-1)),
        Mistake("only the cities are looked at: exactly one neuron is to be on for every stop too", "只检查了城市：每一站也应恰有一个神经元开启", valid=lambda on: (on.sum(-1) == 1).all(-1)),
        Mistake("only the stops are looked at: exactly one neuron is to be on for every city too", "只检查了站次：每个城市也应恰有一个神经元开启", valid=lambda on: (on.sum(-2) == 1).all(-1)),
        Mistake("the tour is counted from 1", "城市从 1 数起", tour=lambda v: _grid(v).argmax(axis=-2) + 1),
    ),
    (extra("a tour that visits a city twice is not valid", "重复访问城市的路线无效", lambda rng: [(np.array([1.0, 1, -1, -1, -1, 1, -1, -1, -1]),), (np.array([1.0, -1, -1, 1, -1, -1, -1, 1, 1]),)]),),
)  # fmt: skip
