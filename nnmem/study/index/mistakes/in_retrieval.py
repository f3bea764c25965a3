"""Promises and mistakes of the functions that retrieve, decode and read, which have no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.study.index.known import Known, Mistake
from nnmem.study.index.mistakes.in_capacity import minus_sum
from nnmem.study.index.mistakes.vocabulary import extra


def _network(rng: np.random.Generator, m: int, batch: tuple[int, ...] = ()) -> tuple[Any, ...]:
    W = np.triu(rng.integers(-8, 9, size=(m, m)) / 4, 1)
    return rng.choice([-1.0, 1.0], (*batch, m)), W + W.T, rng.integers(-4, 5, size=m) / 4


def _several(rng: np.random.Generator, m: int, count: int, options: Any) -> list[Any]:
    return [(*_network(rng, m), options(k)) for k in range(count)]


TIES = np.array([[0.0, 1, 1], [1, 0, 1], [1, 1, 0]])
CYCLE = np.array([[0.0, 1, -1], [-1, 0, 1], [1, -1, 0]])
RETRIEVE = Known(
    extras=(
        extra("with max_sweeps=1 it gives up after one sweep", "max_sweeps=1 时一轮之后就应停止", lambda rng: _several(rng, 9, 6, lambda k: {"max_sweeps": 1})),
        extra("with record='flip' every flip is a row of the trajectory", "record='flip' 时每次翻转是轨迹的一行", lambda rng: _several(rng, 6, 4, lambda k: {"record": "flip"})),
        extra("with a generator every sweep has a new random order, rng.permutation(m)", "给出 rng 时每轮按 rng.permutation(m) 的新顺序访问", lambda rng: _several(rng, 9, 6, lambda k: {"rng": k})),
        extra("where a local field is 0 the state should be +1", "局部场为 0 时状态应为 +1", lambda rng: [(np.array([1.0, -1, 1]), TIES, np.zeros(3)), (np.array([-1.0, 1, -1]), TIES, np.zeros(3), {"mode": "sync", "max_sweeps": 3})]),
        extra("converged should be false where max_sweeps was too few, or where it cycles", "max_sweeps 不足或循环时 converged 应为假", lambda rng: [(np.array([1.0, 1, -1]), CYCLE, np.zeros(3), {"max_sweeps": 4}), (np.array([1.0, 1]), np.array([[0.0, -1], [-1, 0]]), np.zeros(2), {"mode": "sync", "max_sweeps": 5})]),
        extra("W need not be symmetric: it is W s, not s W", "W 不必对称：应为 W s，不是 s W", lambda rng: [(rng.choice([-1.0, 1.0], 5), rng.integers(-8, 9, size=(5, 5)) / 4, rng.integers(-4, 5, size=5) / 4, {"mode": mode, "max_sweeps": 3}) for mode in ("async", "sync", "async", "sync")]),
    ),
    refused=(
        extra("a probe that is not of −1 and +1", "初始状态不是 −1 和 +1", lambda rng: [(np.array([0.5, 1, 1]), TIES, np.zeros(3))]),
        extra("a mode or record that is none of those above", "mode 或 record 不是上述之一", lambda rng: [(np.array([1.0, 1, 1]), TIES, np.zeros(3), {"mode": "both"}), (np.array([1.0, 1, 1]), TIES, np.zeros(3), {"record": "none"})]),
    ),
)  # fmt: skip


def _clean_up(y: Any, items: Any) -> Any:
    fit = y @ items.T
    index = fit.argmax(axis=-1)
    return (index,), ()


CLEAN_UP = Known(
    _clean_up,
    (
        Mistake("the least similar item is taken: argmin in place of argmax", "取了最不相似的：用了 argmin，应为 argmax", index=lambda fit: fit.argmin(axis=-1)),
        Mistake("the products are divided by the lengths of the items (cosine); it should be the dot product", "点积除以了各项的长度（余弦），应为点积", index=lambda y, items: (y @ (items / np.linalg.norm(items, axis=1, keepdims=True)).T).argmax(-1)),
        Mistake("the nearest item by distance is taken; it should be that of the largest dot product", "取了距离最近的，应为点积最大的", index=lambda y, items: ((y[..., None, :] - items) ** 2).sum(-1).argmin(-1)),
        Mistake("the absolute value of the product is taken", "取了点积的绝对值", index=lambda fit: np.abs(fit).argmax(-1)),
        Mistake("the index is counted from 1", "下标从 1 数起", index=lambda fit: fit.argmax(-1) + 1),
    ),
    (extra("it is the largest dot product that counts, however long the items are", "应取点积最大者，不论各项的长度", lambda rng: [(np.array([1.0, 0.2]), np.array([[0.9, 0.1], [2.0, 3.0], [-5.0, -1.0]])), (rng.normal(size=(9, 3)), rng.normal(size=(5, 3)) * np.array([0.1, 1, 5, 2, 0.5])[:, None])]),),
)  # fmt: skip


def _bidirectional_weights(X: Any, Y: Any) -> Any:
    products = X.T @ Y
    W = products / len(X)
    return (W,), ()


PAIR_WEIGHTS = Known(
    _bidirectional_weights,
    (
        Mistake("it is divided by m, the length of a pattern, in place of N", "除以了模式的长度 m，应为 N", W=lambda products, X: products / X.shape[1]),
        Mistake("it is divided by k in place of N", "除以了 k，应为 N", W=lambda products, Y: products / Y.shape[1]),
        Mistake("the division by N is missing", "缺少除以 N", W=lambda products: products),
        Mistake("the diagonal is set to zero; between two layers there is none to leave out", "对角线置了零；两层之间没有自反馈，不应置零", W=lambda products, X: (products - np.eye(*products.shape) * products) / len(X)),
    ),
    refused=(extra("patterns that are not −1 and +1", "模式不是 −1 和 +1", lambda rng: [(np.array([[0.5, 1]]), np.array([[1.0, 1, -1]]))]),),
)  # fmt: skip
PAIR_RETRIEVE = Known(
    extras=(
        extra("where a field is 0 the state should be +1", "净输入为 0 时状态应为 +1", lambda rng: [(np.array([1.0, -1, 1]), np.array([[1.0, 1], [1, -1], [0, 0]]))]),
        extra("with max_steps=1 it gives up after one round, with converged = False", "max_steps=1 时一轮之后停止，converged 为假", lambda rng: [(rng.choice([-1.0, 1.0], 5), rng.integers(-8, 9, size=(5, 4)) / 4, {"max_steps": 1}) for _ in range(6)]),
    ),
    refused=(extra("a probe that is not of −1 and +1", "初始状态不是 −1 和 +1", lambda rng: [(np.array([0.5, 1]), np.eye(2))]),),
)  # fmt: skip


def _side(s: Any, patterns: Any, interaction: Any, i: int, own: bool) -> Any:
    """The side that neuron i takes; ``own``: the overlap has the neuron itself in it."""
    r = s @ patterns.T - (0 if own else s[..., i, None] * patterns[:, i])
    high, low = (
        (np.exp(r + 1), np.exp(r - 1)) if interaction == "exp" else ((r + 1) ** interaction, (r - 1) ** interaction)
    )
    return np.where((high - low) @ patterns[:, i] >= 0, 1.0, -1.0)


def _dense_run(x: Any, patterns: Any, interaction: Any, rng: Any, max_sweeps: int, own: bool = False) -> Any:
    """States after every sweep, and where a whole sweep changed nothing."""
    rng = None if rng is None else np.random.default_rng(int(rng))
    states, rested = [x], np.zeros(x.shape[:-1], bool)
    for _ in range(max_sweeps):
        s = states[-1].copy()
        for i in range(s.shape[-1]) if rng is None else rng.permutation(s.shape[-1]):
            s[..., i] = _side(s, patterns, interaction, i, own)
        rested = rested | (s == states[-1]).all(axis=-1)
        if rested.all():
            break
        states.append(s)
    return np.stack(states), rested


def _dense_retrieve(x: Any, patterns: Any, interaction: Any, rng: Any, max_sweeps: Any) -> Any:
    trajectory = _dense_run(x, patterns, interaction, rng, max_sweeps)[0]
    overlaps = trajectory @ patterns.T
    energies = minus_sum(overlaps, interaction)
    converged = _dense_run(x, patterns, interaction, rng, max_sweeps)[1]
    return (trajectory, energies, converged), ()


DENSE_RETRIEVE = Known(
    _dense_retrieve,
    (Mistake("the overlap rₙ still contains the neuron i itself: j ≠ i", "重叠 rₙ 中仍含有神经元 i 自己：应为 j ≠ i", trajectory=lambda x, patterns, interaction, rng, max_sweeps: _dense_run(x, patterns, interaction, rng, max_sweeps, own=True)[0]),),
    extras=(
        extra("where both sides have the same energy the state should be +1", "两侧能量相等时状态应为 +1", lambda rng: [(np.array([-1.0, 1, -1, 1]), np.array([[1.0, 1, 1, 1], [-1, 1, -1, 1]]), {"interaction": 2}), (np.array([-1.0, -1, 1, 1]), np.array([[1.0, 1, 1, 1], [-1, -1, 1, 1]]), {"interaction": 3})]),
        extra("with max_sweeps=1 it gives up after one sweep", "max_sweeps=1 时一轮之后就应停止", lambda rng: [(rng.choice([-1.0, 1.0], 9), rng.choice([-1.0, 1.0], (4, 9)), {"interaction": 2, "max_sweeps": 1}) for _ in range(6)]),
        extra("with a generator every sweep has a new random order, rng.permutation(m)", "给出 rng 时每轮按 rng.permutation(m) 的新顺序访问", lambda rng: [(rng.choice([-1.0, 1.0], 9), rng.choice([-1.0, 1.0], (5, 9)), {"interaction": 2, "rng": k}) for k in range(8)]),
        extra("interaction='exp' is the exponential", "interaction='exp' 为指数形式", lambda rng: [(rng.choice([-1.0, 1.0], 5), rng.choice([-1.0, 1.0], (2, 5)), {"interaction": "exp"})]),
    ),
    refused=(extra("a probe that is not of −1 and +1", "初始状态不是 −1 和 +1", lambda rng: [(np.array([0.5, 1]), np.ones((1, 2)))]),),
)  # fmt: skip
CONTINUOUS_RETRIEVE = Known(
    extras=(
        extra("it stops where the velocity is at most the tolerance, and converged is true there", "速度不超过 tolerance 时停止，此时 converged 为真", lambda rng: [(np.array([0.3, -0.2]), np.array([[0.0, 0.4], [0.4, 0]]), np.array([0.1, 0.0]), {"tolerance": 0.05, "max_steps": 60, "step": 0.2})]),
        extra("every=2 records each second step", "every=2 时每两步记录一次", lambda rng: [(np.array([0.3, -0.2]), np.array([[0.0, 0.4], [0.4, 0]]), np.array([0.1, 0.0]), {"every": 2, "max_steps": 5})]),
        extra("step is the size of the time step", "step 为时间步长", lambda rng: [(np.array([0.3, -0.2]), np.array([[0.0, 0.4], [0.4, 0]]), np.array([0.1, 0.0]), {"step": 0.5, "max_steps": 3})]),
    ),
)  # fmt: skip
MODERN_RETRIEVE = Known(
    extras=(
        extra("max_steps=1 is one update, with converged = False", "max_steps=1 只更新一次，converged 为假", lambda rng: [(rng.normal(size=3), rng.normal(size=(4, 3)), {"max_steps": 1, "beta": 2.0})]),
        extra("β is the inverse temperature of every update", "β 为每次更新的逆温度", lambda rng: [(rng.normal(size=3), rng.normal(size=(4, 3)), {"max_steps": 3, "beta": beta}) for beta in (0.5, 3.0)]),
        extra("it stops where no entry moves by more than the tolerance", "各元素的变化不超过 tolerance 时停止", lambda rng: [(rng.normal(size=3), rng.normal(size=(4, 3)), {"tolerance": 0.01, "beta": 2.0})]),
    ),
)  # fmt: skip


def _period(trajectory: Any) -> Any:
    fixed = (trajectory[-1] == trajectory[-2]).all(axis=-1)
    two = (trajectory[-1] == trajectory[max(len(trajectory) - 3, 0)]).all(axis=-1) & (len(trajectory) > 2)
    period = np.where(fixed, 1, np.where(two, 2, 0))
    return (period,), ()


PERIOD = Known(
    _period,
    (
        Mistake("a cycle of two is not looked for", "没有检查周期为 2 的循环", period=lambda fixed: np.where(fixed, 1, 0)),
        Mistake("a fixed point counts as a cycle of two: it is to be looked for first", "不动点被当成了周期 2：应先检查不动点", period=lambda fixed, two: np.where(two, 2, np.where(fixed, 1, 0))),
        Mistake("a fixed point and a cycle are told apart by one neuron alone (any in place of all)", "只看了一个神经元：应为 all，用了 any", period=lambda trajectory: np.where((trajectory[-1] == trajectory[-2]).any(-1), 1, np.where((trajectory[-1] == trajectory[max(len(trajectory) - 3, 0)]).any(-1), 2, 0))),
        Mistake("the whole batch is compared at once: each probe has a period of its own", "把整批一起比较了：每个初始状态各有自己的周期", period=lambda trajectory: np.full(trajectory.shape[1:-1], 1 if np.array_equal(trajectory[-1], trajectory[-2]) else 2 if len(trajectory) > 2 and np.array_equal(trajectory[-1], trajectory[-3]) else 0)),
        Mistake("where neither is reached it should be 0, and is 2", "两者都没有到达时应为 0，却为 2", period=lambda fixed: np.where(fixed, 1, 2)),
    ),
    (extra("with two states alone there is no cycle yet", "只有两个状态时还没有循环", lambda rng: [(np.array([[1.0, 1], [1, -1]]),), (np.array([[1.0, 1], [1, 1]]),)]),),
)  # fmt: skip
