"""(8.1): the attention distribution."""

from __future__ import annotations

import math

from nnmem.attention import distribution
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_softmax import ATTENTION_DISTRIBUTION
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
            also="softmax attention weights mask Bahdanau 注意力机制 注意力权重 掩码",
        ),
    ),
    pairs=(
        Pair(
            "attention_distribution",
            distribution,
            (Layout(distribution.DISTRIBUTION, mask="(..., N)"),),
            peer=Peer(lambda lib, scores: lib.softmax(scores), largest=lambda: "(..., N)"),
            extremes=(
                Extreme("scores of ±1e4", ([1e4, 5e3, -1e4, 1e4],), expected=[0.5, 0, 0, 0.5]),
                Extreme("nothing to attend to", ([1.0, 2.0, 3.0],), {"mask": [False, False, False]}, [0, 0, 0]),
                Extreme("a score of −inf", ([-math.inf, 0.0],), expected=[0, 1]),
            ),
            known=ATTENTION_DISTRIBUTION,
        ),
    ),
)
