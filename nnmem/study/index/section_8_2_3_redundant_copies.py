"""Section 8.2.3: complex keys and redundant copies, the memory of the associative LSTM."""

from __future__ import annotations

from nnmem.associative import redundant_copies
from nnmem.study.index.entry import OWN_ORDER, Entry, Equation, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_connections import BOUND_MODULUS, COMPLEX_BIND, READ_COPIES, WRITE_COPIES

ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Complex keys",
            "复数键：绑定与限制模长",
            "c = a ∘ b,  conj(a) ∘ c = |a|² ∘ b,  bound(z) = z / max(1, |z|)",
            "A key turns a value, entry by entry; its conjugate turns it back, exactly where the modulus is one.",
            "键使值的每个分量旋转；其共轭再转回来，模为一时恰好复原。",
            ("complex_bind", "bound_modulus"),
            "09_memory_in_the_connections",
            also="associative LSTM Danihelka holographic 联想 LSTM",
        ),
        Equation(
            "8.2.3",
            "8.2.3",
            "Redundant copies",
            "冗余副本",
            "c_s = Σₖ (P_s rₖ) ∘ uₖ,  u ≈ 1/S Σ_s (P_s conj(r)) ∘ c_s",
            "The same pairs in S copies, the keys' entries in different orders: the mean has 1/S of the noise.",
            "同样的键值对存 S 份，各份中键的分量次序不同；取平均后，噪声功率降为 1/S。",
            ("write_copies", "read_copies"),
            "09_memory_in_the_connections",
            also="associative LSTM Danihelka permutation 联想 LSTM 置换",
        ),
    ),
    pairs=(
        Pair("complex_bind", redundant_copies, (Layout(redundant_copies.COMPLEX_BIND),), known=COMPLEX_BIND),
        Pair("bound_modulus", redundant_copies, (Layout(redundant_copies.BOUND_MODULUS),), known=BOUND_MODULUS),
        Pair(
            "write_copies",
            redundant_copies,
            (Layout(redundant_copies.WRITE_COPIES, without_gradient=redundant_copies.PERMUTATIONS),),
            known=WRITE_COPIES,
        ),
        Pair(
            "read_copies",
            redundant_copies,
            (Layout(redundant_copies.READ_COPIES, without_gradient=redundant_copies.PERMUTATIONS),),
            known=READ_COPIES,
        ),
    ),
    plain=(Plain("copy_permutations", redundant_copies, not_graded=OWN_ORDER),),
)
