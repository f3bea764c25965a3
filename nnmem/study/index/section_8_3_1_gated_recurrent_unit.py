"""Section 8.3.1: the gated recurrent unit, with which a dynamic memory network reads."""

from __future__ import annotations

from nnmem.nn import gated_recurrent_unit
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_gated_recurrence import GRU_CELL
from nnmem.study.index.mistakes.in_gated_sequences import BIDIRECTIONAL_GRU, GRU_SEQUENCE

NONE, BY_INPUT = [[0.0], [0.0], [0.0]], [[1.0], [0.0], [1.0]]

ENTRY = Entry(
    equations=(
        Equation(
            "8.3.1",
            "8.3.1",
            "Gated recurrent unit",
            "门控循环单元",
            "h′ = (1 − z) ∘ h + z ∘ h̃,  h̃ = tanh(W_h x + U_h (r ∘ h) + b_h),  z, r = σ(W x + U h + b)",
            "One gate says how much of the state is replaced, the other how much of it the replacement may see.",
            "一个门决定状态有多少被替换，另一个决定替换它的候选状态能看到旧状态的多少。",
            ("gru_cell", "gru_sequence"),
            "11_question_answering",
            also="GRU Cho recurrent network update gate reset gate candidate 循环神经网络 更新门 重置门 候选状态",
        ),
        Equation(
            "8.3.1",
            "8.3.1",
            "Bidirectional GRU",
            "双向门控循环单元",
            "hₜ = [h→ₜ; h←ₜ],  h→ₜ = GRU(xₜ, h→ₜ₋₁),  h←ₜ = GRU(xₜ, h←ₜ₊₁)",
            "Every item is read with what stands before it and with what stands behind it.",
            "每一项都连同它之前的和它之后的内容一起读取。",
            ("bidirectional_gru",),
            "11_question_answering",
            also="BiGRU Schuster Paliwal both directions recurrent network 双向循环神经网络 正向 反向",
        ),
    ),
    pairs=(
        Pair(
            "gru_cell",
            gated_recurrent_unit,
            (Layout(gated_recurrent_unit.GRU_CELL),),
            known=GRU_CELL,
            extremes=(
                Extreme("a closed update gate", ([5.0], [0.75], NONE, NONE, [-1e4, 0, 1e4]), expected=[0.75]),
                Extreme("an open update gate", ([5.0], [0.75], NONE, NONE, [1e4, 0, 1e4]), expected=[1]),
            ),
        ),
        Pair(
            "gru_sequence",
            gated_recurrent_unit,
            (Layout(gated_recurrent_unit.GRU_SEQUENCE),),
            known=GRU_SEQUENCE,
            extremes=(
                Extreme("inputs far out", ([[-1e4], [1e4]], [0.5], BY_INPUT, NONE, [0, 0, 0]), expected=[[0.5], [1]]),
            ),
        ),
        Pair(
            "bidirectional_gru",
            gated_recurrent_unit,
            (Layout(gated_recurrent_unit.BOTH_WAYS),),
            known=BIDIRECTIONAL_GRU,
            extremes=(
                Extreme(
                    "an input that replaces both states, beside one that keeps them",
                    ([[-1e4], [1e4]], *(2 * (BY_INPUT, NONE, [0, 0, 0]))),
                    expected=[[0, 1], [1, 1]],
                ),
            ),
        ),
    ),
)
