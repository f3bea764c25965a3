"""Section 8.1.2: one level of hierarchical attention."""

from __future__ import annotations

from typing import Any

from nnmem.attention import context
from nnmem.study.index.entry import Entry, Equation, Layout, Pair
from nnmem.study.index.mistakes.in_learned_query import CONTEXT
from nnmem.study.index.peer import Library, Peer, weighted


def _learned_query(lib: Library, X: Any, W: Any, b: Any, u: Any) -> Any:
    return weighted(lib.softmax(lib.xp.tanh(X @ W.T + b) @ u), X)


ENTRY = Entry(
    equations=(
        Equation(
            "8.1.2",
            "8.1.2",
            "Hierarchical attention: one level",
            "层次化注意力的一层",
            "aᵢ = tanh(W xᵢ + b),  αᵢ = softmaxᵢ(aᵢᵀ u),  r = Σᵢ αᵢ xᵢ",
            "Nobody asks, so the query u is learned: words are averaged to a sentence, then sentences to a document.",
            "没有外来的查询，查询向量 u 由学习得到：先把词加权平均成句子，再把句子加权平均成篇章。",
            ("context_attention",),
            "05_attention_over_structure",
            also="HAN Yang document classification 层次注意力网络 篇章",
        ),
    ),
    pairs=(
        Pair(
            "context_attention",
            context,
            (Layout(context.CONTEXT, mask="(..., N)"),),
            known=CONTEXT,
            peer=Peer(_learned_query, largest=lambda: "(2, ..., N, h)"),
        ),
    ),
)
