"""Section 8.3.2: values that are written by attention, one after another."""

from __future__ import annotations

from nnmem.external import attention_write
from nnmem.study.index.drawing import sigmoid
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_answering import ATTENTION_WRITE

ENTRY = Entry(
    equations=(
        Equation(
            "8.3.2",
            "8.3.2",
            "Writing by attention",
            "用注意力写入",
            "m_{t,j} = (1 − w_tj) m_{t−1,j} + w_tj v_t,  c_tj = w_tj ∏_{s>t} (1 − w_sj)",
            "Values come one after another and replace what their weights name; a share says what is left of each.",
            "值依次写入，按权重替换各记忆片段的内容；份额 c 表示每个值最后还剩多少。",
            ("attention_write",),
            "11_question_answering",
            also="write facts slots key-value memory share trace 写入 事实 份额 键值对 外部记忆",
        ),
    ),
    pairs=(
        Pair(
            "attention_write",
            attention_write,
            (
                Layout(
                    attention_write.ATTENTION_WRITE,
                    special={"w": lambda shape, rng: sigmoid(rng.normal(size=shape))},
                ),
            ),
            known=ATTENTION_WRITE,
            extremes=(
                Extreme(
                    "replaced, then left alone",
                    ([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 0.0]], [[5.0, 6.0], [7.0, 8.0]]),
                    expected=[[5, 6], [3, 4]],
                ),
                Extreme("nothing is written", ([[1.0, 2.0]], [[0.0]], [[9.0, 9.0]]), expected=[[1, 2]]),
            ),
        ),
    ),
)
