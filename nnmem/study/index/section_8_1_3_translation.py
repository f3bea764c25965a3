"""Section 8.1.3: what a translator reads its words off, maxout."""

from __future__ import annotations

from nnmem.nn import maxout
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_translation import MAXOUT

ENTRY = Entry(
    equations=(
        Equation(
            "8.1.3",
            "8.1.3",
            "Maxout",
            "最大输出单元",
            "yᵢ = max(x₂ᵢ₋₁, x₂ᵢ)",
            "Of every two features the larger one is kept: a learned activation, linear in pieces.",
            "每两个特征保留较大的一个：一种可学习的分段线性激活。",
            ("maxout",),
            "04_two_sequences_aligned",
            also="Goodfellow activation translation readout Bahdanau 激活函数 机器翻译",
        ),
    ),
    pairs=(
        Pair(
            "maxout",
            maxout,
            (Layout(maxout.MAXOUT),),
            known=MAXOUT,
            extremes=(
                Extreme("two equals", ([[3.0, 3.0]],), expected=[[3]]),
                Extreme("far apart", ([[1e4, -1e4, -1e4, 0.0]],), expected=[[1e4, 0]]),
            ),
        ),
    ),
)
