"""(8.10) to (8.13): pointer networks."""

from __future__ import annotations

import math

from nnmem.attention import pointing
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_pointing import LIKELIHOOD, POINTER_DISTRIBUTION

ENTRY = Entry(
    equations=(
        Equation(
            "8.10",
            "8.1.2",
            "Likelihood of a sequence of indices",
            "下标序列的条件概率",
            "p(c₁:ₘ | x₁:ₙ) = Πᵢ p(cᵢ | c₁:ᵢ₋₁, x₁:ₙ)",
            "A sequence is as probable as all its choices together, each given those before it; this is exact.",
            "序列的概率等于各步选择的条件概率之积，这一分解是精确的。",
            ("pointer_log_likelihood",),
            "03_pointer_networks",
            also="pointer network chain rule Vinyals 指针网络 对数似然",
        ),
        Equation(
            "8.11",
            "8.1.2",
            "What the decoder sees of its choices",
            "用已选输入代替已选下标",
            "p(c₁:ₘ | x₁:ₙ) ≈ Πᵢ p(cᵢ | x_c₁, …, x_cᵢ₋₁, x₁:ₙ)",
            "Each choice sees the inputs that were chosen, not their places; equal inputs cannot be told apart.",
            "每一步只看到已选的输入而非其下标，因此相同的输入无法区分。",
            ("pointer_log_likelihood",),
            "03_pointer_networks",
            also="pointer network Vinyals 指针网络 解码器",
        ),
        Equation(
            "8.12",
            "8.1.2",
            "Pointer distribution",
            "指针分布",
            "p(cᵢ = j | c₁:ᵢ₋₁, x₁:ₙ) = softmaxⱼ(s_ij)",
            "The attention distribution itself is the output: it points to an input.",
            "注意力分布本身就是输出，作为软性的指针指向某个输入。",
            ("pointer_distribution",),
            "03_pointer_networks",
            also="pointer network Vinyals 指针网络",
        ),
        Equation(
            "8.13",
            "8.1.2",
            "Pointer score",
            "指针的得分（未归一化的注意力分布）",
            "s_ij = vᵀ tanh(W xⱼ + U eᵢ)",
            "How well input j fits what the decoder is looking for at step i: the additive score.",
            "解码第 i 步的状态与第 j 个输入的匹配程度，用加性模型计算。",
            ("pointer_distribution",),
            "03_pointer_networks",
            also="pointer network Vinyals 指针网络 打分函数",
        ),
    ),
    pairs=(
        Pair(
            "pointer_distribution",
            pointing,
            tuple(Layout(pointing.POINTER, mask=mask) for mask in ("(..., m, n)", "(..., n)")),
            extremes=(
                Extreme(
                    "nothing left to point to",
                    ([[1.0], [2.0]], [[1.0]], [[1.0]], [[1.0]], [1.0]),
                    {"mask": [[False, False]]},
                    [[-math.inf, -math.inf]],
                ),
                Extreme(
                    "p rounds to 0 and 1, log p is exact",
                    ([[1.0], [-1.0]], [[0.0]], [[1.0]], [[1.0]], [1e4]),
                    expected=[[0, -2e4 * math.tanh(1)]],
                ),
            ),
            known=POINTER_DISTRIBUTION,
        ),
        Pair(
            "pointer_log_likelihood",
            pointing,
            tuple(
                Layout(pointing.LOG_P, without_gradient=more)
                for more in ("targets (..., m)", "targets (..., m), lengths (...)")
            ),
            known=LIKELIHOOD,
        ),
    ),
)
