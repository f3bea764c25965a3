"""Section 8.1.2: structured attention, the marginals of a chain."""

from __future__ import annotations

import numpy as np

from nnmem.attention import structured
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_chain import CHAIN, STRUCTURED

NEVER = np.array([[0.3, -np.inf], [-np.inf, 0.1]])

ENTRY = Entry(
    equations=(
        Equation(
            "8.1.2",
            "8.1.2",
            "Structured attention: marginals of a chain",
            "结构化注意力：线性链的边际分布",
            "p(z) ∝ exp(Σᵢ θᵢ(zᵢ) + Σᵢ ψ(zᵢ, zᵢ₊₁)),  μᵢ(c) = p(zᵢ = c)",
            "How probable each state is at each position when neighbours agree or disagree: forward-backward.",
            "相邻位置相互影响时，每个位置取每个状态的概率，用前向-后向算法计算。",
            ("chain_marginals",),
            "05_attention_over_structure",
            also="CRF conditional random field forward-backward 条件随机场 前向-后向算法 边缘分布",
        ),
        Equation(
            "8.1.2",
            "8.1.2",
            "Structured attention: whole segments",
            "结构化注意力：成段选取",
            "αᵢ = p(zᵢ = 1),  r = Σᵢ αᵢ xᵢ",
            "Each item is chosen or not, neighbours together: the sum of the chosen items, in expectation.",
            "每个输入选或不选，相邻者倾向一致；结果是被选输入之和的期望。",
            ("structured_attention",),
            "05_attention_over_structure",
            also="CRF conditional random field Kim 条件随机场 分段注意力",
        ),
    ),
    pairs=(
        Pair(
            "chain_marginals",
            structured,
            (Layout(structured.CHAIN),),
            known=CHAIN,
            extremes=(
                Extreme(
                    "transitions that are forbidden",
                    (np.array([[1.6, 0], [0, 0], [0, 0]]), NEVER),  # all 0 or all 1, by 1.6 + 2 (0.3 − 0.1) = 2
                    expected=np.tile([np.exp(2) / (1 + np.exp(2)), 1 / (1 + np.exp(2))], (3, 1)),
                ),
                Extreme("one state alone", (np.array([[1e4], [-1e4]]), np.zeros((1, 1))), expected=np.ones((2, 1))),
                Extreme("nothing allowed", (np.full((3, 2), -np.inf), np.zeros((2, 2))), expected=np.zeros((3, 2))),
                Extreme(
                    "a long chain",
                    (np.tile([[1e4, -1e4]], (10**4, 1)), np.zeros((2, 2))),
                    expected=np.tile([[1.0, 0]], (10**4, 1)),
                ),
                Extreme(
                    "a long chain",
                    (np.zeros((2000, 2)), np.zeros((2, 2))),  # 2²⁰⁰⁰ sequences, more than a float64 counts
                    expected=np.full((2000, 2), 0.5),
                ),
            ),
        ),
        Pair("structured_attention", structured, (Layout(structured.SEGMENTS),), known=STRUCTURED),
    ),
)
