"""Section 8.2.3: the Boltzmann machine."""

from __future__ import annotations

import math

from nnmem.associative import boltzmann, hopfield
from nnmem.study.index.entry import OWN_ORDER, Entry, Equation, Extreme, Layout, Pair, Plain
from nnmem.study.index.mistakes.in_capacity import BOLTZMANN

ENTRY = Entry(
    equations=(
        Equation(
            "8.2.3",
            "8.2.3",
            "Boltzmann machine",
            "玻尔兹曼机",
            "p(s) = exp(−E(s)) / Σ_{s′} exp(−E(s′)),  Δwᵢⱼ ∝ ⟨sᵢ sⱼ⟩_data − ⟨sᵢ sⱼ⟩ₚ",
            "States are as probable as their energy is low; learning strengthens what is "
            "seen and weakens what is dreamt.",
            "状态的能量越低，概率越大；学习增强数据中的相关，减弱模型自发产生的相关。",
            ("boltzmann_log_likelihood",),
            "08_capacity_and_beyond",
            also="Gibbs sampling annealing 吉布斯采样 模拟退火",
        ),
    ),
    pairs=(
        Pair(
            "boltzmann_log_likelihood",
            boltzmann,
            (Layout(hopfield.LAYOUT),),
            extremes=(
                Extreme(
                    "energies of ±1e4", ([1.0, -1.0], [[0.0, 1e4], [1e4, 0.0]], [0.0, 0.0]), expected=-2e4 - math.log(2)
                ),
            ),
            known=BOLTZMANN,
        ),
    ),
    plain=(
        Plain("boltzmann_sample", boltzmann, not_graded=OWN_ORDER),
        Plain("boltzmann_train", boltzmann, not_graded=OWN_ORDER),
    ),
)
