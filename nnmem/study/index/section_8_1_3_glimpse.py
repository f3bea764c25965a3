"""Section 8.4, in the applications of 8.1.3: attention that looks around a picture, Mnih et al. 2014."""

from __future__ import annotations

import numpy as np

from nnmem.attention import glimpse
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_glimpses import GAUSSIAN_POLICY, GLIMPSE

NOTEBOOK = "06_attention_in_pictures"
SIZES = {"H": 7, "W": 9}

ENTRY = Entry(
    equations=(
        Equation(
            "8.1.3",
            "8.4",
            "A glimpse of a picture",
            "一瞥：图像的局部观察",
            "v_kij = 4⁻ᵏ Σ_{a,b<2ᵏ} I[r + 2ᵏ(i − ⌊g/2⌋) + a, c + 2ᵏ(j − ⌊g/2⌋) + b],  (r, c) = ⌊(1 + l)(H, W)/2 + 1/2⌋",
            "Windows of several sizes around a place, each shrunk to as few pixels: sharp inside, coarse outside.",
            "以某一位置为中心取若干大小的窗口，各缩成同样多的像素：中心清晰，周围模糊。",
            ("glimpse",),
            NOTEBOOK,
        ),
        Equation(
            "8.1.3",
            "8.4",
            "Where to look: a Gaussian policy",
            "看哪里：高斯策略",
            "l = μ + σ ε,  log p(l | μ) = −Σᵢ (lᵢ − μᵢ)² / (2σ²) − d log(σ √(2π))",
            "The next place is drawn around a mean that the network gives; its log-density carries the reward back.",
            "下一个位置在网络给出的均值附近采样；奖励通过对数密度传回网络。",
            ("gaussian_policy",),
            NOTEBOOK,
        ),
    ),
    pairs=(
        Pair(
            "glimpse",
            glimpse,
            tuple(
                Layout(glimpse.PICTURE, options, without_gradient=glimpse.PLACE, sizes=SIZES)
                for options in ({"size": 2, "scales": 3}, {"size": 3, "scales": 2})
            ),
            known=GLIMPSE,
            extremes=(
                Extreme("far outside", (np.ones((2, 2)),), {"place": [1e30, 0.0], "size": 1, "scales": 1}, [[[0]]]),
                Extreme(
                    "a picture smaller than a window",
                    (np.ones((1, 1)),),
                    {"place": [0.0, 0.0], "size": 2, "scales": 2},
                    [[[1, 0], [0, 0]], [[0.25, 0], [0, 0]]],
                ),
            ),
        ),
        Pair(
            "gaussian_policy",
            glimpse,
            tuple(Layout(glimpse.POLICY, options) for options in ({"std": 0.5}, {})),
            known=GAUSSIAN_POLICY,
            extremes=(
                Extreme("at the mean", ([0.0, 0.0], [0.0, 0.0]), {"std": 1.0}, -np.log(2 * np.pi)),
                Extreme("far away", ([0.0, 0.0], [1e4, 0.0]), {"std": 1.0}, -5e7 - np.log(2 * np.pi)),
            ),
        ),
    ),
)
