"""(8.22): addressing by content."""

from __future__ import annotations

from nnmem.external import content
from nnmem.study.index.entry import Entry, Equation, Layout, Pair, each_score

ENTRY = Entry(
    equations=(
        Equation(
            "8.22",
            "8.3.2",
            "Content addressing",
            "基于内容的寻址",
            "α_{t,i} = softmax(s(m_{t,i}, q_t))",
            "The rows of the memory that resemble the controller's query get the weight.",
            "记忆片段与控制器的查询向量越匹配，权重越大。",
            ("content_addressing", "cosine_content_addressing"),
            "12_neural_turing_machines",
        ),
    ),
    pairs=(
        Pair("content_addressing", content, each_score(content.CONTENT, mask="")),
        Pair("cosine_content_addressing", content, (Layout(content.COSINE),)),
    ),
)
