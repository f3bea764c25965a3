"""Section 8.1.2: the gradient of a choice that was drawn, and the entropy that keeps choices open."""

from __future__ import annotations

from nnmem.nn import score_function
from nnmem.study.index.entry import Entry, Equation, Layout, Pair
from nnmem.study.index.mistakes.in_pictures import ENTROPY, SCORE_FUNCTION

CHOICES, EARNED = "log_p (..., m)", "reward (..., m), baseline (..., m)"  # a row of choices, as of a caption's words

ENTRY = Entry(
    equations=(
        Equation(
            "8.1.2",
            "8.1.2",
            "The score-function gradient with a baseline",
            "带基准线的得分函数估计（REINFORCE）",
            "S = (R − b) log p(z),  z ∼ p:  E[∂S] = ∂E[R]",
            "Hard attention learns from what a drawn choice earned; a baseline lowers the variance and moves no mean.",
            "硬性注意力根据采样所得的奖励学习；基准线使方差变小，而不改变期望。",
            ("score_function",),
            "06_attention_in_pictures",
        ),
        Equation(
            "8.1.2",
            "8.1.2",
            "Entropy of an attention distribution",
            "注意力分布的熵",
            "H = −Σᵢ pᵢ log pᵢ",
            "Added to the reward it keeps a choice open until there is reason to settle.",
            "加到奖励上，使选择在有充分依据之前不过早固定。",
            ("entropy",),
            "06_attention_in_pictures",
        ),
    ),
    pairs=(
        Pair(
            "score_function",
            score_function,
            (Layout(CHOICES, without_gradient=EARNED),),
            known=SCORE_FUNCTION,
        ),
        Pair("entropy", score_function, (Layout(score_function.DISTRIBUTION),), known=ENTROPY),
    ),
)
