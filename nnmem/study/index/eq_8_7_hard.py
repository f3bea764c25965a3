"""(8.7): hard attention, by argmax and by sampling."""

from __future__ import annotations

from typing import Any

from nnmem.attention import hard
from nnmem.study.index.drawing import distribution
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.expectation import expected_reward_backward, expected_reward_forward
from nnmem.study.index.mistakes.in_pointing import HARD, SAMPLED
from nnmem.study.index.peer import Library, Peer


def _most_probable(lib: Library, X: Any, alpha: Any) -> Any:
    return lib.take(X, alpha.argmax(-1)[..., None, None], -2)[..., 0, :]


def _log_probability_of_a_draw(lib: Library, X: Any, alpha: Any) -> Any:
    z = lib.xp.multinomial(alpha, 1)
    lib.take(X, z[..., None], -2)[..., 0, :].detach()  # the item drawn
    return lib.xp.log(alpha.gather(-1, z)[..., 0])


ENTRY = Entry(
    equations=(
        Equation(
            "8.7",
            "8.1.2",
            "Hard attention",
            "硬性注意力",
            "attention(x₁:ₙ, q) = x_j,  j = argmaxᵢ αᵢ;  x_z,  z ∼ α",
            "One item alone: the most probable one, or one drawn from the distribution.",
            "只取一个输入：概率最大者，或按分布随机采样。",
            ("hard_attention", "sampled_attention"),
            "02_attention_variants",
            also="REINFORCE score-function estimator policy gradient sampling argmax 得分函数估计 策略梯度 采样",
        ),
    ),
    pairs=(
        Pair(
            "hard_attention",
            hard,
            (Layout(hard.ITEMS, without_gradient=hard.WEIGHTS),),
            peer=Peer(_most_probable, largest=lambda: "(..., N)"),
            extremes=(
                Extreme("all weights are zero", ([[1.0, 2.0], [3.0, 4.0]],), {"alpha": [0.0, 0.0]}, [0, 0]),
                Extreme("the first among equals", ([[1.0, 2.0], [3.0, 4.0]],), {"alpha": [0.5, 0.5]}, [1, 2]),
            ),
            known=HARD,
        ),
        Pair(
            "sampled_attention",
            hard,
            (Layout(hard.HARD, special={"alpha": distribution}),),
            # the cumulative probabilities are float64
            peer=Peer(_log_probability_of_a_draw, largest=lambda: "(2, ..., N)", libraries=("torch",)),
            upstream=(1, 1, 0),
            checked_as=(expected_reward_forward, expected_reward_backward),
            extremes=(Extreme("all weights are zero", ([[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0]), expected=[0, 0]),),
            known=SAMPLED,
        ),
    ),
)
