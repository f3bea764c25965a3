"""(8.2) to (8.4) and the scaled dot product: how well an item and a query fit."""

from __future__ import annotations

from nnmem.attention import scores
from nnmem.study.index.entry import Entry, Equation, Layout, Pair
from nnmem.study.index.mistakes.in_scores import ADDITIVE, BILINEAR, DOT, SCALED_DOT
from nnmem.study.index.peer import Peer, items_scores

ENTRY = Entry(
    equations=(
        Equation(
            "8.2",
            "8.1.1",
            "Additive score",
            "加性模型",
            "s(xᵢ, q) = vᵀ tanh(W xᵢ + U q)",
            "A small network with one hidden layer judges how well item and query fit.",
            "用单隐藏层网络为输入与查询的匹配程度打分。",
            ("additive_score",),
            "01_attention",
            also="score function Bahdanau concat 打分函数 得分",
        ),
        Equation(
            "8.3",
            "8.1.1",
            "Dot-product score",
            "点积模型",
            "s(xᵢ, q) = xᵢᵀ q",
            "How far an item reaches in the direction of the query: alignment raises the score, and so does length.",
            "输入与查询的方向越一致、输入的长度越大，得分越高。",
            ("dot_score",),
            "01_attention",
            also="score function Luong multiplicative inner product 打分函数 乘性 内积 得分",
        ),
        Equation(
            "8.4",
            "8.1.1",
            "Bilinear score",
            "双线性模型",
            "s(xᵢ, q) = xᵢᵀ W q",
            "A dot product after a learned matrix has mapped the query into the space of the items.",
            "先用可学习的矩阵变换查询，再与输入作点积。",
            ("bilinear_score",),
            "01_attention",
            also="score function Luong general multiplicative 打分函数 乘性 得分",
        ),
        Equation(
            "8.1.1",
            "8.1.1",
            "Scaled dot-product score",
            "缩放点积模型",
            "s(xᵢ, q) = xᵢᵀ q / √d",
            "A dot product whose spread does not grow with the dimension d; not in this edition of the chapter.",
            "除以 √d，使得分的方差不随维数 d 增大；本版教材没有此式。",
            ("scaled_dot_score",),
            "01_attention",
            also="score function scaled dot-product attention Transformer Vaswani 打分函数 得分",
        ),
    ),
    pairs=(
        Pair(
            "additive_score",
            scores,
            (Layout(scores.ADDITIVE),),
            peer=Peer(lambda lib, *arrays: items_scores(lib, "additive", *arrays), largest=lambda: "(..., N, h)"),
            known=ADDITIVE,
        ),
        Pair(
            "dot_score",
            scores,
            (Layout(scores.DOT),),
            peer=Peer(lambda lib, *arrays: items_scores(lib, "dot", *arrays), largest=lambda: "(..., N)"),
            known=DOT,
        ),
        Pair(
            "scaled_dot_score",
            scores,
            (Layout(scores.DOT),),
            peer=Peer(lambda lib, *arrays: items_scores(lib, "scaled_dot", *arrays), largest=lambda: "(..., N)"),
            known=SCALED_DOT,
        ),
        Pair(
            "bilinear_score",
            scores,
            (Layout(scores.BILINEAR),),
            peer=Peer(lambda lib, *arrays: items_scores(lib, "bilinear", *arrays), largest=lambda: "(..., N)"),
            known=BILINEAR,
        ),
    ),
)
