"""(8.5) and (8.6): soft attention, and the weighted sum that it ends with."""

from __future__ import annotations

from typing import Any

from nnmem.attention import distribution, soft
from nnmem.attention.score_table import SCORES
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair, each_score
from nnmem.study.index.mistakes.in_attention import SOFT_ATTENTION
from nnmem.study.index.mistakes.in_scores import WEIGHTED_SUM
from nnmem.study.index.peer import Library, Peer, items_scores, weighted


def _soft_attention(lib: Library, X: Any, q: Any, *params: Any, score: str) -> Any:
    return weighted(lib.softmax(items_scores(lib, score, X, q, *params)), X)


ENTRY = Entry(
    equations=(
        Equation(
            "8.5",
            "8.1.1",
            "Soft attention",
            "软性注意力",
            "attention(x₁:ₙ, q) = Σᵢ αᵢ xᵢ",
            "The items' average, each weighted by the attention that it gets.",
            "以注意力分布为权重，对输入加权平均。",
            ("weighted_sum", "soft_attention"),
            "01_attention",
            also="weighted average 加权平均",
        ),
        Equation(
            "8.6",
            "8.1.1",
            "Soft attention as an expectation",
            "软性注意力的期望形式",
            "attention(x₁:ₙ, q) = E_{z ∼ p(z | x₁:ₙ, q)}[x_z]",
            "The same average, read as the expected item when its index is drawn from the attention distribution.",
            "同一个加权平均，即按注意力分布抽取下标 z 时 x_z 的期望。",
            ("weighted_sum", "soft_attention"),
            "01_attention",
            also="weighted average mean 加权平均",
        ),
    ),
    pairs=(
        Pair(
            "weighted_sum",
            distribution,
            (Layout(distribution.WEIGHTED_SUM),),
            peer=Peer(lambda lib, alpha, X: weighted(alpha, X), largest=lambda: "(..., N)"),
            known=WEIGHTED_SUM,
        ),
        Pair(
            "soft_attention",
            soft,
            each_score({name: score.layout for name, score in SCORES.items()}),
            peer=Peer(
                _soft_attention,
                # beside the additive score, the backward stacks the distribution and the gradient of the scores
                largest=lambda score: "(..., N, h)" if score == "additive" else "(2, ..., N)",
            ),
            extremes=(
                Extreme("scores of ±1e4", ([[1e2, 0.0], [0.0, 1e2]], [1e2, -1e2]), expected=[1e2, 0]),
                Extreme("nothing to attend to", ([[1.0, 2.0]], [1.0, 1.0]), {"mask": [False]}, [0, 0]),
            ),
            known=SOFT_ATTENTION,
        ),
    ),
)
