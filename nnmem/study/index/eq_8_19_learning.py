"""(8.19): the Hebbian rule, and the rules that store more."""

from __future__ import annotations

from nnmem.associative import learning
from nnmem.study.index.drawing import signs
from nnmem.study.index.entry import Entry, Equation, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_hopfield import HEBBIAN, PSEUDO_INVERSE, STORKEY

ENTRY = Entry(
    equations=(
        Equation(
            "8.19",
            "8.2.3",
            "Hebbian learning",
            "Hebbian 法则",
            "wᵢⱼ = (1/N) Σₙ xᵢ⁽ⁿ⁾ xⱼ⁽ⁿ⁾",
            "Neurons that mostly agree in the stored patterns get a positive connection; the diagonal is left out.",
            "在存储的模式中取值常相同的神经元之间权重为正；对角线置零。",
            ("hebbian_weights",),
            "07_hopfield_networks",
            also="Hopfield network Hebb rule storing outer product Storkey pseudo-inverse "
            "Hopfield 网络 存储 学习规则 Storkey 规则 伪逆规则 "
            "bidirectional associative memory BAM 双向联想记忆 异联想",
        ),
    ),
    pairs=(Pair("hebbian_weights", learning, (Layout(learning.LAYOUT),), known=HEBBIAN),),
    plain=(
        Plain(
            "pseudo_inverse_weights",
            learning,
            (Layout(learning.LAYOUT, special={"patterns": signs}),),
            known=PSEUDO_INVERSE,
        ),
        Plain(
            "storkey_weights",
            learning,
            (Layout(learning.LAYOUT, special={"patterns": signs}),),
            known=STORKEY,
        ),
    ),
)
