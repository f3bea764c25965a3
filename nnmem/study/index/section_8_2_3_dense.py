"""Section 8.2.3: dense associative memory, and the modern Hopfield network to which it leads."""

from __future__ import annotations

from nnmem.associative import dense, modern
from nnmem.study.index.drawing import signs
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_capacity import DENSE, MODERN, MODERN_ENERGY
from nnmem.study.index.mistakes.in_retrieval import DENSE_RETRIEVE, MODERN_RETRIEVE

ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Dense associative memory",
            "稠密联想记忆（高阶连接）",
            "E = −Σₙ (x⁽ⁿ⁾ · s)ᴷ,  or E = −log Σₙ exp(x⁽ⁿ⁾ · s)",
            "Connections among K neurons at a time make the valleys narrower, and room for O(mᴷ⁻¹) patterns.",
            "K 个神经元之间的高阶连接使能量的谷更窄，容量达到 O(mᴷ⁻¹)。",
            ("dense_energy",),
            "08_capacity_and_beyond",
            "E = −Σₙ (x⁽ⁿ⁾ · s)ᴷ，或 E = −log Σₙ exp(x⁽ⁿ⁾ · s)",
            also="higher-order connections polynomial Krotov capacity 联想记忆 网络容量",
        ),
        Equation(
            "8.2.3",
            "8.2.3",
            "Modern Hopfield network",
            "现代 Hopfield 网络",
            "s_next = Xᵀ softmax(β X s),  E = −(1/β) log Σᵢ exp(β xᵢᵀ s) + ½ sᵀ s",
            "With real states and an exponential energy, one update of a Hopfield network is "
            "attention, equation (8.9).",
            "状态取实数、能量取指数形式时，Hopfield 网络的一步更新就是注意力公式 (8.9)。",
            ("modern_hopfield", "modern_hopfield_energy"),
            "08_capacity_and_beyond",
            also="Ramsauer exponential associative memory 联想记忆",
        ),
    ),
    pairs=(
        Pair(
            "dense_energy",
            dense,
            tuple(Layout(dense.LAYOUT, {"interaction": interaction}) for interaction in (2, 3, 4, "exp")),
            extremes=(Extreme("an overlap of 1e4", ([1e4], [[1.0], [-1.0]]), {"interaction": "exp"}, -1e4),),
            known=DENSE,
        ),
        Pair(
            "modern_hopfield",
            modern,
            (Layout(modern.LAYOUT, {"beta": 0.6}),),
            extremes=(Extreme("scores of ±1e4", ([[1e2, 0.0], [0.0, 1e2]], [1e2, -1e2]), expected=[1e2, 0]),),
            known=MODERN,
        ),
        Pair(
            "modern_hopfield_energy",
            modern,
            (Layout(modern.LAYOUT, {"beta": 0.6}),),
            extremes=(Extreme("scores of ±1e4", ([[1e2, 0.0], [0.0, 1e2]], [1e2, -1e2]), expected=0),),
            known=MODERN_ENERGY,
        ),
    ),
    plain=(
        Plain(
            "dense_retrieve",
            dense,
            tuple(
                Layout(dense.PROBE, {"interaction": order}, special={"x": signs, "patterns": signs}) for order in (2, 3)
            ),
            known=DENSE_RETRIEVE,
        ),
        Plain(
            "modern_hopfield_retrieve",
            modern,
            tuple(
                Layout("x (..., d), X (..., N, d)", {"beta": 0.6, **more})
                for more in ({"max_steps": 3}, {"tolerance": 0.05})
            ),
            known=MODERN_RETRIEVE,
        ),
    ),
)
