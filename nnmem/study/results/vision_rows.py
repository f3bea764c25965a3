"""What networks that look at pictures reach."""

from nnmem.study.results.measured import Measured, each

ROWS = (
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
