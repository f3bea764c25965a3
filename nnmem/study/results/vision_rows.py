"""What networks that look at pictures reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nnmem.recipes.vision.gradient_estimators import ESTIMATORS, STEPS, best_rate
from nnmem.study.results.measured import Measured, Numbers, each

ESTIMATES = "REINFORCE; with baseline; straight-through; Gumbel-softmax, τ = 1; τ = 0.3"
ESTIMATES_ZH = "REINFORCE；加基准线；直通估计；Gumbel-softmax，τ = 1；τ = 0.3"
EXACT, *ESTIMATED = ESTIMATORS
NEARLY = "nearly decided"


def nearly_decided(key: str, times: float = 1.0) -> Callable[[list[list[dict[str, Any]]]], list[Numbers]]:
    """For each estimator a property of its estimates with every seed, where the decision is nearly made."""
    return lambda runs: [
        [times * row[key] for rows in runs for row in rows if (row["estimator"], row.get("stage")) == (name, NEARLY)]
        for name in ESTIMATED
    ]


def learned(steps: int) -> Callable[[list[list[dict[str, Any]]]], list[Numbers]]:
    """For the exact gradient and each estimator the right answers after so many steps, in per cent."""
    return lambda runs: [[100 * best_rate(rows, name, steps)["accuracy"] for rows in runs] for name in ESTIMATORS]


ROWS = (
    Measured(
        "caption-digits",
        "captions all right (%): soft; hard, by argmax; without attention",
        "描述全对的比例（%）：软性；硬性（取最大者）；没有注意力",
        each("exact", "hard_exact", "exact_without_attention", times=100),
        target="soft 95, hard 90",
        target_zh="软性 95，硬性 90",
        digits=1,
    ),
    Measured(
        "caption-digits",
        "digit words that look at their digit (%): soft; hard",
        "看对地方的数字词（%）：软性；硬性",
        each("looks_right", "hard_looks_right", times=100),
        digits=1,
    ),
    Measured(
        "recurrent-attention",
        "a digit among clutter, errors (%): looking around; at random; at the centre, both without a curriculum; "
        "fully connected, equal time",
        "32 x 32 画布上杂物中的数字，错误率（%）：自己决定看哪里；随机看；只看中心（这两者不用课程学习）；"
        "全连接网络，训练时间相同",
        each("error", "error_random_places", "error_fixed_place", "error_fully_connected", times=100),
        target="20; half of the fully connected",
        target_zh="20；全连接网络的一半",
        digits=1,
    ),
    Measured(
        "recurrent-attention-plain",
        "the same without clutter, 2,000 steps (%): looking around; fully connected, as much time",
        "同上，没有杂物，训练 2000 步（%）：自己决定看哪里；全连接网络，训练时间相同",
        each("error", "error_fully_connected", times=100),
        digits=1,
    ),
    Measured(
        "gradient-estimators",
        f"bias of the gradient by a nearly made hard decision (% of the exact gradient): {ESTIMATES}",
        f"一个将近做出的硬性选择，其梯度估计的偏差（占精确梯度的 %）：{ESTIMATES_ZH}",
        nearly_decided("bias", 100),
        digits=0,
    ),
    Measured(
        "gradient-estimators",
        f"spread of one estimate there, in lengths of the exact gradient: {ESTIMATES}",
        f"同上，单次估计的标准差（以精确梯度的长度为单位）：{ESTIMATES_ZH}",
        nearly_decided("spread"),
        digits=2,
    ),
    *(
        Measured(
            "gradient-estimators",
            f"right answers after {steps} steps (%): exact gradient; {ESTIMATES}",
            f"训练 {steps} 步后的正确率（%）：精确梯度；{ESTIMATES_ZH}",
            learned(steps),
            digits=1,
        )
        for steps in (STEPS // 5, STEPS)
    ),
)
