"""The index of equations, section 8.3: memory networks, (8.20) to (8.24), and addressing by location."""

from __future__ import annotations

from nnmem.study.index.equation import Equation

END_TO_END, TURING = "10_end_to_end_memory_networks", "12_neural_turing_machines"

EXTERNAL: tuple[Equation, ...] = (
    Equation(
        "8.20",
        "8.3.1",
        "Reading from an external memory",
        "从外部记忆中读取",
        "attention((k, v)₁:ₙ, q) = Σᵢ αᵢ vᵢ",
        "A hop of the end-to-end memory network: keys and values are two embeddings of the same sentences.",
        "端到端记忆网络的一次读取：键与值是同一组句子的两种嵌入。",
        ("key_value_attention",),
        END_TO_END,
    ),
    Equation(
        "8.21",
        "8.3.1",
        "Reading from an external memory, written out",
        "从外部记忆中读取的展开式",
        "attention((k, v)₁:ₙ, q) = Σᵢ exp(s(kᵢ, q)) / Σⱼ exp(s(kⱼ, q)) vᵢ",
        "The same with the softmax written out; what is read is added to the query, and the next hop reads with that.",
        "把 softmax 展开后的同一公式；读出的内容加到查询上，供下一次读取使用。",
        ("key_value_attention",),
        END_TO_END,
    ),
    Equation(
        "8.22",
        "8.3.2",
        "Content addressing",
        "基于内容的寻址",
        "α_{t,i} = softmax(s(m_{t,i}, q_t))",
        "The rows of the memory that resemble the controller's query get the weight.",
        "记忆片段与控制器的查询向量越匹配，权重越大。",
        ("content_addressing", "cosine_content_addressing"),
        TURING,
    ),
    Equation(
        "8.23",
        "8.3.2",
        "Read",
        "读操作",
        "r_t = Σᵢ α_{t,i} m_{t,i}",
        "The read vector is the weighted sum of the memory's rows.",
        "读向量是记忆片段按注意力分布的加权和。",
        ("memory_read",),
        TURING,
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
        TURING,
    ),
    Equation(
        "8.3.2",
        "8.3.2",
        "Addressing by location",
        "基于位置的寻址",
        "w_g = g w_c + (1 − g) w_prev,  w̃ᵢ = Σⱼ sⱼ w_g[i − (j − R)],  w ∝ w̃^γ",
        "Content or the last step's place, moved by a few rows, made distinct again.",
        "在内容权重与上一步权重之间插值，再循环移位，最后锐化。",
        ("interpolate", "shift", "sharpen"),
        TURING,
    ),
)
