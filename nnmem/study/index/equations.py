"""The index of equations: number, title, formula, meaning, functions and notebook, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nnmem.study.index.equation import Equation
from nnmem.study.index.equations_associative import ASSOCIATIVE
from nnmem.study.index.equations_external import EXTERNAL

ATTENTION, VARIANTS, POINTER = "01_attention", "02_attention_variants", "03_pointer_networks"

EQUATIONS: tuple[Equation, ...] = (
    Equation(
        "8.1",
        "8.1.1",
        "Attention distribution",
        "注意力分布",
        "αᵢ = p(z = i | x₁:ₙ, q) = softmax(s(xᵢ, q)) = exp(s(xᵢ, q)) / Σⱼ exp(s(xⱼ, q))",
        "How probable it is that item i is the one looked at, given the query.",
        "给定查询时，第 i 个输入被选中的概率。",
        ("attention_distribution",),
        ATTENTION,
    ),
    Equation(
        "8.2",
        "8.1.1",
        "Additive score",
        "加性模型",
        "s(xᵢ, q) = vᵀ tanh(W xᵢ + U q)",
        "A small network with one hidden layer judges how well item and query fit.",
        "用单隐层网络为输入与查询的匹配程度打分。",
        ("additive_score",),
        ATTENTION,
    ),
    Equation(
        "8.3",
        "8.1.1",
        "Dot-product score",
        "点积模型",
        "s(xᵢ, q) = xᵢᵀ q",
        "The more an item points the way of the query, the higher its score.",
        "输入与查询的方向越一致，得分越高。",
        ("dot_score",),
        ATTENTION,
    ),
    Equation(
        "8.4",
        "8.1.1",
        "Bilinear score",
        "双线性模型",
        "s(xᵢ, q) = xᵢᵀ W q",
        "A dot product after a learned matrix has mapped the query into the space of the items.",
        "先用可学习的矩阵变换查询，再与输入作点积。",
        ("bilinear_score",),
        ATTENTION,
    ),
    Equation(
        "8.1.1",
        "8.1.1",
        "Scaled dot-product score",
        "缩放点积模型",
        "s(xᵢ, q) = xᵢᵀ q / √d",
        "A dot product whose spread does not grow with the dimension d.",
        "除以 √d，使得分的方差不随维数 d 增大。",
        ("scaled_dot_score",),
        ATTENTION,
    ),
    Equation(
        "8.5",
        "8.1.1",
        "Soft attention",
        "软性注意力",
        "attention(x₁:ₙ, q) = Σᵢ αᵢ xᵢ",
        "The items' average, each weighted by the attention that it gets.",
        "以注意力分布为权重，对输入加权平均。",
        ("weighted_sum", "soft_attention"),
        ATTENTION,
    ),
    Equation(
        "8.6",
        "8.1.1",
        "Soft attention as an expectation",
        "软性注意力的期望形式",
        "attention(x₁:ₙ, q) = E_{z ∼ p(z | x₁:ₙ, q)}[x_z]",
        "The same average, read as the expected item when its index is drawn from the attention distribution.",
        "同一个加权平均，即按注意力分布抽取下标 z 时 x_z 的期望。",
        ("weighted_sum", "soft_attention"),
        ATTENTION,
    ),
    Equation(
        "8.7",
        "8.1.2",
        "Hard attention",
        "硬性注意力",
        "attention(x₁:ₙ, q) = x_j,  j = argmaxᵢ αᵢ;  x_z,  z ∼ α",
        "One item alone: the most probable one, or one drawn from the distribution.",
        "只取一个输入：概率最大者，或按分布随机采样。",
        ("hard_attention", "sampled_attention"),
        VARIANTS,
    ),
    Equation(
        "8.8",
        "8.1.2",
        "Key-value attention",
        "键值对注意力",
        "attention((k, v)₁:ₙ, q) = Σᵢ αᵢ vᵢ",
        "Keys decide where to look; the values found there are averaged.",
        "“键”用来计算注意力分布，“值”用来生成选择的信息。",
        ("key_value_attention",),
        VARIANTS,
    ),
    Equation(
        "8.9",
        "8.1.2",
        "Key-value attention, written out",
        "键值对注意力的展开式",
        "attention((k, v)₁:ₙ, q) = Σᵢ exp(s(kᵢ, q)) / Σⱼ exp(s(kⱼ, q)) vᵢ",
        "The same with the softmax written out.",
        "把 softmax 展开后的同一公式。",
        ("key_value_attention",),
        VARIANTS,
    ),
    Equation(
        "8.1.2",
        "8.1.2",
        "Multi-head attention",
        "多头注意力",
        "for each of the queries q₁, …, q_M:  attention((k, v)₁:ₙ, qⱼ)",
        "Several queries look at the same items side by side; with projections, each head in a space of its own.",
        "多个查询平行地从输入中选取信息；带投影时，每个头在各自的子空间中进行。",
        ("multi_query_attention", "multi_head_attention"),
        VARIANTS,
    ),
    Equation(
        "8.10",
        "8.1.2",
        "Likelihood of a sequence of indices",
        "下标序列的条件概率",
        "p(c₁:ₘ | x₁:ₙ) = Πᵢ p(cᵢ | c₁:ᵢ₋₁, x₁:ₙ)",
        "A sequence is as probable as all its choices together, each given those before it; this is exact.",
        "序列的概率等于各步选择的条件概率之积，这一分解是精确的。",
        ("pointer_log_likelihood",),
        POINTER,
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
        POINTER,
    ),
    Equation(
        "8.12",
        "8.1.2",
        "Pointer distribution",
        "指针的分布",
        "p(cᵢ = j | c₁:ᵢ₋₁, x₁:ₙ) = softmaxⱼ(s_ij)",
        "The attention distribution itself is the output: it points to an input.",
        "注意力分布本身就是输出，作为软性的指针指向某个输入。",
        ("pointer_distribution",),
        POINTER,
    ),
    Equation(
        "8.13",
        "8.1.2",
        "Pointer score",
        "指针的打分",
        "s_ij = vᵀ tanh(W xⱼ + U eᵢ)",
        "How well input j fits what the decoder is looking for at step i: the additive score.",
        "解码第 i 步的状态与第 j 个输入的匹配程度，即加性模型。",
        ("pointer_distribution",),
        POINTER,
    ),
    *ASSOCIATIVE,
    *EXTERNAL,
)


def named(names: Iterable[str]) -> list[Equation]:
    """Return the equations of these numbers, or that list a function or pair of this name; all if none is named."""
    wanted = {pair_of(name) for name in names}
    return [e for e in EQUATIONS if not wanted or e.number in wanted or wanted.intersection(e.functions)]


def pair_of(function: str) -> str:
    """Return the pair that a function or an answer belongs to; a plain function is its own."""
    return re.sub("_(forward|backward|answer)$", "", function)


def find(number: str) -> Equation | None:
    """Return the equation of this number, or None."""
    return next((equation for equation in EQUATIONS if equation.number == number), None)
