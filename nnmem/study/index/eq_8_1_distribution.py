"""(8.1): the attention distribution."""

from __future__ import annotations

from nnmem.attention import distribution
from nnmem.study.index.entry import Entry, Equation, Layout, Pair
from nnmem.study.index.peer import Peer

ENTRY = Entry(
    equations=(
        Equation(
            "8.1",
            "8.1.1",
            "Attention distribution",
            "注意力分布",
            "αᵢ = p(z = i | x₁:ₙ, q) = softmax(s(xᵢ, q)) = exp(s(xᵢ, q)) / Σⱼ exp(s(xⱼ, q))",
            "How probable it is that item i is the one looked at, given the query.",
            "给定查询时，第 i 个输入被选中的概率。",
            ("attention_distribution",),
            "01_attention",
        ),
    ),
    pairs=(
        Pair(
            "attention_distribution",
            distribution,
            (Layout(distribution.DISTRIBUTION, mask="(..., N)"),),
            peer=Peer(lambda lib, scores: lib.softmax(scores), largest=lambda: "(..., N)"),
        ),
    ),
)
