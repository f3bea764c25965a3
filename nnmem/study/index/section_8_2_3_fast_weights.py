"""Section 8.2.3: fast weights, a short-term memory in the connections."""

from __future__ import annotations

import numpy as np

from nnmem.associative import fast_weights
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_connections import FAST_WEIGHT_READ

ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Fast weights",
            "快速权重",
            "r = A q = η Σₜ λ^(T−t) hₜ (hₜᵀ q),  A = Σₜ η λ^(T−t) hₜ hₜᵀ",
            "A short-term memory in the connections: states answer by how well they fit the query, older ones fainter.",
            "以部分连接权重作为短期记忆：近期状态按与查询的匹配程度作答，越久远的越弱。",
            ("fast_weight_read",),
            "09_memory_in_the_connections",
            also="Ba short-term memory outer product 短期记忆 外积",
        ),
    ),
    pairs=(
        Pair(
            "fast_weight_read",
            fast_weights,
            tuple(Layout(fast_weights.FAST_WEIGHTS, options) for options in ({"decay": 0.8, "rate": 0.7}, {})),
            known=FAST_WEIGHT_READ,
            extremes=(
                Extreme("no states", (np.zeros((0, 2)), [1.0, 2.0]), expected=[0, 0]),
                Extreme(
                    "the last state alone", ([[1.0, 2.0], [3.0, 4.0]], [1.0, 0.0]), {"decay": 0.0, "rate": 1.0}, [9, 12]
                ),
            ),
        ),
    ),
)
