"""Section 8.2.3: holographic binding."""

from __future__ import annotations

from nnmem.associative import holographic
from nnmem.study.index.entry import OWN_ORDER, Entry, Equation, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_capacity import BIND, UNBIND
from nnmem.study.index.mistakes.in_retrieval import CLEAN_UP

ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Holographic binding",
            "全息缩减表示（绑定、解绑）",
            "c = a ⊛ b = F⁻¹(F(a) ∘ F(b)),  b ≈ a ⋆ c = F⁻¹(conj F(a) ∘ F(c))",
            "Pairs of vectors are multiplied as complex numbers, added up, and taken apart again by the conjugate.",
            "在频域用复数乘法把成对的向量绑定并叠加存储，再乘以共轭解绑取回。",
            ("bind", "unbind"),
            "08_capacity_and_beyond",
            also="HRR holographic reduced representation Plate circular convolution 循环卷积",
        ),
    ),
    pairs=(
        Pair("bind", holographic, (Layout(holographic.BIND),), known=BIND),
        Pair("unbind", holographic, (Layout(holographic.UNBIND),), known=UNBIND),
    ),
    plain=(
        Plain("clean_up", holographic, (Layout(holographic.CLEAN_UP),), known=CLEAN_UP),
        Plain("holographic_items", holographic, not_graded=OWN_ORDER),
    ),
)
