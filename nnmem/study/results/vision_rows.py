"""What networks that look at pictures reach."""

from nnmem.study.results.measured import Measured, each

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
        "a digit among clutter, errors (%): looking around; at random; at the centre; fully connected, equal time",
        "32 x 32 画布上杂物中的数字，错误率（%）：自己决定看哪里；随机看；只看中心；全连接网络，训练时间相同",
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
)
