"""(8.8) and (8.9): attention over keys and values, for one query and for many."""

from __future__ import annotations

import math
from typing import Any

from nnmem.attention import multi_head, soft
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair, each_score
from nnmem.study.index.mistakes.in_attention import KEY_VALUE, MULTI_QUERY
from nnmem.study.index.mistakes.in_many_heads import MULTI_HEAD
from nnmem.study.index.peer import Library, Peer, from_heads, in_heads, items_scores, queries_scores, weighted

HEADS = 4  # in the benchmarks


def _key_value(lib: Library, K: Any, V: Any, q: Any, *params: Any, score: str) -> Any:
    return weighted(lib.softmax(items_scores(lib, score, K, q, *params)), V)


def _multi_query(lib: Library, K: Any, V: Any, Q: Any, *params: Any, score: str = "dot") -> Any:
    return lib.softmax(queries_scores(lib, score, K, Q, *params)) @ V


def _multi_head(lib: Library, Q: Any, K: Any, V: Any, W_Q: Any, W_K: Any, W_V: Any, W_O: Any, num_heads: int) -> Any:
    q, k, v = (in_heads(Y @ W.T, num_heads) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V)))
    return from_heads(lib.softmax(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])) @ v) @ W_O.T


def _fused(torch: Any, Q: Any, K: Any, V: Any) -> Any:
    return torch.nn.functional.scaled_dot_product_attention(Q, K, V)


def _fused_heads(torch: Any, Q: Any, K: Any, V: Any, W_Q: Any, W_K: Any, W_V: Any, W_O: Any) -> Any:
    return from_heads(_fused(torch, *(in_heads(Y @ W.T, HEADS) for Y, W in ((Q, W_Q), (K, W_K), (V, W_V))))) @ W_O.T


ENTRY = Entry(
    equations=(
        Equation(
            "8.8",
            "8.1.2",
            "Key-value attention",
            "键值对注意力",
            "attention((k, v)₁:ₙ, q) = Σᵢ αᵢ vᵢ",
            "Keys decide where to look; the values found there are averaged.",
            "“键”用来计算注意力分布，“值”用来生成选择的信息。",
            ("key_value_attention",),
            "02_attention_variants",
            also="query QKV 查询 键 值",
        ),
        Equation(
            "8.9",
            "8.1.2",
            "Key-value attention, written out",
            "键值对注意力的展开式",
            "attention((k, v)₁:ₙ, q) = Σᵢ exp(s(kᵢ, q)) / Σⱼ exp(s(kⱼ, q)) vᵢ",
            "The same with the softmax written out.",
            "把 softmax 展开后的同一公式。",
            ("key_value_attention",),
            "02_attention_variants",
            also="query QKV 查询 键 值",
        ),
        Equation(
            "8.1.2",
            "8.1.2",
            "Multi-head attention",
            "多头注意力",
            "for each of the queries q₁, …, q_M:  attention((k, v)₁:ₙ, qⱼ)",
            "Several queries look at the same items side by side; with projections, each head in a space of its own.",
            "教材中的多头注意力是多个查询平行地选取信息（multi_query_attention）；"
            "今天通行的做法还为每个头加可学习的投影（multi_head_attention）。",
            ("multi_query_attention", "multi_head_attention"),
            "02_attention_variants",
            "对每个查询 q₁, …, q_M：attention((k, v)₁:ₙ, qⱼ)",
            also="self-attention Transformer projection heads 自注意力 投影",
        ),
    ),
    pairs=(
        Pair(
            "key_value_attention",
            soft,
            each_score(soft.KEY_VALUE),
            peer=Peer(
                _key_value,
                largest=lambda score: "(..., N, h)" if score == "additive" else "(..., N)",
                fused=lambda torch, K, V, q: _fused(torch, q[..., None, :], K, V)[..., 0, :],
                fused_options={"score": "scaled_dot"},
            ),
            extremes=(
                Extreme("scores of ±1e4", ([[1e2, 0.0], [0.0, 1e2]], [[1.0], [2.0]], [1e2, -1e2]), expected=[1]),
                Extreme("nothing to attend to", ([[1.0, 2.0]], [[3.0]], [1.0, 1.0]), {"mask": [False]}, [0]),
            ),
            known=KEY_VALUE,
        ),
        Pair(
            "multi_query_attention",
            multi_head,
            (
                *each_score(multi_head.MANY_QUERIES, mask="(..., M, N)"),
                Layout(multi_head.MANY_QUERIES["dot"], mask="(..., N)"),
            ),
            peer=Peer(
                _multi_query,
                largest=lambda score="dot": "(..., M, N, h)" if score == "additive" else "(..., M, N)",
                fused=lambda torch, K, V, Q: _fused(torch, Q, K, V),
                fused_options={"score": "scaled_dot"},
            ),
            extremes=(
                Extreme("scores of ±1e4", ([[1e2, 0.0], [0.0, 1e2]], [[1.0], [2.0]], [[1e2, -1e2]]), expected=[[1]]),
                Extreme("nothing to attend to", ([[1.0, 2.0]], [[3.0]], [[1.0, 1.0]]), {"mask": [[False]]}, [[0]]),
            ),
            known=MULTI_QUERY,
        ),
        Pair(
            "multi_head_attention",
            multi_head,
            tuple(Layout(multi_head.MULTI_HEAD, {"num_heads": 2}, mask=mask) for mask in ("(..., M, N)", "(..., N)")),
            peer=Peer(
                _multi_head,
                largest=lambda num_heads: f"({num_heads}, ..., M, N)",
                fused=_fused_heads,
                options={"num_heads": HEADS},
            ),
            extremes=(
                Extreme(
                    "nothing to attend to",
                    (*[[[1.0, 2.0]]] * 3, *[[[1.0, 0.0], [0.0, 1.0]]] * 4),
                    {"num_heads": 2, "mask": [[False]]},
                    [[0, 0]],
                ),
            ),
            known=MULTI_HEAD,
        ),
    ),
)
