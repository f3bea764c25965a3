"""(8.23) and (8.24): reading an external memory and writing it."""

from __future__ import annotations

from nnmem.external import memory
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_location import READ, WRITE

ENTRY = Entry(
    equations=(
        Equation(
            "8.23",
            "8.3.2",
            "Read",
            "读操作",
            "r_t = Σᵢ α_{t,i} m_{t,i}",
            "The read vector is the weighted average of the memory's rows.",
            "读向量是记忆片段按注意力分布的加权平均。",
            ("memory_read",),
            "12_neural_turing_machines",
            also="neural Turing machine NTM read head read vector 神经图灵机 读头 读向量",
        ),
        Equation(
            "8.24",
            "8.3.2",
            "Write: erase, then add",
            "写操作：先删除，后增加",
            "m_{t+1,i} = m_{t,i} ∘ (1 − α_{t,i} e_t) + α_{t,i} a_t",
            "Each row forgets what the erase vector names and takes in the add vector, as much as its weight says.",
            "每个记忆片段按权重删去删除向量所指的内容，再加入增加向量。",
            ("memory_write",),
            "12_neural_turing_machines",
            also="neural Turing machine NTM write head erase vector add vector 神经图灵机 写头 删除向量 增加向量",
        ),
    ),
    pairs=(
        Pair("memory_read", memory, (Layout(memory.READ),), known=READ),
        Pair(
            "memory_write",
            memory,
            (Layout(memory.WRITE),),
            extremes=(
                Extreme(
                    "one row is replaced",
                    ([[1.0, 2.0], [3.0, 4.0]], [0.0, 1.0], [1.0, 1.0], [5.0, 6.0]),
                    expected=[[1, 2], [5, 6]],
                ),
            ),
            known=WRITE,
        ),
    ),
)
