"""(8.22): addressing by content."""

from __future__ import annotations

from nnmem.external import content
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair, each_score
from nnmem.study.index.mistakes.in_attention import CONTENT_ADDRESSING
from nnmem.study.index.mistakes.in_location import COSINE

ENTRY = Entry(
    equations=(
        Equation(
            "8.22",
            "8.3.2",
            "Content addressing",
            "基于内容的寻址",
            "α_{t,i} = softmax(s(m_{t,i}, q_t))",
            "The rows of the memory that resemble the controller's query get the weight. Any score will do; the cosine "
            "with a strength β is the paper's (Graves et al. 2014), not the chapter's.",
            "记忆片段与控制器的查询向量越匹配，权重越大。打分函数可以是加性或乘性的；"
            "余弦相似度与键强度 β 出自论文（Graves et al. 2014），教材中没有。",
            ("content_addressing", "cosine_content_addressing"),
            "12_neural_turing_machines",
            also="neural Turing machine NTM cosine similarity content-addressable CAM key strength "
            "神经图灵机 余弦相似度 键强度",
        ),
    ),
    pairs=(
        Pair(
            "content_addressing",
            content,
            each_score(content.CONTENT, mask=""),
            extremes=(Extreme("scores of ±1e4", ([[1e2, 0.0], [0.0, 1e2]], [1e2, -1e2]), expected=[1, 0]),),
            known=CONTENT_ADDRESSING,
        ),
        Pair(
            "cosine_content_addressing",
            content,
            (Layout(content.COSINE),),
            extremes=(
                Extreme(
                    "strength 0 looks everywhere alike",
                    ([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0], 0.0),
                    expected=[0.5, 0.5],
                ),
                Extreme(
                    "large strength takes the most similar",
                    ([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0], 1e4),
                    expected=[1, 0],
                ),
            ),
            known=COSINE,
        ),
    ),
)
