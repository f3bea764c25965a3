"""(8.14) to (8.18): the Hopfield network, its update, its energy and retrieval."""

from __future__ import annotations

import math

import numpy as np

from nnmem.associative import hopfield, retrieval
from nnmem.study.index.drawing import quarters, signs, symmetric
from nnmem.study.index.entry import Entry, Equation, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_hopfield import ENERGY, UPDATE
from nnmem.study.index.mistakes.in_retrieval import PERIOD, RETRIEVE


def _history(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """States over time, which in turn end at rest, in a cycle of two, or in neither."""
    states = signs(shape, rng)
    end = ((rng.integers(3) + np.arange(math.prod(shape[1:-1]))) % 3).reshape(*shape[1:-1], 1)
    states[-1] = np.select([end == 0, end == 1], [states[-2], states[max(len(states) - 3, 0)]], states[-1])
    return states


ENTRY = Entry(
    equations=(
        Equation(
            "8.14",
            "8.2.3",
            "Update of a neuron",
            "神经元的更新规则",
            "sᵢ = +1 if Σⱼ wᵢⱼ sⱼ + bᵢ ≥ 0, −1 otherwise",
            "A neuron takes the sign of what the others tell it; `hopfield_retrieve` repeats "
            "this until nothing changes.",
            "神经元把其他神经元的状态按权重相加，再加偏置，取其符号（和为零时取 +1）；异步反复更新直到稳定，就是检索。",
            ("hopfield_update",),
            "07_hopfield_networks",
            "sᵢ = +1，当 Σⱼ wᵢⱼ sⱼ + bᵢ ≥ 0；否则 sᵢ = −1",
            also="Hopfield network retrieval asynchronous attractor associative memory "
            "Hopfield 网络 检索 异步 吸引子 联想记忆",
        ),
        Equation(
            "8.15",
            "8.2.3",
            "Conditions on the weights",
            "连接权重的性质",
            "wᵢᵢ = 0,  wᵢⱼ = wⱼᵢ",
            "No neuron is connected to itself, and connections work both ways; "
            "`check_hopfield_weights` says if they do.",
            "神经元没有自反馈，连接权重对称；由 check_hopfield_weights 检查。",
            ("hopfield_update",),
            "07_hopfield_networks",
            also="Hopfield network symmetric self-connection diagonal Hopfield 网络 对称 自反馈",
        ),
        Equation(
            "8.16",
            "8.2.3",
            "Synchronous update",
            "同步更新",
            "sₜ = f(W sₜ₋₁ + b),  s₀ = x",
            "All neurons at once, by the clock; f is the step function, or tanh(β ·), whose limit it is.",
            "由时钟同步，一次更新所有神经元；f 为阶跃函数，或平滑的 tanh(β ·)（β→∞ 时即为阶跃函数）。",
            ("hopfield_update",),
            "07_hopfield_networks",
            also="Hopfield network retrieval cycle Hopfield 网络 检索 联想记忆",
        ),
        Equation(
            "8.17",
            "8.2.3",
            "Energy",
            "能量函数",
            "E = −½ Σᵢⱼ wᵢⱼ sᵢ sⱼ − Σᵢ bᵢ sᵢ",
            "How much the neurons disagree with their connections; no asynchronous update raises it.",
            "神经元状态与连接的不一致程度；异步更新时能量不会升高。",
            ("hopfield_energy",),
            "07_hopfield_networks",
            also="Hopfield network energy function landscape Lyapunov Hopfield 网络 能量曲面",
        ),
        Equation(
            "8.18",
            "8.2.3",
            "Energy as a quadratic form",
            "能量函数的矩阵形式",
            "E = −½ sᵀ W s − bᵀ s",
            "The same in matrices; its gradient with respect to s is minus the local field.",
            "同一能量的矩阵写法；它对 s 的梯度是局部场（神经元的净输入 W s + b）的相反数。",
            ("hopfield_energy",),
            "07_hopfield_networks",
            also="Hopfield network energy function landscape Lyapunov Hopfield 网络 能量函数",
        ),
    ),
    pairs=(
        Pair("hopfield_update", hopfield, (Layout(hopfield.LAYOUT, {"beta": 0.3}),), known=UPDATE),
        Pair("hopfield_energy", hopfield, (Layout(hopfield.LAYOUT),), known=ENERGY),
    ),
    plain=(
        Plain("check_hopfield_weights", hopfield, not_graded="it returns nothing that could be compared"),
        Plain(
            "hopfield_period",
            retrieval,
            (Layout("trajectory (T, ..., m)", special={"trajectory": _history}),),
            known=PERIOD,
        ),
        Plain(
            "hopfield_retrieve",
            retrieval,
            tuple(
                Layout(retrieval.PROBE, {"mode": mode}, special={"x": signs, "W": symmetric, "b": quarters})
                for mode in ("async", "sync")
            ),
            known=RETRIEVE,
        ),
    ),
)
