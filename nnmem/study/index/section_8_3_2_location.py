"""Section 8.3.2: addressing by location."""

from __future__ import annotations

from nnmem.external import location
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_location import INTERPOLATE, SHARPEN, SHIFT

ENTRY = Entry(
    equations=(
        Equation(
            "8.3.2",
            "8.3.2",
            "Addressing by location",
            "基于位置的寻址",
            "w_g = g w_c + (1 − g) w_prev,  w̃ᵢ = Σⱼ sⱼ w_g[i − (j − R)],  w ∝ w̃^γ",
            "Content or the last step's place, moved by a few rows, made distinct again: equations (7) to (9) of "
            "Graves et al. 2014, which the chapter mentions without a number.",
            "在内容权重与上一步权重之间插值，再循环移位，最后锐化；"
            "出自论文（Graves et al. 2014）公式 (7) 至 (9)，教材只提及，没有编号。",
            ("interpolate", "shift", "sharpen"),
            "12_neural_turing_machines",
            also="neural Turing machine NTM interpolation gate shift sharpening convolution "
            "神经图灵机 插值 循环移位 锐化",
        ),
    ),
    pairs=(
        Pair(
            "interpolate",
            location,
            (Layout(location.INTERPOLATE),),
            extremes=(
                Extreme("gate 1: content alone", ([0.7, 0.3], [0.2, 0.8], 1.0), expected=[0.7, 0.3]),
                Extreme("gate 0: content ignored", ([0.7, 0.3], [0.2, 0.8], 0.0), expected=[0.2, 0.8]),
            ),
            known=INTERPOLATE,
        ),
        Pair("shift", location, (Layout(location.SHIFT),), known=SHIFT),
        Pair(
            "sharpen",
            location,
            (Layout(location.SHARPEN),),
            extremes=(
                Extreme("large γ leaves the largest", ([0.6, 0.4, 0.0], 1e3), expected=[1, 0, 0]),
                Extreme("a one-hot row stays one-hot", ([0.0, 1.0, 0.0], 3.0), expected=[0, 1, 0]),
            ),
            known=SHARPEN,
        ),
    ),
)
