"""(8.20) and (8.21): an external memory is read by the attention of (8.8)."""

from __future__ import annotations

from nnmem.study.index.entry import Entry, Equation

ENTRY = Entry(
    equations=(
        Equation(
            "8.20",
            "8.3.1",
            "Reading from an external memory",
            "从外部记忆中读取",
            "attention((k, v)₁:ₙ, q) = Σᵢ αᵢ vᵢ",
            "A hop of the end-to-end memory network: keys and values are two embeddings of the same sentences.",
            "端到端记忆网络的一次读取（一跳，hop）：键与值是同一组句子的两种嵌入。",
            ("key_value_attention",),
            "10_end_to_end_memory_networks",
            also="memory network MemN2N end-to-end hop Sukhbaatar 端到端记忆网络 外部记忆",
        ),
        Equation(
            "8.21",
            "8.3.1",
            "Reading from an external memory, written out",
            "从外部记忆中读取的展开式",
            "attention((k, v)₁:ₙ, q) = Σᵢ exp(s(kᵢ, q)) / Σⱼ exp(s(kⱼ, q)) vᵢ",
            "The same with the softmax written out; what is read is added to the query, and "
            "the next hop reads with that.",
            "把 softmax 展开后的同一公式；读出的内容加到查询上，供下一次读取使用。",
            ("key_value_attention",),
            "10_end_to_end_memory_networks",
            also="memory network MemN2N end-to-end hop Sukhbaatar 端到端记忆网络 外部记忆",
        ),
    ),
    pairs=(),
)
