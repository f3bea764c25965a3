"""Section 8.3.2: addressing by location."""

from __future__ import annotations

from nnmem.external import location
from nnmem.study.index.entry import Entry, Equation, Layout, Pair

ENTRY = Entry(
    equations=(
        Equation(
            "8.3.2",
            "8.3.2",
            "Addressing by location",
            "基于位置的寻址",
            "w_g = g w_c + (1 − g) w_prev,  w̃ᵢ = Σⱼ sⱼ w_g[i − (j − R)],  w ∝ w̃^γ",
            "Content or the last step's place, moved by a few rows, made distinct again.",
            "在内容权重与上一步权重之间插值，再循环移位，最后锐化。",
            ("interpolate", "shift", "sharpen"),
            "12_neural_turing_machines",
        ),
    ),
    pairs=(
        Pair("interpolate", location, (Layout(location.INTERPOLATE),)),
        Pair("shift", location, (Layout(location.SHIFT),)),
        Pair("sharpen", location, (Layout(location.SHARPEN),)),
    ),
)
