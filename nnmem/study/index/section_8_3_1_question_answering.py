"""Section 8.3.1: what networks that are told their supporting facts add, and attention that keeps the order."""

from __future__ import annotations

from nnmem.attention import attention_gru
from nnmem.nn import margin_ranking
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_question_answering import ATTENTION_GRU, MARGIN_RANKING

ENTRY = Entry(
    equations=(
        Equation(
            "8.3.1",
            "8.3.1",
            "Margin ranking loss",
            "间隔排序损失",
            "L = Σ_{i ≠ t} max(0, γ − s_t + sᵢ)",
            "The right sentence, or the right word, must score higher than every other by a margin γ.",
            "正确的句子（或词）的得分要比其他每一个都至少高出间隔 γ。",
            ("margin_ranking",),
            "11_question_answering",
            also="hinge Weston 记忆网络 支持事实",
        ),
        Equation(
            "8.3.1",
            "8.3.1",
            "Attention GRU",
            "注意力门控循环单元",
            "hᵢ = gᵢ h̃ᵢ + (1 − gᵢ) hᵢ₋₁,  h̃ᵢ = tanh(W xᵢ + rᵢ ∘ U hᵢ₋₁ + b),  rᵢ = σ(W_r xᵢ + U_r hᵢ₋₁ + b_r)",
            "A weighted average forgets which came first; a GRU that moves as far as the weight says does not.",
            "加权平均会忘记先后次序；以注意力权重为更新门的循环单元则保留次序。",
            ("attention_gru",),
            "11_question_answering",
            also="DMN episode 动态记忆网络 情景记忆",
        ),
    ),
    pairs=(
        Pair(
            "margin_ranking",
            margin_ranking,
            tuple(
                Layout(margin_ranking.RANKED, options, without_gradient="targets (...)", mask="(..., n)")
                for options in ({}, {"margin": 0.7})
            ),
            known=MARGIN_RANKING,
            extremes=(
                Extreme("scores far apart", ([1e4, -1e4, 0.0],), {"targets": 1}, 3e4 + 0.2),
                Extreme("the right one alone", ([3.0],), {"targets": 0}, 0.0),
            ),
        ),
        Pair(
            "attention_gru",
            attention_gru,
            (Layout(attention_gru.ATTENDED),),
            known=ATTENTION_GRU,
            extremes=(
                Extreme(
                    "a gate of 1 replaces the state",
                    ([[5.0], [1e4]], [1.0, 1.0], [[0.0]], [[0.0]], [0.0], [[1.0]], [[0.0]], [0.0]),
                    expected=[1.0],
                ),
            ),
        ),
    ),
)
