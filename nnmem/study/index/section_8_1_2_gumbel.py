"""Beside (8.7), section 8.1.2: gradients through a choice of one item."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnmem.attention import gumbel
from nnmem.nn.softmax import softmax
from nnmem.study.index.entry import Entry, Equation, Extreme, Layout, Pair
from nnmem.study.index.mistakes.in_glimpses import GUMBEL_SOFTMAX, STRAIGHT_THROUGH

NOTEBOOK = "06_attention_in_pictures"


def mean_choice_forward(scores: np.ndarray, gumbel: np.ndarray) -> tuple[np.ndarray, Any]:
    """The mean of z over the noise, α = softmax(s): what the straight-through estimate differentiates."""
    return softmax(scores), (scores,)


ENTRY = Entry(
    equations=(
        Equation(
            "8.1.2",
            "8.1.2",
            "Straight through a choice",
            "直通估计",
            "z = 1[i = argmaxⱼ (sⱼ + gⱼ)] ∼ softmax(s);  backwards as if z were softmax(s)",
            "One item is drawn; on the way back the draw is passed over, so the gradient is that of the mean.",
            "随机选取一个输入；反向传播时略过采样这一步，用期望的梯度代替。",
            ("straight_through",),
            NOTEBOOK,
            "z = 1[i = argmaxⱼ (sⱼ + gⱼ)] ∼ softmax(s)；反向传播时当作 z = softmax(s)",
        ),
        Equation(
            "8.1.2",
            "8.1.2",
            "A choice made soft: Gumbel-softmax",
            "Gumbel-softmax：软化的随机选择",
            "yᵢ = exp((sᵢ + gᵢ) / τ) / Σⱼ exp((sⱼ + gⱼ) / τ),  gᵢ = −log(−log uᵢ)",
            "A random distribution, nearly one item at low temperature, that has a gradient of its own.",
            "一个随机的分布，温度低时接近只选一个输入，本身可导。",
            ("gumbel_softmax",),
            NOTEBOOK,
        ),
    ),
    pairs=(
        Pair(
            "straight_through",
            gumbel,
            (Layout(gumbel.SCORES, without_gradient=gumbel.NOISE),),
            known=STRAIGHT_THROUGH,
            checked_as=(mean_choice_forward, gumbel.straight_through_backward),
            extremes=(
                Extreme("one item alone", ([3.0],), {"gumbel": [0.0]}, [1]),
                Extreme("large scores", ([1e4, -1e4, 0.0],), {"gumbel": [0.0, 0.0, 0.0]}, [1, 0, 0]),
                Extreme("no noise, equals", ([1.0, 1.0],), {"gumbel": [0.0, 0.0]}, [1, 0]),
            ),
        ),
        Pair(
            "gumbel_softmax",
            gumbel,
            tuple(
                Layout(gumbel.SCORES, options, without_gradient=gumbel.NOISE) for options in ({"temperature": 0.7}, {})
            ),
            known=GUMBEL_SOFTMAX,
            extremes=(
                Extreme("large scores", ([1e4, -1e4],), {"gumbel": [0.0, 0.0], "temperature": 0.5}, [1, 0]),
                Extreme("a low temperature", ([0.0, 1.0],), {"gumbel": [0.5, 0.0], "temperature": 1e-3}, [0, 1]),
            ),
        ),
    ),
)
