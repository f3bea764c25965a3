"""Section 8.1.3: what a caption is written with: patches, convolution, pooling, attention with a gate."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnmem.attention import gated
from nnmem.nn import convolution, patches
from nnmem.study.index.entry import Entry, Equation, Layout, Pair
from nnmem.study.index.mistakes.in_pictures import CONVOLUTION, DOUBLY_STOCHASTIC, GATED, PATCHES, POOLING
from nnmem.study.index.peer import Library, Peer, items_scores, weighted

NOTEBOOK = "06_attention_in_pictures"
SIZES = {"H": 7, "W": 8, "c": 2, "s": 3}


def _gate(lib: Library, X: Any, q: Any, W: Any, U: Any, v: Any, w: Any, b: Any) -> Any:
    alpha = lib.softmax(items_scores(lib, "additive", X, q, W, U, v))
    beta = 1 / (1 + lib.xp.exp(-(q @ w + b[0])))
    return beta[..., None] * weighted(alpha, X)


def _normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=shape)


def _apart(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Numbers no two of which are equal, so that the largest is the largest by more than a difference's step."""
    return (rng.permutation(math.prod(shape)).reshape(shape) - math.prod(shape) // 2) / 8.0


ENTRY = Entry(
    equations=(
        Equation(
            "8.1.3",
            "8.1.3",
            "Patches of a picture",
            "图像的图块",
            "p_ij = X[i t : i t + s, j t : j t + s, :]",
            "Regions of a picture, one a row: what attention chooses from and what a filter is multiplied with.",
            "把图像切成图块，每块排成一行：注意力从中选择，卷积的滤波器与之相乘。",
            ("patches",),
            NOTEBOOK,
        ),
        Equation(
            "8.1.3",
            "8.1.3",
            "Convolution as one product, and max pooling",
            "用一次矩阵乘法计算卷积；最大汇聚",
            "y_ij = W p_ij + b;  y_ij = max X[i s + u, j s + v]",
            "The encoder of a picture: the same filters at every place; of each square, the largest wins.",
            "图像的编码器：所有位置使用同一组滤波器；每个方块中只保留最大的值。",
            ("convolution", "max_pooling"),
            NOTEBOOK,
        ),
        Equation(
            "8.1.3",
            "8.1.3",
            "Attention with a gate, for captions",
            "带门控的注意力：图像描述生成",
            "αᵢ = softmaxᵢ(vᵀ tanh(W xᵢ + U q)),  β = σ(wᵀ q + b),  r = β Σᵢ αᵢ xᵢ",
            "Where each word of a caption looks in the picture, and how much it needs to see at all.",
            "生成描述的每个词时看图像的哪里，以及这个词在多大程度上需要看图。",
            ("gated_attention",),
            NOTEBOOK,
        ),
        Equation(
            "8.1.3",
            "8.1.3",
            "Doubly stochastic attention: the penalty",
            "双重随机注意力的惩罚项",
            "P = Σᵢ (1 − Σₜ αₜᵢ)²",
            "Each word's weights sum to one over the regions; each region's are asked to sum to one over the words.",
            "每个词对各区域的权重之和为 1；惩罚项要求每个区域在所有词上的权重之和也接近 1。",
            ("doubly_stochastic",),
            NOTEBOOK,
        ),
    ),
    pairs=(
        Pair(
            "patches",
            patches,
            (
                Layout(patches.PICTURES, {"size": 3, "stride": 2}, sizes=SIZES),
                Layout(patches.PICTURES, {"size": 2}, sizes=SIZES),
            ),
            known=PATCHES,
        ),
        Pair(
            "convolution",
            convolution,
            (
                Layout(convolution.CONVOLUTION, sizes=SIZES),
                Layout(convolution.CONVOLUTION, {"stride": 2}, sizes=SIZES),
            ),
            known=CONVOLUTION,
        ),
        Pair(
            "max_pooling",
            convolution,
            (
                Layout(patches.PICTURES, sizes=SIZES, special={"X": _apart}),
                Layout(patches.PICTURES, {"size": 3}, sizes=SIZES, special={"X": _apart}),
            ),
            known=POOLING,
        ),
        Pair(
            "gated_attention",
            gated,
            (Layout(gated.GATED, mask="(..., N)", special={"w": _normal}),),
            known=GATED,
            peer=Peer(_gate, largest=lambda: "(2, ..., N, h)"),
        ),
        Pair("doubly_stochastic", gated, (Layout(gated.LOOKS),), known=DOUBLY_STOCHASTIC),
    ),
)
