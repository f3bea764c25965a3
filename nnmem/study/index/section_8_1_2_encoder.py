"""Section 8.1.2: what stands around multi-head attention in an encoder, layer norm and GELU."""

from __future__ import annotations

import math
from typing import Any

from nnmem.nn import gelu, layer_norm
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_answering import GELU, LAYER_NORM
from nnmem.study.index.peer import Library, Peer


def _layer_norm(lib: Library, X: Any, gain: Any, bias: Any) -> Any:
    centred = X - X.mean(-1)[..., None]
    return gain * centred / lib.xp.sqrt((centred**2).mean(-1)[..., None] + 1e-5) + bias


ENTRY = Entry(
    equations=(
        Equation(
            "8.1.2",
            "8.1.2",
            "Layer normalisation",
            "层归一化",
            "y = g ∘ (x − μ) / σ + b,  μ = mean(x),  σ = √(mean((x − μ)²) + ε)",
            "Every row is brought to mean 0 and variance 1, then scaled and shifted by what is learned.",
            "把每一行变为均值 0、方差 1，再作可学习的缩放与平移。",
            ("layer_norm",),
            "11_question_answering",
            also="Ba normalization mean variance gain bias BERT encoder 均值 方差 增益 偏置 编码器",
        ),
        Equation(
            "8.1.2",
            "8.1.2",
            "GELU",
            "高斯误差线性单元",
            "y = x Φ(x),  Φ(x) = (1 + erf(x / √2)) / 2",
            "A number is let through as much as it stands above others of a normal distribution: a smooth ReLU.",
            "按标准正态分布中小于 x 的比例让 x 通过，是平滑的 ReLU。",
            ("gelu",),
            "11_question_answering",
            also="Gaussian error linear unit erf activation BERT encoder 激活函数 误差函数 编码器",
        ),
    ),
    pairs=(
        Pair(
            "layer_norm",
            layer_norm,
            tuple(Layout(layer_norm.LAYER_NORM, options) for options in ({}, {"eps": 0.2})),
            known=LAYER_NORM,
            peer=Peer(_layer_norm, largest=lambda **_: "X (..., d)"),
            extremes=(
                Extreme(
                    "a row of equal entries",
                    ([[3.0, 3.0, 3.0]], [2.0, 2.0, 2.0], [1.0, 5.0, 6.0]),
                    expected=[[1, 5, 6]],
                ),
                Extreme("one entry far above", ([[0.0, 1e4]], [1.0, 1.0], [0.0, 0.0]), expected=[[-1, 1]]),
            ),
        ),
        Pair(
            "gelu",
            gelu,
            (Layout(gelu.GELU),),
            known=GELU,
            extremes=(
                Extreme("far out", ([[1e4, -1e4, 0.0]],), expected=[[1e4, 0, 0]]),
                Extreme("one", ([[1.0]],), expected=[[(1 + math.erf(math.sqrt(0.5))) / 2]]),
            ),
        ),
    ),
)
